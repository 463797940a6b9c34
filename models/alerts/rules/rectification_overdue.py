"""超期未整改."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import spoken_day
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    for one in case.problems:
        if one.state == "overdue":
            since = f"{spoken_day(one.overdue_on)}起" if one.overdue_on else "已"
            said = f"“{one.title}”{since}超期未整改。"
            yield Finding(Sort.DEFECT, said, {"problem_id": one.id}, str(one.id))


RECTIFICATION_OVERDUE = Rule(
    number=45,
    code="rectification_overdue",
    name="超期未整改",
    level=Severity.SERIOUS,
    owner=PostKind.HEAD,
    source="整改期限（默认3日，最长30日）",
    reads=(Read.PROBLEMS,),
    judge=judge,
    opens=False,
    # the head was told when the deadline passed, and is told again until it is done
    tells=False,
)
