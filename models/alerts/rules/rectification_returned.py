"""整改多次退回: told anew each time it comes back once more."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Read, SchoolCase
from models.organisations.tables import PostKind
from models.policies.declared import RETURNED_TIMES
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    for one in case.problems:
        if one.returned >= policies[RETURNED_TIMES.key]:
            said = f"“{one.title}”整改不到位，已被退回{one.returned}次。"
            facts = {"problem_id": one.id, "returned": one.returned}
            yield Finding(Sort.DEFECT, said, facts, str(one.id), stage=one.returned)


RECTIFICATION_RETURNED = Rule(
    number=46,
    code="rectification_returned",
    name="整改多次退回",
    level=Severity.SERIOUS,
    owner=PostKind.HEAD,
    source="政策参数：整改退回多少次预警",
    reads=(Read.PROBLEMS,),
    judge=judge,
    opens=False,
)
