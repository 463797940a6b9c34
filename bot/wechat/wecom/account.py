"""Our application in an enterprise of WeCom (企业微信)."""

from dataclasses import dataclass
from typing import ClassVar

from bot.wechat.account import Account, TokenRequest


@dataclass(frozen=True)
class WeComAccount(Account):
    """`appid` is the corpid: what callbacks are sealed for, and what members' identities are kept under."""

    encrypts_checks: ClassVar[bool] = True

    agentid: int

    @property
    def name(self) -> str:
        # each application of an enterprise has a secret, and hence a token, of its own
        return f"{self.appid}:{self.agentid}"

    @property
    def token_request(self) -> TokenRequest:
        return TokenRequest("GET", "/cgi-bin/gettoken", {"corpid": self.appid, "corpsecret": self.secret})
