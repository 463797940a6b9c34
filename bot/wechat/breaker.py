"""What keeps us from asking where asking cannot help: a circuit breaker before each account's
interfaces.

It opens when WeChat refuses the account itself (a token that stays dead after its one refresh, a wrong
secret, an address off the whitelist) or when several calls in a row got no answer. From then on nothing is
called until it is time to look; then one call goes through as the probe, and what becomes of it decides. The
pauses double, from ten seconds to two minutes.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.wechat.errors import VERDICTS, Codes, ReplyLost, Unreachable, Verdict, WeChatError, explain, verdict
from bot.wechat.meters import BreakerState

log = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=2)
# fewer may be a connection that was closed while idle, or one slow answer
MOST_IN_A_ROW = 5
OURS_TO_MEND = (Verdict.TOKEN, Verdict.ADDRESS)

Fault = WeChatError | Unreachable | ReplyLost


class Broken(Unreachable):
    """Nothing was called: the breaker is open and it is not time to look. `errcode`: what opened it, if a code."""

    def __init__(self, outage: "Outage") -> None:
        super().__init__(outage.said)
        self.errcode = outage.errcode
        self.said = outage.said


@dataclass
class Outage:
    """Since when nothing goes out, why, and when the next call may try."""

    since: datetime
    errcode: int | None
    said: str
    look_at: datetime
    pause: timedelta = FIRST_PAUSE


class Breaker:
    """One account's breaker in this process. `name` is what people call the account, `codes` what its
    error codes mean.

    `outage` None: closed, calls go through. `works`: a call has come through since the last outage, or since
    the start. `news`: one of the two has changed since somebody was told (bot/outages.py).
    """

    def __init__(
        self, name: str = "微信", clock: Callable[[], datetime] | None = None, codes: Codes = VERDICTS
    ) -> None:
        self.name = name
        self._codes = codes
        self.outage: Outage | None = None
        self.works = False
        self.news = False
        self._clock = clock or _monotonic
        self._in_a_row = 0

    @property
    def state(self) -> BreakerState:
        """Half open: the next call goes through as the probe."""
        if self.outage is None:
            return "closed"
        return "open" if self.waits() else "half_open"

    def waits(self) -> bool:
        """Whether a call now would be turned back."""
        return self.outage is not None and self._clock() < self.outage.look_at

    def admit(self) -> Outage | None:
        """Let a call through, or raise Broken. What it returns is given back to `worked` or `failed`."""
        outage = self.outage
        if outage is None:
            return None
        now = self._clock()
        if now < outage.look_at:
            raise Broken(outage)
        # this call is the probe: the others wait for what it finds
        outage.look_at = now + outage.pause
        outage.pause = min(2 * outage.pause, LONGEST_PAUSE)
        return outage

    def insist(self) -> None:
        """Raise Broken where the breaker has opened since the call was let through."""
        if self.outage is not None:
            raise Broken(self.outage)

    def worked(self, admitted: Outage | None) -> None:
        """A call was answered by WeChat, whatever it said of the call itself."""
        self._in_a_row = 0
        if self.outage is not None:
            if admitted is not self.outage:
                return  # under way since before: it proves nothing of now
            self.outage = None
            log.warning("wechat works again", extra={"account": self.name})
        if not self.works:
            self.works = self.news = True

    def failed(self, fault: Fault) -> None:
        """A call was refused for the account's sake, did not get out, or was not answered."""
        if self.outage is not None:
            return
        self._in_a_row += 1
        refused = isinstance(fault, WeChatError) and verdict(fault.errcode, self._codes) in OURS_TO_MEND
        if refused or self._in_a_row >= MOST_IN_A_ROW:
            self._open(fault)

    def _open(self, fault: Fault) -> None:
        now = self._clock()
        if isinstance(fault, WeChatError):
            errcode, said = fault.errcode, explain(fault, self._codes)
        else:
            errcode, said = None, "连不上微信" if isinstance(fault, Unreachable) else "微信没有答复"
        self.outage = Outage(now, errcode, said, now + FIRST_PAUSE)
        self.works, self.news = False, True
        log.error("wechat does not work", extra={"account": self.name, "errcode": errcode, "said": said})


def _monotonic() -> datetime:
    """For a caller without a clock: pauses are right, no date is."""
    return datetime.fromtimestamp(time.monotonic(), UTC)
