"""三防设施完好: there, but broken."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import contradicted, spoken_day
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    entry = case.defences
    # that there is no entry is said by the rules of the three
    if entry is None or not case.cooks:
        return
    if entry.items.get("intact") is False:
        yield Finding(Sort.DEFECT, f"{spoken_day(entry.for_on)}台账记着三防设施有损坏。")
    elif entry.items.get("intact"):
        said = "台账记着三防设施完好，{day}入校查看不合格。"
        yield from contradicted(case, ("C12", "E4"), entry.for_on, said)


DEFENCES_INTACT = Rule(
    number=4,
    code="defences_intact",
    name="三防设施完好",
    level=Severity.GENERAL,
    owner=PostKind.MANAGER,
    source="餐饮服务食品安全操作规范",
    reads=(Read.DEFENCES, Read.SEEN),
    judge=judge,
    aspects=("three_defences",),
)
