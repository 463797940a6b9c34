"""The limits of template fields, by the type at the beginning of their keys: one table for both sides.

Source: 订阅消息参数值内容限制说明 in WeChat's documentation of subscribe messages. The gateway fits words to
the table before sending; the sandbox refuses by the same table what the platform would refuse.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

EMPTY = "无"

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\u3007"
_CLOCK = r"(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"
_YEAR, _MONTH, _DAY = r"[0-9]{4}", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12][0-9]|3[01])"
_DATE = (
    rf"(?:{_YEAR}年{_MONTH}月(?:{_DAY}日)?|{_MONTH}月{_DAY}日"
    rf"|{_YEAR}[-/.]{_MONTH}(?:[-/.]{_DAY})?|{_MONTH}[-/.]{_DAY})"
)
_TIMES = rf"(?:{_DATE} ?)?{_CLOCK}"
_DATES = rf"{_DATE}(?: ?{_CLOCK})?"


@dataclass(frozen=True)
class Limit:
    """What a type of field takes.

    `longest`: characters. `shape`: the whole value. `why`: in the words of the platform's table.
    `strange`: what does not belong and is left out when words are fitted; None where leaving out or cutting
    would say something else (a time, a sum, a licence plate). `ending`: after words that were cut.
    `empty`: stands for nothing to say.
    """

    longest: int
    shape: str
    why: str
    strange: str | None = None
    ending: str = ""
    empty: str = EMPTY


LIMITS: dict[str, Limit] = {
    "thing": Limit(20, r".+", "20个以内字符", strange=r"(?!)", ending="…"),
    "name": Limit(20, r"[^0-9]+", "10个以内汉字或20个以内字母、符号", strange=r"[0-9]"),
    "phrase": Limit(5, rf"[{_HAN}]+", "5个以内汉字", strange=rf"[^{_HAN}]"),
    "character_string": Limit(
        32, r"[\x20-\x7e]+", "32位以内数字、字母或符号", strange=r"[^\x20-\x7e]", empty="-"
    ),
    "letter": Limit(32, r"[A-Za-z]+", "32位以内字母", strange=r"[^A-Za-z]", empty="NA"),
    "symbol": Limit(5, r"[^\w\s]+", "5位以内符号", strange=r"[\w\s]", empty="-"),
    "number": Limit(32, r"-?[0-9]+(?:\.[0-9]+)?", "32位以内数字，可带小数"),
    "phone_number": Limit(17, r"[0-9+\-() ]+", "17位以内数字、符号"),
    "car_number": Limit(
        8,
        rf"[{_HAN}A-Za-z0-9](?:[A-Za-z0-9]*[{_HAN}A-Za-z0-9])?",
        "8位以内，首末位可为汉字，其余为字母或数字",
    ),
    "amount": Limit(
        13, r"[¥￥$€£]?(?=(?:\.?[0-9]){1,10}元?$)[0-9]+(?:\.[0-9]+)?元?", "1个币种符号加10位以内数字"
    ),
    "time": Limit(64, rf"{_TIMES}(?: ?~ ?{_TIMES})?", "24小时制时间，可带年月日"),
    "date": Limit(64, rf"{_DATES}(?: ?~ ?{_DATES})?", "年月日，可带24小时制时间"),
}

# control characters, halves of surrogate pairs, and the two separators that are line breaks
_NOT_WORDS = {"Cc", "Cs", "Zl", "Zp"}


def limit_of(key: str) -> Limit | None:
    """`thing4` is a `thing`; None for what is no key of a template."""
    found = re.fullmatch(r"([a-z_]+)[0-9]{1,3}", key)
    return LIMITS.get(found.group(1)) if found else None


@lru_cache(maxsize=4096)
def check(key: str, value: str) -> str | None:
    """Why the platform would refuse a value; None when it would take it."""
    limit = limit_of(key)
    if limit is None:
        return "没有这种字段类型"
    if not value.strip():
        return "不能为空"
    if any(unicodedata.category(sign) in _NOT_WORDS for sign in value):
        return "不能含换行等控制字符"
    if _length(key, value) > limit.longest or not re.fullmatch(limit.shape, value):
        return limit.why
    return None


@lru_cache(maxsize=4096)
def fit(key: str, value: str) -> str:
    """The words as the platform takes them: nothing that does not belong, cut with …, never empty.

    A time, a sum, a number is only cleaned: cutting it would say something else. Where it is wrong, `check`
    says so, and the platform answers 47003.
    """
    plain = _spaced("".join(map(_printable, value)))
    limit = limit_of(key)
    if limit is None or limit.strange is None:
        return plain or EMPTY
    fitted = _cut(key, _spaced(re.sub(limit.strange, "", plain)), limit)
    return fitted or limit.empty


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _printable(sign: str) -> str:
    return " " if unicodedata.category(sign) in _NOT_WORDS else sign


def _length(key: str, value: str) -> int:
    """In the limit's own measure, counting signs outside the basic plane (emoji) as two, as JavaScript does.

    A name with anything but letters in it counts as Chinese: 10 signs, here 20 halves.
    """
    signs = len(value) + sum(sign > "\uffff" for sign in value)
    return signs * 2 if key.startswith("name") and not value.isascii() else signs


def _cut(key: str, value: str, limit: Limit) -> str:
    if _length(key, value) <= limit.longest:
        return value
    value = value[: limit.longest]
    while _length(key, value + limit.ending) > limit.longest:
        value = value[:-1]
    return value.rstrip() + limit.ending
