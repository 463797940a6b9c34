"""One row of the ledger: what is usual is made fast, what was planted goes by the forms themselves."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from models.database import sql
from models.ledger import validation
from models.ledger.aspects import BY_CODE
from models.ledger.declaring import Form
from models.ledger.periods import is_late
from models.ledger.tables import Origin
from models.ledger.writing import COLUMNS, listed, photos_in, signers_in
from models.policies.declared import LEDGER_GRACE_H
from ops.demo.province.registers import Registered
from ops.demo.province.school import Filed, School
from ops.demo.province.times import TERMS, instant
from ops.demo.province.usual import Kept

ENTRY = ("id", *COLUMNS, "current")
SOON, NEXT_EVENING = timedelta(minutes=3), timedelta(hours=30)
# one in so many is filled in the next evening, if that is over
LATE = 41
HAND = Origin.HAND.value
Row = tuple[Any, ...]


def checked(form: Form, given: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[validation.Fault, ...]]:
    """Values as a form takes them, and what of them is not as it should be; AssertionError for what it refuses."""
    values, faults = validation.read(form, form.version, given)
    assert not faults, (form.code, given, faults)
    return values, tuple(validation.defects(form, form.version, values, {}))


class Rows:
    """Makes rows in the order they are asked for, numbered from 1 on."""

    def __init__(self, today: date, registered: Registered) -> None:
        self._today, self._registered = today, registered
        self.last = 0
        # of what is usual of an aspect: what of it is not as it should be, its signers, its photos
        self._counts: dict[str, tuple[int, str | None, int, int]] = {}
        self._on, self._midnight = today, instant(today, 0)

    def usual(self, school: School, kept: Kept, on: date, *, may_be_late: bool = True) -> Row:
        """What is usual. Its form is asked once an aspect whether it takes it: a test asks of every row."""
        aspect, meal, minute, values = kept
        made_at = self._at(on, minute)
        self.last += 1
        number = self.last
        late = may_be_late and number % LATE == 0 and (self._today - on).days > 2
        text = sql.dump(values)
        wrong, items, signers, photos = self._counts.get(aspect) or self._counted(aspect, values)
        form = BY_CODE[aspect]
        return (
            number, school.id, school.county, school.id, school.post(form.owner), school.holder(form.owner), aspect,
            form.version, on, meal, made_at, made_at + (NEXT_EVENING if late else SOON), late, HAND, f"province-{number}",
            hashlib.sha256(text.encode()).hexdigest(), text, wrong, items, signers, photos, None, 1, None, None, None, True,
        )  # fmt: skip

    def _counted(self, aspect: str, values: Mapping[str, Any]) -> tuple[int, str | None, int, int]:
        form = BY_CODE[aspect]
        _, wrong = checked(form, values)
        found = len(wrong), listed(wrong), signers_in(form, values), len(photos_in(form, values))
        self._counts[aspect] = found
        return found

    def written(
        self,
        school: School,
        aspect: str,
        one: Filed,
        given: tuple[Mapping[str, Any], Mapping[str, Any] | None],
        minute: int,
        meal: str | None = None,
    ) -> Iterator[Row]:
        """An entry by its form, after the one that it corrects if there is one. `given`: its values and those before."""
        values, before = given
        made_at = self._at(one.on, minute)
        if before is not None:
            yield self._row(school, aspect, one.on, meal, (made_at, made_at + SOON), before, current=False)
            replaced = self.last
            at = made_at + timedelta(hours=1), made_at + timedelta(hours=1)
            yield self._row(school, aspect, one.on, meal, at, values, replaces=replaced, reason="填错了")
            return
        at = made_at, made_at + (NEXT_EVENING if one.late else SOON)
        reason = "重复填报" if one.withdrawn else None
        yield self._row(school, aspect, one.on, meal, at, values, current=not one.withdrawn, reason=reason)

    def _row(
        self,
        school: School,
        aspect: str,
        on: date,
        meal: str | None,
        at: tuple[datetime, datetime],
        given: Mapping[str, Any],
        *,
        current: bool = True,
        replaces: int | None = None,
        reason: str | None = None,
    ) -> Row:
        form = BY_CODE[aspect]
        values, wrong = checked(form, given)
        row_id, stored = self._registered.of(form, values, school.id, school.county)
        text, (made_at, received_at) = sql.dump(stored), at
        late = is_late(form.rhythm, on, TERMS, received_at, LEDGER_GRACE_H.default)
        self.last += 1
        return (
            self.last, school.id, school.county, school.id, school.post(form.owner), school.holder(form.owner), aspect,
            form.version, on, meal, made_at, received_at, late, HAND, f"province-{self.last}",
            hashlib.sha256(text.encode()).hexdigest(), text, len(wrong), listed(wrong), signers_in(form, values),
            len(photos_in(form, values)), row_id, 1 if replaces is None else 2, replaces, replaces, reason, current,
        )  # fmt: skip

    def of_county(self, county: str, post: int, person: int, one: Filed) -> Row:
        """An entry of the county's own office."""
        form = BY_CODE["county_supplier"]
        values, wrong = checked(form, one.values)
        row_id, stored = self._registered.of(form, values, None, county)
        text, made_at = sql.dump(stored), self._at(one.on, 600)
        self.last += 1
        return (
            self.last, None, county, None, post, person, form.code, form.version, one.on, None, made_at, made_at + SOON,
            False, HAND, f"province-{self.last}", hashlib.sha256(text.encode()).hexdigest(), text, len(wrong), listed(wrong),
            0, 0, row_id, 1, None, None, None, True,
        )  # fmt: skip

    def _at(self, on: date, minute: int) -> datetime:
        if on != self._on:
            self._on, self._midnight = on, instant(on, 0)
        return self._midnight + timedelta(minutes=minute)
