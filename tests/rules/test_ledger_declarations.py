"""The twenty aspects: what is declared, what forms accept, and that an item is one line."""

import hashlib
from dataclasses import replace
from datetime import date
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miniapp_api.ledger_schemas import schema_of
from miniapp_api.ledger_types import aspect_out
from models.ledger.aspects import ASPECTS, BY_CODE
from models.ledger.aspects.equipment import EQUIPMENT
from models.ledger.declaring import Applies, Form, Item, ItemKind, Rhythm, whole
from models.ledger.registers import FORMS, NAMES, REGISTERS
from models.ledger.rules import may_fill
from models.ledger.validation import applies, bound_of, defects, read, say
from models.organisations.tables import PostKind
from models.policies.declared import PARAMETERS, SAMPLE_G, Parameter
from tests.ledger_values import values_of

EVERY = list(FORMS.values())
MEASURED = (ItemKind.INTEGER, ItemKind.DECIMAL, ItemKind.MONEY, ItemKind.WEIGHT, ItemKind.TEMPERATURE)
forms = pytest.mark.parametrize("form", EVERY, ids=lambda form: form.code)


def test_there_are_twenty_aspects_with_fifty_items_and_more() -> None:
    assert [one.number for one in ASPECTS] == list(range(1, 21))
    assert len(BY_CODE) == 20
    assert sum(len(one.items) for one in ASPECTS) >= 50


@forms
def test_every_item_says_its_unit_its_bounds_and_its_source(form: Form) -> None:
    for item in form.items:
        assert item.source, item
        if item.kind in MEASURED:
            assert item.unit, item
            assert item.lowest is not None and item.highest is not None and item.lowest < item.highest, item
        if item.kind in (ItemKind.CHOICE, ItemKind.CHOICES):
            assert len(item.choices) > 1, item
        if item.kind is ItemKind.REFERENCE:
            assert item.refers in NAMES, item


@forms
def test_what_a_declaration_names_is_in_it(form: Form) -> None:
    for version in range(1, form.version + 1):
        codes = [item.code for item in form.asked(version)]
        assert len(codes) == len(set(codes))
        named = {code for pair in (*form.orders, *form.differ) for code in pair}
        named |= {item.when[0] for item in form.asked(version) if item.when is not None}
        if form.kept is not None:
            named |= {form.kept.label, *form.kept.key}
            named |= {one for one in (form.kept.since_on, form.kept.until_on, form.kept.company) if one}
        assert named <= set(codes)


@forms
def test_what_ought_to_be_can_be(form: Form) -> None:
    for item in form.items:
        for bound in (item.at_least, item.at_most):
            if bound is not None:
                assert item.lowest is not None and item.highest is not None
                values = [bound.lowest, bound.highest] if isinstance(bound, Parameter) else [bound]
                assert all(item.lowest <= value <= item.highest for value in values), item
                assert not isinstance(bound, Parameter) or bound in PARAMETERS
        allowed = {True, False} if item.kind is ItemKind.YES_NO else set(item.words)
        assert set(item.ought) <= allowed, item


def test_every_aspect_has_somebody_who_may_fill_it_in() -> None:
    for one in ASPECTS:
        assert may_fill(one.owner, one)
        assert (one.applies is Applies.COUNTY) == (one.owner is PostKind.COUNTY)
        assert (one.rhythm is Rhythm.EXPIRY) == (one.kept is not None), one.code


@forms
@settings(deadline=None)
@given(st.data())
def test_whatever_a_form_accepts_it_keeps_as_it_was_meant(form: Form, data: st.DataObject) -> None:
    given_values = data.draw(values_of(form))

    values, faults = read(form, form.version, given_values)

    assert faults == []
    assert values == given_values
    assert read(form, form.version, values) == (values, [])
    for item in form.asked():
        if item.code in values:
            assert say(item, values[item.code])
    known = {item.code for item in form.asked()}
    assert {one.item for one in defects(form, form.version, values, {})} <= known


NONSENSE: list[Any] = [
    True,
    "",
    "x" * 600,
    -(10**12),
    1.23456,
    [],
    ["nothing"],
    {"a": 1},
    "2026-02-30",
    "\x00",
    None,
]


@forms
@settings(deadline=None)
@given(st.data())
def test_nonsense_in_one_item_is_a_fault_of_that_item_or_none(form: Form, data: st.DataObject) -> None:
    values = data.draw(values_of(form))
    item: Item = data.draw(st.sampled_from(form.asked()))
    values[item.code] = data.draw(st.sampled_from(NONSENSE))

    kept, faults = read(form, form.version, values)

    # others may be named with it: they are asked by its answer, or stand in an order with it
    if faults:
        assert {one.item for one in faults} & ({item.code} | _beside(form, item.code))
    else:
        assert read(form, form.version, kept) == (kept, [])
    assert all(one.sentence.endswith("。") for one in faults)


def _beside(form: Form, code: str) -> set[str]:
    asked_by = {item.code for item in form.items if item.when is not None and item.when[0] == code}
    return asked_by | {one for pair in (*form.orders, *form.differ) if code in pair for one in pair}


def test_an_item_more_is_one_line() -> None:
    thermometers = whole("thermometers", "中心温度计", "支", 0, 50, at_least=1, source="台账", since=2)

    more = replace(EQUIPMENT, items=(*EQUIPMENT.items, thermometers))

    old = {
        "fridges": 3, "sterilisers": 2, "sample_fridges": 1, "cameras": 6, "cameras_online": 6,
        "separate_sinks": True,
    }  # fmt: skip
    assert (EQUIPMENT.version, more.version) == (1, 2)
    # the form and the document of the API
    (shown,) = [item for item in aspect_out(more, {}).items if item.code == "thermometers"]
    assert (shown.name, shown.unit, shown.at_least) == ("中心温度计", "支", 1)
    schema = schema_of(more)
    assert schema["properties"]["thermometers"]["maximum"] == 50
    assert "thermometers" in schema["required"]
    # it is asked for, checked, and judged
    assert [one.sentence for one in read(more, 2, old)[1]] == ["“中心温度计”还没有填。"]
    assert [one.item for one in read(more, 2, old | {"thermometers": 51})[1]] == ["thermometers"]
    assert [one.sentence for one in defects(more, 2, old | {"thermometers": 0}, {})] == [
        "“中心温度计”为0支，低于1支。"
    ]
    # a phone that has the old form may still send it, and old entries are read by it
    assert read(more, 1, old) == (old, [])
    assert [item.code for item in aspect_out(more, {}, 1).items] == [item.code for item in EQUIPMENT.items]


def test_an_item_that_ends_is_not_asked_again() -> None:
    first, *others = EQUIPMENT.items

    fewer = replace(EQUIPMENT, items=(replace(first, until=2), *others))

    assert fewer.version == 2
    assert [item.code for item in fewer.asked(1)] == [item.code for item in EQUIPMENT.items]
    assert [item.code for item in fewer.asked()] == [item.code for item in others]


@pytest.mark.parametrize(
    ("policy", "value", "why"),
    [
        ({}, 125, "the law's, where nobody set more"),
        ({"sample_g": 200}, 200, "a county may ask for more"),
        ({"sample_g": 100}, 125, "and for never less, whatever a row says"),
    ],
)
def test_a_policys_bound_is_never_below_the_laws(policy: dict[str, float], value: float, why: str) -> None:
    assert bound_of(SAMPLE_G, policy) == value, why


SAMPLE = {
    "dish": "白菜", "grams": 130, "taken_at": "2026-11-24T11:40", "hours": 48, "fridge_c": 4.0, "labelled": True,
    "keeper": 7,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "items", "why"),
    [
        ({}, [], "as it should be"),
        ({"grams": 124}, ["grams"], "a gram too few"),
        ({"grams": 0}, ["grams"], "zero is a weight"),
        ({"hours": 47}, ["hours"], "an hour too few"),
        ({"fridge_c": -0.1}, ["fridge_c"], "frozen"),
        ({"fridge_c": 8.0}, [], "just cold enough"),
        ({"fridge_c": 8.1, "labelled": False}, ["fridge_c", "labelled"], "both, in the form's order"),
    ],
)
def test_samples_are_judged(changed: dict[str, Any], items: list[str], why: str) -> None:
    assert [one.item for one in defects(BY_CODE["food_sample"], 1, SAMPLE | changed, {})] == items, why


DISINFECTED = {"method": "steam", "minutes": 15, "heat_c": 100.0, "closed": True, "by": 7}


@pytest.mark.parametrize(
    ("changed", "said", "why"),
    [
        ({}, [], "hot"),
        ({"heat_c": None}, ["“消毒温度”还没有填。"], "by heat without a temperature"),
        (
            {"method": "chemical"},
            ["“消毒温度”只在“消毒方式”为“蒸汽”或“煮沸”或“红外”或“洗碗机”时填写。", "“有效氯浓度”还没有填。"],
            "by chlorine with a temperature",
        ),
        ({"method": "chemical", "heat_c": None, "chlorine_mg_l": 250}, [], "by chlorine"),
        ({"minutes": 1.5}, ["“消毒时长”须是整数。"], "no half minutes"),
        ({"heat_c": 99.55}, ["“消毒温度”最多1位小数。"], "thermometers do not know better"),
        ({"heat_c": float("nan")}, ["“消毒温度”须是数字。"], "no number"),
    ],
)
def test_what_is_asked_depends_on_what_was_answered(
    changed: dict[str, Any], said: list[str], why: str
) -> None:
    values = DISINFECTED | changed
    assert [one.sentence for one in read(BY_CODE["disinfection"], 1, values)[1]] == said, why
    assert applies(BY_CODE["disinfection"].items[2], values) == (values["method"] != "chemical")


def _fingerprint(form: Form, version: int) -> str:
    asked = [
        (item.code, item.kind, item.unit, item.required, item.lowest, item.highest, item.choices, item.when)
        for item in form.asked(version)
    ]
    return hashlib.sha256(repr(asked).encode()).hexdigest()[:12]


# what a version asks, once entries were made with it, never changes
PUBLISHED = {
    ("canteen_profile", 1): "137e1587b897",
    ("food_licence", 1): "0e81691570d8",
    ("contractor", 1): "9d6cb015b404",
    ("contractor", 2): "8d42f1331a9e",
    ("staff", 1): "7ec45cd6e188",
    ("training", 1): "d98f1b348b63",
    ("morning_check", 1): "766dbe9cb823",
    ("equipment", 1): "35231a218de3",
    ("three_defences", 1): "49239944ba2d",
    ("procurement", 1): "c4a981b5fcc1",
    ("acceptance", 1): "94a5937a67ba",
    ("storage", 1): "44c09a499328",
    ("food_sample", 1): "3c585e0a1521",
    ("disinfection", 1): "4e459f9ae0aa",
    ("pest_control", 1): "0c1f699ba065",
    ("serving", 1): "ca971a885378",
    ("shared_meal", 1): "59500bc3048d",
    ("site_meeting", 1): "3896eda8b82b",
    ("satisfaction", 1): "a28ad4b6f3fd",
    ("finance", 1): "b3c88191fb84",
    ("county_supplier", 1): "575785e52e0e",
    ("supplier", 1): "16e0343a1ad5",
    ("supplier", 2): "9990ba3ddf9e",
    ("camera", 1): "9cea5b17c5ad",
    ("committee_list", 1): "83cce535e2d9",
}


def test_a_version_that_was_published_stays_as_it_was() -> None:
    """A change of what is asked is an item that ends (`until`) and one that begins (`since`): last year's entries
    are read by the form they were made with. Names, hints, sources and what ought to be may be put better."""
    now = {
        (form.code, version): _fingerprint(form, version)
        for form in EVERY
        for version in range(1, form.version + 1)
    }
    assert now == PUBLISHED, "add a version, and its line here"


def test_writers_of_registers_may_keep_the_ledger() -> None:
    assert all(one.writing for one in REGISTERS)


def test_days_stay_dates() -> None:
    values, _ = read(BY_CODE["site_meeting"], 1, {"due_on": "2026-12-01"})
    assert date.fromisoformat(values["due_on"]) == date(2026, 12, 1)


@forms
@settings(deadline=None)
@given(st.data())
def test_the_document_of_the_api_describes_what_a_form_accepts(form: Form, data: st.DataObject) -> None:
    values = data.draw(values_of(form))

    assert [fault.message for fault in jsonschema_rs.iter_errors(schema_of(form), values)] == []
