"""How cells become values; each raises Wrong with a Chinese reason."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Generic, TypeVar

from models.workbooks.reading import Wrong

Value = TypeVar("Value")

# control signs, signs without width or that turn the writing round, and other line ends
INVISIBLE = {"Cc", "Cf", "Zl", "Zp"}


def text(longest: int) -> Callable[[str], str]:
    """Plain words; what looks like a formula is only words."""

    def read(given: str) -> str:
        if len(given) > longest:
            raise Wrong(f"超过{longest}个字")
        if any(unicodedata.category(sign) in INVISIBLE for sign in given):
            raise Wrong("含有换行或不可见字符")
        return given

    return read


def matching(pattern: str, what: str) -> Callable[[str], str]:
    """A number that is a name. Full-width digits are the same number and are kept as `0` to `9`."""

    def read(given: str) -> str:
        plain = unicodedata.normalize("NFKC", given)
        if not re.fullmatch(pattern, plain, re.ASCII):
            raise Wrong(f"应为{what}")
        return plain

    return read


@dataclass(frozen=True)
class OneOf(Generic[Value]):
    """One of these words; a template offers them to choose from."""

    words: Mapping[str, Value]

    def __call__(self, given: str) -> Value:
        if given not in self.words:
            raise Wrong(f"只能填{'、'.join(self.words)}")
        return self.words[given]


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    def read(given: str) -> int:
        if not re.fullmatch(r"\d{1,9}", given) or not lowest <= int(given) <= highest:
            raise Wrong(f"应为{lowest}到{highest}的整数")
        return int(given)

    return read


def degrees(lowest: float, highest: float) -> Callable[[str], float]:
    def read(given: str) -> float:
        if not re.fullmatch(r"\d{1,3}(\.\d{1,15})?", given) or not lowest <= float(given) <= highest:
            raise Wrong(f"应为{lowest:g}到{highest:g}的度数")
        return float(given)

    return read


@dataclass(frozen=True)
class SomeOf(Generic[Value]):
    """Any of these words, each once, in the order in which they are declared; a template offers them one by one."""

    words: Mapping[str, Value]
    several: ClassVar[bool] = True

    def __call__(self, given: str) -> list[Value]:
        said = {word for word in re.split(r"[、，,；;/\s]+", given) if word}
        if unknown := said - self.words.keys():
            raise Wrong(f"没有“{'、'.join(sorted(unknown))}”，只能填{'、'.join(self.words)}，多项用顿号隔开")
        return [value for word, value in self.words.items() if word in said]


# how Excel counts days, where a cell has lost its date's looks: 2000 to 2100
SERIAL = re.compile(r"(3[6-9]|[4-6]\d|7[0-3])\d{3}")


def day(given: str) -> date:
    """2026-09-01, 2026/9/1, 2026年9月1日 or 20260901. Full-width digits are the same."""
    plain = unicodedata.normalize("NFKC", given)
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", plain, re.ASCII)
    found = found or re.fullmatch(r"(20\d\d)(\d\d)(\d\d)", plain, re.ASCII)
    if not found:
        number = "。这里是数字，请把这一列设为日期格式" if SERIAL.fullmatch(plain) else ""
        raise Wrong(f"应为日期，如2026-09-01{number}")
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError as fault:
        raise Wrong("没有这一天") from fault
