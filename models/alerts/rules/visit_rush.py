"""短时间多次入校: more visits within minutes than anybody can make."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import WHO, Finding, Rule, Sort, Subject
from models.alerts.facts import CountyCase, Read
from models.alerts.findings import spoken_day
from models.organisations.tables import PostKind
from models.people.rights import Right
from models.policies.declared import RUSH_MIN, RUSH_VISITS
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: CountyCase, policies: Values, today: date) -> Iterator[Finding]:
    for one in case.visitors:
        if one.rushed >= policies[RUSH_VISITS.key] and one.rushed_on is not None:
            within = policies[RUSH_MIN.key]
            said = f"{WHO}{spoken_day(one.rushed_on)}在{within:g}分钟内有{one.rushed}次入校记录。"
            facts = {
                "person_id": one.person_id, "visits": one.rushed, "minutes": within,
                "on": one.rushed_on.isoformat(),
            }  # fmt: skip
            yield Finding(Sort.DEFECT, said, facts, str(one.person_id))


VISIT_RUSH = Rule(
    number=43,
    code="visit_rush",
    name="短时间多次入校",
    level=Severity.GENERAL,
    owner=PostKind.COUNTY,
    source="政策参数：短时间入校",
    reads=(Read.VISITORS,),
    judge=judge,
    subject=Subject.COUNTY,
    reading=Right.READ_EVIDENCE,
    at_once=False,
    opens=False,
)
