"""Who is told of a deadline and when, whatever happens to clocks, workers, policies and terms meanwhile."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from bot.wechat.fields import LIMITS
from bot.wording import WORDINGS, Wording
from models.policies import working_time
from models.policies.calendar import BEIJING
from models.policies.declared import PARAMETERS
from models.policies.terms import Term, Terms
from models.policies.working_time import Days
from models.problems import deadlines, ladder
from models.problems.climbing import Climb, look
from models.problems.clocks import Clock
from models.problems.deadlines import BadDeadline, SameDeadline
from models.problems.sayings import Matter, facts, next_said
from models.problems.states import State
from models.problems.tables import Severity
from tests.rules.test_working_time import at

GENERAL, SERIOUS, MAJOR = Severity.GENERAL, Severity.SERIOUS, Severity.MAJOR
DEFAULTS = {parameter.key: parameter.default for parameter in PARAMETERS}
# Tuesday; due on Friday 27, Thursday 26 and Wednesday 25 November, at 18:00
FOUND = at("11-24 10:30")


class Running:
    """A problem whose clock runs, looked at when a worker would: `ladder_at` says when."""

    def __init__(self, severity: Severity) -> None:
        self.clock = Clock(DEFAULTS, Terms())
        pace = self.clock.pace(severity)
        due = deadlines.due_at(severity, DEFAULTS, pace.days, FOUND)
        about = Matter(1, 1, "530302", "田坝小学", "留样", severity, State.ASSIGNED, 1, due)
        told, self.ladder_at = ladder.begun(due, pace, FOUND)
        self.climb = Climb(about, due, told, None)
        self.woken = False

    def policy(self, key: str, value: float) -> None:
        self.clock = replace(self.clock, policy={**self.clock.policy, key: value})
        self.woken = True

    def term(self, ends_on: date | None) -> None:
        """The autumn term ends on another day, or again on the declared one."""
        given = Terms().with_term("2026-autumn", Term(date(2026, 9, 1), ends_on)) if ends_on else Terms()
        self.clock = replace(self.clock, terms=given)
        self.woken = True

    def run(self, text: str) -> list[str]:
        """The worker runs at an instant: what it tells, and what it only notes."""
        now = at(text)
        if not self.woken and (self.ladder_at is None or self.ladder_at > now):
            return []
        self.woken, self.climb.steps, self.climb.tellings = False, [], []
        look(self.climb, self.clock, now)
        self.ladder_at = self.climb.ladder_at
        reached = [name for step in self.climb.steps for name in step.facts.get("levels", [])]  # type: ignore[attr-defined]
        told = [one.unique_key.split(":")[3] for one in self.climb.tellings if one.kind != "problem_moved"]
        moved = [f"→{one.facts['due'][5:]}" for one in self.climb.tellings if one.kind == "problem_moved"]
        return moved + told + [f"({name})" for name in reached if name not in told]


Event = str | tuple[str, object]
END = ("term", date(2026, 11, 25))

TABLE: list[tuple[str, Severity, list[tuple[Event, list[str]]]]] = [
    ("every level in its time, by the ladder of a general problem", GENERAL, [
        ("11-27 07:59", []), ("11-27 08:00", ["before"]), ("11-27 18:00", ["due"]),
        ("11-29 18:00", []), ("11-30 18:00", ["after", "county"]), ("12-02 18:00", ["prefecture"]),
        ("12-11 17:59", []), ("12-11 18:00", ["province"]), ("2027-03-01 09:00", [])]),
    ("a serious one is told faster", SERIOUS, [
        ("11-26 08:00", ["before"]), ("11-26 18:00", ["due"]), ("11-27 12:00", ["after", "county"]),
        ("11-30 18:00", ["prefecture"]), ("12-03 18:00", ["province"])]),
    ("of a major one the county hears at the deadline", MAJOR, [
        ("11-25 14:00", ["before"]), ("11-25 18:00", ["due", "county"]), ("11-26 10:00", ["after"]),
        ("11-26 18:00", ["prefecture"]), ("11-30 18:00", ["province"])]),
    ("the same run twice: told once", GENERAL, [
        ("11-27 18:00", ["due", "(before)"]), ("11-27 18:00", []), ("11-27 18:01", [])]),
    ("a worker asleep over the deadline: the school hears the last level only, each office its own", GENERAL, [
        ("11-27 08:00", ["before"]), ("11-30 20:00", ["after", "county", "(due)"])]),
    ("a worker asleep for weeks: in order, one for each receiver", GENERAL, [
        ("12-20 03:00", ["after", "county", "prefecture", "province", "(before)", "(due)"]),
        ("12-20 03:01", [])]),
    ("the clock goes back an hour: nothing again", GENERAL, [
        ("11-27 18:00", ["due", "(before)"]), ("11-27 17:00", []), ("11-27 18:00", []),
        ("11-30 18:00", ["after", "county"])]),
    ("the clock is a week ahead and put right: what was told early is not told again", GENERAL, [
        ("12-04 10:30", ["after", "county", "prefecture", "(before)", "(due)"]),
        ("11-27 08:00", []), ("11-27 18:00", []), ("11-30 18:00", []), ("12-11 18:00", ["province"])]),
    ("a policy makes a level later: told then", GENERAL, [
        ("11-27 18:00", ["due", "(before)"]), (("ladder_county_general_wh", 16.0), []),
        ("11-30 18:00", ["after"]), ("12-01 18:00", ["county"])]),
    ("a policy makes a level earlier than now: told at once", GENERAL, [
        ("11-27 18:00", ["due", "(before)"]), (("ladder_county_general_wh", 0.0), []),
        ("11-27 18:30", ["county"]), ("11-30 18:00", ["after"])]),
    ("a policy changes a level that was told: not again", GENERAL, [
        ("11-30 18:00", ["after", "county", "(before)", "(due)"]), (("ladder_county_general_wh", 16.0), []),
        ("12-01 18:00", []), ("12-02 18:00", ["prefecture"])]),
    ("a policy of fewer days leaves a deadline that was given", GENERAL, [
        (("general_days", 1.0), []), ("11-25 18:00", []), ("11-27 08:00", ["before"])]),
    ("a term ends early: a general problem's deadline moves to the first school day", GENERAL, [
        (END, []), ("11-25 10:00", ["→03月01日 18:00"]), ("11-30 18:00", []), ("2027-02-28 08:00", []),
        ("2027-03-01 08:00", ["before"]), ("2027-03-01 18:00", ["due"])]),
    ("the term is put right again: a deadline that was moved stays, for it was told", GENERAL, [
        (END, []), ("11-25 10:00", ["→03月01日 18:00"]), (("term", None), []), ("11-27 18:00", []),
        ("2027-03-01 08:00", ["before"])]),
    ("a term ends early: a serious problem's clock goes on", SERIOUS, [
        (END, []), ("11-26 08:00", ["before"]), ("11-26 18:00", ["due"]), ("11-27 12:00", ["after", "county"])]),
    ("a holiday after the deadline: it stays, and the levels above wait for the term", GENERAL, [
        ("11-27 18:00", ["due", "(before)"]), (("term", date(2026, 11, 27)), []), ("11-30 18:00", []),
        ("2027-03-01 18:00", ["after", "county"])]),
    ("a county where holidays count: a general problem's deadline stands", GENERAL, [
        (("holidays_count_general", 1.0), []), (END, []), ("11-27 18:00", ["due", "(before)"]),
        ("11-30 18:00", ["after", "county"])]),
]  # fmt: skip


@pytest.mark.parametrize(("why", "severity", "events"), TABLE, ids=[why for why, _, _ in TABLE])
def test_what_is_told(why: str, severity: Severity, events: list[tuple[Event, list[str]]]) -> None:
    problem = Running(severity)
    for event, told in events:
        if isinstance(event, str):
            assert problem.run(event) == told, (why, event)
        elif event[0] == "term":
            problem.term(event[1])  # type: ignore[arg-type]
        else:
            problem.policy(event[0], event[1])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ends", "posts", "why"),
    [
        (None, {"head", "manager"}, "in term the school is head and manager"),
        (END[1], {"head"}, "in the holidays the manager is away, and the head is on duty"),
    ],
)
def test_who_is_told_at_the_school(ends: date | None, posts: set[str], why: str) -> None:
    problem = Running(SERIOUS)
    problem.term(ends)
    problem.run("11-26 08:00")
    assert set(problem.climb.tellings[0].posts) == posts, why


def test_by_itself_the_clock_only_reminds_and_reports() -> None:
    assert {level.notice for level in ladder.LADDER} == {
        "problem_due_soon", "problem_overdue", "problem_still_open", "problem_escalated",
    }  # fmt: skip
    assert len({level.bit for level in ladder.LADDER}) == len(ladder.LADDER)


def test_only_what_is_major_may_ring_at_night() -> None:
    for severity in Severity:
        problem = Running(severity)
        problem.run("12-20 03:00")
        assert {one.wakes for one in problem.climb.tellings} == {severity is MAJOR}


@pytest.mark.parametrize(
    ("severity", "stopped", "decided", "due", "why"),
    [
        (SERIOUS, "11-24 10:30", "12-04 10:30", "12-08 18:00", "as much as was left, to the hour"),
        (SERIOUS, "11-26 17:00", "12-03 16:00", "12-03 18:00", "an hour left: the same day"),
        (SERIOUS, "11-26 17:00", "12-03 17:30", "12-04 18:00", "an hour left: half of it the next day"),
        (SERIOUS, "11-26 12:00", "12-05 09:00", "12-07 18:00", "decided on a Saturday"),
        (SERIOUS, "11-26 17:59", "12-04 19:00", "12-07 18:00", "decided in the evening"),
        (SERIOUS, "11-27 12:00", "12-03 12:00", "12-03 08:00", "late already: as late as before"),
        (SERIOUS, "11-26 18:00", "12-03 12:00", "12-03 12:00", "appealed at the deadline: late from now"),
        (GENERAL, "11-26 18:00", "2027-01-20 19:00", "2027-03-01 18:00", "decided at the end of term"),
        (SERIOUS, "11-25 18:00", "2027-01-20 19:00", "2027-01-21 18:00", "whose clock goes on in holidays"),
    ],
)
def test_an_appeal_gives_back_what_was_left(
    severity: Severity, stopped: str, decided: str, due: str, why: str
) -> None:
    days = Clock(DEFAULTS, Terms()).days(severity)
    was = deadlines.due_at(severity, DEFAULTS, days, FOUND)
    assert deadlines.resumed(was, at(stopped), at(decided), days) == at(due), why


@pytest.mark.parametrize(
    ("severity", "found", "due", "why"),
    [
        (GENERAL, "11-24 10:30", "11-27 18:00", "three working days"),
        (GENERAL, "09-28 10:30", "10-08 18:00", "over the National Day holiday"),
        (GENERAL, "2027-01-19 10:30", "2027-03-02 18:00", "over the winter holiday, which does not count"),
        (SERIOUS, "2027-01-19 10:30", "2027-01-21 18:00", "serious: the holiday counts"),
        (MAJOR, "2027-07-12 10:30", "2027-07-13 18:00", "major, found in the summer holiday"),
        (GENERAL, "2027-07-12 10:30", "2027-09-03 18:00", "general, found in the summer holiday"),
    ],
)
def test_when_it_is_due(severity: Severity, found: str, due: str, why: str) -> None:
    days = Clock(DEFAULTS, Terms()).days(severity)
    assert deadlines.due_at(severity, DEFAULTS, days, at(found)) == at(due), why


@pytest.mark.parametrize(
    ("due_on", "refusal", "why"),
    [
        ("2026-12-04", None, "a later working day"),
        ("2026-11-25", None, "an earlier one: it is urgent after all"),
        ("2026-11-24", BadDeadline, "today"),
        ("2026-11-20", BadDeadline, "a day that is past"),
        ("2026-11-28", BadDeadline, "a Saturday"),
        ("2027-01-06", BadDeadline, "more than thirty working days"),
        ("2026-11-27", SameDeadline, "the day it is due anyway"),
    ],
)
def test_a_deadline_moves_to_a_working_day_not_too_far(
    due_on: str, refusal: type[Exception] | None, why: str
) -> None:
    days = Days(Terms())
    was, to = at("11-27 18:00"), date.fromisoformat(due_on)
    if refusal is None:
        moved = deadlines.moved(was, to, DEFAULTS, days, FOUND)
        assert moved.astimezone(BEIJING) == datetime(to.year, to.month, to.day, 18, tzinfo=BEIJING), why
        return
    with pytest.raises(refusal):
        deadlines.moved(was, to, DEFAULTS, days, FOUND)


def test_a_notice_says_who_is_told_next_and_when() -> None:
    problem = Running(GENERAL)
    waiting = ladder.ahead(problem.climb.due_at, problem.clock.pace(GENERAL), problem.climb.told)
    said = facts(problem.climb.about, waiting, ladder.LADDER[0].posts, FOUND)
    assert said["next"] == (
        "如不整改：11月27日 08:00 提醒学校；11月27日 18:00 到期告知学校；11月30日 18:00 再次提醒学校，报县教体局；"
        "12月2日 18:00 报州市教体局；12月11日 18:00 报省教体局。"
    )
    assert (said["next_who"], said["next_at"]) == ("报县教体局", at("11-30 18:00").isoformat())
    to_county = facts(problem.climb.about, waiting[4:], ladder.LADDER[3].posts, FOUND)
    assert to_county["next_who"] == "报州市教体局"
    assert next_said([], FOUND, "如不整改").startswith("各级均已告知")


def test_a_deadline_on_a_holiday_holds_until_the_next_open_day() -> None:
    assert working_time.held(at("11-27 18:00"), Days()) == at("11-27 18:00")
    assert working_time.held(at("11-28 18:00"), Days()) == at("11-30 18:00")


@pytest.mark.parametrize("wording", [one for one in WORDINGS if one.climbing], ids=lambda one: one.kind)
def test_short_messages_have_room_for_whom_and_when(wording: Wording) -> None:
    for level in ladder.LADDER[3:]:
        assert len(wording.climbing.format(day="12月30日", who=level.said)) <= LIMITS["thing"].longest
