"""Terms of office (任期), and of a supervisor's: how many schools, how long, from whom to keep away. Pure.

An import of assignments asks the same `refusal` for each of its rows as the officer's own act.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from models.errors import Conflict, Invalid, Refusal
from models.organisations.tables import PostKind

# who works at a school does not supervise it
STAFF = {PostKind.HEAD, PostKind.MANAGER, PostKind.FINANCE, PostKind.COMMITTEE}


@dataclass(frozen=True)
class InOffice:
    """In office from one Beijing date until another, exclusive; no end while it is None."""

    since_on: date
    until_on: date | None

    def runs_on(self, day: date) -> bool:
        return self.since_on <= day and (self.until_on is None or day < self.until_on)

    def meets(self, other: "InOffice") -> bool:
        """Whether some day belongs to both."""
        later = max(self.since_on, other.since_on)
        return self.runs_on(later) and other.runs_on(later)


@dataclass(frozen=True)
class Term(InOffice):
    """A supervisor's, at a school."""

    school_id: int


@dataclass(frozen=True)
class Limits:
    """The policy of the school's county."""

    schools: int
    years: int


@dataclass(frozen=True)
class Away:
    """A recusal: why the person keeps away from the school; until a date, exclusive, or for good."""

    reason: str
    until_on: date | None


class TermBackwards(Invalid):
    code = "term_backwards"
    sentence = "任期结束日期应晚于开始日期。"


class TermTooLong(Invalid):
    code = "term_too_long"
    sentence = "责任督学每届任期不超过{years}年，这一任期最晚到{latest}，届满后可以续任。"


class TermOverlaps(Conflict):
    code = "term_overlaps"
    sentence = "此人已在这所学校任责任督学（{since}起），任期不能重叠。"


class RecusedThere(Conflict):
    code = "recused_there"
    sentence = "此人应当回避这所学校（{reason}），不能担任责任督学。"


class WorksThere(Conflict):
    code = "works_there"
    sentence = "此人在这所学校任职，不能担任该校责任督学。"


class TooManySchools(Conflict):
    code = "too_many_schools"
    sentence = "每名责任督学最多负责{most}所学校，此人同期已负责{held}所。请换人，或先结束其他学校的任期。"


def latest_end(since_on: date, years: int) -> date:
    """The last possible end of a term; 29 February becomes 1 March."""
    try:
        return since_on.replace(year=since_on.year + years)
    except ValueError:
        return date(since_on.year + years, 3, 1)


def refusal(
    term: Term, held: Iterable[Term], away: Away | None, limits: Limits, *, works_there: bool = False
) -> Refusal | None:
    """Why a new term cannot be, given the supervisor's other terms; None when it can.

    One without an end, as tables have them, runs until somebody ends it.
    """
    if term.until_on is not None and term.until_on <= term.since_on:
        return TermBackwards()
    latest = latest_end(term.since_on, limits.years)
    if term.until_on is not None and term.until_on > latest:
        return TermTooLong(years=limits.years, latest=latest.isoformat())
    if away is not None and (away.until_on is None or away.until_on > term.since_on):
        return RecusedThere(reason=away.reason)
    if works_there:
        return WorksThere()
    others = [other for other in held if other.meets(term)]
    for other in others:
        if other.school_id == term.school_id:
            return TermOverlaps(since=other.since_on.isoformat())
    at_once = most_at_once(term, others)
    if at_once + 1 > limits.schools:
        return TooManySchools(most=limits.schools, held=at_once)
    return None


def most_at_once(term: Term, others: Iterable[Term]) -> int:
    """How many of the other terms' schools are held on the fullest day of a term."""
    meeting = [other for other in others if other.meets(term)]
    days = {max(term.since_on, other.since_on) for other in meeting}
    return max((len({other.school_id for other in meeting if other.runs_on(day)}) for day in days), default=0)
