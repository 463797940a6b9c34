"""How often somebody may ask: by signed-in phone, by person and by address.

A school's parents may all stand behind one address, so an address may do much and a phone little; only
failed attempts are counted closely for both. Ordinary requests are counted in this process, without a round
trip; the sensitive classes over all processes where there is Redis.
"""

import hashlib
import ipaddress
import logging
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import ClassVar, Literal

from aiohttp import web

from bot.wechat.buckets import Allowance, Buckets, SharedBuckets
from models.errors import Kind, Refusal

log = logging.getLogger(__name__)

Limit = Literal["ordinary", "sign-in", "bind", "upload", "export", "desk-ticket"]

# For each class of operation, what one phone and what one address may do: so many at once, and as many
# again spread over the seconds. Not in the table: not counted.
DEFAULTS: dict[str, Allowance] = {
    "ordinary": Allowance(600, 60),
    "ordinary-address": Allowance(180_000, 60),
    "sign-in-address": Allowance(3_000, 600),
    "desk-ticket-address": Allowance(300, 600),
    "bind": Allowance(20, 600),
    "bind-address": Allowance(3_000, 600),
    "upload": Allowance(600, 600),
    "upload-address": Allowance(20_000, 600),
    "export": Allowance(120, 600),
    "export-address": Allowance(3_000, 600),
}


class TooManyRequests(Refusal):
    """Facts: `wait_s`, whole seconds until it is worth asking again."""

    kind = Kind.TOO_MANY
    code = "too_many_requests"
    sentence = "操作太频繁，请{wait}后再试。已填写的内容会保留在手机里。"

    def __init__(self, wait_s: float) -> None:
        whole = max(1, math.ceil(wait_s))
        super().__init__(wait_s=whole, wait=f"{whole}秒" if whole < 90 else f"{math.ceil(whole / 60)}分钟")


class TooManyGuesses(TooManyRequests):
    code = "too_many_guesses"
    sentence = "邀请码输错次数太多，请{wait}后再试，或请发码的人当面核对。"


class TooManyCodes(TooManyRequests):
    code = "too_many_codes"
    sentence = "编码输错次数太多，请{wait}后再试，或扫海报上的二维码。已填写的内容会保留在手机里。"


@dataclass(frozen=True)
class Attempt:
    """Something that may be got wrong only so often. No setting turns these off.

    `alarm`: more than people mistype together. Nobody is shut out for it, but it is told.
    """

    name: str
    person: Allowance | None
    address: Allowance
    alarm: Allowance
    refusal: type[TooManyRequests]


INVITATION = Attempt(
    "invitation", Allowance(5, 3600), Allowance(60, 3600), Allowance(300, 3600), TooManyGuesses
)
SHORT_CODE = Attempt(
    "short-code", Allowance(5, 3600), Allowance(60, 3600), Allowance(300, 3600), TooManyCodes
)
TICKET = Attempt("ticket", Allowance(10, 3600), Allowance(120, 3600), Allowance(500, 3600), TooManyRequests)
SIGN_IN = Attempt("sign-in", None, Allowance(300, 600), Allowance(1_000, 600), TooManyRequests)


@dataclass
class Limits:
    """`given` replaces defaults by name; None: only attempts are counted, something else limits the rest.

    `trusted_proxies`: how many of our own stand in front, each adding to X-Forwarded-For.
    """

    given: Mapping[str, Allowance] | None = field(default_factory=dict)
    shared: SharedBuckets = field(default_factory=SharedBuckets)
    trusted_proxies: int = 0
    own: Buckets = field(default_factory=Buckets)

    LOCAL: ClassVar[frozenset[str]] = frozenset({"ordinary"})

    async def request(self, request: web.Request, kind: Limit, now: datetime) -> None:
        """Count a request for its phone and its address; raises TooManyRequests."""
        if self.given is None:
            return
        askers = {kind: request.headers.get("Authorization"), f"{kind}-address": self.address(request)}
        wanted = [
            (f"{name}:{_mark(who)}", allowance)
            for name, who in askers.items()
            if who and (allowance := self.given.get(name) or DEFAULTS.get(name)) is not None
        ]
        if not wanted:
            return
        wait = self.own.take(wanted, now) if kind in self.LOCAL else await self.shared.take(wanted, now)
        if wait > 0:
            raise TooManyRequests(wait)

    @asynccontextmanager
    async def attempt(
        self, what: Attempt, request: web.Request, who: int | None, wrong: type[Refusal], now: datetime
    ) -> AsyncIterator[None]:
        """Around something that raises `wrong` when it was guessed wrong; raises the attempt's refusal.

        Counted before and given back after, so that a hundred at once are counted as well as one by one.
        """
        wanted = [(f"{what.name}:address:{_mark(self.address(request))}", what.address)]
        if what.person is not None and who is not None:
            wanted.append((f"{what.name}:person:{who}", what.person))
        wait = await self.shared.take(wanted, now)
        if wait > 0:
            raise what.refusal(wait)
        try:
            yield
        except wrong:
            await self._alarm(what, now)
            raise
        except BaseException:
            await self.shared.give_back([name for name, _ in wanted], now)
            raise
        await self.shared.give_back([name for name, _ in wanted], now)

    async def _alarm(self, what: Attempt, now: datetime) -> None:
        if await self.shared.take([(f"{what.name}:all", what.alarm)], now) > 0:
            # an address has its own bound; this is many of them
            log.error("guessing", extra={"what": what.name, "more_than": what.alarm.burst})

    def address(self, request: web.Request) -> str:
        """The client's address: the peer's, or what the outermost trusted proxy saw.

        Entries to the left of that one are the client's own words.
        """
        seen = request.remote or "local"
        if self.trusted_proxies:
            said = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
            seen = said[-min(self.trusted_proxies, len(said))].strip() or seen
        return _network(seen) or request.remote or "local"


@lru_cache(maxsize=4096)
def _network(address: str) -> str | None:
    """The address, or for IPv6 the network of 64 bits, which is what one customer has; None: neither."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv4Address):
        return address
    mapped = parsed.ipv4_mapped
    return str(mapped) if mapped else str(ipaddress.ip_network((parsed.packed[:8] + bytes(8), 64)))


def _mark(who: str) -> str:
    """Short, and nothing of a token in it."""
    return hashlib.blake2b(who.encode(errors="surrogateescape"), digest_size=12).hexdigest()
