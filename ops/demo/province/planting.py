"""Planting cases: each finds a school that nothing else was planted at which it would get into the way of."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from ops.demo.province.cases import CASES, COUNTY_CASES
from ops.demo.province.cases.counties import CountyCase
from ops.demo.province.cases.making import Case
from ops.demo.province.layout import Province, counted_out
from ops.demo.province.school import School

One = TypeVar("One")


class NoRoom(ValueError):
    """The province is too small for a case."""


def plant(province: Province) -> None:
    """Plant every case that there can be on the date, as often as the size asks for, and count what is to be found."""
    for turn in range(province.size.rounds):
        for place, county_case in enumerate(COUNTY_CASES):
            if county_case.when(province.times):
                _in_a_county(province, county_case, turn + place)
        for place, case in enumerate(CASES):
            if case.when(province.times):
                # from another school on each time, so that neighbours are not all alike
                _at_a_school(province, case, turn * 211 + place * 17)
    counted_out(province)


def _in_a_county(province: Province, case: CountyCase, start: int) -> None:
    for county in _from(province.counties, start):
        found = case.planting(province, county)
        if found is not None:
            province.cases[case.about, case.said] += 1
            province.planted.update((case.about, place, sort) for place, sort in found)
            return
    _insist(province, case.about, case.said)


def _at_a_school(province: Province, case: Case, start: int) -> None:
    for school in _from(province.schools, start):
        if case.fits(school) and not case.topics & school.topics:
            _plant(province, case, school)
            return
    _insist(province, case.about, case.said)


def _plant(province: Province, case: Case, school: School) -> None:
    school.topics |= case.topics
    case.set_up(province, school)
    province.cases[case.about, case.said] += 1
    province.planted.update((rule, school.id, sort) for rule, sort in case.found(province.times))


def _insist(province: Province, about: str, said: str) -> None:
    """Once is enough; never is not."""
    if not province.cases[about, said]:
        raise NoRoom(f"{about}: {said}")


def _from(all_of: Sequence[One], start: int) -> Iterator[One]:
    return (all_of[(start + turn) % len(all_of)] for turn in range(len(all_of)))
