"""膳食家委会备案: this school year's list was filed with the county."""

from collections.abc import Iterator
from datetime import date, timedelta

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Read, SchoolCase
from models.organisations.tables import PostKind
from models.policies.declared import COMMITTEE_FILED_DAYS
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    year = case.calendar.school_year
    due = date(year, 9, 1) + timedelta(days=policies[COMMITTEE_FILED_DAYS.key])
    if today <= due or (case.committee is not None and case.committee.filed_on is not None):
        return
    said = f"{year}学年膳食家委会名单还没有报县教体局备案。"
    yield Finding(Sort.NO_RECORD, said, {"year": year}, str(year))


COMMITTEE_FILED = Rule(
    number=16,
    code="committee_filed",
    name="家委会未备案",
    level=Severity.GENERAL,
    owner=PostKind.HEAD,
    source="教基厅函〔2024〕33号",
    reads=(Read.COMMITTEE,),
    judge=judge,
    aspects=("committee_list",),
)
