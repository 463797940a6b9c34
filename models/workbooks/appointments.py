"""Who holds which post from when: what the sheets of people, committees and supervisors have in common."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from models.database import sql
from models.organisations.actions import place_key
from models.organisations.tables import PostKind
from models.people import directory, reach
from models.people.phones import Vault
from models.people.rights import POST_NAMES
from models.people.terms import InOffice
from models.workbooks.importing import Counts, Looking
from models.workbooks.places import SCHOOL_POSTS, divisions, ensure_posts, known_schools, school_fault
from models.workbooks.reach import OUT_OF_REACH, reaches_post
from models.workbooks.reading import Fault

# an officer's power reaches as far as the code is short: 53 instead of 530302 would be the whole province
LEVELS = {PostKind.COUNTY: 6, PostKind.PREFECTURE: 4, PostKind.PROVINCE: 2}


@dataclass(frozen=True)
class Appointment:
    """What a row says of somebody; None for what it does not say or says wrongly."""

    row: int
    name: str | None
    phone: str | None
    kind: PostKind | None
    school_code: str | None
    division_code: str | None
    since_on: date | None
    until_on: date | None
    child_grade: str | None = None
    no_interest: bool | None = None


@dataclass(frozen=True)
class Tenure(InOffice):
    """A time in a post with what the row says of it; `id` once it is written."""

    id: int | None = None
    child_grade: str | None = None
    no_interest: bool | None = None


async def check(given: list[Appointment], looking: Looking) -> list[Fault]:
    """Everything wrong between the cells of a row, between rows of one person, and with what is known."""
    schools = await known_schools(one.school_code for one in given)
    levels = await divisions()
    faults = [*_names(given), *_overlapping(given), *await _foreign(given, looking)]
    for one in given:
        if one.until_on and one.since_on and one.until_on <= one.since_on:
            faults.append(Fault(one.row, "离任日期", "应晚于任职日期"))
        if one.kind is None:
            continue
        if one.kind in SCHOOL_POSTS:
            code = one.school_code
            if code and (said := school_fault(code, schools.get(code), looking)):
                faults.append(Fault(one.row, "学校标识码", said))
        elif one.division_code and (said := _division_fault(one.kind, one.division_code, levels, looking)):
            faults.append(Fault(one.row, "区划代码", said))
    return faults


def _division_fault(kind: PostKind, code: str, levels: dict[str, Any], looking: Looking) -> str | None:
    if code not in levels:
        return f"没有“{code}”，请先导入或核对"
    level = LEVELS.get(kind)
    if level is not None and len(code) != level:
        return f"“{POST_NAMES[kind]}”应填{level}位区划代码"
    return None if reaches_post(looking.reach, code, None) else OUT_OF_REACH


def _names(given: list[Appointment]) -> Iterator[Fault]:
    names: dict[str, str] = {}
    for one in given:
        if one.phone and one.name and names.setdefault(one.phone, one.name) != one.name:
            yield Fault(one.row, "手机号", f"与“{names[one.phone]}”的手机号相同")


def _overlapping(given: list[Appointment]) -> Iterator[Fault]:
    """The same person in the same post twice at one time; the very same line twice does no harm."""
    seen: dict[tuple[str | None, ...], list[tuple[int, InOffice]]] = defaultdict(list)
    for one in given:
        if one.phone is None or one.kind is None or one.since_on is None:
            continue
        term = InOffice(one.since_on, one.until_on)
        earlier = seen[one.phone, one.kind, one.school_code, one.division_code]
        met = next(((first, other) for first, other in earlier if term.meets(other)), None)
        if met is None:
            earlier.append((one.row, term))
        elif met[1] != term:
            yield Fault(one.row, "任职日期", f"与第{met[0]}行是同一人同一岗位，任期重叠")


async def _foreign(given: list[Appointment], looking: Looking) -> list[Fault]:
    """Renaming somebody who holds a post elsewhere is for those set over that post too."""
    known = await directory.by_phones(looking.vault, (one.phone for one in given if one.phone))
    renamed = [one for one in given if one.phone in known and one.name and known[one.phone].name != one.name]
    elsewhere = {
        at.person_id
        for at in await reach.posts_of((known[one.phone or ""].id for one in renamed), looking.today)
        if not at.ended and not reaches_post(looking.reach, at.division_code, at.county_code)
    }
    return [
        Fault(one.row, "姓名", "此手机号已登记给您管辖范围以外的人员，姓名不同，请核对手机号")
        for one in renamed
        if known[one.phone or ""].id in elsewhere
    ]


@dataclass(frozen=True)
class Written:
    """Ids by telephone number; whose numbers are new, and who is called or placed otherwise now."""

    people: dict[str, int]
    new: set[str]
    changed: set[str]

    @property
    def counts(self) -> Counts:
        """Of people."""
        new, changed = len(self.new), len(self.changed - self.new)
        return Counts(new, changed, len(self.people) - new - changed)


async def write(given: list[Appointment], vault: Vault, now: datetime) -> Written:
    """Write people and their terms; only what is new or different."""
    schools = await known_schools(one.school_code for one in given if one.kind in SCHOOL_POSTS)
    places = {}
    for one in given:
        assert one.kind is not None
        at_school = one.kind in SCHOOL_POSTS
        school = schools[one.school_code or ""].id if at_school else None
        places[one.row] = one.kind, school, None if at_school else one.division_code
    posts = await ensure_posts(sorted(set(places.values()), key=str))
    names = {one.phone or "": one.name or "" for one in given}
    known = await directory.by_phones(vault, names)
    renamed = {phone for phone, one in known.items() if one.name != names[phone]}
    new = names.keys() - known.keys()
    made = await directory.register(vault, {phone: names[phone] for phone in new | renamed}, now)
    people = {phone: one.id for phone, one in known.items()} | made
    moved = await _write_terms(
        [
            (people[one.phone or ""], posts[_key(places[one.row])], tenure(one))
            for one in given
        ]
    )  # fmt: skip
    changed = {phone for phone, one in known.items() if one.id in moved} | renamed
    return Written(people, new, changed)


def _key(place: tuple[PostKind, int | None, str | None]) -> str:
    kind, school_id, division_code = place
    return place_key(PostKind(kind), school_id=school_id, division_code=division_code)


def tenure(one: Appointment) -> Tenure:
    """The time in a post that a row says."""
    assert one.since_on is not None
    return Tenure(one.since_on, one.until_on, None, one.child_grade, one.no_interest)


async def _write_terms(given: list[tuple[int, int, Tenure]]) -> set[int]:
    """Write the terms that are new or moved; the people whose they are."""
    known: dict[tuple[int, int], list[Tenure]] = defaultdict(list)
    for row in await sql.rows(
        "SELECT id, person_id, post_id, since_on, until_on, child_grade, no_interest FROM holding"  # noqa: S608
        f" WHERE person_id IN {sql.among(1, 'bigint')} ORDER BY id",
        sql.packed(sorted({person for person, _, _ in given})),
    ):
        known[row["person_id"], row["post_id"]].append(
            Tenure(day(row["since_on"]), row["until_on"] and day(row["until_on"]), row["id"],
                   row["child_grade"], None if row["no_interest"] is None else bool(row["no_interest"]))
        )  # fmt: skip
    before = {term for theirs in known.values() for term in theirs}
    for person, post, term in given:
        fit(term, known[person, post])
    written = [
        (person, post, term)
        for (person, post), theirs in known.items()
        for term in theirs
        if term not in before
    ]
    await sql.over_rows(
        "INSERT INTO holding (person_id, post_id, since_on, until_on, child_grade, no_interest)"
        " SELECT c1, c2, c3, c4, c5, c6 FROM {rows}",
        ["bigint", "bigint", "date", "date", "text", "boolean"],
        [[person, post, *_state(term)] for person, post, term in written if term.id is None],
    )
    await sql.over_rows(
        "UPDATE holding SET since_on = v.c2, until_on = v.c3, child_grade = v.c4, no_interest = v.c5"
        " FROM {rows} WHERE holding.id = v.c1",
        ["bigint", "date", "date", "text", "boolean"],
        sorted([term.id, *_state(term)] for _, _, term in written if term.id is not None),
    )
    return {person for person, _, _ in written}


def _state(term: Tenure) -> tuple[date, date | None, str | None, bool | None]:
    return term.since_on, term.until_on, term.child_grade, term.no_interest


def spoken_of(term: Tenure, known: list[Tenure]) -> Tenure | None:
    """The known term that the given one speaks of: the one that began on the same date, else the one still
    running meanwhile."""
    return next((one for one in known if one.since_on == term.since_on), None) or next(
        (one for one in known if one.until_on is None and one.meets(term)), None
    )


def fit(term: Tenure, known: list[Tenure]) -> Tenure:
    """Bring the known term that the given one speaks of up to date, or add the given one; what it is now.

    A running term begins at the earlier of the two dates: whoever is named again for a new year was in
    office before.
    """
    same = spoken_of(term, known)
    if same is None:
        known.append(term)
        return term
    fitted = replace(
        same,
        since_on=min(same.since_on, term.since_on),
        until_on=term.until_on,
        child_grade=term.child_grade or same.child_grade,
        no_interest=same.no_interest if term.no_interest is None else term.no_interest,
    )
    known[known.index(same)] = fitted
    return fitted


def day(value: date | str) -> date:
    """A date from what either engine returns."""
    return date.fromisoformat(value) if isinstance(value, str) else value
