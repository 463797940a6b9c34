"""A supervisor's terms of office: what an officer and an import are refused, and why."""

from datetime import date

import pytest

from models.people.terms import Away, Limits, Term, latest_end, most_at_once, refusal

FIVE = Limits(schools=5, years=3)
HERE = 1


def term(school: int, since: str, until: str | None) -> Term:
    return Term(date.fromisoformat(since), date.fromisoformat(until) if until else None, school)


def four_others(since: str = "2026-09-01", until: str | None = "2029-09-01") -> list[Term]:
    return [term(school, since, until) for school in (2, 3, 4, 5)]


NEW = term(HERE, "2026-12-01", "2029-12-01")


@pytest.mark.parametrize(
    ("wanted", "held", "away", "code"),
    [
        pytest.param(NEW, [], None, None, id="the first school"),
        pytest.param(NEW, four_others(), None, None, id="the fifth"),
        pytest.param(
            NEW, [*four_others(), term(6, "2026-09-01", None)], None, "too_many_schools", id="the sixth"
        ),
        pytest.param(
            NEW, [*four_others(), term(6, "2025-09-01", "2026-12-01")], None, None,
            id="another ends the day this begins",
        ),
        pytest.param(
            NEW, [*four_others(until=None), term(6, "2029-11-30", "2030-11-30")], None, "too_many_schools",
            id="a sixth that begins on the last day",
        ),
        pytest.param(
            NEW, [*four_others(), term(6, "2027-01-01", "2027-02-01"), term(7, "2027-03-01", "2027-04-01")],
            None, "too_many_schools", id="six only for a month",
        ),
        pytest.param(
            NEW, [*four_others("2026-09-01", "2027-09-01"), *four_others("2027-09-01", "2029-09-01")],
            None, None, id="renewed terms are one school each",
        ),
        pytest.param(NEW, [term(HERE, "2026-09-01", None)], None, "term_overlaps", id="there already"),
        pytest.param(NEW, [term(HERE, "2023-12-01", "2026-12-01")], None, None, id="renewed"),
        pytest.param(NEW, [term(HERE, "2026-12-01", "2026-12-01")], None, None, id="one that never was"),
        pytest.param(NEW, [], Away("配偶供货", None), "recused_there", id="keeps away"),
        pytest.param(NEW, [], Away("配偶供货", date(2026, 12, 2)), "recused_there", id="still a day"),
        pytest.param(NEW, [], Away("配偶供货", date(2026, 12, 1)), None, id="no more"),
        pytest.param(term(HERE, "2026-12-01", "2026-12-01"), [], None, "term_backwards", id="no day"),
        pytest.param(term(HERE, "2026-12-01", "2029-12-02"), [], None, "term_too_long", id="a day too long"),
        pytest.param(term(HERE, "2026-12-01", None), [], None, None, id="without an end"),
    ],
)  # fmt: skip
def test_a_new_term(wanted: Term, held: list[Term], away: Away | None, code: str | None) -> None:
    refused = refusal(wanted, held, away, FIVE)
    assert (refused and refused.code) == code


def test_who_works_at_a_school_does_not_supervise_it() -> None:
    refused = refusal(NEW, [], None, FIVE, works_there=True)
    assert refused is not None and refused.said == "此人在这所学校任职，不能担任该校责任督学。"


def test_a_refusal_says_how_many_and_how_long() -> None:
    many = refusal(NEW, [*four_others(), term(6, "2026-09-01", None)], None, FIVE)
    long = refusal(term(HERE, "2028-02-29", "2032-01-01"), [], None, FIVE)
    assert many is not None and "最多负责5所学校，此人同期已负责5所" in many.said
    assert long is not None and "不超过3年，这一任期最晚到2031-03-01" in long.said


def test_the_fullest_day_counts() -> None:
    others = [term(2, "2027-01-01", "2027-03-01"), term(3, "2027-02-01", "2027-04-01")]
    assert most_at_once(NEW, others) == 2
    assert most_at_once(NEW, [others[0], term(3, "2027-03-01", None)]) == 1
    assert latest_end(date(2026, 9, 1), 3) == date(2029, 9, 1)
