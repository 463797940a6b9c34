"""陪餐: a responsible person eats with the pupils on every school day, and writes it down."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Span
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import contradicted_day, unkept_weeks, wrong_weeks
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    yield from unkept_weeks(case, "shared_meal", "陪餐")
    yield from wrong_weeks(
        case, "shared_meal", lambda kept: kept.wrong, "的陪餐记录评分过低，或与学生不同菜同价。"
    )
    yield from contradicted_day(case, "shared_meal", ("C17", "B1"), "有人陪餐")


SHARED_MEAL = Rule(
    number=17,
    code="shared_meal",
    name="无人陪餐",
    level=Severity.GENERAL,
    owner=PostKind.HEAD,
    source="教育部令第45号",
    reads=(Read.KEPT, Read.SEEN),
    judge=judge,
    span=Span.WEEK,
    aspects=("shared_meal",),
)
