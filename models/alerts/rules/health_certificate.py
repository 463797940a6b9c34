"""健康证: who touches food has one that is valid; each is a year's."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import WHO, Finding, Rule, Sort
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import contradicted, running_out
from models.organisations.tables import PostKind
from models.people.rights import Right
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    if not case.cooks:
        return
    if not case.workers:
        yield Finding(Sort.NO_RECORD, "没有登记食堂从业人员和健康证。")
        return
    over = False
    for one in case.workers:
        yield from running_out(f"{WHO}的健康证", one.until_on, policies, today, str(one.id), one.id)
        over = over or one.until_on is None or one.until_on < today
    if not over:
        said = "台账里从业人员健康证都在有效期内，{day}入校查看不合格。"
        yield from contradicted(case, ("C03", "F1"), None, said, "visit")


HEALTH_CERTIFICATE = Rule(
    number=12,
    code="health_certificate",
    name="健康证到期",
    level=Severity.SERIOUS,
    owner=PostKind.MANAGER,
    source="食品安全法 第四十五条",
    reads=(Read.WORKERS, Read.SEEN),
    judge=judge,
    aspects=("staff",),
    reading=Right.READ_LEDGER_PEOPLE,
)
