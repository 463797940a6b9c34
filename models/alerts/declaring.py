"""What a rule (预警规则) is made of, and what it finds. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from models.alerts.facts import Read
from models.organisations.tables import PostKind
from models.people.rights import Right
from models.policies.queries import Values
from models.problems.tables import Severity


class Sort(StrEnum):
    """What a finding is: nobody wrote it down; somebody did, and it is not as it should be; the ledger says yes
    and a visit says no."""

    NO_RECORD = "no_record"
    DEFECT = "defect"
    CONTRADICTION = "contradiction"


SORT_NAMES = {
    Sort.NO_RECORD: "没有记录",
    Sort.DEFECT: "确有缺陷",
    Sort.CONTRADICTION: "台账与入校不一致",
}


# where a sentence names a human being. Names are not stored with alerts: see `naming`
WHO = "〔姓名〕"
# in its place, for those who may not see the name, and where the sentence is kept on
SOMEBODY = "有人"


def unnamed(said: str) -> str:
    """A finding's sentence without the name of whom it is about."""
    return said.replace(WHO, SOMEBODY)


class Cadence(StrEnum):
    """How often a rule is judged by itself; besides, whenever what it reads changes (`at_once`)."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


CADENCE_NAMES = {Cadence.DAILY: "每天", Cadence.WEEKLY: "每周", Cadence.MONTHLY: "每月"}


class Span(StrEnum):
    """For how long a finding is pursued. `standing`: while the fact is there. Others are about a past time and, if
    nobody answered, lapse when it is long gone: a week after two weeks, a month after two, a photo after 30 days."""

    STANDING = "standing"
    WEEK = "week"
    MONTH = "month"
    DAYS_30 = "days_30"

    def since(self, today: date) -> date:
        """The first date that is still pursued."""
        if self is Span.WEEK:
            return today - timedelta(days=today.weekday() + 7)
        if self is Span.MONTH:
            return (today.replace(day=1) - timedelta(days=1)).replace(day=1)
        return today - timedelta(days=30) if self is Span.DAYS_30 else date.min


class Subject(StrEnum):
    """Whose case is judged."""

    SCHOOL = "school"
    COUNTY = "county"


@dataclass(frozen=True)
class Finding:
    """Something that a rule found. `key` tells several findings about one school apart, and is the same as long as
    it is the same matter. `about_on`: the first date it is about, for rules whose span is not `standing`. `stage`:
    rises when the matter is worth telling anew, though it was told. `row_id`: the register's row that it hangs on.
    `said` has `WHO` where a name belongs: that of the person whose id is `person_id` in `facts`, else the row's.
    """

    sort: Sort
    said: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    about_on: date | None = None
    stage: int = 0
    row_id: int | None = None


Judge = Callable[[Any, Values, date], Iterable[Finding]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule. `number` is for ever, as problems carry it (`item`). `level`: how grave a problem it becomes.

    `owner`: the post that is told and answers. `aspects`: forms of the ledger whose entry answers it. `at_once`: cheap
    enough to be judged whenever something it reads changes; others only then if they have raised something there.
    `opens`: whether the answer 确实没有 opens a problem. `tells`: whether the owner is told; not of what its own ladder
    tells the same post already, in notices and in what is to be done. `trial`: nobody is told until an officer switches it on.
    """

    number: int
    code: str
    name: str
    level: Severity
    owner: PostKind
    source: str
    reads: tuple[Read, ...]
    judge: Judge
    cadence: Cadence = Cadence.DAILY
    subject: Subject = Subject.SCHOOL
    span: Span = Span.STANDING
    aspects: tuple[str, ...] = ()
    reading: Right = Right.READ_LEDGER
    at_once: bool = True
    opens: bool = True
    tells: bool = True
    trial: bool = False

    @property
    def item(self) -> str:
        """What a problem that comes of it is filed under."""
        return f"Y{self.number:02d}"
