"""The one gateway to WeChat's interfaces. Pointing it at the sandbox is a setting."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from pydantic_core import from_json, to_json
from yarl import URL

from bot.wechat.account import Account
from bot.wechat.errors import DEAD_TOKEN, ReplyLost, Unreachable, WeChatError
from bot.wechat.token import TokenKeeper

JSON = "application/json; charset=utf-8"
CHINA = "86"

# these end before a request is written
NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


class Suggestion(StrEnum):
    """What the content check makes of words: in order, for a person to read, not to be shown."""

    FINE = "pass"
    REVIEW = "review"
    RISKY = "risky"


# 资料 1, 评论 2, 论坛 3, 社交日志 4
SCENE_COMMENT = 2


@dataclass(frozen=True)
class LoginSession:
    """Who wx.login was. The session key never leaves the server."""

    openid: str = field(repr=False)
    session_key: str = field(repr=False)
    unionid: str | None = field(default=None, repr=False)


class Gateway:
    """Calls to WeChat. Each raises WeChatError (refused), Unreachable (not sent), ReplyLost (unknown).

    A dead token is refreshed once and the call made once more. Nothing else is repeated here: -1 and lost
    replies are the sender's to judge. `timeout_s` is for a whole call.
    """

    def __init__(
        self, account: Account, session: aiohttp.ClientSession, tokens: TokenKeeper, timeout_s: float = 10
    ) -> None:
        self._account = account
        self._session = session
        self._tokens = tokens
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._token = ""
        self._addresses: dict[str, URL] = {}

    async def code_to_session(self, js_code: str) -> LoginSession:
        """Exchange the code of wx.login, which works once and for five minutes. Needs no token."""
        query = {
            "appid": self._account.appid,
            "secret": self._account.secret,
            "js_code": js_code,
            "grant_type": "authorization_code",
        }
        path = "/sns/jscode2session"
        said = _said(await self._ask("GET", path, self._url(path, query), None))
        _raise_for(said)
        unionid = said.get("unionid")
        return LoginSession(
            _text(said, "openid"), str(said.get("session_key", "")), str(unionid) if unionid else None
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
        number, country = _text(info, "purePhoneNumber"), str(info.get("countryCode", CHINA)).lstrip("+")
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
        raw, said = await self._with_token("/wxa/getwxacodeunlimit", body)
        if said is not None:
            _raise_for(said)
            raise ReplyLost("getwxacodeunlimit: an answer without a picture")
        return raw

    async def reachable(self) -> None:
        """Whether the account's credentials give a token."""
        await self._tokens.get()

    async def _call(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        _raw, said = await self._with_token(path, body)
        if said is None:
            raise ReplyLost(f"{path}: an answer that is not JSON")
        _raise_for(said)
        return said

    async def _with_token(self, path: str, body: Mapping[str, Any]) -> tuple[bytes, dict[str, Any] | None]:
        """Post with a token; when WeChat calls it dead, refresh it once and try once more."""
        # real UTF-8: the platform counts and shows \uXXXX as it is written
        content = to_json(body)
        token = await self._tokens.get()
        raw = await self._ask("POST", path, self._address(path, token), content)
        said = _object(raw)
        if said is not None and _code(said) in DEAD_TOKEN:
            token = await self._tokens.refresh(token)
            raw = await self._ask("POST", path, self._address(path, token), content)
            said = _object(raw)
        return raw, said

    def _address(self, path: str, token: str) -> URL:
        """The address with the token, made once for each: a token serves for two hours, building is slow."""
        if self._token != token:
            self._token, self._addresses = token, {}
        if path not in self._addresses:
            self._addresses[path] = self._url(path, {"access_token": token})
        return self._addresses[path]

    def _url(self, path: str, query: Mapping[str, str]) -> URL:
        try:
            return URL(self._account.base_url + path).with_query(query)
        except ValueError:
            raise Unreachable(f"{path}: the address of the interfaces is no address") from None

    async def _ask(self, method: str, path: str, address: URL, content: bytes | None) -> bytes:
        body = None if content is None else _Body(content, content_type=JSON)
        try:
            async with self._session.request(
                method,
                address,
                data=body,
                timeout=self._timeout,
                allow_redirects=False,
            ) as answer:
                raw = await answer.read()
                if answer.status == 200:
                    return raw
                fault, sent = f"{path}: status {answer.status}", True
        except (aiohttp.ClientError, TimeoutError, OSError) as why:
            fault = f"{path}: {type(why).__name__}"
            sent = not isinstance(why, NOT_SENT) and (body is None or body.was_sent)
        # raised here and not above, as the library's exceptions carry the address with its token
        raise ReplyLost(fault) if sent else Unreachable(fault)


class _Body(aiohttp.BytesPayload):
    """A body that knows whether it went out: until then a lost connection has done nothing."""

    was_sent = False

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        transport = writer.transport
        # headers and body leave in one write, which a closing connection refuses
        self.was_sent = transport is not None and not transport.is_closing()
        await super().write_with_length(writer, content_length)


def _object(raw: bytes) -> dict[str, Any] | None:
    """The JSON object in an answer; None when it is something else: a picture, a page of a proxy."""
    if raw[:1] != b"{":
        return None
    try:
        said = from_json(raw)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _said(raw: bytes) -> dict[str, Any]:
    said = _object(raw)
    if said is None:
        raise ReplyLost("an answer that is not JSON")
    return said


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise ReplyLost(f"an answer without {name}")
    return value


def _code(said: Mapping[str, Any]) -> int:
    code = said.get("errcode", 0)
    if not isinstance(code, int):
        raise ReplyLost("an answer whose errcode is not a number")
    return code


def _raise_for(said: Mapping[str, Any]) -> None:
    if code := _code(said):
        raise WeChatError(code, str(said.get("errmsg", "")))
