"""许可范围: the canteen cooks, and its licence is not for that."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Read, SchoolCase
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity

COOKING = "hot"


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    valid = [one for one in case.licences if one.until_on is None or one.until_on >= today]
    if not case.cooks or not valid:
        return
    scope = frozenset[str]().union(*(one.scope for one in valid))
    facts = {"scope": sorted(scope)}
    if not scope:
        yield Finding(Sort.NO_RECORD, "食品经营许可证没有登记经营项目。", facts, row_id=valid[0].id)
    elif COOKING not in scope:
        said = "食堂现场制作热食，许可证经营项目不含“热食类食品制售”。"
        yield Finding(Sort.DEFECT, said, facts, row_id=valid[0].id)


LICENCE_SCOPE = Rule(
    number=6,
    code="licence_scope",
    name="许可范围与实际不符",
    level=Severity.SERIOUS,
    owner=PostKind.MANAGER,
    source="食品经营许可和备案管理办法",
    reads=(Read.LICENCES,),
    judge=judge,
    aspects=("food_licence",),
)
