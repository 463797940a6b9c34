"""过期变质食材: found in the store by the school itself, or by a visitor where the school found none."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Span
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import contradicted_day, wrong_weeks
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    yield from wrong_weeks(case, "storage", lambda kept: kept.expired, "的台账记着有过期变质食材。")
    yield from contradicted_day(case, "storage", ("C07",), "没有过期变质食材", lambda kept: kept.expired)


EXPIRED_FOOD = Rule(
    number=33,
    code="expired_food",
    name="过期变质食材",
    level=Severity.MAJOR,
    owner=PostKind.MANAGER,
    source="食品安全法 第三十四条",
    reads=(Read.KEPT, Read.SEEN),
    judge=judge,
    span=Span.WEEK,
    aspects=("storage",),
)
