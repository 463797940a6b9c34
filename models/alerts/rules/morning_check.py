"""晨检: everybody who touches food, on every school day."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Span
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import contradicted_day, unkept_weeks
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    if case.cooks:
        yield from unkept_weeks(case, "morning_check", "晨检")
        yield from contradicted_day(case, "morning_check", ("C05", "F2"), "晨检合格")


MORNING_CHECK = Rule(
    number=31,
    code="morning_check",
    name="未晨检",
    level=Severity.GENERAL,
    owner=PostKind.MANAGER,
    source="教育部令第45号",
    reads=(Read.KEPT, Read.SEEN),
    judge=judge,
    span=Span.WEEK,
    aspects=("morning_check",),
)
