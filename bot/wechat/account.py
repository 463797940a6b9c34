"""One of our WeChat accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True)
class TokenRequest:
    """How an account's access token is asked for."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Account:
    """What the console gives: ids and secrets, and the base of the interfaces' addresses (no slash)."""

    # WeCom checks an address with an encrypted echo, the others with a signed one, and cloud hosting with neither
    encrypts_checks: ClassVar[bool] = False

    appid: str
    secret: str = field(repr=False)
    callback_token: str = field(repr=False)
    aes_key: str = field(repr=False)
    base_url: str

    @property
    def name(self) -> str:
        """What the account's token is kept under."""
        return self.appid

    @property
    def token_request(self) -> TokenRequest:
        """The stable token: asking again does no harm."""
        body = {
            "grant_type": "client_credential",
            "appid": self.appid,
            "secret": self.secret,
            "force_refresh": False,
        }
        return TokenRequest("POST", "/cgi-bin/stable_token", body=body)
