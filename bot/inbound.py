"""Working on what WeChat pushed to us: one line a kind of event."""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from tortoise.transactions import in_transaction

from bot import outbox
from bot.post import Post
from models.contents import actions as contents
from models.contents.states import Finding
from models.notices import credits, inbound
from models.notices import outbox as deliveries
from models.notices.inbound import Event
from models.notices.outbox import Confirmed
from models.notices.tables import DeliveryState
from models.problems import reviewing

log = logging.getLogger(__name__)

BATCH = 50
AGAIN = timedelta(seconds=5)


class TooEarly(Exception):
    """The event can only be understood after something that is still under way."""


async def popup(event: Event, post: Post) -> None:
    """The consent dialogue was answered: each accept is one message, a refusal is remembered."""
    for item in _items(event):
        if item.get("SubscribeStatusString") == "accept":
            await credits.accepted(event.openid, str(item.get("TemplateId", "")), post.now())
        else:
            await credits.refused(event.openid, str(item.get("TemplateId", "")), post.now())


async def change(event: Event, post: Post) -> None:
    """The person changed the setting: only a refusal means something for the ledger."""
    for item in _items(event):
        if item.get("SubscribeStatusString") != "accept":
            await credits.refused(event.openid, str(item.get("TemplateId", "")), post.now())


async def sent(event: Event, post: Post) -> None:
    """What became of a message after it was accepted."""
    for item in _items(event):
        code, template_id = str(item.get("ErrorCode", "")), str(item.get("TemplateId", ""))
        delivered = code == "0"
        said = "微信已送达" if delivered else f"微信未送达：{item.get('ErrorStatus', code)}"
        heard = await _heard(
            event, post, "subscribe", template_id, str(item.get("MsgID", "")), delivered, said
        )
        if heard is Confirmed.SETTLED and delivered:
            await credits.spent([(event.openid, template_id)], post.now())


async def finished(event: Event, post: Post) -> None:
    """What became of a template message of the official account."""
    status = str(event.body.get("Status", ""))
    said = "微信已送达" if status == "success" else f"微信未送达：{FAILED.get(status, status)}"
    message_id = str(event.body.get("MsgID", ""))
    await _heard(event, post, "official", None, message_id, status == "success", said)


FAILED = {"failed:user block": "对方拒收公众号消息", "failed: system failed": "微信系统原因"}


async def _heard(
    event: Event,
    post: Post,
    channel: str,
    template_id: str | None,
    message_id: str,
    delivered: bool,
    said: str,
) -> Confirmed:
    heard, failed = await deliveries.confirm(
        channel, event.openid, template_id, message_id, delivered, said, post.now()
    )
    if heard is Confirmed.TOO_EARLY:
        raise TooEarly
    await outbox.hand_on(post, failed, DeliveryState.REFUSED)
    return heard


async def media_checked(event: Event, post: Post) -> None:
    """What WeChat makes of a photo it was given to check."""
    result = event.body.get("result")
    suggested = result.get("suggest") if isinstance(result, dict) else None
    check_id = await contents.traced(str(event.body.get("trace_id", "")))
    if check_id is None:
        # the event may overtake the answer that brings its name
        raise TooEarly
    finding = Finding(suggested) if suggested in list(Finding) else Finding.UNKNOWN
    await reviewing.hear(check_id, finding, post.now())


HANDLERS: dict[str, Callable[[Event, Post], Awaitable[None]]] = {
    "subscribe_msg_popup_event": popup,
    "subscribe_msg_change_event": change,
    "subscribe_msg_sent_event": sent,
    "templatesendjobfinish": finished,
    "wxa_media_check": media_checked,
}


async def work(post: Post) -> int:
    """Work on waiting events, each in its own transaction; return how many were looked at."""
    count = 0
    while count < BATCH and await _one(post):
        count += 1
    return count


async def _one(post: Post) -> bool:
    event: Event | None = None
    now = post.now()
    try:
        async with in_transaction():
            waiting = await inbound.due(now, 1)
            if not waiting:
                return False
            event = waiting[0]
            handler = HANDLERS.get(event.kind)
            if handler is not None:
                await handler(event, post)
            await inbound.done(event.id)
    except TooEarly:
        assert event is not None
        await inbound.postpone(event.id, now + AGAIN)
    except Exception:
        if event is None:
            raise
        log.exception("inbound event failed", extra={"event": event.id, "kind": event.kind})
        await inbound.failed(event.id, now)
    return True


def _items(event: Event) -> list[dict[str, Any]]:
    items = event.body.get("List", [])
    return items if isinstance(items, list) else []
