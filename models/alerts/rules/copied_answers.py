"""入校记录雷同: the same answers word for word, scores and counts among them."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import WHO, Finding, Rule, Sort, Subject
from models.alerts.facts import CountyCase, Read
from models.organisations.tables import PostKind
from models.people.rights import Right
from models.policies.declared import COPIED_VISITS
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: CountyCase, policies: Values, today: date) -> Iterator[Finding]:
    for one in case.visitors:
        if one.copies >= policies[COPIED_VISITS.key]:
            said = f"{WHO}近60天有{one.copies}次入校的答案一字不差。"
            yield Finding(
                Sort.DEFECT, said, {"person_id": one.person_id, "copies": one.copies}, str(one.person_id)
            )


COPIED_ANSWERS = Rule(
    number=41,
    code="copied_answers",
    name="入校记录雷同",
    level=Severity.GENERAL,
    owner=PostKind.COUNTY,
    source="政策参数：答案一字不差多少次起疑",
    reads=(Read.VISITORS,),
    judge=judge,
    subject=Subject.COUNTY,
    reading=Right.READ_EVIDENCE,
    at_once=False,
    opens=False,
)
