"""满意度测评: once a term, and it should have begun by now."""

from collections.abc import Iterator
from datetime import date, timedelta

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Read, SchoolCase
from models.organisations.tables import PostKind
from models.policies.declared import SURVEY_OPEN_DAYS, SURVEY_OPENS_AFTER
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    after = policies[SURVEY_OPENS_AFTER.key] + policies[SURVEY_OPEN_DAYS.key]
    # a paper round is an entry of the ledger
    if case.survey.begun or today <= case.calendar.term_began + timedelta(days=after):
        return
    yield Finding(Sort.NO_RECORD, f"本学期开学已{after:g}天以上，还没有开展满意度测评。")


SURVEY_RUN = Rule(
    number=36,
    code="survey_run",
    name="本学期未测评",
    level=Severity.GENERAL,
    owner=PostKind.HEAD,
    source="教育部 2024-11-22 工作指引",
    reads=(Read.SURVEY,),
    judge=judge,
    aspects=("satisfaction",),
)
