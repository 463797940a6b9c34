"""Cutting an answer to what the platform takes, at whole sentences and without breaking a link. Pure."""

import re

# official account: 2048 bytes of UTF-8; WeCom: the same
MOST_BYTES = 2048
MORE = "……还有内容，请在小程序查看。"

# a whole link, or everything up to the end of a sentence or line
_PIECE = re.compile(r"<a [^>]*>.*?</a>|https?://\S+|[^。！？；\n<]*[。！？；\n]|[^。！？；\n<]+|<", re.DOTALL)


def fit(text: str, most_bytes: int = MOST_BYTES) -> str:
    """The text, or as many whole sentences of it as fit, with a word that there is more.

    A single sentence that is longer than everything is cut between characters.
    """
    if _long(text) <= most_bytes:
        return text
    room = most_bytes - _long(MORE)
    kept, whole = "", ""
    for piece in _PIECE.findall(text):
        if _long(kept + piece) > room:
            break
        kept += piece
        # a heading without what it announces is no sentence
        if piece.endswith(("。", "！", "？", "；", "\n")) and not piece.rstrip().endswith("："):
            whole = kept
    return (whole.rstrip() or _cut(text, room)) + MORE


def _cut(text: str, room: int) -> str:
    return text.encode()[:room].decode(errors="ignore")


def _long(text: str) -> int:
    return len(text.encode())
