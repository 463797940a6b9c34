"""What a person said or did in a chat, out of the platform's fields. Pure.

The official account and WeCom (企业微信) use the same names where they have the same thing.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

# a parametric code of ours that brings somebody new comes with this before its scene
NEW_BY_SCAN = "qrscene_"
MOST_HEARD = 2000


class Way(Enum):
    """How it was said."""

    TEXT = auto()
    PHOTO = auto()
    CLICK = auto()
    """A menu entry, or a button of a WeCom card."""
    SCAN = auto()
    FOLLOW = auto()
    UNFOLLOW = auto()
    OTHER = auto()
    """Something we cannot read: a voice, a video, a place."""


@dataclass(frozen=True)
class Heard:
    """`words`: of a text; of a click its key; of a scan, also of one that brings somebody, its scene.

    `media_id`: of a photo. `card`: the response code by which a pressed card can be changed once.
    """

    way: Way
    words: str = ""
    media_id: str = ""
    card: str = ""


# kinds as the callback door names them: message types and events
WAYS = {
    "text": Way.TEXT,
    "image": Way.PHOTO,
    "click": Way.CLICK,
    "template_card_event": Way.CLICK,
    "scan": Way.SCAN,
    "subscribe": Way.FOLLOW,
    "unsubscribe": Way.UNFOLLOW,
    "voice": Way.OTHER,
    "video": Way.OTHER,
    "shortvideo": Way.OTHER,
    "link": Way.OTHER,
    "file": Way.OTHER,
}


def hear(kind: str, fields: dict[str, Any]) -> Heard | None:
    """What an event says; None for those that are no part of a conversation."""
    way = WAYS.get(kind)
    match way:
        case None:
            return None
        case Way.TEXT:
            return Heard(way, _text(fields, "Content")[:MOST_HEARD])
        case Way.PHOTO:
            return Heard(way, media_id=_text(fields, "MediaId"))
        case Way.CLICK:
            return Heard(way, _text(fields, "EventKey"), card=_text(fields, "ResponseCode"))
        case Way.SCAN | Way.FOLLOW:
            return Heard(way, _text(fields, "EventKey").removeprefix(NEW_BY_SCAN))
        case _:
            return Heard(way)


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""
