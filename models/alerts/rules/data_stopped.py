"""数据中断: a school that wrote every day writes no more, or has never begun."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import DAILY, Read, SchoolCase
from models.alerts.findings import spoken_day
from models.organisations.tables import PostKind
from models.policies.declared import ALERT_SILENT_DAYS
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    kept = {day for one in case.kept.values() for day in case.calendar.dates(one.days)}
    newest = max(kept, default=case.newest_on)
    school_days = [day for week in case.calendar.weeks for day in case.calendar.dates(week.days)]
    silent = [day for day in school_days if newest is None or day > newest]
    if len(silent) < policies[ALERT_SILENT_DAYS.key]:
        return
    facts = {"newest_on": newest.isoformat() if newest else None, "days": len(silent)}
    if newest is None:
        yield Finding(Sort.NO_RECORD, "学校一条每日台账也没有填过。", facts)
    else:
        said = f"{spoken_day(newest)}以后没有收到任何每日台账，近两周缺{len(silent)}个上课日。"
        yield Finding(Sort.NO_RECORD, said, facts)


DATA_STOPPED = Rule(
    number=47,
    code="data_stopped",
    name="台账数据中断",
    level=Severity.SERIOUS,
    owner=PostKind.HEAD,
    source="政策参数：连续多少个上课日没有台账算中断",
    reads=(Read.KEPT, Read.NEWEST_ON),
    judge=judge,
    aspects=DAILY,
    at_once=False,
)
