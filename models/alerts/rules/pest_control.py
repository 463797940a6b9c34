"""病媒生物防治: once a month, and what was found was dealt with."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Span
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import months_without
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    said = "发现鼠、蝇、蟑螂踪迹，没有处置。"
    yield from months_without(case, "pest_control", "病媒生物防治", policies, said)


PEST_CONTROL = Rule(
    number=20,
    code="pest_control",
    name="当月未做病媒生物防治",
    level=Severity.GENERAL,
    owner=PostKind.MANAGER,
    source="餐饮服务食品安全操作规范",
    reads=(Read.MONTHS,),
    judge=judge,
    span=Span.MONTH,
    aspects=("pest_control",),
)
