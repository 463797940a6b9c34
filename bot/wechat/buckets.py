"""Token buckets: in this process, and shared by all processes through Redis."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import redis.asyncio
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

# the bucket touched longest ago goes first; about 20 MB when full
MOST_BUCKETS = 100_000
REDIS_WITHIN_S = 1.5
REDIS_AGAIN_AFTER = timedelta(seconds=5)

# Takes one from every bucket, or from none; answers the seconds to wait, 0 when taken. KEYS: buckets.
# ARGV: the instant, then burst and seconds of each.
TAKE = """
local now, wait, left = tonumber(ARGV[1]), 0, {}
for i, key in ipairs(KEYS) do
  local burst, over = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local kept = redis.call('HMGET', key, 'left', 'at')
  local passed = math.max(0, now - (tonumber(kept[2]) or now))
  left[i] = math.min(burst, (tonumber(kept[1]) or burst) + passed * burst / over)
  if left[i] < 1 then wait = math.max(wait, (1 - left[i]) * over / burst) end
end
if wait > 0 then return tostring(wait) end
for i, key in ipairs(KEYS) do
  redis.call('HSET', key, 'left', tostring(left[i] - 1), 'at', ARGV[1])
  redis.call('EXPIRE', key, ARGV[2 * i + 1])
end
return '0'
"""

GIVE_BACK = """
for _, key in ipairs(KEYS) do
  local left = tonumber(redis.call('HGET', key, 'left'))
  if left then redis.call('HSET', key, 'left', tostring(left + 1)) end
end
return 0
"""


@dataclass(frozen=True)
class Allowance:
    """So many at once, and as many again spread over the seconds."""

    burst: int
    over_s: int


Wanted = Sequence[tuple[str, Allowance]]


@dataclass
class Buckets:
    """The buckets of this process by name: what is left of each, and when that was."""

    most: int = MOST_BUCKETS
    _kept: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self._kept)

    def take(self, wanted: Wanted, now: datetime) -> float:
        """Take one from every bucket, or from none; the seconds to wait, 0 when taken."""
        at = now.timestamp()
        left = [self._left(name, allowance, at) for name, allowance in wanted]
        wait = max(
            (1 - have) * allowance.over_s / allowance.burst
            for have, (_, allowance) in zip(left, wanted, strict=True)
        )
        if wait > 0:
            return wait
        for have, (name, _) in zip(left, wanted, strict=True):
            self._keep(name, have - 1, at)
        return 0

    def give_back(self, names: Sequence[str]) -> None:
        for name in names:
            if name in self._kept:
                left, at = self._kept[name]
                self._keep(name, left + 1, at)

    def _left(self, name: str, allowance: Allowance, at: float) -> float:
        left, since = self._kept.get(name, (allowance.burst, at))
        # a clock that was set back must not empty a bucket
        passed = max(0.0, at - since)
        return min(allowance.burst, left + passed * allowance.burst / allowance.over_s)

    def _keep(self, name: str, left: float, at: float) -> None:
        self._kept[name] = (left, at)
        self._kept.move_to_end(name)
        if len(self._kept) > self.most:
            self._kept.popitem(last=False)


@dataclass
class SharedBuckets:
    """Buckets in Redis, one round trip each time; while Redis is away, those of this process."""

    client: redis.asyncio.Redis | None = None
    own: Buckets = field(default_factory=Buckets)
    _away_until: datetime | None = None

    async def take(self, wanted: Wanted, now: datetime) -> float:
        """As `Buckets.take`."""
        values: list[float] = [now.timestamp()]
        for _, allowance in wanted:
            values += [allowance.burst, allowance.over_s]
        said = await self._ask(TAKE, [name for name, _ in wanted], values, now)
        return self.own.take(wanted, now) if said is None else float(said)

    async def give_back(self, names: Sequence[str], now: datetime) -> None:
        """Undo a `take`: what was counted turned out well."""
        if await self._ask(GIVE_BACK, names, [], now) is None:
            self.own.give_back(names)

    async def _ask(
        self, script: str, names: Sequence[str], values: Sequence[float], now: datetime
    ) -> str | None:
        """What Redis says; None where there is none, or none that answers."""
        if self.client is None or (self._away_until is not None and now < self._away_until):
            return None
        keys = [f"shandu:limit:{name}" for name in names]
        try:
            async with asyncio.timeout(REDIS_WITHIN_S):
                said = await self.client.eval(script, len(keys), *keys, *map(str, values))
        except (RedisError, OSError, TimeoutError) as fault:
            self._away_until = now + REDIS_AGAIN_AFTER
            log.warning("limits are counted in this process", extra={"fault": type(fault).__name__})
            return None
        return said.decode() if isinstance(said, bytes) else str(said)
