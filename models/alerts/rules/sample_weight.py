"""留样重量: judged when it was written, by the county's policy of that day, never below the law's 125 g."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Span
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import wrong_weeks
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    yield from wrong_weeks(case, "food_sample", lambda kept: kept.grams, "有留样重量不足。")


SAMPLE_WEIGHT = Rule(
    number=22,
    code="sample_weight",
    name="留样重量不足",
    level=Severity.SERIOUS,
    owner=PostKind.MANAGER,
    source="教育部令第45号 第四十条",
    reads=(Read.KEPT,),
    judge=judge,
    span=Span.WEEK,
    aspects=("food_sample",),
)
