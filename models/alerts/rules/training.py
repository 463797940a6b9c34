"""从业人员培训: once a month, and somebody came."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort, Span
from models.alerts.facts import NOTHING_COUNTED, Read, SchoolCase
from models.alerts.findings import months_without, spoken_day
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    if not case.cooks:
        return
    yield from months_without(case, "training", "从业人员培训", policies, "没有人参加。")
    seen = case.seen.failed.get("F3")
    if seen is None or seen.replace(day=1) not in case.calendar.months:
        return
    first = seen.replace(day=1)
    if case.months.get(("training", first), NOTHING_COUNTED).entries:
        said = f"台账记着{first.month}月有培训，{spoken_day(seen)}入校督查不合格。"
        yield Finding(
            Sort.CONTRADICTION, said, {"visited_on": seen.isoformat()}, f"visit{first:%Y-%m}", first
        )


TRAINING = Rule(
    number=19,
    code="training",
    name="当月未培训",
    level=Severity.GENERAL,
    owner=PostKind.MANAGER,
    source="食品安全法 第四十四条",
    reads=(Read.MONTHS, Read.SEEN),
    judge=judge,
    span=Span.MONTH,
    aspects=("training",),
)
