"""Sending answers: claimed and committed, handed to the platform once, and what it said."""

import asyncio
import logging
from datetime import datetime, timedelta

from bot.conversation.turn import Chat, NotNow
from bot.conversation.working import World
from bot.wechat.errors import ReplyLost, Unreachable, Verdict, WeChatError
from models.conversations import replies
from models.conversations.replies import Due, Outcome
from models.conversations.tables import ReplyState

log = logging.getLogger(__name__)

BATCH = 32
HANDLED = "已收到，见对话"
# worth repeating: nothing was sent, and it may go later
PASSING = {Verdict.LATER, Verdict.TOKEN, Verdict.ADDRESS}


async def send_answers(world: World) -> int:
    """Everything due, several people at once; return how many were taken."""
    count = 0
    while batch := await replies.claim(list(world.chats), world.now(), BATCH):
        await asyncio.gather(*(_one(world, due) for due in batch))
        count += len(batch)
    return count


async def _one(world: World, due: Due) -> None:
    chat = world.chats[due.appid]
    if due.card and chat.close is not None:
        await _close(chat, due)
    await replies.settle(await _sent(chat, due, world.now()))


async def _sent(chat: Chat, due: Due, now: datetime) -> Outcome:
    try:
        await chat.say(due.openid, due.text)
    except ReplyLost:
        return Outcome(due.id, ReplyState.UNKNOWN, "没有收到微信的答复，不再重发")
    except Unreachable:
        return _later(due, now, "连不上微信", None)
    except NotNow as soon:
        return _later(due, now, "对方收到的消息过多，稍后再发", None, soon.wait_s)
    except WeChatError as fault:
        if chat.verdict(fault.errcode) in PASSING:
            return _later(due, now, chat.explain(fault), fault.errcode)
        return Outcome(due.id, ReplyState.GIVEN_UP, chat.explain(fault), fault.errcode)
    return Outcome(due.id, ReplyState.SENT, "已发送", 0)


def _later(due: Due, now: datetime, said: str, errcode: int | None, wait_s: float | None = None) -> Outcome:
    """Until the chat is closed anyway."""
    if now - due.created_at > replies.WORTH_SENDING:
        return Outcome(due.id, ReplyState.GIVEN_UP, f"{said}，已超过48小时", errcode)
    wait = timedelta(seconds=min(5 * 2 ** min(due.attempts, 8), 900) if wait_s is None else wait_s)
    return Outcome(due.id, ReplyState.WAITING, said, errcode, now + wait)


async def _close(chat: Chat, due: Due) -> None:
    """The pressed card says so; that it could not be changed matters little beside the answer."""
    assert chat.close is not None
    try:
        await chat.close(due.openid, due.card, HANDLED)
    except (ReplyLost, Unreachable, WeChatError) as fault:
        log.warning("card not closed", extra={"reply": due.id, "said": str(fault)})
