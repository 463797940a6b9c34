"""入校记录全部满分: somebody who never finds anything, and never leaves anything unseen."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import WHO, Finding, Rule, Sort, Subject
from models.alerts.facts import CountyCase, Read
from models.organisations.tables import PostKind
from models.people.rights import Right
from models.policies.declared import PERFECT_VISITS
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: CountyCase, policies: Values, today: date) -> Iterator[Finding]:
    for one in case.visitors:
        if one.visits >= policies[PERFECT_VISITS.key] and one.perfect == one.visits:
            said = f"{WHO}近120天{one.visits}次入校，每一项都合格，没有一项未查看。"
            facts = {"person_id": one.person_id, "visits": one.visits, "perfect": one.perfect}
            yield Finding(Sort.DEFECT, said, facts, str(one.person_id))


PERFECT_RECORDS = Rule(
    number=40,
    code="perfect_records",
    name="入校记录全部满分",
    level=Severity.GENERAL,
    owner=PostKind.COUNTY,
    source="政策参数：全部满分多少次起疑",
    reads=(Read.VISITORS,),
    judge=judge,
    subject=Subject.COUNTY,
    reading=Right.READ_EVIDENCE,
    at_once=False,
    opens=False,
)
