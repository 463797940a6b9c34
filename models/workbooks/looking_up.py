"""What the words of a ledger's table stand for: places, people at a school, rows of registers. And back again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from models.database import sql
from models.ledger.declaring import Form, ItemKind
from models.ledger.tables import LedgerEntry
from models.organisations.tables import Division, PostKind
from models.people.queries import names as names_of
from models.workbooks.importing import Looking
from models.workbooks.items import Names, header
from models.workbooks.places import known_schools
from models.workbooks.reach import Reach

# so far back, and among so many entries, for suppliers to offer
LATELY, MOST_LOOKED_AT = timedelta(days=180), 500

PEOPLE = """
SELECT po.school_id, p.id, p.name, h.since_on, h.until_on FROM holding h
JOIN post po ON po.id = h.post_id JOIN person p ON p.id = h.person_id
WHERE po.kind <> 'parent' AND po.school_id IN {schools} AND p.name IN {names}
"""
ROWS = """
SELECT id, form, label, row_key, school_id, county_code, ended_on FROM register_row
WHERE form IN {forms} AND (label IN {words} OR row_key IN {keys})
"""


@dataclass(frozen=True)
class Place:
    """A school, or a county's office."""

    school_id: int | None
    county_code: str


async def find_places(of_counties: bool, codes: Iterable[str | None], looking: Looking) -> dict[str, Place]:
    """The places there are by their codes, as far as whoever sent the table keeps a ledger there."""
    if of_counties:
        wanted = sorted({code for code in codes if code})
        found = await Division.filter(code__in=wanted, level="county").values_list("code", flat=True)
        return {str(code): Place(None, str(code)) for code in found if _office(looking.reach, str(code))}
    return {
        code: Place(school.id, school.county_code)
        for code, school in (await known_schools(codes)).items()
        if looking.reach is None or any(one.school_id == school.id for one in looking.reach.posts)
    }


def stranger(of_counties: bool, code: str, looking: Looking) -> str:
    """What is said of a place that is none of theirs, and in the same words of one that does not exist."""
    if looking.reach is None:
        return f"没有“{code}”，请先导入或核对"
    return "不是您填报的县区" if of_counties else "不是您填报的学校"


def _office(reach: Reach | None, code: str) -> bool:
    return reach is None or any(
        one.kind is PostKind.COUNTY and one.division_code == code for one in reach.posts
    )


@dataclass(frozen=True)
class Words:
    """Ids by words. `people`: (school, name) → (person, first day, last day). `rows`: (form, words) → (row, school,
    county, ended on)."""

    people: Mapping[tuple[int, str], list[tuple[int, date, date | None]]]
    rows: Mapping[tuple[str, str], list[tuple[int, int | None, str | None, date | None]]]

    def person(self, place: Place, name: str, on: date) -> list[int]:
        """Who of that name has a post at the school on a day."""
        held = self.people.get((place.school_id or 0, name), [])
        return sorted({one for one, since, until in held if since <= on and (until is None or until > on)})

    def row(self, place: Place, form: str, said: str, on: date) -> list[int]:
        """Which rows of a register the words may mean at a place on a day."""
        return sorted(
            {
                row
                for row, school, county, ended in self.rows.get((form, said), [])
                if school in (None, place.school_id)
                and county in (None, place.county_code)
                and (ended is None or ended > on)
            }
        )


async def look_up(form: Form, said: Iterable[tuple[Place, Mapping[str, Any]]]) -> Words:
    """What the names in a form's values may mean, in two questions."""
    signers = {item.code for item in form.items if item.kind is ItemKind.SIGNER}
    refers = {item.code: item.refers for item in form.items if item.kind is ItemKind.REFERENCE}
    schools, people, rows = set[int](), set[str](), set[str]()
    for place, values in said:
        schools |= {place.school_id} if place.school_id is not None else set()
        people |= {values[code] for code in signers if code in values}
        rows |= {values[code] for code in refers if code in values}
    return Words(await _people(schools, people), await _rows(set(refers.values()), rows))


async def _people(
    schools: set[int], named: set[str]
) -> dict[tuple[int, str], list[tuple[int, date, date | None]]]:
    if not named:
        return {}
    found: dict[tuple[int, str], list[tuple[int, date, date | None]]] = defaultdict(list)
    statement = PEOPLE.format(schools=sql.among(1, "bigint"), names=sql.among(2, "text"))
    for row in await sql.rows(statement, sql.packed(sorted(schools)), sql.packed(sorted(named))):
        until = sql.day(row["until_on"]) if row["until_on"] is not None else None
        found[row["school_id"], row["name"]].append((row["id"], sql.day(row["since_on"]), until))
    return found


async def _rows(
    forms: set[str], said: set[str]
) -> dict[tuple[str, str], list[tuple[int, int | None, str | None, date | None]]]:
    if not said:
        return {}
    # of the whole province there is one of a code: its key begins with no place
    keys = sorted(f"|{word.upper()}" for word in said)
    found: dict[tuple[str, str], list[tuple[int, int | None, str | None, date | None]]] = defaultdict(list)
    statement = ROWS.format(forms=sql.among(1, "text"), words=sql.among(2, "text"), keys=sql.among(3, "text"))
    for row in await sql.rows(
        statement, sql.packed(sorted(forms)), sql.packed(sorted(said)), sql.packed(keys)
    ):
        ended = sql.day(row["ended_on"]) if row["ended_on"] is not None else None
        one = row["id"], row["school_id"], row["county_code"], ended
        for word in {row["label"], row["row_key"].removeprefix("|")}:
            found[row["form"], word].append(one)
    return found


async def names_in(form: Form, values: Iterable[Mapping[str, Any]]) -> Names:
    """What the ids in a form's values are called."""
    people, rows = set[int](), set[int]()
    for one in values:
        for item in form.items:
            if item.code in one and item.kind is ItemKind.SIGNER:
                people.add(one[item.code])
            if item.code in one and item.kind is ItemKind.REFERENCE:
                rows.add(one[item.code])
    labels = (
        await sql.rows(
            f"SELECT id, label FROM register_row WHERE id IN {sql.among(1, 'bigint')}",  # noqa: S608
            sql.packed(sorted(rows)),
        )
        if rows
        else []
    )
    return Names(await names_of(people), {row["id"]: row["label"] for row in labels})


async def offers(form: Form, school_id: int | None, on: date) -> dict[str, tuple[str, ...]]:
    """What a school's columns of names offer, by their headers: colleagues, and rows that were named lately."""
    found: dict[str, tuple[str, ...]] = {}
    for item in form.asked():
        if item.kind is ItemKind.SIGNER:
            found[header(item)] = tuple(await _colleagues(school_id, on))
        elif item.kind is ItemKind.REFERENCE:
            found[header(item)] = tuple(await _named_lately(form, item.code, school_id, on))
    return found


async def _colleagues(school_id: int | None, on: date) -> list[str]:
    rows = await sql.rows(
        "SELECT DISTINCT p.name FROM post po JOIN holding h ON h.post_id = po.id JOIN person p ON p.id = h.person_id"
        " WHERE po.school_id = $1 AND po.kind IN ('head', 'manager', 'finance') AND h.since_on <= $2"
        " AND (h.until_on IS NULL OR h.until_on > $2) ORDER BY p.name",
        school_id, on,
    )  # fmt: skip
    return [row["name"] for row in rows]


async def _named_lately(form: Form, code: str, school_id: int | None, on: date) -> list[str]:
    """Labels of the rows that the school's latest entries of the form name."""
    entries = await LedgerEntry.filter(
        school_id=school_id, aspect=form.code, for_on__lte=on, for_on__gte=on - LATELY, current=True
    ).order_by("-for_on").limit(MOST_LOOKED_AT)  # fmt: skip
    names = await names_in(form, [one.items for one in entries])
    named = {one.items[code] for one in entries if code in one.items}
    return sorted({names.rows[row] for row in named if row in names.rows})
