"""The made-up province fits today's forms: a form that asks for more is to be answered there, too. No database."""

from datetime import date

import pytest

from ops.demo.province.entries import Ledger
from ops.demo.province.layout import laid_out
from ops.demo.province.planting import plant
from ops.demo.province.registers import Registered
from ops.demo.province.size import FEWEST, SHORTEST, Size
from ops.demo.province.times import Times

COUNTIES = [{"code": f"5301{number:02d}", "name": f"第{number}县"} for number in range(3)]


@pytest.mark.parametrize("today", [date(2026, 11, 26), date(2027, 2, 10), date(2027, 3, 2)])
def test_every_form_takes_what_is_made_for_it(today: date) -> None:
    province = laid_out(Size(FEWEST, SHORTEST), Times(today, SHORTEST), COUNTIES)
    plant(province)
    registered = Registered(province)
    rows = list(registered.rows())
    ledger = Ledger(province, registered)
    entries = [row for day in ledger.days() for row in ledger.rows(day)]

    # whatever a form refuses, neither of the two makes
    assert len({row[0] for row in rows}) == len(rows) > FEWEST
    assert len({row[0] for row in entries}) == len(entries) == ledger.made
