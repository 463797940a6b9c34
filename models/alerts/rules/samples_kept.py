"""留样: on every school day there is one, and a visitor finds what the ledger says."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Span
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import contradicted_day, unkept_weeks
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    yield from unkept_weeks(case, "food_sample", "留样")
    yield from contradicted_day(case, "food_sample", ("C06", "E2"), "留样合格")


SAMPLES_KEPT = Rule(
    number=21,
    code="samples_kept",
    name="未留样",
    level=Severity.SERIOUS,
    owner=PostKind.MANAGER,
    source="教育部令第45号 第四十条",
    reads=(Read.KEPT, Read.SEEN),
    judge=judge,
    span=Span.WEEK,
    aspects=("food_sample",),
)
