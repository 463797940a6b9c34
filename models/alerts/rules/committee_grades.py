"""膳食家委会年级: every grade of the school has a member."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Read, SchoolCase
from models.ledger.aspects.serving import GRADES
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    committee = case.committee
    if committee is None:
        return
    if not committee.school_grades:
        yield Finding(Sort.NO_RECORD, "家委会名单没有登记学校开设的年级。")
        return
    missing = [grade for grade in committee.school_grades if grade not in committee.grades]
    if missing:
        said = f"膳食家委会缺{'、'.join(GRADES.get(grade, grade) for grade in missing)}的委员。"
        yield Finding(Sort.DEFECT, said, {"grades": missing})


COMMITTEE_GRADES = Rule(
    number=15,
    code="committee_grades",
    name="家委会缺年级",
    level=Severity.GENERAL,
    owner=PostKind.HEAD,
    source="教基厅函〔2024〕33号",
    reads=(Read.COMMITTEE,),
    judge=judge,
    aspects=("committee_list",),
)
