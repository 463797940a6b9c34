"""WeCom's interfaces: messages of our application to a member, and who a member is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.wechat.breaker import Breaker
from bot.wechat.calls import Caller, Session, read_text
from bot.wechat.errors import WeChatError
from bot.wechat.token import TokenKeeper
from bot.wechat.wecom.account import WeComAccount
from bot.wechat.wecom.cards import TEXT_BYTES, ButtonCard, TextCard, cut_bytes
from bot.wechat.wecom.errors import NO_SUCH_MEMBER, NOT_FOUND, WECOM
from bot.wechat.wecom.pace import Pace

# WeCom passes over a message that it has had with the same content, for at most four hours
DUPLICATES_S = 4 * 3600


@dataclass(frozen=True)
class SentCard:
    """`response_code`: changes the card once within 72 hours, as the code of a press does."""

    message_id: str
    response_code: str


class WeComGateway(Caller):
    """As `Caller` says of faults, and TooSoon where a message would be one too many: nothing was sent then.

    A member who is not there, or not for our application, is 81013, though WeCom may say so in an answer
    with errcode 0. Sending the same again within four hours shows once: a lost reply may be repeated.
    """

    def __init__(
        self,
        account: WeComAccount,
        session: Session,
        tokens: TokenKeeper,
        pace: Pace,
        timeout_s: float = 10,
        breaker: Breaker | None = None,
    ) -> None:
        super().__init__(account, session, tokens, timeout_s, breaker or Breaker("企业微信", codes=WECOM))
        self._wecom = account
        self._pace = pace

    async def send_text(self, userid: str, words: str) -> str:
        """Say something in the chat; cut to WeCom's limit. Returns the message id.

        Not checked for repetition: the same words twice are two answers.
        """
        content = {"text": {"content": cut_bytes(words, TEXT_BYTES)}}
        said = await self._send(userid, "text", content, once=False)
        return str(said.get("msgid") or "")

    async def send_card(self, userid: str, card: TextCard) -> str:
        """A card that opens a page; returns the message id."""
        said = await self._send(userid, "textcard", {"textcard": card.content()}, once=True)
        return str(said.get("msgid") or "")

    async def send_buttons(self, userid: str, card: ButtonCard) -> SentCard:
        """A card that can be answered. A press comes as `template_card_event`, EventKey being the button's."""
        content = {"template_card": card.content()}
        said = await self._send(userid, "template_card", content, once=True)
        return SentCard(str(said.get("msgid") or ""), str(said.get("response_code") or ""))

    async def close_card(self, userid: str, response_code: str, words: str) -> None:
        """Answer a press: in place of the card's buttons stand these words, which cannot be pressed.

        A response code works once and for 72 hours.
        """
        await self._update(userid, response_code, {"button": {"replace_name": words}})

    async def replace_card(self, userid: str, response_code: str, card: ButtonCard) -> None:
        """Answer a press with another card in the place of the first."""
        await self._update(userid, response_code, {"template_card": card.content()})

    async def userid_of(self, mobile: str) -> str | None:
        """The member with a mobile number; None: there is none.

        Ask only for numbers that probably are members': WeCom shuts the interface for a day when many are not.
        """
        try:
            said = await self._call("/cgi-bin/user/getuserid", {"mobile": mobile})
        except WeChatError as fault:
            if fault.errcode == NOT_FOUND:
                return None
            raise
        return read_text(said, "userid")

    async def _send(
        self, userid: str, kind: str, content: Mapping[str, Any], *, once: bool
    ) -> dict[str, Any]:
        await self._pace.member(self._wecom.appid, userid)
        body = {"touser": userid, "msgtype": kind, "agentid": self._wecom.agentid, **content}
        if once:
            body |= {"enable_duplicate_check": 1, "duplicate_check_interval": DUPLICATES_S}
        said = await self._call("/cgi-bin/message/send", body)
        _insist_on_receiver(said)
        return said

    async def _update(self, userid: str, response_code: str, content: Mapping[str, Any]) -> None:
        body = {
            "userids": [userid],
            "agentid": self._wecom.agentid,
            "response_code": response_code,
            **content,
        }
        _insist_on_receiver(await self._call("/cgi-bin/message/update_template_card", body))


def _insist_on_receiver(said: Mapping[str, Any]) -> None:
    """Done, says the errcode; for nobody, says what stands beside it."""
    for name in ("invaliduser", "unlicenseduser"):
        if said.get(name):
            raise WeChatError(NO_SUCH_MEMBER, f"errcode 0 with {name}")
