"""The ledger's declarations in the API's document: a schema for the values of each aspect and register."""

from typing import Any

from models.ledger.declaring import Form, Item, ItemKind
from models.ledger.registers import FORMS
from models.ledger.validation import say

Json = dict[str, Any]

WHOLE = {ItemKind.INTEGER, ItemKind.MONEY, ItemKind.WEIGHT, ItemKind.SIGNER, ItemKind.REFERENCE}
IN_ITS_UNIT = {ItemKind.MONEY: "分", ItemKind.SIGNER: "人员编号", ItemKind.REFERENCE: "名录编号"}
KINDS: dict[ItemKind, Json] = {
    ItemKind.YES_NO: {"type": "boolean"},
    ItemKind.DATE: {"type": "string", "format": "date"},
    ItemKind.TIME: {"type": "string", "pattern": "^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"},
}


def ledger_schemas() -> dict[str, Json]:
    """By their names in the document, `LedgerFoodSample`."""
    return {name_of(form): schema_of(form) for form in FORMS.values()}


def name_of(form: Form) -> str:
    return "Ledger" + "".join(word.capitalize() for word in form.code.split("_"))


def schema_of(form: Form) -> Json:
    """The newest version of a form: what `values` holds."""
    asked = form.asked()
    return {
        "type": "object",
        "title": form.name,
        "description": f"{form.source}；第{form.version}版",
        "properties": {item.code: _item(form, item) for item in asked},
        "required": [item.code for item in asked if item.required and item.when is None],
        "additionalProperties": False,
    }


def _item(form: Form, item: Item) -> Json:
    return {"title": item.name, "description": _said(form, item), **_value(item)}


def _value(item: Item) -> Json:
    bounds = {"minimum": item.lowest, "maximum": item.highest}
    measured = {name: value for name, value in bounds.items() if value is not None}
    if item.kind in WHOLE:
        return {"type": "integer", **measured}
    if item.kind in (ItemKind.DECIMAL, ItemKind.TEMPERATURE):
        return {"type": "number", **measured}
    if item.kind is ItemKind.CHOICE:
        return {"type": "string", "enum": list(item.words)}
    if item.kind is ItemKind.CHOICES:
        return {"type": "array", "items": {"type": "string", "enum": list(item.words)}, "uniqueItems": True}
    if item.kind is ItemKind.PHOTOS:
        return {"type": "array", "items": {"type": "string"}, "maxItems": int(item.highest or 0)}
    return KINDS.get(item.kind, {"type": "string", "minLength": 1, "maxLength": item.longest})


def _said(form: Form, item: Item) -> str:
    unit = IN_ITS_UNIT.get(item.kind, item.unit)
    words = "、".join(f"{code} {word}" for code, word in item.choices)
    parts = [f"单位：{unit}" if unit else "", words, item.hint, item.source]
    if item.when is not None:
        other = next(one for one in form.items if one.code == item.when[0])
        either = "、".join(say(other, value) for value in item.when[1])
        parts.insert(0, f"只在“{other.name}”为{either}时填写")
    return "；".join(part for part in parts if part)
