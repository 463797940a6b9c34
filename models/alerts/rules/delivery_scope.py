"""超范围送货: a supplier delivers what it is not registered to supply."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Delivery, Read, SchoolCase
from models.ledger.aspects.procurement import INGREDIENTS
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    for one in case.deliveries:
        yield from _judge(one)


def _judge(one: Delivery) -> Iterator[Finding]:
    name = INGREDIENTS.get(one.ingredient, one.ingredient)
    key, facts = f"{one.supplier_id}:{one.ingredient}", {"batches": one.batches, "ingredient": one.ingredient}
    if one.supplier is None or not one.supplier.classes:
        who = one.supplier.name if one.supplier else "不在名录里的供应商"
        said = f"近两周{who}送来{name}{one.batches}批，没有登记它供应哪些类别。"
        yield Finding(Sort.NO_RECORD, said, facts, key, row_id=one.supplier_id)
    elif one.ingredient not in one.supplier.classes:
        said = f"近两周{one.supplier.name}送来{name}{one.batches}批，超出它登记的供应类别。"
        yield Finding(Sort.DEFECT, said, facts, key, row_id=one.supplier_id)


DELIVERY_SCOPE = Rule(
    number=28,
    code="delivery_scope",
    name="供应商超范围送货",
    level=Severity.SERIOUS,
    owner=PostKind.MANAGER,
    source="食品安全法 第五十三条",
    reads=(Read.DELIVERIES,),
    judge=judge,
    aspects=("supplier", "acceptance"),
)
