"""When a thing is due for those who must do it, and what of it is news to them. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from models.policies.calendar import BEIJING, beijing_date, is_working_day, last_day

SOON = timedelta(days=7)
# a minute of the Beijing day
CLOSING_MIN = 18 * 60


class Standing(StrEnum):
    """How near a deadline is. `soon`: within a week; `open`: later, or without one."""

    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"
    OPEN = "open"


STANDING_NAMES = {
    Standing.OVERDUE: "超期",
    Standing.TODAY: "今天到期",
    Standing.SOON: "7天内到期",
    Standing.OPEN: "待办",
}
ORDER = list(Standing)


@dataclass(frozen=True)
class Item:
    """One thing somebody must do. `subject_*` say what to open; `turn` rises when it must be done anew.

    `source`: the code of its line in sources.SOURCES. `words`: the title, with what is to be done about it.
    """

    source: str
    subject_kind: str
    subject_id: int
    turn: int
    school_id: int | None
    school_name: str
    title: str
    words: str
    due_at: datetime | None
    standing: Standing

    @property
    def mark(self) -> str:
        """The thing as it stands: another one when it comes nearer, or must be done anew."""
        return f"{self.source}:{self.subject_id}:{self.school_id or 0}:{self.turn}:{self.standing}"


def standing(due_at: datetime | None, now: datetime) -> Standing:
    """How near a deadline is at an instant."""
    if due_at is None:
        return Standing.OPEN
    if due_at <= now:
        return Standing.OVERDUE
    if beijing_date(due_at) == beijing_date(now):
        return Standing.TODAY
    return Standing.SOON if due_at - now <= SOON else Standing.OPEN


def arranged(items: Collection[Item]) -> list[Item]:
    """Overdue first, then by deadline; what has none comes last."""
    return sorted(
        items,
        key=lambda item: (
            ORDER.index(item.standing),
            item.due_at.timestamp() if item.due_at else float("inf"),
            item.source,
            item.subject_id,
        ),
    )


def spoken_due(due_at: datetime | None, today: date) -> str:
    """A deadline as people say it: `今天18:00前`, `11月27日18:00前`; empty without one."""
    if due_at is None:
        return ""
    local = due_at.astimezone(BEIJING)
    if local.date() == today:
        return f"今天{local:%H:%M}前"
    year = f"{local.year}年" if local.year != today.year else ""
    return f"{year}{local.month}月{local.day}日{local:%H:%M}前"


def line(item: Item, today: date) -> str:
    """One line of a list: `【超期】整改：食品留样（麒麟区田坝小学，11月24日18:00前）`."""
    where = "，".join(filter(None, [item.school_name, spoken_due(item.due_at, today)]))
    return f"【{STANDING_NAMES[item.standing]}】{item.words}" + (f"（{where}）" if where else "")


def counted(items: Sequence[Item]) -> str:
    """How many of each standing: `超期1件、今天到期2件`."""
    numbers = {one: sum(item.standing is one for item in items) for one in ORDER}
    return "、".join(f"{STANDING_NAMES[one]}{count}件" for one, count in numbers.items() if count)


def news(
    items: Sequence[Item], worth: Mapping[str, Collection[Standing]], told: Collection[str]
) -> list[Item]:
    """What a person has not been told yet: of the standings that are news for its source (`worth`), and not
    among the marks of the last list."""
    return [item for item in items if item.standing in worth[item.source] and item.mark not in told]


def worth_a_day_off(items: Sequence[Item]) -> list[Item]:
    """What of the news may reach people on a day on which no school teaches."""
    return [item for item in items if item.standing is Standing.OVERDUE]


def minute_of(now: datetime) -> int:
    """The minute of the Beijing day."""
    local = now.astimezone(BEIJING)
    return local.hour * 60 + local.minute


def slot_is_due(minute: int, late: int, at: int) -> bool:
    """Whether what is wanted at a minute of the day may be sent at another: not before, not too late."""
    return minute <= at < minute + late


def week_named(monday: date) -> str:
    """The week that begins on a Monday, `2026-W48`."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def summary_is_due(at_min: int, now: datetime) -> bool:
    """Whether the summary of last week may be sent: on a working day, from its minute until offices close."""
    return is_working_day(beijing_date(now)) and at_min <= minute_of(now) < CLOSING_MIN


def month_end_is_due(days: int, at_min: int, now: datetime) -> bool:
    """Whether no more than so many working days of the month are left, today included, and it is time."""
    today = beijing_date(now)
    left = sum(
        is_working_day(today + timedelta(days=ahead))
        for ahead in range((last_day(f"{today:%Y-%m}") - today).days + 1)
    )
    return left <= days and summary_is_due(at_min, now)
