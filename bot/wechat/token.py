"""One access token for all: fetched once, refreshed once, however many ask and in however many processes.

Both keepers follow the same rules. A token is refreshed some minutes before it ends, by one caller, while
the others go on with the old one. After the lock is taken the token is read again: somebody may just have
refreshed it. A stale token is replaced by comparing, never deleted first. At most one fetch in 30 s.
"""

import asyncio
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import aiohttp
import redis.asyncio

from bot.wechat.account import Account
from bot.wechat.errors import Unreachable, WeChatError

AHEAD = timedelta(minutes=5)
PAUSE = timedelta(seconds=30)
LOCK_S = 15

Clock = Callable[[], datetime]


class TokenKeeper(Protocol):
    """Gives a token that works, as far as anybody knows."""

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

    def is_fresh(self, now: datetime) -> bool:
        return now < self.ends_at - AHEAD

    def is_new(self, now: datetime) -> bool:
        return now < self.fetched_at + PAUSE


async def fetch(account: Account, session: aiohttp.ClientSession, now: datetime) -> Token:
    """Ask WeChat for the stable token. Raises WeChatError, Unreachable or ReplyLost."""
    body = {
        "grant_type": "client_credential",
        "appid": account.appid,
        "secret": account.secret,
        "force_refresh": False,
    }
    timeout = aiohttp.ClientTimeout(total=10)
    try:
        async with session.post(
            f"{account.base_url}/cgi-bin/stable_token", json=body, timeout=timeout
        ) as answer:
            said = await answer.json(content_type=None)
    except (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError) as fault:
        raise Unreachable("stable_token") from fault
    except (aiohttp.ClientError, TimeoutError, ValueError) as fault:
        # fetching is repeatable: whether it was done does not matter
        raise Unreachable("stable_token") from fault
    if not isinstance(said, dict) or "access_token" not in said:
        code = said.get("errcode", -1) if isinstance(said, dict) else -1
        raise WeChatError(int(code), str(said.get("errmsg", "")) if isinstance(said, dict) else "")
    seconds = min(int(said.get("expires_in", 7200)), 7200)
    return Token(str(said["access_token"]), now + timedelta(seconds=seconds), now)


class LocalTokens:
    """The keeper of an installation with one process."""

    def __init__(self, account: Account, session: aiohttp.ClientSession, clock: Clock) -> None:
        self._account = account
        self._session = session
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token: Token | None = None

    async def get(self) -> str:
        token, now = self._token, self._clock()
        if token is not None and (token.is_fresh(now) or (token.lasts(now) and self._lock.locked())):
            return token.value
        return await self._replace(None)

    async def refresh(self, stale: str) -> str:
        return await self._replace(stale)

    async def _replace(self, stale: str | None) -> str:
        async with self._lock:
            token, now = self._token, self._clock()
            if token is not None and _keeps(token, stale, now):
                return token.value
            self._token = await fetch(self._account, self._session, now)
            return self._token.value


class SharedTokens:
    """The keeper of an installation with several processes, through Redis."""

    _RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"

    def __init__(
        self,
        client: redis.asyncio.Redis,
        account: Account,
        session: aiohttp.ClientSession,
        clock: Clock,
    ) -> None:
        self._redis = client
        self._account = account
        self._session = session
        self._clock = clock
        self._key = f"shandu:token:{account.appid}"
        self._lock_key = f"shandu:token-lock:{account.appid}"
        # within the process too, so that a crowd asks Redis once
        self._lock = asyncio.Lock()

    async def get(self) -> str:
        token, now = await self._read(), self._clock()
        if token is not None and token.is_fresh(now):
            return token.value
        return await self._replace(None)

    async def refresh(self, stale: str) -> str:
        return await self._replace(stale)

    async def _replace(self, stale: str | None) -> str:
        async with self._lock:
            mark = secrets.token_hex(8)
            for _ in range(int(LOCK_S / 0.05)):
                token, now = await self._read(), self._clock()
                if token is not None and _keeps(token, stale, now):
                    return token.value
                if await self._redis.set(self._lock_key, mark, nx=True, ex=LOCK_S):
                    return await self._fetch_locked(stale, mark)
                if token is not None and stale is None and token.lasts(now):
                    return token.value
                await asyncio.sleep(0.05)
            raise Unreachable("token lock")

    async def _fetch_locked(self, stale: str | None, mark: str) -> str:
        try:
            token, now = await self._read(), self._clock()
            if token is not None and _keeps(token, stale, now):
                return token.value
            token = await fetch(self._account, self._session, now)
            await self._write(token)
            return token.value
        finally:
            await self._redis.eval(self._RELEASE, 1, self._lock_key, mark)

    async def _read(self) -> Token | None:
        raw = await self._redis.get(self._key)
        if raw is None:
            return None
        said = json.loads(raw)
        return Token(
            said["value"],
            datetime.fromisoformat(said["ends_at"]),
            datetime.fromisoformat(said["fetched_at"]),
        )

    async def _write(self, token: Token) -> None:
        said = {
            "value": token.value,
            "ends_at": token.ends_at.isoformat(),
            "fetched_at": token.fetched_at.isoformat(),
        }
        await self._redis.set(self._key, json.dumps(said), ex=7200)


def _keeps(token: Token, stale: str | None, now: datetime) -> bool:
    """Whether the token read under the lock will do, so that nothing is fetched."""
    if stale is None:
        return token.is_fresh(now)
    # another caller has replaced the stale one; or it was fetched so recently that asking again is rude
    return (token.value != stale and token.lasts(now)) or token.is_new(now)
