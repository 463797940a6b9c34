"""硬件配备: no fridge for samples, or cameras that are off."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import contradicted, late_in_term, number, spoken_day
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    entry = case.equipment
    if not case.cooks:
        return
    if entry is None or entry.for_on < case.calendar.term_began:
        if late_in_term(case, policies):
            last = f"，上次是{spoken_day(entry.for_on)}" if entry else ""
            yield Finding(Sort.NO_RECORD, f"本学期台账没有填硬件配备{last}。")
        return
    fridges, cameras = number(entry.items, "sample_fridges"), number(entry.items, "cameras")
    online = number(entry.items, "cameras_online")
    if fridges == 0 or cameras == 0:
        what = "留样专用冰箱" if fridges == 0 else "明厨亮灶摄像头"
        yield Finding(Sort.DEFECT, f"台账记着{what}0台（个）。", {"fridges": fridges, "cameras": cameras})
    elif cameras is not None and online is not None and online < cameras:
        said = f"台账记着{cameras}个摄像头只有{online}个在线。"
        yield Finding(Sort.DEFECT, said, {"cameras": cameras, "online": online})
    elif online:
        said = "台账记着摄像头都在线，{day}入校查看不合格。"
        yield from contradicted(case, ("C18", "H1"), entry.for_on, said)


EQUIPMENT = Rule(
    number=50,
    code="equipment",
    name="硬件配备",
    level=Severity.GENERAL,
    owner=PostKind.MANAGER,
    source="餐饮服务食品安全操作规范",
    reads=(Read.EQUIPMENT, Read.SEEN),
    judge=judge,
    aspects=("equipment",),
)
