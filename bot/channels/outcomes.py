"""What becomes of an attempt: the same sentences and the same patience for every channel."""

import random
from collections.abc import Awaitable
from datetime import datetime, time, timedelta

from bot.wechat.breaker import Broken
from bot.wechat.errors import (
    VERDICTS,
    Codes,
    ReplyLost,
    Unreachable,
    Verdict,
    WeChatError,
    explain,
    verdict,
)
from bot.wechat.wecom.pace import TooSoon
from models.notices.outbox import SENT_RECEIPT, SETTLE, Due, Outcome
from models.notices.tables import DeliveryState
from models.policies.calendar import BEIJING, beijing_date

# about three hours
MOST_ATTEMPTS = 12
# where nobody's quota ends for certain at midnight
AFTER_MIDNIGHT = timedelta(minutes=5)
IN_LINE = "发送过于频繁会被丢弃，排队等候"


def sent(due: Due, now: datetime, message_id: str = "") -> Outcome:
    return _made(due, DeliveryState.SENT, now, 0, SENT_RECEIPT, message_id or None)


def refused(due: Due, now: datetime, said: str, errcode: int | None = None) -> Outcome:
    """This channel cannot or may not reach the person; another may."""
    return _made(due, DeliveryState.REFUSED, now, errcode, said)


def given_up(due: Due, now: datetime, said: str, errcode: int | None = None) -> Outcome:
    """As wrong tomorrow as today: a fault of ours, which somebody has to look at."""
    return _made(due, DeliveryState.GIVEN_UP, now, errcode, said)


def unknown(due: Due, now: datetime) -> Outcome:
    return _made(due, DeliveryState.UNKNOWN, now + SETTLE, None, "没有收到答复，等待回执")


def later(due: Due, now: datetime, said: str, errcode: int | None = None) -> Outcome:
    """Twice as long each time up to half an hour, scattered, so that a crowd does not come back together."""
    wait_s = min(2 ** min(due.attempts, 10) * 5, 1800) * random.uniform(0.5, 1.5)  # noqa: S311
    return Outcome(
        due.id, due.attempts, DeliveryState.WAITING, now + timedelta(seconds=wait_s), errcode, said
    )


def in_line(due: Due, now: datetime, wait_s: float) -> Outcome:
    """It would be one too many now: later, and no attempt was made."""
    run_at = now + timedelta(seconds=wait_s)
    return Outcome(due.id, due.attempts, DeliveryState.WAITING, run_at, None, IN_LINE, counted=False)


def back(due: Due, said: str, errcode: int | None = None, *, counted: bool = True) -> Outcome:
    """Back to its place in the queue: nothing came of it that has to do with this message."""
    return Outcome(due.id, due.attempts, DeliveryState.WAITING, None, errcode, said, counted=counted)


def tomorrow(due: Due, now: datetime, said: str, errcode: int | None = None) -> Outcome:
    """Nothing is left for today."""
    at = next_day(now)
    return Outcome(due.id, due.attempts, DeliveryState.WAITING, at, errcode, said, quota=True)


def next_day(now: datetime) -> datetime:
    """When quotas of a day are full again: after the next midnight in Beijing."""
    day = beijing_date(now) + timedelta(days=1)
    return (datetime.combine(day, time.min, BEIJING) + AFTER_MIDNIGHT).astimezone(now.tzinfo)


def _made(
    due: Due,
    state: DeliveryState,
    run_at: datetime,
    errcode: int | None,
    said: str,
    message_id: str | None = None,
) -> Outcome:
    return Outcome(
        due.id, due.attempts, state, run_at, errcode, said, message_id, due.openid, due.template_id
    )


async def of_call(due: Due, call: Awaitable[str], now: datetime, codes: Codes = VERDICTS) -> Outcome:
    """What a call of WeChat's or WeCom's interfaces came to; it gives the message's id."""
    try:
        return sent(due, now, await call)
    except ReplyLost:
        return unknown(due, now)
    except TooSoon as soon:
        return in_line(due, now, soon.wait_s)
    except Broken as broken:
        return back(due, f"{broken.said}，恢复后自动发送", broken.errcode, counted=False)
    except Unreachable:
        # the gateway's breaker ends this when it goes on
        return back(due, "连不上微信，稍后自动重试")
    except WeChatError as fault:
        return judged(due, fault, now, codes)


def judged(due: Due, fault: WeChatError, now: datetime, codes: Codes = VERDICTS) -> Outcome:
    """What to do about an error code."""
    code, said = fault.errcode, explain(fault, codes)
    match verdict(code, codes):
        case Verdict.REFUSED | Verdict.CHANNEL_CLOSED:
            return refused(due, now, said, code)
        case Verdict.TOKEN | Verdict.ADDRESS:
            # ours to put right: everything waits in its place until somebody has
            return back(due, f"{said}，恢复后自动发送", code)
        case Verdict.LATER if due.attempts < MOST_ATTEMPTS:
            return later(due, now, said, code)
        case Verdict.QUOTA:
            return tomorrow(due, now, said, code)
        case _:
            return given_up(due, now, said, code)
