"""承包（委托）企业许可范围: cooking here needs one permission, delivering meals another."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import in_charge
from models.ledger.aspects.food_licence import SCOPES
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity

NEEDED = {"catered": "group", "contracted": "hot", "entrusted": "hot"}


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    for one in in_charge(case, today):
        needed = NEEDED.get(one.how or "")
        if not one.scope or needed is None:
            said = f"{one.company}没有登记方式或许可经营项目。"
            yield Finding(Sort.NO_RECORD, said, {}, str(one.id), row_id=one.id)
        elif needed not in one.scope:
            said = f"{one.company}的许可经营项目不含“{SCOPES[needed]}”。"
            yield Finding(Sort.DEFECT, said, {"scope": sorted(one.scope)}, str(one.id), row_id=one.id)


CONTRACTOR_SCOPE = Rule(
    number=9,
    code="contractor_scope",
    name="承包（委托）企业超许可范围",
    level=Severity.SERIOUS,
    owner=PostKind.MANAGER,
    source="食品经营许可和备案管理办法",
    reads=(Read.CONTRACTORS,),
    judge=judge,
    aspects=("contractor",),
)
