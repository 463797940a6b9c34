"""营养改善计划学校对外承包: forbidden, whatever it costs."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Read, SchoolCase
from models.organisations.tables import CanteenMode, PostKind
from models.policies.queries import Values
from models.problems.tables import Severity

FORBIDDEN = {CanteenMode.CONTRACTED.value: "承包", CanteenMode.ENTRUSTED.value: "委托"}


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    if not case.nutrition_plan:
        return
    told = case.profile.items.get("mode") if case.profile else None
    running = [one for one in case.contractors if one.until_on is None or one.until_on >= today]
    ways = {mode.value for mode in case.modes} | {one.how for one in running if one.how}
    ways |= {str(told)} if told else set()
    wrong = [name for way, name in FORBIDDEN.items() if way in ways]
    if wrong:
        said = f"营养改善计划学校食堂不得对外承包或委托经营，登记为{'、'.join(wrong)}。"
        yield Finding(Sort.DEFECT, said, {"modes": sorted(ways)})
    elif not ways:
        yield Finding(Sort.NO_RECORD, "营养改善计划学校没有登记食堂的经营方式。")


CONTRACTING_FORBIDDEN = Rule(
    number=10,
    code="contracting_forbidden",
    name="营养改善计划学校对外承包",
    level=Severity.MAJOR,
    owner=PostKind.HEAD,
    source="食品安全法实施条例 第二十八条",
    reads=(Read.PROFILE, Read.CONTRACTORS),
    judge=judge,
    aspects=("canteen_profile", "contractor"),
)
