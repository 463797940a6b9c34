"""Not faster than WeCom takes it: what is too much for a member it drops without a word, errcode 0 and all."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.wechat.buckets import Allowance, Buckets, SharedBuckets, Wanted
from bot.wechat.errors import Unreachable

# WeCom: 30 a minute and 1000 an hour to a member, 20 a minute from a robot. A bucket gives its burst and what
# has run in since, so burst and inflow of any such time together stay below the limit, with some to spare for
# messages that wait longer on the way than those behind them: 9 + 18, 190 + 760, 4 + 15.
MEMBER_MINUTE = Allowance(9, 30)
MEMBER_HOUR = Allowance(190, 900)
ROBOT_MINUTE = Allowance(4, 16)
MOST_PROMISES = 10_000


class TooSoon(Unreachable):
    """Nothing was sent: it would be one too many now. Worth trying after `wait_s`."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"one too many for WeCom, {wait_s:.0f} s too soon")
        self.wait_s = wait_s


@dataclass
class Pace:
    """Takes from this process's buckets and from those of all processes.

    Redis alone would forget everything when it is flushed, and a process alone knows nothing of the others.
    A crowd that is too much is told to come one after the other, not all at the next free moment.
    """

    shared: SharedBuckets
    now: Callable[[], datetime]
    own: Buckets = field(default_factory=Buckets)
    # the last moment that somebody was told to come at, by bucket
    _promised: dict[str, datetime] = field(default_factory=dict)

    async def member(self, corpid: str, userid: str) -> None:
        """Before a message to a member; raises TooSoon."""
        name = f"wecom:{corpid}:{userid}"
        await self._take([(f"{name}:minute", MEMBER_MINUTE), (f"{name}:hour", MEMBER_HOUR)])

    async def robot(self, key: str) -> None:
        """Before a message of a group's robot; raises TooSoon. Whoever has the key may speak: it is no name."""
        mark = hashlib.sha256(key.encode()).hexdigest()[:24]
        await self._take([(f"wecom-robot:{mark}", ROBOT_MINUTE)])

    async def _take(self, wanted: Wanted) -> None:
        now = self.now()
        wait = self.own.take(wanted, now)
        if wait == 0:
            wait = await self.shared.take(wanted, now)
            if wait > 0:
                self.own.give_back([name for name, _ in wanted])
        if wait > 0:
            raise TooSoon(self._promise(wanted, now, wait))

    def _promise(self, wanted: Wanted, now: datetime, wait: float) -> float:
        """The seconds after which to come again: a message's distance after whoever was told before."""
        if len(self._promised) > MOST_PROMISES:
            self._promised = {name: at for name, at in self._promised.items() if at > now}
        name, allowance = wanted[0]
        at, last = now + timedelta(seconds=wait), self._promised.get(name)
        if last is not None and last > now:
            at = max(at, last + timedelta(seconds=allowance.over_s / allowance.burst))
        self._promised[name] = at
        return (at - now).total_seconds()
