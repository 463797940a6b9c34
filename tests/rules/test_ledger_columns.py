"""The ledger's tables are read from its declarations: whatever a form accepts comes back from a file as it was."""

import io
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.ledger.aspects.equipment import EQUIPMENT
from models.ledger.declaring import Aspect, Form, ItemKind, Register, whole
from models.ledger.registers import FORMS
from models.workbooks.books import Book
from models.workbooks.entries import entry_columns, entry_sheet
from models.workbooks.importing import Sheet
from models.workbooks.items import LOOKED_UP, Names, cell, header
from models.workbooks.reading import Column, Fault, read
from models.workbooks.register_rows import register_columns, register_sheet
from models.workbooks.templates import template
from tests.ledger_values import values_of

forms = pytest.mark.parametrize("form", list(FORMS.values()), ids=lambda form: form.code)
NAMES = Names({n: f"某人{n}" for n in range(1, 10_002)}, {n: f"某公司{n}" for n in range(1, 10_002)})


def columns(form: Form) -> tuple[Column, ...]:
    return entry_columns(form) if isinstance(form, Aspect) else register_columns(form)


def sheet(form: Form) -> Sheet:
    if isinstance(form, Aspect):
        return entry_sheet(form)
    assert isinstance(form, Register)
    return register_sheet(form)


@forms
def test_no_two_columns_have_one_name(form: Form) -> None:
    named = [column.header for column in columns(form)]
    assert len(named) == len(set(named))
    assert len(sheet(form).kind) <= 16


@forms
@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_a_form_accepts_comes_back_from_a_file(form: Form, data: st.DataObject) -> None:
    values = data.draw(values_of(form))
    items = [item for item in form.items if item.code in values]

    faults, row = _through_a_file(
        form, {header(item): cell(item, values[item.code], NAMES) for item in items}
    )

    assert faults == []
    for item in items:
        said = row[header(item)]
        if item.kind in LOOKED_UP:
            assert said in (NAMES.people[values[item.code]], NAMES.rows[values[item.code]])
        elif item.kind is ItemKind.PHOTOS:
            assert said == f"{len(values[item.code])}张"
        else:
            assert said == values[item.code]


def _through_a_file(form: Form, cells: dict[str, Any]) -> tuple[list[Fault], dict[str, Any]]:
    # a row that says nothing else is the template's example
    mine = [Column("行", str, hint="例"), *(one for one in columns(form) if one.header in cells)]
    faults: list[Fault] = []
    rows: list[dict[str, Any]] = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        book = Book(path)
        book.page(form.name, mine).write([["1", *(cells[column.header] for column in mine[1:])]])
        book.close()
        read(path, mine, lambda _, row: rows.append(row), faults.append)
    return faults, rows[0]


def test_an_item_more_is_a_column_more() -> None:
    thermometers = whole("thermometers", "中心温度计", "支", 0, 50, at_least=1, source="台账", since=2)

    more = replace(EQUIPMENT, items=(*EQUIPMENT.items, thermometers))

    new = {one.header for one in entry_columns(more)} - {one.header for one in entry_columns(EQUIPMENT)}
    assert new == {"中心温度计（支）"}
    out = io.BytesIO()
    template(entry_sheet(more), out)
    page = openpyxl.load_workbook(out).worksheets[0]
    (head,) = [one for one in page[1] if one.value == "中心温度计（支）"]
    assert head.comment is not None and "0支到50支" in head.comment.text
    (column,) = [one for one in entry_columns(more) if one.header == "中心温度计（支）"]
    assert column.read("３") == 3


def test_an_item_that_is_asked_no_longer_can_still_be_read() -> None:
    sinks = EQUIPMENT.items[5]
    ended = replace(
        EQUIPMENT,
        items=(*EQUIPMENT.items[:5], replace(sinks, until=2), replace(sinks, code="sinks", since=2)),
    )

    named = {one.header: one.filled for one in entry_columns(ended)}

    assert (named["荤素水产清洗池分设（至第1版）"], named["荤素水产清洗池分设"]) == (False, True)
