"""责任督学当月入校: the county sees to it that its supervisors come."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Span
from models.alerts.facts import Read, SchoolCase
from models.alerts.visiting import unvisited
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    yield from unvisited(case, "supervisor", "责任督学", policies)


SUPERVISOR_VISIT = Rule(
    number=39,
    code="supervisor_visit",
    name="督学当月未入校",
    level=Severity.GENERAL,
    owner=PostKind.COUNTY,
    source="教育督导条例 第十四条",
    reads=(Read.DUTIES,),
    judge=judge,
    span=Span.MONTH,
    opens=False,
)
