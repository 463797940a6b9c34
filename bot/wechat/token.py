"""One access token for all: fetched once, refreshed once, however many ask and in however many processes.

Both keepers follow the same rules. A token is refreshed some minutes before it ends, by one caller, while
the others go on with the old one. After the lock is taken the token is looked at again: somebody may just
have refreshed it. A stale token is replaced by comparing, never deleted first. At most one refetch in 30 s,
and a crowd that waited for a fetch that failed shares its failure instead of trying one after the other.
"""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import aiohttp
import redis.asyncio
from redis.exceptions import RedisError

from bot.wechat.account import Account
from bot.wechat.bodies import read_body
from bot.wechat.errors import Unreachable, WeChatError
from bot.wechat.meters import METERS

AHEAD = timedelta(minutes=5)
PAUSE = timedelta(seconds=30)
FAULT_PAUSE = timedelta(seconds=2)
LONGEST_S = 7200
# a margin over the time of one fetch, after which the lock of a dead process opens
LOCK_MARGIN_S = 5
POLL_S = 0.05

Clock = Callable[[], datetime]


class TokenKeeper(Protocol):
    """Gives a token that works, as far as anybody knows. Both raise WeChatError or Unreachable."""

    async def get(self) -> str: ...

    async def refresh(self, stale: str) -> str:
        """A token other than the stale one, or the stale one again when it was fetched just now."""
        ...


@dataclass(frozen=True)
class Token:
    value: str = field(repr=False)
    ends_at: datetime
    fetched_at: datetime

    def lasts(self, now: datetime) -> bool:
        return now < self.ends_at

    def is_new(self, now: datetime) -> bool:
        # not before its fetch either: a clock that was set back would hold the pause for ever
        return self.fetched_at <= now < self.fetched_at + PAUSE

    def will_do(self, now: datetime) -> bool:
        """Far from its end, or as far as WeChat gives it: a fetch may bring the same token again."""
        return now < self.ends_at - AHEAD or (self.lasts(now) and self.is_new(now))

    def replaces(self, stale: str, now: datetime) -> bool:
        """Somebody has replaced the stale one; or it was fetched so recently that asking again is rude."""
        return (self.value != stale and self.lasts(now)) or self.is_new(now)


async def fetch(account: Account, session: aiohttp.ClientSession, now: datetime, timeout_s: float) -> Token:
    """Ask for the account's token. Raises WeChatError or Unreachable: fetching again does no harm."""
    wanted = account.token_request
    said: Any = None
    fault = "an answer that is not a token"
    try:
        async with session.request(
            wanted.method,
            account.base_url + wanted.path,
            params=wanted.query,
            json=wanted.body,
            timeout=aiohttp.ClientTimeout(total=timeout_s),
            allow_redirects=False,
        ) as answer:
            said = json.loads(await read_body(answer))
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as why:
        fault = type(why).__name__
    try:
        token = _token(said, f"{wanted.path}: {fault}", now)
    except (WeChatError, Unreachable):
        METERS.token_fetches[account.appid, "failed"] += 1
        raise
    METERS.token_fetches[account.appid, "given"] += 1
    return token


def _token(said: Any, fault: str, now: datetime) -> Token:
    """Read the answer. Outside `except`, so that no exception of another library hangs on ours."""
    if not isinstance(said, dict):
        raise Unreachable(fault)
    value, seconds, code = said.get("access_token"), said.get("expires_in", LONGEST_S), said.get("errcode")
    if isinstance(value, str) and value and isinstance(seconds, int):
        return Token(value, now + timedelta(seconds=min(seconds, LONGEST_S)), now)
    if isinstance(code, int) and code:
        raise WeChatError(code, str(said.get("errmsg", "")))
    raise Unreachable(fault)


class LocalTokens:
    """The keeper of an installation with one process."""

    def __init__(
        self, account: Account, session: aiohttp.ClientSession, clock: Clock, timeout_s: float = 10
    ) -> None:
        self._account = account
        self._session = session
        self._clock = clock
        self._timeout_s = timeout_s
        self._lock = asyncio.Lock()
        self._token: Token | None = None
        self._fault: tuple[datetime, WeChatError | Unreachable] | None = None

    async def get(self) -> str:
        token, now = self._token, self._clock()
        if token is not None and (token.will_do(now) or (token.lasts(now) and self._lock.locked())):
            return token.value
        async with self._lock:
            try:
                return await self._renew(None)
            except (WeChatError, Unreachable):
                # refreshing early is a courtesy: the old one works to its end
                if self._token is not None and self._token.lasts(self._clock()):
                    return self._token.value
                raise

    async def refresh(self, stale: str) -> str:
        async with self._lock:
            return await self._renew(stale)

    async def _renew(self, stale: str | None) -> str:
        """Under the lock: what another caller has just got, his failure too; else a new token."""
        if self._token is not None and self._suits(self._token, stale):
            return self._token.value
        if self._fault is not None:
            at, fault = self._fault
            if at <= self._clock() < at + FAULT_PAUSE:
                raise type(fault)(*fault.args)
        try:
            self._token = await self._renewed(stale)
        except (WeChatError, Unreachable) as fault:
            self._fault = self._clock(), type(fault)(*fault.args)
            raise
        self._fault = None
        return self._token.value

    async def _renewed(self, stale: str | None) -> Token:
        return await fetch(self._account, self._session, self._clock(), self._timeout_s)

    def _suits(self, token: Token, stale: str | None) -> bool:
        now = self._clock()
        return token.will_do(now) if stale is None else token.replaces(stale, now)


class SharedTokens(LocalTokens):
    """The keeper of an installation with several processes: the token and the lock are in Redis.

    What is read from Redis is kept in the process while it will do, so that sending does not wait for Redis,
    and goes on for as long as the token lasts when Redis does not answer.
    """

    _RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
    # KEYS: token. ARGV: what was read before (empty: nothing), the new one, its seconds
    _REPLACE = (
        "if (redis.call('get', KEYS[1]) or '') ~= ARGV[1] then return 0 end"
        " redis.call('set', KEYS[1], ARGV[2], 'EX', ARGV[3]) return 1"
    )

    def __init__(
        self,
        client: redis.asyncio.Redis,
        account: Account,
        session: aiohttp.ClientSession,
        clock: Clock,
        timeout_s: float = 10,
    ) -> None:
        super().__init__(account, session, clock, timeout_s)
        self._redis: Any = client  # its methods are typed as maybe not awaitable
        self._key = f"shandu:token:{account.name}"
        self._lock_key = f"shandu:token-lock:{account.name}"

    async def _renewed(self, stale: str | None) -> Token:
        try:
            return await self._shared(stale)
        except RedisError as fault:
            raise Unreachable(f"redis: {type(fault).__name__}") from None

    async def _shared(self, stale: str | None) -> Token:
        """The token that some process fetched, or the one we fetch, whoever gets the lock first."""
        mark, lock_s = secrets.token_hex(8), int(self._timeout_s) + LOCK_MARGIN_S
        for _ in range(int(lock_s / POLL_S)):
            token = _read(await self._redis.get(self._key))
            if token is not None and self._suits(token, stale):
                return token
            if await self._redis.set(self._lock_key, mark, nx=True, ex=lock_s):
                return await self._fetch_locked(stale, mark)
            if token is not None and stale is None and token.lasts(self._clock()):
                return token  # another process is at it, and the old one still works
            await asyncio.sleep(POLL_S)
        raise Unreachable("the token's lock")

    async def _fetch_locked(self, stale: str | None, mark: str) -> Token:
        try:
            raw = await self._redis.get(self._key)
            token = _read(raw)
            if token is not None and self._suits(token, stale):
                return token
            token = await fetch(self._account, self._session, self._clock(), self._timeout_s)
            return await self._replace(raw, token)
        finally:
            with contextlib.suppress(RedisError):  # it opens by itself
                await self._redis.eval(self._RELEASE, 1, self._lock_key, mark)

    async def _replace(self, raw: bytes | str | None, token: Token) -> Token:
        """Store ours unless another process, holding the lock after us, has stored a newer one."""
        seconds = max(1, int((token.ends_at - token.fetched_at).total_seconds()))
        if await self._redis.eval(self._REPLACE, 1, self._key, raw or "", _written(token), seconds):
            return token
        return _read(await self._redis.get(self._key)) or token


def _written(token: Token) -> str:
    return json.dumps([token.value, token.ends_at.isoformat(), token.fetched_at.isoformat()])


def _read(raw: bytes | str | None) -> Token | None:
    """The token in Redis; None when there is none, or none that we can read (another release wrote it)."""
    try:
        value, ends_at, fetched_at = json.loads(raw or "null")
        return Token(str(value), datetime.fromisoformat(ends_at), datetime.fromisoformat(fetched_at))
    except (ValueError, TypeError):
        return None
