"""大宗食材采购合同: for each class of ingredient one that runs."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import late_in_term, latest, running_out
from models.ledger.aspects.procurement import CLASSES
from models.organisations.tables import PostKind
from models.people.rights import Right
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    if not case.cooks:
        return
    if not case.contracts and not case.county_contracts and late_in_term(case, policies):
        yield Finding(Sort.NO_RECORD, "没有登记大宗食材采购合同。")
    for ingredient, name in CLASSES.items():
        for_it = [one for one in case.contracts if ingredient in one.ingredients]
        newest = max(latest(for_it, today), key=lambda one: one.until_on or date.max, default=None)
        if newest is not None:
            what = f"{name}的采购合同（{newest.number}）"
            yield from running_out(what, newest.until_on, policies, today, ingredient, newest.id)


PURCHASE_CONTRACT = Rule(
    number=26,
    code="purchase_contract",
    name="采购合同到期",
    level=Severity.SERIOUS,
    owner=PostKind.MANAGER,
    source="教育部令第45号",
    reads=(Read.CONTRACTS, Read.COUNTY_CONTRACTS),
    judge=judge,
    aspects=("procurement",),
    reading=Right.READ_LEDGER_MONEY,
)
