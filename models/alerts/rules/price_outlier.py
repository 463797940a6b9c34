"""价格偏离: far from what schools of the county with the same meal standard pay for the same class and unit.

Robust on purpose: median and median distance, so that the prices looked for do not move the measure they are
measured by.
"""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Cadence, Finding, Rule, Sort
from models.alerts.facts import Price, Read, SchoolCase
from models.ledger.aspects.procurement import CLASSES, UNITS
from models.organisations.tables import PostKind
from models.people.rights import Right
from models.policies.declared import PRICE_DEVIATIONS, PRICE_LEAST, PRICE_PERCENT
from models.policies.queries import Values
from models.problems.tables import Severity

# a normal distribution's standard deviation is 1.4826 times its median distance
TO_DEVIATION = 1.4826


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    for one in case.prices:
        if far(one, policies):
            yield _said(one)


def far(one: Price, policies: Values) -> bool:
    """Whether enough prices are there to say that this one is far from them, by both measures."""
    distance = abs(one.price_fen - one.median_fen)
    return (
        one.n >= policies[PRICE_LEAST.key]
        and distance > one.median_fen * policies[PRICE_PERCENT.key] / 100
        and distance > one.mad_fen * TO_DEVIATION * policies[PRICE_DEVIATIONS.key]
    )


def _said(one: Price) -> Finding:
    unit, side = UNITS.get(one.unit, one.unit), "高" if one.price_fen > one.median_fen else "低"
    percent = round(abs(one.price_fen / one.median_fen - 1) * 100)
    said = (
        f"{CLASSES.get(one.ingredient, one.ingredient)}（{one.goods}）每{unit}{one.price_fen / 100:.2f}元，"
        f"比本县同餐标{one.n}个价格的中位数{one.median_fen / 100:.2f}元{side}{percent}%。"
    )
    facts = {"price_fen": one.price_fen, "median_fen": one.median_fen, "mad_fen": one.mad_fen, "n": one.n}
    return Finding(Sort.DEFECT, said, facts, str(one.contract_id), row_id=one.contract_id)


PRICE_OUTLIER = Rule(
    number=30,
    code="price_outlier",
    name="采购价格偏离",
    level=Severity.SERIOUS,
    owner=PostKind.MANAGER,
    source="政策参数：价格偏离",
    reads=(Read.PRICES,),
    judge=judge,
    cadence=Cadence.WEEKLY,
    aspects=("procurement",),
    reading=Right.READ_LEDGER_MONEY,
    at_once=False,
)
