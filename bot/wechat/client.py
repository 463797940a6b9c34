"""The one gateway to WeChat's interfaces. Pointing it at the sandbox is a setting."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.wechat.account import Account
from bot.wechat.errors import TOKEN_ERRORS, ReplyLost, Unreachable, WeChatError
from bot.wechat.token import TokenKeeper

JSON = {"Content-Type": "application/json; charset=utf-8"}


@dataclass(frozen=True)
class LoginSession:
    """Who wx.login was. The session key never leaves the server."""

    openid: str
    session_key: str = field(repr=False)
    unionid: str | None = None


class Gateway:
    """Calls to WeChat. Each raises WeChatError (refused), Unreachable (not sent), ReplyLost (unknown)."""

    def __init__(
        self, account: Account, session: aiohttp.ClientSession, tokens: TokenKeeper, timeout_s: float = 10
    ) -> None:
        self._account = account
        self._session = session
        self._tokens = tokens
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def code_to_session(self, js_code: str) -> LoginSession:
        """Exchange the code of wx.login, which works once and for five minutes. Needs no token."""
        query = {
            "appid": self._account.appid,
            "secret": self._account.secret,
            "js_code": js_code,
            "grant_type": "authorization_code",
        }
        said = _json(await self._ask("GET", "/sns/jscode2session", query, None))
        _raise_for(said)
        return LoginSession(said["openid"], said.get("session_key", ""), said.get("unionid"))

    async def phone_number(self, code: str) -> str:
        """The number behind a getPhoneNumber code, without country code."""
        said = await self._call("/wxa/business/getuserphonenumber", {"code": code})
        info = said["phone_info"]
        if info.get("watermark", {}).get("appid") != self._account.appid:
            raise WeChatError(40013, "watermark of another account")
        return str(info["purePhoneNumber"])

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
        return str(said.get("msgid", ""))

    async def code_image(self, scene: str, page: str, width: int = 430) -> bytes:
        """The picture of a mini-program code. WeChat answers an image or JSON: the content decides."""
        body = {"scene": scene, "page": page, "check_path": True, "env_version": "release", "width": width}
        raw = await self._with_token("/wxa/getwxacodeunlimit", body)
        if raw[:1] == b"{":
            _raise_for(_json(raw))
        return raw

    async def reachable(self) -> None:
        """Whether the account's credentials give a token."""
        await self._tokens.get()

    async def _call(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        said = _json(await self._with_token(path, body))
        _raise_for(said)
        return said

    async def _with_token(self, path: str, body: Mapping[str, Any]) -> bytes:
        """Post with a token; when WeChat calls it dead, refresh it once and try once more."""
        content = json.dumps(body, ensure_ascii=False).encode()
        token = await self._tokens.get()
        raw = await self._ask("POST", path, {"access_token": token}, content)
        if _errcode(raw) in TOKEN_ERRORS:
            token = await self._tokens.refresh(token)
            raw = await self._ask("POST", path, {"access_token": token}, content)
        return raw

    async def _ask(self, method: str, path: str, query: Mapping[str, str], content: bytes | None) -> bytes:
        try:
            async with self._session.request(
                method,
                self._account.base_url + path,
                params=query,
                data=content,
                headers=JSON if content is not None else None,
                timeout=self._timeout,
            ) as answer:
                raw = await answer.read()
                status = answer.status
        except aiohttp.ClientConnectorError as fault:
            raise Unreachable(path) from fault.os_error
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError) as fault:
            # the exception's own text would carry the address with its token
            raise ReplyLost(f"{path}: {type(fault).__name__}") from None
        if status >= 500:
            raise ReplyLost(f"{path}: {status}")
        return raw


def _errcode(raw: bytes) -> int:
    if raw[:1] != b"{" or b'"errcode"' not in raw:
        return 0
    return int(_json(raw).get("errcode", 0))


def _json(raw: bytes) -> dict[str, Any]:
    try:
        said = json.loads(raw)
    except ValueError as fault:
        raise ReplyLost("an answer that is not JSON") from fault
    if not isinstance(said, dict):
        raise ReplyLost("an answer that is not an object")
    return said


def _raise_for(said: Mapping[str, Any]) -> None:
    code = int(said.get("errcode", 0))
    if code:
        raise WeChatError(code, str(said.get("errmsg", "")))
