"""合同外送货: bulk ingredients come from somebody with a contract that runs on the day."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Contract, Delivery, Read, SchoolCase
from models.alerts.findings import spoken_day
from models.ledger.aspects.procurement import CLASSES
from models.organisations.tables import PostKind
from models.people.rights import Right
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    for one in case.deliveries:
        if one.ingredient in CLASSES:
            yield from _judge(one, (*case.contracts, *case.county_contracts))


def _judge(one: Delivery, contracts: tuple[Contract, ...]) -> Iterator[Finding]:
    theirs = [
        it for it in contracts if it.supplier_id == one.supplier_id and one.ingredient in it.ingredients
    ]
    name, who = CLASSES[one.ingredient], one.supplier.name if one.supplier else "不在名录里的供应商"
    key, facts = f"{one.supplier_id}:{one.ingredient}", {"batches": one.batches, "ingredient": one.ingredient}
    if not theirs:
        said = f"近两周{who}送来{name}{one.batches}批，没有登记与它的{name}采购合同。"
        yield Finding(Sort.NO_RECORD, said, facts, key, row_id=one.supplier_id)
    elif not any(_runs(it, one.last_on) for it in theirs):
        said = f"{spoken_day(one.last_on)}{who}送来{name}，不在合同期内。"
        yield Finding(Sort.DEFECT, said, facts, key, row_id=one.supplier_id)


def _runs(contract: Contract, on: date) -> bool:
    return (contract.from_on or date.min) <= on <= (contract.until_on or date.max)


DELIVERY_CONTRACT = Rule(
    number=29,
    code="delivery_contract",
    name="合同外送货",
    level=Severity.SERIOUS,
    owner=PostKind.MANAGER,
    source="教育部令第45号",
    reads=(Read.DELIVERIES, Read.CONTRACTS, Read.COUNTY_CONTRACTS),
    judge=judge,
    aspects=("procurement", "acceptance"),
    reading=Right.READ_LEDGER_MONEY,
)
