"""校外供餐单位食品安全总监: from so many meals a day on a caterer must have one."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort, Subject
from models.alerts.facts import CountyCase, Read
from models.organisations.tables import PostKind
from models.policies.declared import DIRECTOR_SUPPLIER
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: CountyCase, policies: Values, today: date) -> Iterator[Finding]:
    bound = policies[DIRECTOR_SUPPLIER.key]
    for one in case.caterers:
        director = one.supplier.director if one.supplier else None
        if one.most_portions < bound or director:
            continue
        name = one.supplier.name if one.supplier else "不在名录里的供餐单位"
        facts = {"portions": one.most_portions, "bound": bound}
        said = f"{name}一天供餐{one.most_portions}份（满{bound:g}人须配食品安全总监），"
        said += "没有登记是否配备。" if director is None else "登记为没有配备。"
        sort = Sort.NO_RECORD if director is None else Sort.DEFECT
        yield Finding(sort, said, facts, str(one.id), row_id=one.id)


CATERER_DIRECTOR = Rule(
    number=35,
    code="caterer_director",
    name="校外供餐单位食品安全总监",
    level=Severity.SERIOUS,
    owner=PostKind.COUNTY,
    source="企业落实食品安全主体责任监督管理规定（2025-04-15施行）",
    reads=(Read.CATERERS,),
    judge=judge,
    subject=Subject.COUNTY,
    aspects=("supplier",),
    at_once=False,
    opens=False,
)
