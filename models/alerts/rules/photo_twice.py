"""照片重复使用: a picture that was there before, in another month or at another school."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort, Span
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import spoken_day
from models.organisations.tables import PostKind
from models.people.rights import Right
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    for one in case.repeats:
        where = "在别的学校" if one.elsewhere else "在别的月份"
        said = f"{spoken_day(one.found_on)}收到的一张照片{where}用过（{one.earlier}处相同或相近）。"
        facts = {"photo_id": one.photo_id, "earlier": one.earlier}
        yield Finding(Sort.DEFECT, said, facts, str(one.photo_id), one.found_on)


PHOTO_TWICE = Rule(
    number=42,
    code="photo_twice",
    name="照片重复使用",
    level=Severity.GENERAL,
    owner=PostKind.COUNTY,
    source="政策参数：照片相近的判定",
    reads=(Read.REPEATS,),
    judge=judge,
    span=Span.DAYS_30,
    reading=Right.READ_EVIDENCE,
    opens=False,
)
