"""The one gateway to WeChat's interfaces. Pointing it at the sandbox is a setting."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.wechat.calls import Caller, done, file_of, read, read_text
from bot.wechat.errors import ReplyLost, WeChatError
from bot.wechat.templates import AccountTemplate, of_mini_program

CHINA = "86"


class Suggestion(StrEnum):
    """What the content check makes of words: in order, for a person to read, not to be shown."""

    FINE = "pass"
    REVIEW = "review"
    RISKY = "risky"


# 资料 1, 评论 2, 论坛 3, 社交日志 4
SCENE_COMMENT = 2
# 音频 1, 图片 2
PICTURE = 2


@dataclass(frozen=True)
class LoginSession:
    """Who wx.login was. The session key never leaves the server."""

    openid: str = field(repr=False)
    session_key: str = field(repr=False)
    unionid: str | None = field(default=None, repr=False)


class Gateway(Caller):
    """The mini-program's interfaces."""

    async def code_to_session(self, js_code: str) -> LoginSession:
        """Exchange the code of wx.login, which works once and for five minutes. Needs no token."""
        query = {
            "appid": self._account.appid,
            "secret": self._account.secret,
            "js_code": js_code,
            "grant_type": "authorization_code",
        }
        path = "/sns/jscode2session"
        said = done(path, read(await self._ask("GET", path, self._url(path, query), None)))
        unionid = said.get("unionid")
        return LoginSession(
            read_text(said, "openid"), str(said.get("session_key", "")), str(unionid) if unionid else None
        )

    async def phone_number(self, code: str) -> str:
        """The number behind a getPhoneNumber code.

        A Chinese number is pure (13800138000); a foreign one has its country code (+4915112345678), as pure
        it could be another person's Chinese number.
        """
        said = await self._call("/wxa/business/getuserphonenumber", {"code": code})
        info = said.get("phone_info")
        if not isinstance(info, dict):
            raise ReplyLost("getuserphonenumber: an answer without phone_info")
        mark = info.get("watermark")
        if not isinstance(mark, dict) or mark.get("appid") != self._account.appid:
            raise WeChatError(40013, "the number's watermark names another account")
        number, country = read_text(info, "purePhoneNumber"), str(info.get("countryCode", CHINA)).lstrip("+")
        return number if country == CHINA else f"+{country}{number}"

    async def send_subscribe(
        self, openid: str, template_id: str, data: Mapping[str, str], page: str | None
    ) -> str:
        """Send one subscribe message; returns WeChat's message id, empty when it gives none."""
        body: dict[str, Any] = {
            "touser": openid,
            "template_id": template_id,
            "data": {key: {"value": value} for key, value in data.items()},
            "miniprogram_state": "formal",
            "lang": "zh_CN",
        }
        if page:
            body["page"] = page
        said = await self._call("/cgi-bin/message/subscribe/send", body)
        return str(said.get("msgid") or "")

    async def check_text(self, openid: str, words: str) -> Suggestion:
        """The content check (msg_sec_check v2) of at most 2500 characters by their author.

        The author must have used the mini-program within two hours: 61010 otherwise.
        """
        body = {"version": 2, "openid": openid, "scene": SCENE_COMMENT, "content": words}
        said = await self._call("/wxa/msg_sec_check", body)
        result = said.get("result")
        suggested = result.get("suggest") if isinstance(result, dict) else None
        if suggested not in list(Suggestion):
            raise ReplyLost("msg_sec_check: an answer without a suggestion")
        return Suggestion(suggested)

    async def check_picture(self, openid: str, url: str) -> str:
        """Have WeChat check the picture at an address (media_check_async v2) by its author, as `check_text`.

        Returns the trace id by which the answer comes later, as a `wxa_media_check` event.
        """
        body = {
            "version": 2,
            "openid": openid,
            "scene": SCENE_COMMENT,
            "media_type": PICTURE,
            "media_url": url,
        }
        said = await self._call("/wxa/media_check_async", body)
        trace_id = said.get("trace_id")
        if not isinstance(trace_id, str) or not trace_id:
            raise ReplyLost("media_check_async: an answer without a trace id")
        return trace_id

    async def code_image(
        self,
        scene: str,
        page: str,
        *,
        width: int = 430,
        env_version: str = "release",
        check_path: bool = True,
    ) -> bytes:
        """The picture of a mini-program code. `width`: pixels, 280 to 1280. `page`: without a query."""
        body = {
            "scene": scene,
            "page": page,
            "check_path": check_path,
            "env_version": env_version,
            "width": width,
        }
        path = "/wxa/getwxacodeunlimit"
        return file_of(path, await self._with_token(path, body))

    async def templates(self) -> list[AccountTemplate]:
        """The account's subscribe-message templates."""
        return of_mini_program(await self._get("/wxaapi/newtmpl/gettemplate", {}))
