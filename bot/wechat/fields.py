"""The limits of template fields, by the type at the beginning of their keys: one table for both sides."""

import re
import unicodedata
from dataclasses import dataclass

EMPTY = "无"


@dataclass(frozen=True)
class Limit:
    """At most so many characters, of a kind; `why` is what the platform's errmsg would say."""

    longest: int
    allowed: re.Pattern[str]
    why: str


_ANY = re.compile(r".+", re.DOTALL)
_ASCII = re.compile(r"[\x20-\x7e]+")
_TIME = re.compile(
    r"(\d{4}年\d{1,2}月\d{1,2}日)?\s?(\d{1,2}:\d{2}(:\d{2})?)?"
    r"(~(\d{4}年\d{1,2}月\d{1,2}日)?\s?(\d{1,2}:\d{2}(:\d{2})?)?)?"
)

LIMITS: dict[str, Limit] = {
    "thing": Limit(20, _ANY, "at most 20 characters"),
    "name": Limit(20, _ANY, "at most 10 Chinese characters or 20 letters"),
    "phrase": Limit(5, re.compile(r"[\u4e00-\u9fff]+"), "at most 5 Chinese characters"),
    "character_string": Limit(32, _ASCII, "at most 32 ASCII characters"),
    "number": Limit(32, re.compile(r"-?\d+(\.\d+)?"), "at most 32 digits"),
    "letter": Limit(32, re.compile(r"[A-Za-z]+"), "at most 32 letters"),
    "symbol": Limit(5, re.compile(r"[^\w\s]+"), "at most 5 symbols"),
    "phone_number": Limit(17, re.compile(r"[\d+\-() ]+"), "at most 17 digits"),
    "car_number": Limit(8, _ANY, "at most 8 characters"),
    "amount": Limit(12, re.compile(r"[¥$]?\d{1,10}(\.\d+)?元?"), "a sign and at most 10 digits"),
    "time": Limit(64, _TIME, "a time such as 2026年11月24日 18:00"),
    "date": Limit(64, _TIME, "a date such as 2026年11月24日"),
}


def kind_of(key: str) -> str:
    """`thing4` is a `thing`."""
    return key.rstrip("0123456789")


def check(key: str, value: str) -> str | None:
    """Why the platform would refuse a value; None when it would take it."""
    limit = LIMITS.get(kind_of(key))
    if limit is None:
        return "unknown field type"
    if not value or any(unicodedata.category(sign) == "Cc" for sign in value):
        return "empty or control characters"
    if _length(key, value) > limit.longest or not limit.allowed.fullmatch(value):
        return limit.why
    return None


def fit(key: str, value: str) -> str:
    """The value as the platform takes it: cut with …, without control characters, never empty.

    What cannot be cut into shape (a time, a number) and is wrong is a fault of ours: ValueError.
    """
    plain = " ".join("".join(_visible(sign) for sign in value).split())
    kind = kind_of(key)
    if not plain and kind in {"thing", "name", "phrase", "car_number"}:
        plain = EMPTY
    fitted = _cut(key, plain) if kind in {"thing", "name", "phrase", "character_string"} else plain
    why = check(key, fitted)
    if why is not None:
        raise ValueError(f"{key}: {why}")
    return fitted


def _visible(sign: str) -> str:
    return " " if unicodedata.category(sign) == "Cc" else sign


def _length(key: str, value: str) -> int:
    """In the limit's own measure: a Chinese character in a name counts for two letters."""
    if kind_of(key) != "name":
        return len(value)
    return sum(2 if ord(sign) > 0x7F else 1 for sign in value)


def _cut(key: str, value: str) -> str:
    longest = LIMITS[kind_of(key)].longest
    if _length(key, value) <= longest:
        return value
    ending = "…" if kind_of(key) in {"thing", "name"} else ""
    while _length(key, value + ending) > longest:
        value = value[:-1]
    return value + ending
