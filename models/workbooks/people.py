"""People and the posts they hold, from a file."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from models.database import sql
from models.organisations.actions import place_key
from models.organisations.tables import Division, PostKind
from models.people.phones import Vault
from models.people.registering import register
from models.people.rights import POST_NAMES
from models.workbooks import cells
from models.workbooks.importing import Imported, Rows, Sheet, ensure_posts, import_sheet, school_ids
from models.workbooks.reading import Column, Fault, empty
from models.workbooks.schools import SCHOOL_POSTS

POSTS = {name: kind for kind, name in POST_NAMES.items()}
# an officer's power reaches as far as the code is short: 53 instead of 530302 would be the whole province
LEVELS = {PostKind.COUNTY: 6, PostKind.PREFECTURE: 4, PostKind.PROVINCE: 2}

SCHOOL = Column("学校标识码", cells.matching(r"\d{10}", "10位数字"), required=False, hint="5303020001")
DIVISION = Column(
    "区划代码", cells.matching(r"\d{2}|\d{4}|\d{6}", "2、4或6位区划代码"), required=False, hint="530302"
)
COLUMNS = [
    Column("姓名", cells.text(40)),
    Column("手机号", cells.matching(r"1[3-9]\d{9}", "11位手机号")),
    Column("岗位", cells.one_of(POSTS), hint="膳食家委会委员"),
    SCHOOL,
    DIVISION,
    Column("任职日期", cells.day, hint="2026-09-01"),
    Column("离任日期", cells.day, required=False),
]

STATE = """
SELECT p.id, p.name, h.post_id, h.since_on, h.until_on FROM person p
LEFT JOIN holding h ON h.person_id = p.id WHERE p.phone_digest IS NOT NULL
"""


@dataclass
class Term:
    """A time in office: from one date until another, exclusive; `id` once it is written."""

    since_on: date
    until_on: date | None
    id: int | None = None

    def meets(self, other: "Term") -> bool:
        return (other.until_on is None or self.since_on < other.until_on) and (
            self.until_on is None or other.since_on < self.until_on
        )


async def import_people(path: Path, vault: Vault, now: datetime) -> Imported:
    """People by their telephone number, and the posts they hold; schools must be there already."""
    return await import_sheet(path, Sheet(COLUMNS, _faults, partial(_write, vault), STATE), now)


async def _faults(rows: Rows) -> list[Fault]:
    schools = set(await school_ids())
    divisions = {row["code"] for row in await Division.all().values("code")}
    names: dict[str, str] = {}
    faults = list(_overlapping(rows))
    for number, row in rows:
        faults += [Fault(number, *found) for found in _place_faults(row, schools, divisions)]
        phone, name = row["手机号"], row["姓名"]
        if phone and name and names.setdefault(phone, name) != name:
            faults.append(Fault(number, "手机号", f"与“{names[phone]}”的手机号相同"))
        if row["离任日期"] and row["任职日期"] and row["离任日期"] <= row["任职日期"]:
            faults.append(Fault(number, "离任日期", "应晚于任职日期"))
    return faults


def _place_faults(row: dict[str, Any], schools: set[str], divisions: set[str]) -> Iterator[tuple[str, str]]:
    """A school's post names its school, an officer's a division of the officer's own level."""
    if row["岗位"] is None:
        return
    column, known = (SCHOOL, schools) if row["岗位"] in SCHOOL_POSTS else (DIVISION, divisions)
    given = row[column.header]
    level = LEVELS.get(row["岗位"])
    if given is None:
        yield column.header, empty(column)
    elif given not in known:
        yield column.header, f"没有“{given}”，请先导入或核对"
    elif level is not None and len(given) != level:
        yield column.header, f"“{POST_NAMES[row['岗位']]}”应填{level}位区划代码"


def _overlapping(rows: Rows) -> Iterator[Fault]:
    """The same person in the same post twice at one time; the very same line twice does no harm."""
    seen: dict[tuple[str | None, ...], list[tuple[int, Term]]] = defaultdict(list)
    for number, row in rows:
        if None in (row["手机号"], row["岗位"], row["任职日期"]):
            continue
        term = Term(row["任职日期"], row["离任日期"])
        earlier = seen[row["手机号"], row["岗位"], row["学校标识码"], row["区划代码"]]
        met = next(((first, other) for first, other in earlier if term.meets(other)), None)
        if met is None:
            earlier.append((number, term))
        elif met[1] != term:
            yield Fault(number, "任职日期", f"与第{met[0]}行是同一人同一岗位，任期重叠")


async def _write(vault: Vault, rows: Rows, now: datetime) -> None:
    schools = await school_ids()
    keys: list[str] = []
    places: dict[str, tuple[PostKind, int | None, str | None]] = {}
    for _, row in rows:
        kind = row["岗位"]
        school = schools[row["学校标识码"]] if kind in SCHOOL_POSTS else None
        division = None if kind in SCHOOL_POSTS else row["区划代码"]
        keys.append(place_key(kind, school_id=school, division_code=division))
        places[keys[-1]] = (kind, school, division)
    await ensure_posts(list(places.values()))
    people = await register(vault, [(row["姓名"], row["手机号"]) for _, row in rows], now)
    posts = await _ids("SELECT place_key, id FROM post")
    await _write_terms(
        [
            (people[row["手机号"]], posts[key], Term(row["任职日期"], row["离任日期"]))
            for (_, row), key in zip(rows, keys, strict=True)
        ]
    )


async def _ids(statement: str) -> dict[str, int]:
    return dict(tuple(row.values()) for row in await sql.rows(statement))


async def _write_terms(given: list[tuple[int, int, Term]]) -> None:
    known: dict[tuple[int, int], list[Term]] = defaultdict(list)
    for row in await sql.rows("SELECT id, person_id, post_id, since_on, until_on FROM holding"):
        term = Term(_date(row["since_on"]), _date(row["until_on"]) if row["until_on"] else None, row["id"])
        known[row["person_id"], row["post_id"]].append(term)
    new: list[list[Any]] = []
    moved: list[list[Any]] = []
    for person, post, term in given:
        same = fit(term, known[person, post])
        if same is None:
            new.append([person, post, term.since_on, term.until_on])
            known[person, post].append(term)
        elif same.id is not None:
            moved.append([same.id, same.since_on, same.until_on])
    await sql.many(
        "INSERT INTO holding (person_id, post_id, since_on, until_on) VALUES ($1, $2, $3, $4)", new
    )
    await sql.many("UPDATE holding SET since_on = $2, until_on = $3 WHERE id = $1", moved)


def fit(term: Term, known: list[Term]) -> Term | None:
    """The known term that the given one speaks of, brought up to date; None when it is another one.

    It is the one that began on the same date, else the one still running meanwhile. A running term begins
    at the earlier of the two dates: whoever is named again for a new year was in office before.
    """
    for one in known:
        if one.since_on == term.since_on:
            one.until_on = term.until_on
            return one
    for one in known:
        if one.until_on is None and one.meets(term):
            one.since_on = min(one.since_on, term.since_on)
            one.until_on = term.until_on
            return one
    return None


def _date(value: date | str) -> date:
    """A date from what either engine returns."""
    return date.fromisoformat(value) if isinstance(value, str) else value
