"""Whether what somebody filled in can be true, and what of it ought to be otherwise. Pure.

`read` finds every fault at once and names its item; nothing with a fault is accepted. `defects` finds what is
accepted and not as it should be.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from models.ledger import numbers
from models.ledger.declaring import Bound, Form, Item, ItemKind
from models.policies.declared import Parameter

Values = dict[str, Any]
# control signs, signs without width or that turn the writing round, and other line ends
INVISIBLE = {"Cc", "Cf", "Zl", "Zp"}
PHOTO = re.compile(r"[0-9a-f]{32}|request:[A-Za-z0-9._-]{8,64}")
MOST = 2**53 - 1
# of a number before it is sealed, so that its column has room for it under any key
SEALED_BYTES = 100


@dataclass(frozen=True)
class Fault:
    """Why an item's value is refused, or is a defect: a Chinese sentence that names the item."""

    item: str
    sentence: str


class Wrong(ValueError):
    """The rest of a sentence that begins with the item's name."""


def read(form: Form, version: int, given: Mapping[str, object]) -> tuple[Values, list[Fault]]:
    """The values as they are kept, without those that were left empty, and every fault, strangers first, then in
    the form's order. Photos without an answer are an empty answer, too.

    Of kinds that only a database can judge (`signer`, `reference`) it says whether they look right.
    """
    asked = form.asked(version)
    known = {item.code for item in asked}
    faults = [Fault(code, "这一版台账没有这一项。") for code in given if code not in known]
    values: Values = {}
    for item in asked:
        value = given.get(item.code)
        if value is None or value in ("", []):
            continue
        try:
            values[item.code] = CHECKS[item.kind](item, value)
        except Wrong as fault:
            faults.append(Fault(item.code, f"“{item.name}”{fault}。"))
    wrong = {fault.item for fault in faults}
    faults += _missing(asked, values, wrong)
    faults += _between(form, {item.code: item for item in asked}, values)
    order = {item.code: place for place, item in enumerate(asked)}
    return values, sorted(faults, key=lambda fault: order.get(fault.item, -1))


def applies(item: Item, values: Mapping[str, Any]) -> bool:
    """Whether an item is asked at all, given the others."""
    if item.when is None:
        return True
    other, wanted = item.when
    return values.get(other) in wanted


def _missing(asked: tuple[Item, ...], values: Values, wrong: set[str]) -> Iterator[Fault]:
    by_code = {item.code: item for item in asked}
    for item in asked:
        if item.code in wrong:
            continue
        if not applies(item, values):
            if item.code in values and item.when is not None:
                other = by_code[item.when[0]]
                yield Fault(
                    item.code, f"“{item.name}”只在“{other.name}”为{_either(other, item.when[1])}时填写。"
                )
        elif (
            item.required
            and item.code not in values
            and not (item.kind is ItemKind.PHOTOS and not item.lowest)
        ):
            ask = f"请附{item.lowest:g}张以上" if item.kind is ItemKind.PHOTOS else "还没有填"
            yield Fault(item.code, f"“{item.name}”{ask}。")


def _between(form: Form, asked: Mapping[str, Item], values: Values) -> Iterator[Fault]:
    for first, second in form.orders:
        if first in values and second in values and values[first] > values[second]:
            one, other = asked[first], asked[second]
            timely = one.kind in (ItemKind.DATE, ItemKind.TIME)
            said = "不能晚于" if timely else "不能多于"
            yield Fault(first, f"“{one.name}”{said}“{other.name}”。")
    for first, second in form.differ:
        if first in values and values[first] == values.get(second):
            yield Fault(second, f"“{asked[second].name}”须与“{asked[first].name}”不是同一人。")


def defects(form: Form, version: int, values: Mapping[str, Any], policy: Mapping[str, float]) -> list[Fault]:
    """What of accepted values is not as it should be, in the form's order. `policy`: as `policies.effective`."""
    found = []
    for item in form.asked(version):
        if not applies(item, values):
            continue
        said = _defect(item, values.get(item.code), policy)
        if said:
            found.append(Fault(item.code, f"“{item.name}”{said}。"))
    return found


def _defect(item: Item, value: Any, policy: Mapping[str, float]) -> str | None:
    if value is None:
        return "没有填写" if item.wanted else None
    if item.at_least is not None and value < (bound := bound_of(item.at_least, policy)):
        return f"为{say(item, value)}，低于{say(item, bound)}"
    if item.at_most is not None and value > (bound := bound_of(item.at_most, policy)):
        return f"为{say(item, value)}，高于{say(item, bound)}"
    if item.ought and value not in item.ought:
        return f"为“{say(item, value)}”"
    return None


def bound_of(bound: Bound, policy: Mapping[str, float]) -> float:
    """A bound's value where a policy sets it: never less than the law's, whatever the row says."""
    if isinstance(bound, Parameter):
        return max(policy.get(bound.key, bound.default), bound.lowest)
    return bound


def say(item: Item, value: Any) -> str:
    """A value as people read it, with its unit."""
    if item.kind is ItemKind.YES_NO:
        return "是" if value else "否"
    if item.kind is ItemKind.CHOICE:
        return item.words.get(value, str(value))
    if item.kind is ItemKind.CHOICES:
        return "、".join(item.words.get(one, one) for one in value)
    if item.kind is ItemKind.MONEY:
        return f"{value / 100:.2f}{item.unit}"
    if item.kind is ItemKind.CERTIFICATE:
        return str(value["masked"]) if isinstance(value, Mapping) else str(value)
    if item.kind is ItemKind.PHOTOS:
        return f"{len(value)}张"
    if item.kind is ItemKind.TIME:
        return str(value).replace("T", " ")
    return f"{value:g}{item.unit}" if isinstance(value, float) else f"{value}{item.unit}"


def _either(item: Item, values: tuple[str | bool, ...]) -> str:
    return "或".join(f"“{say(item, value)}”" for value in values)


def _integer(item: Item, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong("须是整数")
    _within(item, value)
    return value


def _number(item: Item, value: object) -> float:
    endless = isinstance(value, float) and not math.isfinite(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or endless:
        raise Wrong("须是数字")
    # before anything that takes it for a float: a whole number may be longer than one
    _within(item, value)
    if round(value, item.places) != value:
        raise Wrong(f"最多{item.places}位小数")
    # 4 and 4.0 are one temperature, and one text in JSON
    return float(value)


def _within(item: Item, value: float) -> None:
    lowest = -MOST if item.lowest is None else item.lowest
    highest = MOST if item.highest is None else item.highest
    if not lowest <= value <= highest:
        raise Wrong(f"只能在{say(item, item.lowest)}到{say(item, item.highest)}之间")


def _choice(item: Item, value: object) -> str:
    if not isinstance(value, str) or value not in item.words:
        raise Wrong(f"只能选{'、'.join(item.words.values())}")
    return value


def _choices(item: Item, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one in item.words for one in value):
        raise Wrong(f"只能选{'、'.join(item.words.values())}")
    # in the order of the declaration: the same choice is the same text
    return [code for code in item.words if code in value]


def _yes_no(item: Item, value: object) -> bool:
    if not isinstance(value, bool):
        raise Wrong("只能选是或否")
    return value


def _text(item: Item, value: object) -> str:
    if not isinstance(value, str):
        raise Wrong("须是文字")
    said = value.strip()
    if not said:
        raise Wrong("还没有填")
    if len(said) > item.longest:
        raise Wrong(f"超过{item.longest}个字")
    if any(unicodedata.category(sign) in INVISIBLE or 0xD800 <= ord(sign) <= 0xDFFF for sign in said):
        raise Wrong("含有换行或不可见字符")
    return said


def _day(item: Item, value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", value, re.ASCII):
        raise Wrong("须是日期，如2026-11-24")
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as fault:
        raise Wrong("没有这一天") from fault


def _time(item: Item, value: object) -> str:
    pattern = r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}"
    if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
        raise Wrong("须是北京时间，如2026-11-24T11:40")
    try:
        datetime.fromisoformat(value)
    except ValueError as fault:
        raise Wrong("没有这个时刻") from fault
    return value


def _signs(value: object) -> str:
    """A number that is a name, as it is written on paper: full-width signs and blanks are nobody's meaning."""
    if not isinstance(value, str):
        raise Wrong("须是文字")
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", value)).upper()


def _certificate(item: Item, value: object) -> str:
    number = _signs(value)
    if not re.fullmatch(r"[0-9A-Z()〔〕\[\]/\u4e00-\u9fff-]+", number):
        raise Wrong("只能有数字、字母、汉字、括号和横线")
    if not 4 <= len(number) <= item.longest:
        raise Wrong(f"须有4到{item.longest}位")
    if len(number.encode()) > SEALED_BYTES:
        raise Wrong("里的汉字太多，请只填编号")
    if numbers.looks_like_person(number) and not numbers.is_person_number(number):
        raise Wrong("的校验码不对，请核对")
    return number


def _company_code(item: Item, value: object) -> str:
    code = _signs(value)
    if not numbers.is_company_code(code):
        raise Wrong("须是18位，且校验码正确，请对照营业执照核对")
    return code


def _licence_number(item: Item, value: object) -> str:
    number = _signs(value)
    if not numbers.is_licence_number(number):
        raise Wrong("须是JY或SC加14位数字，且校验码正确，请对照许可证核对")
    return number


def _goods(item: Item, value: object) -> str:
    number = _signs(value)
    if not numbers.is_goods_number(number):
        raise Wrong("不是正确的商品条码，请重新扫描")
    return number


def _photos(item: Item, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) and PHOTO.fullmatch(one) for one in value):
        raise Wrong("里有无法识别的照片，请重新拍照")
    keys = list(dict.fromkeys(value))
    least, most = int(item.lowest or 0), int(item.highest or 0)
    if not least <= len(keys) <= most:
        raise Wrong(f"须有{least}到{most}张，现在{len(keys)}张")
    return keys


def _id(item: Item, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
        raise Wrong("请从名单中选择")
    return value


CHECKS: dict[ItemKind, Callable[[Item, object], Any]] = {
    ItemKind.INTEGER: _integer,
    ItemKind.DECIMAL: _number,
    ItemKind.CHOICE: _choice,
    ItemKind.CHOICES: _choices,
    ItemKind.YES_NO: _yes_no,
    ItemKind.TEXT: _text,
    ItemKind.DATE: _day,
    ItemKind.TIME: _time,
    ItemKind.MONEY: _integer,
    ItemKind.WEIGHT: _integer,
    ItemKind.TEMPERATURE: _number,
    ItemKind.CERTIFICATE: _certificate,
    ItemKind.COMPANY_CODE: _company_code,
    ItemKind.LICENCE_NUMBER: _licence_number,
    ItemKind.GOODS: _goods,
    ItemKind.PHOTOS: _photos,
    ItemKind.SIGNER: _id,
    ItemKind.REFERENCE: _id,
}
