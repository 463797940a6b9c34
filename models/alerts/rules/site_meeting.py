"""现场办公会: once a month, in the canteen."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Span
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import months_without
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    yield from months_without(case, "site_meeting", "现场办公会", policies)


SITE_MEETING = Rule(
    number=18,
    code="site_meeting",
    name="当月未开现场办公会",
    level=Severity.GENERAL,
    owner=PostKind.HEAD,
    source="企业落实食品安全主体责任监督管理规定",
    reads=(Read.MONTHS,),
    judge=judge,
    span=Span.MONTH,
    aspects=("site_meeting",),
)
