"""满意度偏低: the overall mean is under the policy's line; how many answered is said with it."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Read, SchoolCase
from models.organisations.tables import PostKind
from models.people.rights import Right
from models.policies.declared import SURVEY_LEAST_MEAN
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    survey, least = case.survey, policies[SURVEY_LEAST_MEAN.key]
    # what was not counted, or answered by fewer than five, says nothing
    if survey.mean is None or survey.mean >= least:
        return
    said = f"家长总体满意度{survey.mean:.1f}分，低于{least:g}分（{survey.n}份答卷，应答{survey.invited}人）。"
    facts = {"mean": round(survey.mean, 1), "n": survey.n, "invited": survey.invited, "least": least}
    yield Finding(Sort.DEFECT, said, facts, survey.term or "")


SATISFACTION_LOW = Rule(
    number=37,
    code="satisfaction_low",
    name="满意度偏低",
    level=Severity.GENERAL,
    owner=PostKind.HEAD,
    source="教育部 2024-11-22 工作指引；政策参数：总体满意度预警线",
    reads=(Read.SURVEY,),
    judge=judge,
    reading=Right.READ_SURVEYS,
)
