"""What entry of the ledger would answer an alert: of which form, for which date. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from models.alerts.declaring import Rule, Sort
from models.ledger.aspects import BY_CODE as ASPECTS
from models.ledger.registers import BY_CODE as REGISTERS
from models.policies.calendar import last_day


class FillWay(StrEnum):
    """`new`: an entry that is not there. `correct`: one that is there is put right. `register`: a row of a register."""

    NEW = "new"
    CORRECT = "correct"
    REGISTER = "register"


@dataclass(frozen=True)
class Fill:
    """An entry of a form for a Beijing date."""

    form: str
    name: str
    way: FillWay
    on: date


def fills(rule: Rule, sort: Sort, facts: Mapping[str, Any], today: date) -> Iterator[Fill]:
    """Each entry that the post may make, by form and date; none where no entry answers."""
    for form in rule.aspects:
        if form in REGISTERS:
            yield Fill(form, REGISTERS[form].name, FillWay.REGISTER, today)
            continue
        way = FillWay.CORRECT if _is_there(form, sort, facts) else FillWay.NEW
        yield from (Fill(form, ASPECTS[form].name, way, day) for day in _days(facts, today))


def _is_there(form: str, sort: Sort, facts: Mapping[str, Any]) -> bool:
    """Whether what is wrong, or contradicted, stands in an entry of a day or month, or of a form that has one entry at a
    time."""
    of_an_entry = bool(facts.keys() & {"days", "month", "visited_on"})
    return sort is not Sort.NO_RECORD and (of_an_entry or not ASPECTS[form].many)


def _days(facts: Mapping[str, Any], today: date) -> list[date]:
    days, month = facts.get("days"), facts.get("month")
    if isinstance(days, list):
        return [date.fromisoformat(day) for day in days]
    if "visited_on" in facts:
        return [date.fromisoformat(facts["visited_on"])]
    return [min(today, last_day(str(month)))] if month else [today]
