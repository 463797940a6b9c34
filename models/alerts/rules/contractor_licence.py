"""承包（委托）企业许可证: whoever runs the canteen must hold a licence of their own."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import in_charge, running_out
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    if case.outsourced and not case.contractors:
        yield Finding(Sort.NO_RECORD, "食堂承包、委托或由校外供餐，没有登记企业和它的许可证。")
    for one in in_charge(case, today):
        what = f"{one.company}的食品经营许可证"
        yield from running_out(what, one.licence_until_on, policies, today, str(one.id), one.id)


CONTRACTOR_LICENCE = Rule(
    number=7,
    code="contractor_licence",
    name="承包（委托）企业许可证到期",
    level=Severity.MAJOR,
    owner=PostKind.MANAGER,
    source="食品安全法实施条例 第二十八条",
    reads=(Read.CONTRACTORS,),
    judge=judge,
    aspects=("contractor",),
)
