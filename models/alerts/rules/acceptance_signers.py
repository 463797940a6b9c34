"""双人验收: two different people sign for what comes in."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Span
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import contradicted_day, wrong_weeks
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    yield from wrong_weeks(case, "acceptance", lambda kept: kept.alone, "有食材验收只有一人签字。")
    yield from contradicted_day(case, "acceptance", ("D2",), "双人验收", lambda kept: kept.alone)


ACCEPTANCE_SIGNERS = Rule(
    number=25,
    code="acceptance_signers",
    name="单人验收",
    level=Severity.SERIOUS,
    owner=PostKind.MANAGER,
    source="教育部 2024-11-22 工作指引",
    reads=(Read.KEPT, Read.SEEN),
    judge=judge,
    span=Span.WEEK,
    aspects=("acceptance",),
)
