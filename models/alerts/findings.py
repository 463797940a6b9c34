"""What several rules have in common: things that run out, weeks that were not kept, visits that saw it otherwise. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from models.alerts.declaring import Finding, Sort
from models.alerts.facts import NOTHING_COUNTED, NOTHING_KEPT, Contract, Contractor, Kept, Licence, SchoolCase
from models.ledger.aspects import BY_CODE
from models.ledger.declaring import Rhythm
from models.policies.declared import ALERT_MONTH_DAY, ALERT_TERM_DAYS, EXPIRY_DAYS
from models.policies.queries import Values

EXPIRED = len(EXPIRY_DAYS) + 1
Dated = TypeVar("Dated", Contractor, Contract, Licence)


def spoken_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def short_days(days: Iterable[date]) -> str:
    """`23日、24日` in one month, `11月30日、12月1日` over two."""
    listed = list(days)
    whole = len({day.month for day in listed}) > 1
    return "、".join(f"{day.month}月{day.day}日" if whole else f"{day.day}日" for day in listed)


def running_out(
    what: str, until_on: date | None, policies: Values, today: date, key: str, row_id: int | None = None
) -> Iterator[Finding]:
    """Told at each of the policy's steps before it runs out, and once more when it has."""
    if until_on is None:
        yield Finding(Sort.NO_RECORD, f"{what}没有登记有效期。", {}, key, row_id=row_id)
        return
    left = (until_on - today).days
    facts = {"until_on": until_on.isoformat()}
    if left < 0:
        said = f"{what}已于{spoken_day(until_on)}到期。"
        yield Finding(Sort.DEFECT, said, facts, key, stage=EXPIRED, row_id=row_id)
        return
    stage = sum(left <= policies[step.key] for step in EXPIRY_DAYS)
    if stage:
        # without the days that are left: a sentence that changes every day is written every day
        yield Finding(
            Sort.DEFECT, f"{what}{spoken_day(until_on)}到期。", facts, key, stage=stage, row_id=row_id
        )


def unkept_weeks(case: SchoolCase, aspect: str, what: str) -> Iterator[Finding]:
    """School days of this week and the last that have no entry of an aspect; not for every meal, where each has its
    own."""
    kept = case.kept.get(aspect, NOTHING_KEPT)
    whole = kept.whole(case.meals) if BY_CODE[aspect].rhythm is Rhythm.MEAL else kept.days
    for week in case.calendar.weeks:
        missing = case.calendar.dates(week.days & ~whole)
        if missing:
            lacking = f"没有{what}的记录" if not week.days & kept.days & ~whole else f"{what}没有每餐都记"
            said = f"{_week(week.first)}有{len(missing)}个上课日{lacking}：{short_days(missing)}。"
            yield _of_week(Sort.NO_RECORD, said, week.first, missing)


def wrong_weeks(
    case: SchoolCase, aspect: str, days_of: Callable[[Kept], int], said: str
) -> Iterator[Finding]:
    """Days of this week and the last on which an aspect's entries have something wrong. `said` follows the days."""
    kept = case.kept.get(aspect, NOTHING_KEPT)
    for week in case.calendar.weeks:
        wrong = [day for day in case.calendar.dates(days_of(kept)) if 0 <= (day - week.first).days < 7]
        if wrong:
            sentence = f"{_week(week.first)}{short_days(wrong)}{said}"
            yield _of_week(Sort.DEFECT, sentence, week.first, wrong, "wrong")


def months_without(
    case: SchoolCase, aspect: str, what: str, policies: Values, wrong: str = ""
) -> Iterator[Finding]:
    """Months that have no entry of an aspect: the last one, and this one from the day on that the policy says.

    `wrong`: what is said of a month all of whose entries have something wrong.
    """
    today = case.calendar.today
    for first in case.calendar.months:
        if first == today.replace(day=1) and today.day < policies[ALERT_MONTH_DAY.key]:
            continue
        counted = case.months.get((aspect, first), NOTHING_COUNTED)
        month = f"{first:%Y-%m}"
        if not counted.entries:
            said = f"{first.year}年{first.month}月没有{what}的记录。"
            yield Finding(Sort.NO_RECORD, said, {"month": month}, month, first)
        elif wrong and counted.wrong == counted.entries:
            said = f"{first.year}年{first.month}月的{what}{wrong}"
            yield Finding(
                Sort.DEFECT, said, {"month": month, "entries": counted.entries}, f"wrong{month}", first
            )


def late_in_term(case: SchoolCase, policies: Values) -> bool:
    """Whether so many school days of the term went by that what is due each term should be there."""
    return case.calendar.term_day >= policies[ALERT_TERM_DAYS.key]


def contradicted_day(
    case: SchoolCase,
    aspect: str,
    items: Sequence[str],
    what: str,
    wrong: Callable[[Kept], int] = lambda kept: kept.wrong,
) -> Iterator[Finding]:
    """A visit saw it fail on a day for which the ledger says that it was well: that nothing was `wrong`, of which a
    missing picture may be no part."""
    kept = case.kept.get(aspect, NOTHING_KEPT)
    for item in items:
        day = case.seen.failed.get(item)
        if day is not None and kept.days & ~wrong(kept) & case.calendar.bit(day):
            said = f"台账记着{spoken_day(day)}{what}，当天入校查看却不合格。"
            first = case.calendar.weeks[0 if day < case.calendar.weeks[-1].first else -1].first
            yield Finding(
                Sort.CONTRADICTION, said, {"visited_on": day.isoformat(), "item": item},
                f"visit{day.isoformat()}", first,
            )  # fmt: skip
            return


def contradicted(
    case: SchoolCase, items: Sequence[str], since: date | None, said: str, key: str = ""
) -> Iterator[Finding]:
    """A visit saw it fail after the ledger said that it is well: `said` with the visit's date for `{day}`."""
    days = [case.seen.failed[item] for item in items if item in case.seen.failed]
    day = max(days, default=None)
    if day is not None and (since is None or day >= since):
        facts = {"visited_on": day.isoformat()}
        yield Finding(Sort.CONTRADICTION, said.format(day=spoken_day(day)), facts, key)


def latest(rows: Iterable[Dated], today: date) -> list[Dated]:
    """Those that run today; where none does, the one that ran longest."""
    listed = list(rows)
    running = [row for row in listed if row.until_on is None or row.until_on >= today]
    return running or sorted(listed, key=lambda row: row.until_on or date.max)[-1:]


def in_charge(case: SchoolCase, today: date) -> list[Contractor]:
    """Whose licence and scope are the school's business: of one that runs its canteen itself again, those only whose
    contract runs on. What is over is history."""
    listed = latest(case.contractors, today)
    return [one for one in listed if case.outsourced or one.until_on is None or one.until_on >= today]


def number(values: Mapping[str, Any], item: str) -> int | None:
    """A whole number of an entry; None where nobody wrote one."""
    value = values.get(item)
    return None if value is None or isinstance(value, bool) else int(value)


def _week(first: date) -> str:
    return f"{first.month}月{first.day}日起的一周"


def _of_week(sort: Sort, said: str, first: date, days: list[date], prefix: str = "") -> Finding:
    return Finding(sort, said, {"days": [day.isoformat() for day in days]}, prefix + first.isoformat(), first)
