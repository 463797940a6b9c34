"""食材验收: on every school day a kitchen that cooks takes something in."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Span
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import unkept_weeks
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    if case.cooks:
        yield from unkept_weeks(case, "acceptance", "食材验收")


ACCEPTANCE_KEPT = Rule(
    number=24,
    code="acceptance_kept",
    name="无食材验收记录",
    level=Severity.GENERAL,
    owner=PostKind.MANAGER,
    source="食品安全法 第五十三条",
    reads=(Read.KEPT,),
    judge=judge,
    span=Span.WEEK,
    aspects=("acceptance",),
)
