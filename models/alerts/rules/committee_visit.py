"""家委会当月入校."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Span
from models.alerts.facts import Read, SchoolCase
from models.alerts.visiting import unvisited
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    yield from unvisited(case, "committee", "膳食家委会", policies)


COMMITTEE_VISIT = Rule(
    number=38,
    code="committee_visit",
    name="家委会当月未入校",
    level=Severity.GENERAL,
    owner=PostKind.HEAD,
    source="教基厅函〔2024〕33号",
    reads=(Read.DUTIES,),
    judge=judge,
    span=Span.MONTH,
    opens=False,
)
