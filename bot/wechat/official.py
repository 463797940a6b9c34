"""The official account's (公众号) interfaces: template messages, answers in the chat, who follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.wechat.calls import Caller
from bot.wechat.templates import AccountTemplate, of_official

CUSTOM_SEND = "/cgi-bin/message/custom/send"


@dataclass(frozen=True)
class Article:
    """A picture-and-words card (图文) that opens a web page."""

    title: str
    words: str
    url: str
    picture_url: str = ""


@dataclass(frozen=True)
class Fan:
    """What the account is told of somebody: whether they follow, and their unionid where there is one."""

    following: bool
    unionid: str | None = field(repr=False)


class OfficialGateway(Caller):
    """As `Caller` says of faults. Openids are those of the official account, not the mini-program's."""

    async def send_template(
        self,
        openid: str,
        template_id: str,
        data: Mapping[str, str],
        *,
        page: tuple[str, str] | None = None,
        url: str = "",
    ) -> str:
        """Send a template message to a follower; returns WeChat's message id.

        `page`: the mini-program's appid and the page a tap opens. 43004: who does not follow. 43101: who
        does not want messages of this template.
        """
        body: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            "data": {key: {"value": value} for key, value in data.items()},
        }
        if page is not None:
            body["miniprogram"] = {"appid": page[0], "pagepath": page[1]}
        if url:
            body["url"] = url
        said = await self._call("/cgi-bin/message/template/send", body)
        return str(said.get("msgid") or "")

    async def send_text(self, openid: str, words: str) -> None:
        """Say something in the chat: five times within 48 hours of the person's last word (45015, 45047)."""
        await self._custom(openid, "text", {"content": words})

    async def send_image(self, openid: str, media_id: str) -> None:
        await self._custom(openid, "image", {"media_id": media_id})

    async def send_news(self, openid: str, article: Article) -> None:
        """A card; WeChat takes exactly one."""
        card = {
            "title": article.title,
            "description": article.words,
            "url": article.url,
            "picurl": article.picture_url,
        }
        await self._custom(openid, "news", {"articles": [card]})

    async def fan(self, openid: str) -> Fan:
        """Whether somebody follows, and the unionid they have in all accounts of the same owner."""
        said = await self._get("/cgi-bin/user/info", {"openid": openid, "lang": "zh_CN"})
        unionid = said.get("unionid")
        return Fan(said.get("subscribe") == 1, str(unionid) if unionid else None)

    async def templates(self) -> list[AccountTemplate]:
        """The account's message templates."""
        return of_official(await self._get("/cgi-bin/template/get_all_private_template", {}))

    async def _custom(self, openid: str, kind: str, content: Mapping[str, Any]) -> None:
        await self._call(CUSTOM_SEND, {"touser": openid, "msgtype": kind, kind: content})
