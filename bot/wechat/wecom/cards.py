"""What WeCom's messages are made of, fitted to its limits.

Source: 发送应用消息 and 群机器人配置说明 in WeCom's documentation for developers. Where it counts bytes of UTF-8,
so do we: it cuts what is longer wherever the limit falls.
"""

import re
from dataclasses import dataclass
from typing import Any

TEXT_BYTES = 2048
MARKDOWN_BYTES = 4096
TITLE_BYTES = 128
DESCRIPTION_BYTES = 512
URL_BYTES = 2048
BUTTON_KEY_BYTES = 1024
# in characters: longer ones are shown cut
CARD_TITLE = 26
CARD_WORDS = 112
LINE_LABEL = 5
LINE_WORDS = 26
BUTTON_WORDS = 10
LINK_WORDS = 4
MOST_LINES = 6
MOST_BUTTONS = 6
TASK_ID = re.compile(r"[0-9A-Za-z_\-@]{1,128}")

_SENTENCE_ENDS = "。！？；\n"
_NOT_WORDS = re.compile("[^\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class TextCard:
    """A card that opens a page (文本卡片). `words`: plain, lines parted by line breaks."""

    title: str
    words: str
    url: str
    link: str = "详情"

    def content(self) -> dict[str, Any]:
        return {
            "title": cut_bytes(self.title, TITLE_BYTES),
            "description": cut_bytes(_escaped(self.words), DESCRIPTION_BYTES),
            "url": self.url,
            "btntxt": cut(self.link, LINK_WORDS),
        }


@dataclass(frozen=True)
class Button:
    """A button of a card. `key` comes back with the press; with `url` a page opens instead."""

    words: str
    key: str = ""
    url: str = ""
    urgent: bool = False

    def content(self) -> dict[str, Any]:
        what = {"type": 1, "url": self.url} if self.url else {"type": 0, "key": self.key}
        return {"text": cut(self.words, BUTTON_WORDS), "style": 2 if self.urgent else 1, **what}


@dataclass(frozen=True)
class ButtonCard:
    """A card that can be answered (按钮交互型模板卡片). `lines`: label and words.

    `task_id` names this card among all that the application ever sends: at most 128 of `0-9A-Za-z_-@`.
    `url`: what a tap on the card itself opens; none: nothing.
    """

    title: str
    words: str
    lines: tuple[tuple[str, str], ...]
    buttons: tuple[Button, ...]
    task_id: str
    url: str = ""
    source: str = "膳督"

    def __post_init__(self) -> None:
        if not TASK_ID.fullmatch(self.task_id):
            raise ValueError("task_id: at most 128 of 0-9A-Za-z_-@")

    def content(self) -> dict[str, Any]:
        card: dict[str, Any] = {
            "card_type": "button_interaction",
            "source": {"desc": self.source},
            "main_title": {"title": cut(self.title, CARD_TITLE)},
            "sub_title_text": cut_sentences(self.words, CARD_WORDS),
            "horizontal_content_list": [
                {"keyname": cut(label, LINE_LABEL), "value": cut(words, LINE_WORDS)}
                for label, words in self.lines[:MOST_LINES]
            ],
            "button_list": [button.content() for button in self.buttons[:MOST_BUTTONS]],
            "task_id": self.task_id,
        }
        if self.url:
            card["card_action"] = {"type": 1, "url": self.url}
        return card


def cut(words: str, most: int) -> str:
    """At most so many characters, the last one … where something is missing. Never empty."""
    plain = _cleaned(words)
    if len(plain) <= most:
        return plain or "无"
    return plain[: most - 1].rstrip() + "…"


def cut_sentences(words: str, most: int) -> str:
    """As `cut`, in whole sentences where that leaves at least half."""
    plain = _cleaned(words)
    return (_sentences(plain[:most]) if len(plain) > most else "") or cut(words, most)


def cut_bytes(words: str, most: int) -> str:
    """At most so many bytes of UTF-8: whole sentences where that leaves at least half, else … at the end."""
    plain = _cleaned(words)
    raw = plain.encode()
    if len(raw) <= most:
        return plain or "无"
    kept = _sentences(raw[:most].decode(errors="ignore"))
    return kept or raw[: most - len("…".encode())].decode(errors="ignore").rstrip() + "…"


def _sentences(kept: str) -> str:
    """What of a text that breaks off is whole sentences; empty where that is less than half."""
    end = max(kept.rfind(sign) for sign in _SENTENCE_ENDS)
    return kept[: end + 1].rstrip("\n") if end >= len(kept) // 2 else ""


def _cleaned(words: str) -> str:
    return _NOT_WORDS.sub("", words.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _escaped(words: str) -> str:
    """A text card's description is markup: nothing of somebody's words may become a tag."""
    return words.replace("<", "＜").replace(">", "＞")
