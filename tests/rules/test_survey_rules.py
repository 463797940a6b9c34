"""Surveys' pure rules: terms, grades, which groups may be told apart, envelopes."""

from collections import Counter
from datetime import date
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.organisations.tables import SchoolStage
from models.surveys.figures import LEAST, count, told_apart
from models.surveys.questionnaires import CURRENT, QUESTIONNAIRES, questionnaire
from models.surveys.rules import grade_on, school_year, term_begins, term_name, term_of, termly
from models.surveys.sealing import CannotOpen, Seal

SEAL = Seal({1: b"old" * 8, 2: b"new" * 8})


@pytest.mark.parametrize(
    ("day", "term", "year"),
    [
        (date(2026, 9, 1), "2026-autumn", 2026),
        (date(2027, 1, 31), "2026-autumn", 2026),
        (date(2027, 2, 20), "2026-autumn", 2026),
        (date(2027, 3, 1), "2027-spring", 2026),
        (date(2027, 8, 31), "2027-spring", 2026),
    ],
)
def test_a_day_belongs_to_a_term(day: date, term: str, year: int) -> None:
    assert (term_of(day), school_year(day)) == (term, year)


def test_a_term_has_its_first_day_and_its_name() -> None:
    assert (term_begins("2026-autumn"), term_name("2026-autumn")) == (date(2026, 9, 1), "2026年秋季学期")
    assert (term_begins("2027-spring"), term_name("2027-spring")) == (date(2027, 3, 1), "2027年春季学期")


@pytest.mark.parametrize(
    ("today", "dates"),
    [
        (date(2026, 9, 2), (date(2026, 10, 31), date(2026, 11, 13))),
        (date(2026, 11, 5), (date(2026, 11, 5), date(2026, 11, 13))),
        (date(2026, 11, 14), None),
    ],
)
def test_the_terms_plan(today: date, dates: tuple[date, date] | None) -> None:
    assert termly(today, 60, 14) == dates


@pytest.mark.parametrize(
    ("grade", "year", "day", "stage", "now"),
    [
        (1, 2026, date(2027, 6, 1), SchoolStage.PRIMARY, 1),
        (1, 2026, date(2027, 9, 1), SchoolStage.PRIMARY, 2),
        (6, 2026, date(2027, 9, 1), SchoolStage.PRIMARY, None),
        (6, 2026, date(2027, 9, 1), SchoolStage.NINE_YEAR, 7),
        (-1, 2026, date(2027, 9, 1), SchoolStage.KINDERGARTEN, None),
    ],
)
def test_a_child_moves_up_in_september(
    grade: int, year: int, day: date, stage: SchoolStage, now: int | None
) -> None:
    assert grade_on(grade, year, day, stage) == now


@given(st.dictionaries(st.integers(1, 9), st.integers(1, 30), max_size=9))
def test_no_difference_of_what_is_shown_shows_fewer_than_five(counts: dict[int, int]) -> None:
    total = sum(counts.values())
    shown = told_apart(counts)
    seen = [counts[part] for part in shown]
    assert all(n >= LEAST for n in seen)
    if total < LEAST:
        assert not shown
    # the whole less any of its shown parts leaves nothing, or at least five
    for size in range(len(seen) + 1):
        for parts in combinations(seen, size):
            left = total - sum(parts)
            assert left == 0 or left >= LEAST or not shown


@given(st.dictionaries(st.integers(1, 9), st.integers(5, 30), max_size=9))
def test_large_groups_are_all_shown(counts: dict[int, int]) -> None:
    assert told_apart(counts) == set(counts)


def test_figures_are_counted_by_question() -> None:
    codes = [question.code for question in CURRENT.questions]
    best = dict.fromkeys(codes, 100) | {"S12": 10}
    worst = dict.fromkeys(codes, 20) | {"S12": 6}
    found = count(CURRENT, [best, best, worst])
    assert (found["S01"].total, found["S01"].top, found["S01"].foot) == (220, 2, 1)
    assert (found["S12"].total, found["S12"].top, found["S12"].foot) == (26, 2, 1)
    assert set(found) == set(codes)


def test_a_version_is_there_for_ever() -> None:
    first = questionnaire(1)
    assert [len(one.questions) for one in QUESTIONNAIRES] == [12]
    assert [value for value, _ in first.steps] == [100, 80, 60, 40, 20]
    assert Counter(one.kind for one in first.questions) == {"steps": 11, "ten": 1}


def test_envelopes_have_one_length_and_open_in_their_own_box_only() -> None:
    short = SEAL.close({"words": ""}, 1, 2, b"n" * 12)
    long = SEAL.close({"words": "𠮷" * 200}, 1, 2, b"m" * 12)
    assert len(short) == len(long)
    assert SEAL.open(long, 1, 2) == {"words": "𠮷" * 200}
    for round_id, school_id in ((1, 3), (2, 2)):
        with pytest.raises(CannotOpen):
            SEAL.open(long, round_id, school_id)
    with pytest.raises(CannotOpen):
        SEAL.open(long[:-1] + bytes([long[-1] ^ 1]), 1, 2)


def test_an_old_key_opens_what_it_sealed_and_the_newest_seals() -> None:
    old = Seal({1: SEAL.keys[1]}).close({"a": 1}, 1, 1, b"n" * 12)
    assert SEAL.open(old, 1, 1) == {"a": 1}
    new = SEAL.close({"a": 1}, 1, 1, b"n" * 12)
    with pytest.raises(CannotOpen):
        Seal({1: SEAL.keys[1]}).open(new, 1, 1)
