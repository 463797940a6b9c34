"""清洗消毒: on every school day, long and hot enough."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Span
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import contradicted_day, unkept_weeks, wrong_weeks
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    yield from unkept_weeks(case, "disinfection", "清洗消毒")
    yield from wrong_weeks(case, "disinfection", lambda kept: kept.wrong, "的清洗消毒不符合要求。")
    yield from contradicted_day(case, "disinfection", ("C11", "E3"), "清洗消毒合格")


DISINFECTION = Rule(
    number=32,
    code="disinfection",
    name="未清洗消毒",
    level=Severity.GENERAL,
    owner=PostKind.MANAGER,
    source="GB 14934",
    reads=(Read.KEPT, Read.SEEN),
    judge=judge,
    span=Span.WEEK,
    aspects=("disinfection",),
)
