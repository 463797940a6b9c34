"""What a planted case is made of."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ops.demo.province.layout import Province
from ops.demo.province.school import Filed, School, Visited
from ops.demo.province.times import Times, monday

# a rule and the sort of what it is to find
Found = tuple[str, str]
SetUp = Callable[[Province, School], None]
DAILY_RULES = {
    "acceptance": "acceptance_kept", "disinfection": "disinfection", "food_sample": "samples_kept",
    "morning_check": "morning_check", "shared_meal": "shared_meal",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One fact of one school. `about`: the rule that it is a true case of, or just not. `topics`: what of a school it
    takes for itself. `found`: what is to be found, nothing of a near miss. `fits`: at which schools. `when`: on which
    dates it can be.
    """

    about: str
    said: str
    topics: frozenset[str]
    set_up: SetUp
    found: Callable[[Times], Iterable[Found]]
    fits: Callable[[School], bool]
    when: Callable[[Times], bool]


def case(
    about: str,
    said: str,
    topics: str,
    set_up: SetUp,
    *found: Found | Callable[[Times], Iterable[Found]],
    fits: Callable[[School], bool] | None = None,
    when: Callable[[Times], bool] | None = None,
) -> Case:
    """`topics` are words; of `found`, what depends on the date is a function of it."""

    def all_found(times: Times) -> list[Found]:
        return [one for part in found for one in ([part] if isinstance(part, tuple) else part(times))]

    return Case(
        about,
        said,
        frozenset(topics.split()),
        set_up,
        all_found,
        fits or cooking,
        when or (lambda times: True),
    )


def missing(rule: str) -> Found:
    return rule, "no_record"


def defect(rule: str) -> Found:
    return rule, "defect"


def contradiction(rule: str) -> Found:
    return rule, "contradiction"


# --- at which schools and when


def cooking(school: School) -> bool:
    return school.cooks


def own(school: School) -> bool:
    return not school.outsourced


def catered(school: School) -> bool:
    return not school.cooks


def contracted_out(school: School) -> bool:
    return school.cooks and school.outsourced


def anywhere(school: School) -> bool:
    return True


def taught(times: Times) -> bool:
    """There was a school day lately."""
    return bool(times.days)


def late(times: Times) -> bool:
    return times.late_in_term


# --- what is made of a school


def also(*parts: SetUp) -> SetUp:
    def set_up(province: Province, school: School) -> None:
        for part in parts:
            part(province, school)

    return set_up


def on_day(aspect: str, values: Mapping[str, Any], **more: Any) -> SetUp:
    """The last school day's entry is other than usual."""

    def set_up(province: Province, school: School) -> None:
        day = province.times.days[-1]
        school.planned.daily[day, aspect] = Filed(day, values, **more)

    return set_up


def not_on_day(aspect: str) -> SetUp:
    def set_up(province: Province, school: School) -> None:
        school.planned.daily[province.times.days[-1], aspect] = None

    return set_up


def meal_skipped(aspect: str, meal: str) -> SetUp:
    """Nobody wrote it down for one meal of the last school day."""

    def set_up(province: Province, school: School) -> None:
        school.planned.skipped.add((province.times.days[-1], aspect, meal))

    return set_up


def on_saturday(aspect: str, values: Mapping[str, Any]) -> SetUp:
    """One more entry, on a day off."""

    def set_up(province: Province, school: School) -> None:
        school.planned.extra.append((aspect, Filed(province.times.saturday, values)))

    return set_up


def before_the_weeks(aspect: str, values: Mapping[str, Any]) -> SetUp:
    """On the last school day that nobody looks at any more."""

    def set_up(province: Province, school: School) -> None:
        day = max(day for day in province.times.taught if day < province.times.first)
        school.planned.daily[day, aspect] = Filed(day, values)

    return set_up


def silent(days: int, still: str = "") -> SetUp:
    """None of the daily forms on the last so many school days."""

    def set_up(province: Province, school: School) -> None:
        school.planned.silent_from = province.times.days[-days]
        school.planned.still = frozenset(still.split())

    return set_up


def never(province: Province, school: School) -> None:
    school.planned.silent_from = date.min


def weeks_without(days: int, *but: str) -> Callable[[Times], list[Found]]:
    """A finding of each daily rule in each week that the last so many school days lie in."""

    def found(times: Times) -> list[Found]:
        weeks = {monday(day) for day in times.days[-days:]}
        return [missing(rule) for aspect, rule in DAILY_RULES.items() if aspect not in but for _ in weeks]

    return found


def files(aspect: str, *filed_instead: Callable[[Times], Filed]) -> SetUp:
    """These stand in place of what is usually filed under a form."""

    def set_up(province: Province, school: School) -> None:
        school.planned.files[aspect] = [one(province.times) for one in filed_instead]

    return set_up


def file(
    days: int | None = None, *, last_term: bool = False, ends: int | None = None, **values: Any
) -> Callable[[Times], Filed]:
    """An entry of this term or of the last. `days`: until when it is valid, from today; `ends`: when it was ended."""
    more = {key: values.pop(key) for key in ("before", "withdrawn") if key in values}

    def made(times: Times) -> Filed:
        until = {} if days is None else {"until_on": times.after(days).isoformat()}
        on = times.filed_before if last_term else times.filed_on
        return Filed(on, until | values, ended_on=None if ends is None else times.after(ends), **more)

    return made


def month(aspect: str, which: str, *instead: Mapping[str, Any]) -> SetUp:
    """These are the entries of `last` or `this` month; none, if nothing is given."""

    def set_up(province: Province, school: School) -> None:
        times = province.times
        first = times.last_month if which == "last" else times.this_month
        days = times.months[first]
        school.planned.monthly[aspect, first] = [Filed(days[-1], values) for values in instead]

    return set_up


def last_month(times: Times) -> bool:
    return times.last_month in times.months


def month_over(times: Times) -> bool:
    """This month is told of what it lacks."""
    return times.month_is_ending and times.this_month in times.months


def month_young(times: Times) -> bool:
    return not times.month_is_ending and times.this_month in times.months


def visited(kind: str, *failed: str, ago: int | None = None, **more: Any) -> SetUp:
    """A visit on the last school day, or so many days ago."""

    def set_up(province: Province, school: School) -> None:
        times = province.times
        on = times.after(-ago) if ago is not None else times.days[-1]
        school.planned.visits.append(Visited(kind, on, failed, **more))

    return set_up


def of_school(**values: Any) -> SetUp:
    """The school itself is otherwise: its stage, its diners, its mode."""

    def set_up(province: Province, school: School) -> None:
        for name, value in values.items():
            setattr(school, name, value)

    return set_up


def dated(value: Any, times: Times) -> Any:
    """A number of days from today as a form's date; anything else as it is."""
    return times.after(value).isoformat() if isinstance(value, int) else value
