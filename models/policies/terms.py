"""School terms (学期): when schools teach, and when they are on holiday (寒暑假). Pure.

A term is named by its year and season, `2026-autumn` or `2027-spring`. Officers set the dates of a term for a
division; where nobody has, the dates declared here hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from models.errors import Invalid

# month and day a term begins and ends; an autumn term ends in the next year. Defaults for Yunnan
# (默认值, after the province's 校历 of recent years)
DEFAULTS = {"autumn": ((9, 1), (1, 20)), "spring": ((3, 1), (7, 10))}
# what an officer may set, as months: a slip of the pen would stop the clock of a whole county
BEGINS = {"autumn": (8, 9), "spring": (2, 3)}
ENDS = {"autumn": (12, 1, 2), "spring": (6, 7, 8)}
SEASONS = {"autumn": "秋季学期", "spring": "春季学期"}


class BadTerm(Invalid):
    code = "school_term_dates"
    sentence = "{term}的日期不对：{why}。"


@dataclass(frozen=True)
class Term:
    """From the first to the last school day, both included."""

    begins_on: date
    ends_on: date

    def covers(self, day: date) -> bool:
        return self.begins_on <= day <= self.ends_on


@dataclass(frozen=True)
class Terms:
    """The terms of a county: those that officers set, by name, and the declared ones."""

    given: tuple[tuple[str, Term], ...] = ()

    def of(self, name: str) -> Term:
        """The dates that hold for a term."""
        return dict(self.given).get(name) or declared(name)

    def in_term(self, day: date) -> bool:
        """Whether a Beijing date lies in a term, not in a school holiday."""
        return any(self.of(name).covers(day) for name in _near(day))

    def with_term(self, name: str, term: Term) -> "Terms":
        """These terms with one of them set."""
        return Terms(tuple(sorted({**dict(self.given), name: term}.items())))


def terms_of(given: Mapping[str, Term]) -> Terms:
    return Terms(tuple(sorted(given.items())))


def declared(name: str) -> Term:
    """The dates of a term where no officer set any."""
    year, season = split(name)
    begins, ends = DEFAULTS[season]
    return Term(date(year, *begins), date(year + (season == "autumn"), *ends))


def split(name: str) -> tuple[int, str]:
    """The year and the season of a term's name."""
    year, _, season = name.partition("-")
    return int(year), season


def spoken_term(name: str) -> str:
    """A term as people say it: `2026年秋季学期`."""
    year, season = split(name)
    return f"{year}年{SEASONS[season]}"


def named_around(day: date) -> list[str]:
    """The terms of the school year of a date and of the next, in order."""
    first = day.year if day.month >= 8 else day.year - 1
    return [f"{year + (season == 'spring')}-{season}" for year in (first, first + 1) for season in DEFAULTS]


def require_sound(name: str, term: Term, among: Terms) -> None:
    """Refuse dates that cannot be those of the term, or that meet its neighbours'."""
    year, season = split(name)

    def wrong(why: str) -> BadTerm:
        return BadTerm(term=spoken_term(name), why=why)

    if term.begins_on.year != year or term.begins_on.month not in BEGINS[season]:
        raise wrong(f"应在{year}年{BEGINS[season][0]}月至{BEGINS[season][-1]}月开学")
    if term.ends_on <= term.begins_on or term.ends_on.month not in ENDS[season]:
        raise wrong(f"应在{'、'.join(map(str, ENDS[season]))}月放假")
    if (term.ends_on - term.begins_on).days > 200:
        raise wrong("一个学期不会超过200天")
    before, following = _neighbours(name)
    if among.of(before).ends_on >= term.begins_on:
        raise wrong(f"应在{spoken_term(before)}放假（{among.of(before).ends_on}）以后开学")
    if among.of(following).begins_on <= term.ends_on:
        raise wrong(f"应在{spoken_term(following)}开学（{among.of(following).begins_on}）以前放假")


def _neighbours(name: str) -> tuple[str, str]:
    year, season = split(name)
    if season == "autumn":
        return f"{year}-spring", f"{year + 1}-spring"
    return f"{year - 1}-autumn", f"{year}-autumn"


def _near(day: date) -> tuple[str, str, str]:
    """The only terms that can cover a date."""
    return f"{day.year - 1}-autumn", f"{day.year}-spring", f"{day.year}-autumn"
