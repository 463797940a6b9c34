"""校外供餐超量: on its fullest day a caterer delivered more meals than its licence permits, in the whole province."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort, Subject
from models.alerts.facts import Caterer, CountyCase, Read
from models.alerts.findings import spoken_day
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: CountyCase, policies: Values, today: date) -> Iterator[Finding]:
    for one in case.caterers:
        yield from _judge(one)


def _judge(one: Caterer) -> Iterator[Finding]:
    name = one.supplier.name if one.supplier else "不在名录里的供餐单位"
    permitted = one.supplier.portions_most if one.supplier else None
    facts = {"portions": one.most_portions, "permitted": permitted, "schools": one.schools}
    if permitted is None:
        said = f"{name}供应本县{one.schools}所学校，没有登记许可日供餐量。"
        yield Finding(Sort.NO_RECORD, said, facts, str(one.id), row_id=one.id)
    elif one.most_portions > permitted:
        said = f"{name}{spoken_day(one.most_on)}共供餐{one.most_portions}份，超过许可的{permitted}份。"
        yield Finding(Sort.DEFECT, said, facts, str(one.id), row_id=one.id)


CATERER_PORTIONS = Rule(
    number=34,
    code="caterer_portions",
    name="校外供餐超许可量",
    level=Severity.SERIOUS,
    owner=PostKind.COUNTY,
    source="食品经营许可和备案管理办法",
    reads=(Read.CATERERS,),
    judge=judge,
    subject=Subject.COUNTY,
    aspects=("supplier",),
    at_once=False,
    opens=False,
)
