"""Which entries there are on which day, of all schools."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from models.ledger.aspects import BY_CODE
from ops.demo.province.layout import Province
from ops.demo.province.offices import county_head
from ops.demo.province.registers import Registered
from ops.demo.province.rows import Row, Rows
from ops.demo.province.school import Filed, Plan, School
from ops.demo.province.usual import FILES, MONTHLY, Kept, dates_of, filed, kept_on, values_of

MIDNIGHT = 23 * 60 + 55
FILED, MONTH_END = 600, 900
ASPECTS = tuple(aspect for aspect in FILES if aspect in BY_CODE)


class Ledger:
    """The rows of a province in the order of their dates."""

    def __init__(self, province: Province, registered: Registered) -> None:
        self._province, self._times = province, province.times
        self._rows = Rows(province.times.today, registered)
        self._planned = [(one, one.plan) for one in province.schools if one.plan is not None]
        # what was planted of forms that are not kept every day, by date
        self._given: dict[date, list[tuple[School, str, Filed]]] = defaultdict(list)
        for school, plan in self._planned:
            for aspect, ones in (
                *plan.files.items(),
                *((aspect, ones) for (aspect, _), ones in plan.monthly.items()),
            ):
                for one in ones:
                    if aspect in BY_CODE:
                        self._given[one.on].append((school, aspect, one))

    @property
    def made(self) -> int:
        """How many rows were made so far."""
        return self._rows.last

    def days(self) -> list[date]:
        """The dates that may have rows, in order."""
        extra = {one.on for _, plan in self._planned for _, one in plan.extra}
        return sorted({*self._times.taught, *self._given, *dates_of(self._times), *extra})

    def rows(self, on: date) -> Iterator[Row]:
        """The rows of a date. Each date is asked for once, in order."""
        if on in dates_of(self._times):
            yield from self._filed(on)
        if on in self._times.months.get(on.replace(day=1), ())[:3]:
            yield from self._monthly(on)
        for school, aspect, one in self._given.get(on, ()):
            yield from self._form(school, aspect, one)
        if on >= self._times.began and on in self._times.months.get(on.replace(day=1), ()):
            yield from self._daily(on)
        for school, plan in self._planned:
            for aspect, one in plan.extra:
                if one.on == on:
                    usual = next(kept for kept in kept_on(school, on, True) if kept[0] == aspect)
                    yield from self._otherwise(school, usual, one)

    def _daily(self, on: date) -> Iterator[Row]:
        full, usual = on >= self._times.full_from, self._rows.usual
        for school in self._province.schools:
            if school.plan is None:
                for kept in kept_on(school, on, full):
                    yield usual(school, kept, on)
            else:
                yield from self._of_planned(school, school.plan, on, full)

    def _of_planned(self, school: School, plan: Plan, on: date, full: bool) -> Iterator[Row]:
        """A day of a school of which something was planted, perhaps for another day."""
        for turn, (aspect, meal, minute, values) in enumerate(kept_on(school, on, full)):
            if plan.silent_from is not None and on >= plan.silent_from and aspect not in plan.still:
                continue
            if meal is not None and (on, aspect, meal) in plan.skipped:
                continue
            if full and plan.midnight is not None and not (plan.midnight and turn % plan.midnight == 0):
                minute = MIDNIGHT
            kept = aspect, meal, minute, values
            if (on, aspect) not in plan.daily:
                yield self._rows.usual(school, kept, on)
            elif (change := plan.daily[on, aspect]) is not None:
                yield from self._otherwise(school, kept, change)

    def _otherwise(self, school: School, kept: Kept, change: Filed) -> Iterator[Row]:
        aspect, meal, minute, usual = kept
        # of several meals it is lunch that is otherwise
        if meal in (None, "lunch"):
            before = None if change.before is None else usual | dict(change.before)
            given = usual | dict(change.values), before
        else:
            given = usual, None
        yield from self._rows.written(school, aspect, change, given, minute, meal)

    def _monthly(self, on: date) -> Iterator[Row]:
        """Each school on one of the first three school days of a month."""
        month = on.replace(day=1)
        days = self._times.months[month]
        for school in self._province.schools:
            if on != days[min(school.id % 3, len(days) - 1)]:
                continue
            for aspect in MONTHLY:
                owed = school.cooks or aspect != "training"
                if owed and (school.plan is None or (aspect, month) not in school.plan.monthly):
                    kept = aspect, None, MONTH_END, values_of(school, aspect, {}, self._times)
                    yield self._rows.usual(school, kept, on, may_be_late=False)

    def _filed(self, on: date) -> Iterator[Row]:
        for county in self._province.counties:
            post, person = county_head(self._province, county.turn)
            for one in county.contracts:
                if one.on == on:
                    yield self._rows.of_county(county.code, post, person, one)
        for school in self._province.schools:
            for aspect in ASPECTS:
                if school.plan is None or aspect not in school.plan.files:
                    for one in filed(school, aspect, self._times):
                        if one.on == on:
                            yield from self._form(school, aspect, one)

    def _form(self, school: School, aspect: str, one: Filed) -> Iterator[Row]:
        values = values_of(school, aspect, dict(one.values), self._times)
        before = None if one.before is None else values_of(school, aspect, dict(one.before), self._times)
        yield from self._rows.written(
            school, aspect, one, (values, before), MONTH_END if aspect in MONTHLY else FILED
        )
