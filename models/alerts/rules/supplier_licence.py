"""供应商许可证: of whoever delivered in the last two weeks."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import running_out
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    suppliers = {one.supplier.id: one.supplier for one in case.deliveries if one.supplier}
    for number, one in suppliers.items():
        what = f"供应商{one.name}的许可证"
        yield from running_out(what, one.licence_until_on, policies, today, str(number), number)


SUPPLIER_LICENCE = Rule(
    number=27,
    code="supplier_licence",
    name="供应商许可证到期",
    level=Severity.SERIOUS,
    owner=PostKind.MANAGER,
    source="食品安全法 第五十三条",
    reads=(Read.DELIVERIES,),
    judge=judge,
    aspects=("supplier",),
)
