"""What a new judgement makes of the alerts there are, when rules come round, and what changes concern them."""

from datetime import date

import pytest

from models.alerts.calendars import calendar_of
from models.alerts.declaring import Cadence, Finding, Rule, Sort, Span
from models.alerts.facts import DAILY, Read
from models.alerts.filling import fills
from models.alerts.rules import BY_CODE, RULES
from models.alerts.running import due_of
from models.alerts.states import Found, Known, State, changes
from models.alerts.topics import OF_MANY, READS
from models.alerts.trials import days_of
from models.ledger.registers import FORMS
from models.policies.terms import Terms

TODAY = date(2026, 11, 24)
STANDING, WEEKLY = BY_CODE["rat_proof"], BY_CODE["shared_meal"]
DAY = date(2026, 11, 16)


def found(rule: Rule = STANDING, stage: int = 0, said: str = "没有。", about_on: date | None = None) -> Found:
    return Found(rule, 1, "530302", Finding(Sort.NO_RECORD, said, {}, "", about_on, stage))


def known(rule: Rule = STANDING, state: State = State.OPEN, **more: object) -> Known:
    given = {"stage": 0, "about_on": None, "closed": False, "muted_until": None} | more
    return Known(7, rule.code, "1:", state, "no_record", "没有。", **given)  # type: ignore[arg-type]


# why, what is found, what is known → raised, changed (told anew), withdrawn, lapsed
CHANGES = [
    ("new", [found()], [], (1, [], [], [])),
    ("found again: nothing to write", [found()], [known()], (0, [], [], [])),
    ("said otherwise: changed, not told anew", [found(said="0处。")], [known()], (0, [False], [], [])),
    ("a later stage is told anew", [found(stage=2)], [known(stage=1)], (0, [True], [], [])),
    ("an earlier stage is not: it was renewed for a while", [found(stage=1)], [known(stage=2)], (0, [False], [], [])),
    ("answered, and still there", [found()], [known(state=State.ANSWERED)], (0, [], [], [])),
    ("answered, and a later stage", [found(stage=1)], [known(state=State.ANSWERED)], (0, [True], [], [])),
    ("its problem was closed, and it is still there", [found()],
     [known(state=State.ANSWERED, closed=True)], (0, [True], [], [])),
    ("muted until today", [found()], [known(muted_until=TODAY)], (0, [], [], [])),
    ("the mute is over", [found()], [known(muted_until=date(2026, 11, 23))], (0, [True], [], [])),
    ("gone", [], [known()], (0, [], [7], [])),
    ("gone, though answered", [], [known(state=State.ANSWERED)], (0, [], [7], [])),
    ("last week's, put right", [], [known(WEEKLY, about_on=DAY)], (0, [], [7], [])),
    ("of three weeks ago: no more judged, and never answered", [],
     [known(WEEKLY, about_on=date(2026, 11, 2))], (0, [], [], [7])),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "now", "before", "expected"), CHANGES, ids=[case[0] for case in CHANGES])
def test_what_is_written(
    reason: str, now: list[Found], before: list[Known], expected: tuple[int, list[bool], list[int], list[int]]
) -> None:
    made = changes(now, before, BY_CODE, TODAY)
    anew = [told for _, _, told in made.changed]
    assert (len(made.raised), anew, made.withdrawn, made.lapsed) == expected


@pytest.mark.parametrize(
    ("last", "cadences"),
    [
        (None, {"daily", "weekly", "monthly"}),
        (date(2026, 11, 23), {"daily"}),
        (date(2026, 11, 22), {"daily", "weekly"}),
        (date(2026, 10, 31), {"daily", "weekly", "monthly"}),
        # a worker that stood still for a year is not the same week
        (date(2025, 11, 24), {"daily", "weekly", "monthly"}),
    ],
)
def test_when_rules_come_round(last: date | None, cadences: set[str]) -> None:
    one_each = [
        next(rule for rule in RULES if rule.cadence is cadence) for cadence in (Cadence.DAILY, Cadence.WEEKLY)
    ]
    assert {rule.cadence.value for rule in due_of(one_each, last, TODAY)} == cadences - {"monthly"}


@pytest.mark.parametrize(
    ("span", "since"),
    [
        (Span.WEEK, date(2026, 11, 16)),
        (Span.MONTH, date(2026, 10, 1)),
        (Span.DAYS_30, date(2026, 10, 25)),
        (Span.STANDING, date.min),
    ],
)
def test_how_long_a_matter_is_pursued(span: Span, since: date) -> None:
    assert span.since(TODAY) == since


def test_every_form_of_the_ledger_is_a_topic_and_everything_read_has_one() -> None:
    assert FORMS.keys() <= READS.keys()
    assert READS.keys() >= OF_MANY
    read = {one for rule in RULES for one in rule.reads}
    # photos that were there before are found later, when nothing is written
    assert read - {one for some in READS.values() for one in some} == {Read.REPEATS}


def test_a_calendar_sees_the_days_before_it() -> None:
    tuesday = calendar_of(TODAY, Terms())
    assert [tuesday.dates(week.days) for week in tuesday.weeks] == [
        [date(2026, 11, day) for day in range(16, 21)],
        [date(2026, 11, 23)],
    ]
    assert (tuesday.term, tuesday.term_began, tuesday.school_year) == ("2026-autumn", date(2026, 9, 1), 2026)
    assert tuesday.months == (date(2026, 10, 1), date(2026, 11, 1))
    winter = calendar_of(date(2027, 2, 10), Terms())
    assert (winter.term, winter.months) == ("2026-autumn", (date(2027, 1, 1),))
    assert [week.days for week in winter.weeks] == [0, 0]


def test_the_days_of_a_trial() -> None:
    assert len(list(days_of(Cadence.DAILY, "2026-10"))) == 31
    assert [day.day for day in days_of(Cadence.WEEKLY, "2026-10")] == [5, 12, 19, 26]
    assert [day.day for day in days_of(Cadence.MONTHLY, "2026-10")] == [1]


@pytest.mark.parametrize(
    ("code", "sort", "facts", "expected"),
    [
        ("canteen_profile", "no_record", {}, [("canteen_profile", "new", 24)]),
        ("shared_meal", "no_record", {"days": ["2026-11-19", "2026-11-20"]}, [
            ("shared_meal", "new", 19), ("shared_meal", "new", 20),
        ]),
        ("sample_weight", "defect", {"days": ["2026-11-19"]}, [("food_sample", "correct", 19)]),
        ("site_meeting", "no_record", {"month": "2026-10"}, [("site_meeting", "new", 31)]),
        ("site_meeting", "no_record", {"month": "2026-11"}, [("site_meeting", "new", 24)]),
        ("pest_control", "defect", {"month": "2026-11", "entries": 1}, [("pest_control", "correct", 24)]),
        ("rat_proof", "contradiction", {"counted": 2, "seen": 0}, [("three_defences", "correct", 24)]),
        ("acceptance_signers", "contradiction", {"visited_on": "2026-11-20", "item": "D2"}, [
            ("acceptance", "correct", 20),
        ]),
        ("food_licence", "defect", {"until_on": "2026-11-20"}, [("food_licence", "new", 24)]),
        ("committee_filed", "no_record", {"year": 2026}, [("committee_list", "register", 24)]),
        ("committee_visit", "defect", {"month": "2026-10"}, []),
        ("data_stopped", "no_record", {"days": 3}, [(aspect, "new", 24) for aspect in DAILY]),
    ],
)  # fmt: skip
def test_which_entries_answer_an_alert(
    code: str, sort: str, facts: dict[str, object], expected: list[tuple[str, str, int]]
) -> None:
    found = fills(BY_CODE[code], Sort(sort), facts, TODAY)
    assert [(one.form, one.way.value, one.on.day) for one in found] == expected
