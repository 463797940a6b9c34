"""食品安全总监: from so many diners on there must be one."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import contradicted, number
from models.organisations.tables import PostKind, SchoolStage
from models.policies.declared import DIRECTOR_KINDERGARTEN, DIRECTOR_SCHOOL
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    told = number(case.profile.items, "diners") if case.profile else None
    diners = case.registered_diners if told is None else told
    young = case.stage is SchoolStage.KINDERGARTEN
    bound = policies[(DIRECTOR_KINDERGARTEN if young else DIRECTOR_SCHOOL).key]
    # how many eat is asked for by the rule of the canteen's profile
    if not case.cooks or diners is None or diners < bound:
        return
    facts = {"diners": diners, "bound": bound, "staff": len(case.workers)}
    if not case.workers:
        said = f"就餐{diners}人（满{bound:g}人须配食品安全总监），没有登记从业人员。"
        yield Finding(Sort.NO_RECORD, said, facts)
    elif not any(one.job == "director" for one in case.workers):
        said = f"就餐{diners}人（满{bound:g}人须配食品安全总监），登记的{len(case.workers)}名人员中没有总监。"
        yield Finding(Sort.DEFECT, said, facts)
    else:
        said = "台账里登记了食品安全总监，{day}入校督查发现没有配齐。"
        yield from contradicted(case, ("A2",), None, said, "visit")


FOOD_SAFETY_DIRECTOR = Rule(
    number=13,
    code="food_safety_director",
    name="食品安全总监",
    level=Severity.SERIOUS,
    owner=PostKind.HEAD,
    source="企业落实食品安全主体责任监督管理规定（2025-04-15施行）",
    reads=(Read.PROFILE, Read.WORKERS, Read.SEEN),
    judge=judge,
    aspects=("staff",),
)
