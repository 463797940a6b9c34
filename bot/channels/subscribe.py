"""The subscribe-message channel: one message, one outcome."""

import random
from datetime import datetime, timedelta
from typing import Any

from bot.wechat.breaker import Broken
from bot.wechat.client import Gateway
from bot.wechat.errors import ReplyLost, Unreachable, Verdict, WeChatError, explain, verdict
from bot.wording import word
from models.notices.outbox import SENT_RECEIPT, SETTLE, Due, Outcome
from models.notices.tables import DeliveryState

# about three hours
MOST_ATTEMPTS = 12
NO_SUCH_PAGE = 41030
NEXT_DAY = timedelta(hours=24)


def unreachable_person(due: Due, now: datetime) -> Outcome:
    """Nobody to send to: the person never opened the mini-program. The inbox has it."""
    return Outcome(due.id, DeliveryState.REFUSED, now, None, "未绑定微信，仅站内可见")


def no_words(due: Due, now: datetime) -> Outcome:
    """This release does not know the kind of notice. The inbox has it."""
    return Outcome(due.id, DeliveryState.GIVEN_UP, now, None, f"不认识的通知种类 {due.kind}，仅站内可见")


def no_credit(due: Due, now: datetime) -> Outcome:
    """The ledger says nothing is left: WeChat would refuse, so we do not ask it."""
    return Outcome(
        due.id, DeliveryState.REFUSED, now, None, "订阅次数已用完，仅站内可见",
        openid=due.openid, template_id=due.template_id,
    )  # fmt: skip


async def send(gateway: Gateway, due: Due, now: datetime) -> Outcome:
    """Send one message and say what happened. Never raises for what WeChat or the network does."""
    assert due.openid is not None
    assert due.template_id is not None
    to: dict[str, Any] = {"openid": due.openid, "template_id": due.template_id}
    try:
        message_id = await _call(gateway, due, due.openid, due.template_id)
    except ReplyLost:
        return Outcome(
            due.id, DeliveryState.UNKNOWN, now + SETTLE, None, "没有收到微信的答复，等待回执", **to
        )
    except Broken as broken:
        return _back(due, broken.errcode, f"{broken.said}，恢复后自动发送", counted=False)
    except Unreachable:
        # the gateway's breaker ends this when it goes on
        return _back(due, None, "连不上微信，稍后自动重试")
    except WeChatError as fault:
        return _refused(due, fault, now, to)
    return Outcome(due.id, DeliveryState.SENT, now, 0, SENT_RECEIPT, message_id or None, **to)


async def _call(gateway: Gateway, due: Due, openid: str, template_id: str) -> str:
    message = word(due.kind, due.subject_kind, due.subject_id, due.facts, due.told_at)
    try:
        return await gateway.send_subscribe(openid, template_id, message.data, message.page)
    except WeChatError as fault:
        if fault.errcode != NO_SUCH_PAGE:
            raise
        # the published version lacks the page: the words still matter
        return await gateway.send_subscribe(openid, template_id, message.data, None)


def _refused(due: Due, fault: WeChatError, now: datetime, to: dict[str, Any]) -> Outcome:
    code, said = fault.errcode, explain(fault)
    match verdict(code):
        case Verdict.REFUSED:
            return Outcome(due.id, DeliveryState.REFUSED, now, code, f"{said}，仅站内可见", **to)
        case Verdict.TOKEN | Verdict.ADDRESS:
            # ours to put right: everything waits in its place until somebody has
            return _back(due, code, f"{said}，恢复后自动发送")
        case Verdict.LATER if due.attempts < MOST_ATTEMPTS:
            return _later(due, now, code, said)
        case Verdict.QUOTA:
            return Outcome(due.id, DeliveryState.WAITING, now + NEXT_DAY, code, said)
        case _:
            return Outcome(due.id, DeliveryState.GIVEN_UP, now, code, said, **to)


def _back(due: Due, errcode: int | None, said: str, *, counted: bool = True) -> Outcome:
    """Back to its place in the queue: nothing came of it that has to do with this message."""
    return Outcome(due.id, DeliveryState.WAITING, None, errcode, said, counted=counted)


def _later(due: Due, now: datetime, errcode: int | None, said: str) -> Outcome:
    """Twice as long each time up to half an hour, scattered, so that a crowd does not come back together."""
    wait_s = min(2 ** min(due.attempts, 10) * 5, 1800) * random.uniform(0.5, 1.5)  # noqa: S311
    return Outcome(due.id, DeliveryState.WAITING, now + timedelta(seconds=wait_s), errcode, said)
