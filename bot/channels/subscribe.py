"""The subscribe-message channel: one message, one outcome."""

import random
from datetime import datetime, timedelta

from bot.wechat.client import Gateway
from bot.wechat.errors import ReplyLost, Unreachable, Verdict, WeChatError, verdict
from bot.wording import word
from models.notices.outbox import SETTLE, Due, Outcome
from models.notices.tables import DeliveryState

MOST_ATTEMPTS = 5
NEXT_DAY = timedelta(hours=24)


def unreachable_person(due: Due, now: datetime) -> Outcome:
    """Nobody to send to: the person never opened the mini-program. The inbox has it."""
    return Outcome(due.id, DeliveryState.REFUSED, now, None, "未绑定微信，仅站内可见")


def no_credit(due: Due, now: datetime) -> Outcome:
    """The ledger says nothing is left: WeChat would refuse, so we do not ask it."""
    return Outcome(
        due.id, DeliveryState.REFUSED, now, None, "订阅次数已用完，仅站内可见",
        openid=due.openid, template_id=due.template_id,
    )  # fmt: skip


async def send(gateway: Gateway, due: Due, now: datetime) -> Outcome:
    """Send one message and say what happened. Never raises for what WeChat or the network does."""
    assert due.openid is not None
    to = {"openid": due.openid, "template_id": due.template_id}
    message = word(due.kind, due.subject_kind, due.subject_id, due.facts, due.told_at)
    try:
        message_id = await gateway.send_subscribe(due.openid, due.template_id, message.data, message.page)
    except ReplyLost:
        return Outcome(
            due.id, DeliveryState.UNKNOWN, now + SETTLE, None, "没有收到微信的答复，等待回执", **to
        )
    except Unreachable:
        return _later(due, now, None, "连不上微信", to)
    except WeChatError as fault:
        return _refused(due, fault, now, to)
    return Outcome(due.id, DeliveryState.SENT, now, 0, "已发送", message_id or None, **to)


def _refused(due: Due, fault: WeChatError, now: datetime, to: dict[str, str]) -> Outcome:
    match verdict(fault.errcode):
        case Verdict.REFUSED:
            return Outcome(
                due.id, DeliveryState.REFUSED, now, fault.errcode, "对方未订阅或次数用完，仅站内可见", **to
            )
        case Verdict.LATER | Verdict.TOKEN | Verdict.ADDRESS:
            return _later(due, now, fault.errcode, fault.errmsg, to)
        case Verdict.QUOTA:
            return Outcome(
                due.id, DeliveryState.WAITING, now + NEXT_DAY, fault.errcode, "今日额度用完，明日再发", **to
            )
        case _:
            return Outcome(due.id, DeliveryState.GIVEN_UP, now, fault.errcode, fault.errmsg, **to)


def _later(due: Due, now: datetime, errcode: int | None, said: str, to: dict[str, str]) -> Outcome:
    """Twice as long each time, scattered, so that a crowd does not come back together."""
    if due.attempts >= MOST_ATTEMPTS and errcode is not None:
        return Outcome(due.id, DeliveryState.GIVEN_UP, now, errcode, said, **to)
    wait_s = min(2 ** min(due.attempts, 10) * 5, 1800) * random.uniform(0.5, 1.5)  # noqa: S311
    return Outcome(due.id, DeliveryState.WAITING, now + timedelta(seconds=wait_s), errcode, said)
