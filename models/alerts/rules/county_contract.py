"""营养改善计划供应商合同: the county's own contracts run out."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Subject
from models.alerts.facts import CountyCase, Read
from models.alerts.findings import latest, running_out
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: CountyCase, policies: Values, today: date) -> Iterator[Finding]:
    for ingredients in dict.fromkeys(one.ingredients for one in case.county_contracts):
        for_them = [one for one in case.county_contracts if one.ingredients == ingredients]
        for one in latest(for_them, today):
            what = f"营养改善计划供应合同（{one.number}）"
            yield from running_out(what, one.until_on, policies, today, str(one.id), one.id)


COUNTY_CONTRACT = Rule(
    number=49,
    code="county_contract",
    name="县级供应商合同到期",
    level=Severity.SERIOUS,
    owner=PostKind.COUNTY,
    source="营养改善计划实施办法",
    reads=(Read.COUNTY_CONTRACTS,),
    judge=judge,
    subject=Subject.COUNTY,
    aspects=("county_supplier",),
    opens=False,
)
