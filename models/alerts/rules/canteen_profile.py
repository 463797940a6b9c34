"""食堂基本信息: what everything else is measured by; and it agrees with what the canteen is registered as."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import number
from models.ledger.aspects.canteen_profile import MODES
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    profile = case.profile
    diners = number(profile.items, "diners") if profile else None
    if profile is None or diners is None:
        yield Finding(Sort.NO_RECORD, "没有填食堂基本信息（供餐方式、就餐人数、餐标）。")
        return
    mode = profile.items.get("mode")
    registered = sorted(one.value for one in case.modes)
    if diners == 0:
        yield Finding(Sort.DEFECT, "食堂基本信息里就餐人数为0。", {"diners": 0})
    elif registered and mode not in registered:
        names = "、".join(MODES[one] for one in registered)
        said = f"台账填的供餐方式是{MODES.get(str(mode), '未填')}，登记的是{names}。"
        yield Finding(Sort.DEFECT, said, {"mode": mode, "registered": registered})


CANTEEN_PROFILE = Rule(
    number=48,
    code="canteen_profile",
    name="食堂基本信息",
    level=Severity.GENERAL,
    owner=PostKind.MANAGER,
    source="教育部令第45号",
    reads=(Read.PROFILE,),
    judge=judge,
    aspects=("canteen_profile",),
)
