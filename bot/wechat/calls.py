"""Calling WeChat: the token, the connection, and what may be said about a call that failed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from pydantic_core import from_json, to_json
from yarl import URL

from bot.wechat.account import Account
from bot.wechat.bodies import MOST_FILE_BYTES, MOST_WORDS_BYTES, read_body
from bot.wechat.breaker import OURS_TO_MEND, Breaker, Outage
from bot.wechat.errors import DEAD_TOKEN, ReplyLost, Unreachable, WeChatError, verdict
from bot.wechat.patience import Patience
from bot.wechat.token import TokenKeeper

JSON = "application/json; charset=utf-8"

# the whole call has a limit of its own
NO_TIMER = aiohttp.ClientTimeout()

# more has no place in a receipt
LARGEST_CODE = 2**31 - 1

# these end before a request is written
NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)

# what the gateways are made with
Session = aiohttp.ClientSession
# a request with a token, to the raw answer
Ask = Callable[[str], Awaitable[bytes]]


class Answered(NamedTuple):
    """An answer as it came, the JSON object in it where it is one, and its errcode; 0 where there is none."""

    raw: bytes
    said: dict[str, Any] | None
    code: int


class Connection:
    """Requests to one host. Each raises Unreachable (not sent) or ReplyLost (unknown), and neither names the
    address, which has a token or a key in it. `timeout_s` is for a whole call.
    """

    def __init__(self, base_url: str, session: aiohttp.ClientSession, timeout_s: float) -> None:
        self._base_url = base_url
        self._session = session
        self._patience = Patience(timeout_s)

    def _url(self, path: str, query: Mapping[str, str]) -> URL:
        try:
            return URL(self._base_url + path).with_query(query)
        except ValueError:
            raise Unreachable(f"{path}: the address of the interfaces is no address") from None

    async def _ask(
        self,
        method: str,
        path: str,
        address: URL,
        content: bytes | None,
        most_bytes: int = MOST_WORDS_BYTES,
    ) -> bytes:
        body = None if content is None else _Body(content, content_type=JSON)
        try:
            with self._patience:
                async with self._session.request(
                    method, address, data=body, timeout=NO_TIMER, allow_redirects=False
                ) as answer:
                    raw = await read_body(answer, most_bytes)
                    if answer.status == 200:
                        return raw
                    fault, sent = f"{path}: status {answer.status}", True
        except (aiohttp.ClientError, TimeoutError, OSError) as why:
            fault = f"{path}: {type(why).__name__}"
            sent = not isinstance(why, NOT_SENT) and (body is None or body.was_sent)
        # raised here and not above, as the library's exceptions carry the address with its token
        raise ReplyLost(fault) if sent else Unreachable(fault)


class Caller(Connection):
    """Calls to one account's interfaces. Each raises WeChatError (refused), Unreachable (not sent),
    ReplyLost (unknown).

    A dead token is refreshed once and the call made once more. Nothing else is repeated here: -1 and lost
    replies are the sender's to judge. While the account's breaker is open, calls with a token are Broken.
    `timeout_s` is for a whole call.
    """

    def __init__(
        self,
        account: Account,
        session: aiohttp.ClientSession,
        tokens: TokenKeeper,
        timeout_s: float = 10,
        breaker: Breaker | None = None,
    ) -> None:
        super().__init__(account.base_url, session, timeout_s)
        self.breaker = breaker or Breaker()
        self._renewing = asyncio.Lock()
        self._account = account
        self._tokens = tokens
        self._token = ""
        self._addresses: dict[str, URL] = {}

    async def reachable(self) -> None:
        """Whether the account's credentials give a token."""
        await self._tokens.get()

    async def _call(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return done(path, await self._with_token(path, body))

    async def _get(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        return done(path, await self._got(path, query))

    def _got(
        self, path: str, query: Mapping[str, str], most_bytes: int = MOST_WORDS_BYTES
    ) -> Awaitable[Answered]:
        def ask(token: str) -> Awaitable[bytes]:
            return self._ask("GET", path, self._url(path, {"access_token": token, **query}), None, most_bytes)

        return self._through(ask)

    async def media(self, media_id: str) -> bytes:
        """What somebody sent in the chat, by its media id, for three days. Raises 40007 when it is not there."""
        path = "/cgi-bin/media/get"
        return file_of(path, await self._got(path, {"media_id": media_id}, MOST_FILE_BYTES))

    def _with_token(self, path: str, body: Mapping[str, Any]) -> Awaitable[Answered]:
        # real UTF-8: the platform counts and shows \uXXXX as it is written
        content = to_json(body)
        return self._through(lambda token: self._ask("POST", path, self._address(path, token), content))

    async def _through(self, ask: Ask) -> Answered:
        """Ask with a token, where the account's breaker lets it through; when WeChat calls the token dead,
        refresh it once and try once more."""
        admitted = self.breaker.admit()
        try:
            token = await self._tokens.get()
            answered = read(await ask(token))
            if answered.code in DEAD_TOKEN:
                answered = await self._again(ask, token, admitted)
            if answered.code and verdict(answered.code) in OURS_TO_MEND:
                # of the account and not of this call: the sender keeps its place for it to be mended
                raise _refusal(answered)
        except (WeChatError, Unreachable, ReplyLost) as fault:
            self.breaker.failed(fault)
            raise
        self.breaker.worked(admitted)
        return answered

    async def _again(self, ask: Ask, stale: str, admitted: Outage | None) -> Answered:
        """With a new token. One of a crowd goes first: where that does not help, the others need not try."""
        async with self._renewing:
            if admitted is None:
                self.breaker.insist()
            answered = read(await ask(await self._tokens.refresh(stale)))
            if answered.code in DEAD_TOKEN:
                fault = _refusal(answered)
                self.breaker.failed(fault)
                raise fault
            return answered

    def _address(self, path: str, token: str) -> URL:
        """The address with the token, made once for each: a token serves for two hours, building is slow."""
        if self._token != token:
            self._token, self._addresses = token, {}
        if path not in self._addresses:
            self._addresses[path] = self._url(path, {"access_token": token})
        return self._addresses[path]


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


def read(raw: bytes) -> Answered:
    """Raises ReplyLost where the errcode is none."""
    said = _object(raw)
    return Answered(raw, said, 0 if said is None else read_code(said))


def done(path: str, answered: Answered) -> dict[str, Any]:
    """What an interface said of a call that it carried out."""
    if answered.code:
        raise _refusal(answered)
    if answered.said is None:
        raise ReplyLost(f"{path}: an answer that is not JSON")
    return answered.said


def file_of(path: str, answered: Answered) -> bytes:
    """What an interface that answers with a file gave."""
    if answered.code:
        raise _refusal(answered)
    if answered.said is not None:
        raise ReplyLost(f"{path}: an answer without a file")
    return answered.raw


def _refusal(answered: Answered) -> WeChatError:
    return WeChatError(answered.code, str((answered.said or {}).get("errmsg", "")))


def read_object(raw: bytes) -> dict[str, Any]:
    said = _object(raw)
    if said is None:
        raise ReplyLost("an answer that is not JSON")
    return said


def read_text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise ReplyLost(f"an answer without {name}")
    return value


def read_code(said: Mapping[str, Any]) -> int:
    code = said.get("errcode", 0)
    if not isinstance(code, int) or abs(code) > LARGEST_CODE:
        raise ReplyLost("an answer whose errcode is not one")
    return code
