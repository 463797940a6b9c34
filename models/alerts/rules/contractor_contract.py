"""承包（委托）合同: it runs out, or has, and the canteen is still run by it."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import latest, running_out
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    # a contract that is over with a canteen that the school runs itself is history
    if not case.outsourced:
        return
    for one in latest(case.contractors, today):
        what = f"与{one.company}的承包（委托）合同"
        yield from running_out(what, one.until_on, policies, today, str(one.id), one.id)


CONTRACTOR_CONTRACT = Rule(
    number=8,
    code="contractor_contract",
    name="承包（委托）合同到期",
    level=Severity.SERIOUS,
    owner=PostKind.MANAGER,
    source="食品安全法实施条例 第二十八条",
    reads=(Read.CONTRACTORS,),
    judge=judge,
    aspects=("contractor",),
)
