"""Working on what WeChat pushed to us: one line a kind of event."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from tortoise.transactions import in_transaction

from models.notices import credits, inbound, outbox
from models.notices.inbound import Event
from models.notices.outbox import Confirmed

log = logging.getLogger(__name__)

BATCH = 50
AGAIN = timedelta(seconds=5)


class TooEarly(Exception):
    """The event can only be understood after something that is still under way."""


async def popup(event: Event, now: datetime) -> None:
    """The consent dialogue was answered: each accept is one message, a refusal is remembered."""
    for item in _items(event):
        if item.get("SubscribeStatusString") == "accept":
            await credits.accepted(event.openid, str(item.get("TemplateId", "")), now)
        else:
            await credits.refused(event.openid, str(item.get("TemplateId", "")), now)


async def change(event: Event, now: datetime) -> None:
    """The person changed the setting: only a refusal means something for the ledger."""
    for item in _items(event):
        if item.get("SubscribeStatusString") != "accept":
            await credits.refused(event.openid, str(item.get("TemplateId", "")), now)


async def sent(event: Event, now: datetime) -> None:
    """What became of a message after it was accepted."""
    for item in _items(event):
        code, template_id = str(item.get("ErrorCode", "")), str(item.get("TemplateId", ""))
        delivered = code == "0"
        said = "微信已送达" if delivered else f"微信未送达：{item.get('ErrorStatus', code)}"
        heard = await outbox.confirm(
            event.openid, template_id, str(item.get("MsgID", "")), delivered, said, now
        )
        if heard is Confirmed.TOO_EARLY:
            raise TooEarly
        if heard is Confirmed.SETTLED and delivered:
            await credits.spent([(event.openid, template_id)], now)


HANDLERS: dict[str, Callable[[Event, datetime], Awaitable[None]]] = {
    "subscribe_msg_popup_event": popup,
    "subscribe_msg_change_event": change,
    "subscribe_msg_sent_event": sent,
}


async def work(now: datetime) -> int:
    """Work on waiting events, each in its own transaction; return how many were looked at."""
    count = 0
    while count < BATCH and await _one(now):
        count += 1
    return count


async def _one(now: datetime) -> bool:
    event: Event | None = None
    try:
        async with in_transaction():
            waiting = await inbound.due(now, 1)
            if not waiting:
                return False
            event = waiting[0]
            handler = HANDLERS.get(event.kind)
            if handler is not None:
                await handler(event, now)
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
