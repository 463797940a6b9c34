"""An item of the ledger as a column: its header, how a cell is read, what stands in it. From the declaration alone.

A cell says what people say: yuan with two places, 是 and 否, the words of choices, a colleague's name. What a table
cannot carry is named and not given: photos by their number, certificates masked.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from models.ledger import validation
from models.ledger.declaring import Form, Item, ItemKind
from models.policies.declared import Parameter
from models.workbooks import cells
from models.workbooks.reading import Column, Wrong

Cell = str | int | float | None
Read = Callable[[str], Any]

YES_NO = {"是": True, "否": False}
MASK = "*"
NUMBERS = {ItemKind.INTEGER, ItemKind.WEIGHT, ItemKind.MONEY, ItemKind.DECIMAL, ItemKind.TEMPERATURE}
# what an entry keeps where its row says the same words as we wrote, or nothing
CARRIED = {ItemKind.CERTIFICATE, ItemKind.PHOTOS}
# whose words only the database can read: names of people and of rows
LOOKED_UP = {ItemKind.SIGNER, ItemKind.REFERENCE}


@dataclass(frozen=True)
class Names:
    """What ids are called: people, and rows of registers."""

    people: Mapping[int, str] = field(default_factory=dict)
    rows: Mapping[int, str] = field(default_factory=dict)


def header(item: Item) -> str:
    """The column's name, with its unit. An item that is asked no longer says until when it was."""
    unit = f"（{item.unit}）" if item.unit and item.kind is not ItemKind.PHOTOS else ""
    ended = f"（至第{item.until - 1}版）" if item.until is not None else ""
    return f"{item.name}{unit}{ended}"


def columns_of(form: Form) -> tuple[Column, ...]:
    """A column for each item of every version, in their order."""
    return tuple(column(form, item) for item in form.items)


def column(form: Form, item: Item) -> Column:
    asked = item.until is None
    carried = item.kind is ItemKind.PHOTOS
    return Column(
        header(item),
        reader(item),
        required=asked and item.required and item.when is None and not carried,
        hint=_example(item),
        note=_note(form, item),
        filled=asked and not carried,
    )


def reader(item: Item) -> Read:
    """How a cell becomes the item's value in JSON, or the words to look it up by; raises Wrong."""
    if item.kind is ItemKind.CHOICE:
        return cells.OneOf({word: code for code, word in item.choices})
    if item.kind is ItemKind.CHOICES:
        return cells.SomeOf({word: code for code, word in item.choices})
    if item.kind is ItemKind.YES_NO:
        return cells.OneOf(YES_NO)
    if item.kind in LOOKED_UP or item.kind is ItemKind.PHOTOS:
        return cells.text(60)

    def read(given: str) -> Any:
        if item.kind is ItemKind.CERTIFICATE and MASK in given:
            return given
        try:
            return validation.CHECKS[item.kind](item, _meant(item, given))
        except validation.Wrong as wrong:
            raise Wrong(str(wrong)) from wrong

    return read


def _meant(item: Item, given: str) -> object:
    """The words of a cell as the phone would send them."""
    if item.kind in NUMBERS:
        return _number(item, given)
    if item.kind is ItemKind.DATE:
        return cells.day(given).isoformat()
    return _clock(given) if item.kind is ItemKind.TIME else given


def _number(item: Item, given: str) -> object:
    plain = unicodedata.normalize("NFKC", given).removesuffix(item.unit).strip()
    if not re.fullmatch(r"[-+]?\d{1,15}(\.\d{1,15})?", plain, re.ASCII):
        raise Wrong("须是数字")
    value = Decimal(plain)
    if item.kind is ItemKind.MONEY:
        value *= 100
        if value != int(value):
            raise Wrong("单位是元，最多2位小数")
    if item.kind in (ItemKind.DECIMAL, ItemKind.TEMPERATURE):
        return float(value)
    # what is no whole number the item's own check refuses
    return int(value) if value == int(value) else float(value)


def _clock(given: str) -> str:
    plain = unicodedata.normalize("NFKC", given)
    said = re.fullmatch(r"(.+?)[T ] *(\d{1,2}):(\d{2})(:[\d.]+)?", plain, re.ASCII)
    if said is None or not int(said[2]) < 24:
        raise Wrong("须是日期和时刻，如2026-11-24 11:40")
    return f"{cells.day(said[1]).isoformat()}T{int(said[2]):02}:{said[3]}"


def cell(item: Item, value: Any, names: Names) -> Cell:
    """A value as it stands in a cell; None for none."""
    if value is None:
        return None
    if item.kind is ItemKind.MONEY:
        return float(Decimal(value) / 100)
    if item.kind in NUMBERS:
        return int(value) if value == int(value) else float(value)
    if item.kind is ItemKind.SIGNER:
        return names.people.get(value, f"编号{value}")
    if item.kind is ItemKind.REFERENCE:
        return names.rows.get(value, f"编号{value}")
    return validation.say(item, value)


def words(item: Item, value: Any, names: Names) -> str:
    """The same as a reader finds it in a file."""
    said = cell(item, value, names)
    return "" if said is None else f"{said:.15g}" if isinstance(said, float) else str(said)


def _example(item: Item) -> str:
    if item.kind in NUMBERS:
        bound = item.at_least if item.at_least is not None else item.lowest
        least = bound.default if isinstance(bound, Parameter) else bound or 0
        return f"{least / 100 if item.kind is ItemKind.MONEY else least:g}"
    if item.choices:
        return item.choices[0][1]
    return EXAMPLES.get(item.kind, item.name)


EXAMPLES = {
    ItemKind.YES_NO: "是",
    ItemKind.DATE: "2026-09-01",
    ItemKind.TIME: "2026-09-01 11:40",
    ItemKind.CERTIFICATE: "滇Q20260001",
    ItemKind.COMPANY_CODE: "91530000MA6K00000X",
    ItemKind.LICENCE_NUMBER: "JY15303020000010",
    ItemKind.GOODS: "6901234567892",
    ItemKind.PHOTOS: "",
    ItemKind.SIGNER: "张明",
}


def _note(form: Form, item: Item) -> str:
    parts = [NOTES.get(item.kind, ""), item.hint]
    if item.kind in NUMBERS:
        parts.insert(0, f"{validation.say(item, item.lowest)}到{validation.say(item, item.highest)}")
    if item.when is not None:
        other = next(one for one in form.items if one.code == item.when[0])
        either = "或".join(f"“{validation.say(other, value)}”" for value in item.when[1])
        parts.append(f"只在“{other.name}”为{either}时填写")
    return "；".join(part for part in parts if part)


NOTES = {
    ItemKind.CHOICES: "可填多项，用顿号隔开",
    ItemKind.DATE: "日期",
    ItemKind.TIME: "日期和时刻",
    ItemKind.CERTIFICATE: "隐去的号码不改动就保留原号码",
    ItemKind.PHOTOS: "照片在手机上拍，表里只写张数",
    ItemKind.SIGNER: "本校在岗人员的姓名",
    ItemKind.REFERENCE: "名录中的名称；重名的填统一社会信用代码",
}
