"""Values that the ledger's forms accept, made from the declarations alone."""

import string
from datetime import date
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from models.ledger import numbers
from models.ledger.declaring import Form, Item, ItemKind
from models.ledger.validation import applies

WORDS = st.text("台账食堂洋芋abcXYZ 0123=+-@（）“”", min_size=1)
DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))


def values_of(form: Form, version: int | None = None) -> SearchStrategy[dict[str, Any]]:
    """What somebody may fill in, optional items given or not."""
    asked = form.asked(version)
    required = {item.code: _value(item) for item in asked if item.required}
    optional = {item.code: _value(item) for item in asked if not item.required}
    return st.fixed_dictionaries(required, optional=optional).map(
        lambda values: _fitting(form, asked, values)
    )


def _fitting(form: Form, asked: tuple[Item, ...], values: dict[str, Any]) -> dict[str, Any]:
    """The same with what is not asked left out, pairs in their order and signers different."""
    values = {item.code: values[item.code] for item in asked if item.code in values and applies(item, values)}
    for _ in form.orders:
        for first, second in form.orders:
            if first in values and second in values and values[first] > values[second]:
                values[first], values[second] = values[second], values[first]
    for first, second in form.differ:
        if first in values and values[first] == values.get(second):
            values[second] += 1
    return values


def _value(item: Item) -> SearchStrategy[Any]:
    lowest, highest = item.lowest, item.highest
    if item.kind in (ItemKind.DECIMAL, ItemKind.TEMPERATURE):
        by = 10**item.places
        assert lowest is not None and highest is not None
        return st.integers(int(lowest * by), int(highest * by)).map(lambda n: n / by)
    if item.kind in (ItemKind.INTEGER, ItemKind.MONEY, ItemKind.WEIGHT):
        assert lowest is not None and highest is not None
        return st.integers(int(lowest), int(highest))
    if item.kind is ItemKind.CHOICE:
        return st.sampled_from(list(item.words))
    if item.kind is ItemKind.CHOICES:
        return st.lists(st.sampled_from(list(item.words)), min_size=1, unique=True).map(
            lambda codes: [code for code in item.words if code in codes]
        )
    if item.kind is ItemKind.TEXT:
        return WORDS.map(lambda said: said.strip()[: item.longest].strip()).filter(bool)
    if item.kind is ItemKind.PHOTOS:
        least = max(int(lowest or 0), 1)
        return st.lists(st.text("0123456789abcdef", min_size=32, max_size=32), min_size=least, max_size=int(highest or 1), unique=True)  # fmt: skip
    return OTHERS[item.kind]


def _digits(count: int) -> SearchStrategy[str]:
    return st.text(string.digits, min_size=count, max_size=count)


def _company(inner: str) -> str:
    return inner + numbers.company_check(inner)


OTHERS: dict[ItemKind, SearchStrategy[Any]] = {
    ItemKind.YES_NO: st.booleans(),
    ItemKind.DATE: DAYS.map(date.isoformat),
    ItemKind.TIME: st.builds("{}T{:02}:{:02}".format, DAYS, st.integers(0, 23), st.integers(0, 59)),
    ItemKind.CERTIFICATE: st.builds("滇{}-{}".format, st.sampled_from(["QJ", "KM"]), _digits(8)),
    ItemKind.COMPANY_CODE: st.builds(
        lambda area, rest: _company(f"91{area}{rest}"),
        _digits(6),
        st.text(numbers.COMPANY_SIGNS, min_size=9, max_size=9),
    ),
    ItemKind.LICENCE_NUMBER: _digits(13).map(lambda first: f"JY{first}{numbers.licence_check(first)}"),
    ItemKind.GOODS: _digits(12).map(lambda first: first + numbers.goods_check(first)),
    ItemKind.SIGNER: st.integers(1, 10_000),
    ItemKind.REFERENCE: st.integers(1, 10_000),
}
