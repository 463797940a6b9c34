"""Months in which nobody came. Pure."""

from collections.abc import Iterator

from models.alerts.declaring import Finding, Sort
from models.alerts.facts import SchoolCase
from models.policies.declared import ALERT_MONTH_DAY
from models.policies.queries import Values


def unvisited(case: SchoolCase, kind: str, who: str, policies: Values) -> Iterator[Finding]:
    """Months whose visit is owed and was not made; this month's from the day on that the policy says.

    An excused visit is not owed. Where no duty is on record this month, nobody is there to owe it.
    """
    today = case.calendar.today
    for first in case.calendar.months:
        this_month = first == today.replace(day=1)
        if this_month and today.day < policies[ALERT_MONTH_DAY.key]:
            continue
        month = f"{first:%Y-%m}"
        state = case.duties.get((kind, month))
        if state == "owed":
            said = f"{first.year}年{first.month}月{who}没有入校。"
            yield Finding(Sort.DEFECT, said, {"month": month}, month, first)
        elif state is None and this_month:
            said = f"{first.year}年{first.month}月没有{who}入校任务，学校没有登记{who}。"
            yield Finding(Sort.NO_RECORD, said, {"month": month}, month, first)
