"""Pictures that were there before: the same one in another month or at another school.

The same bytes are found by their hash. Alike ones share a quarter of their 64-bit look (always when they
differ in three bits or fewer, mostly when in a few more), so four indexes find them among millions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.evidence import prints
from models.evidence.tables import Likeness
from models.journal.actions import record
from models.organisations.rules import span
from models.organisations.tables import School
from models.people import access
from models.people.access import Viewer
from models.people.rights import Right
from models.policies.calendar import month_of
from models.policies.declared import REPEAT_BITS
from models.policies.queries import effective

# so many of one quarter are compared; a common one tells little and must not cost a scan
MOST_COMPARED = 500
MOST_NOTED = 10

_FOUND = (
    "SELECT * FROM (SELECT photo_id, school_id, month, sha256, look FROM photo_print WHERE {0} LIMIT {1})"
)

RECORDS = {"visit": "入校记录", "problem": "问题记录"}


@dataclass(frozen=True)
class Seen:
    """A photo as it is compared. `look` None: too plain to be recognised but by its bytes."""

    photo_id: int
    school_id: int
    county_code: str
    received_at: datetime
    sha256: str
    look: int | None


@dataclass(frozen=True)
class Repeat:
    """A photo that was there before. `record`: what it proves; `said`: the Chinese sentence."""

    id: int
    photo: str
    record_kind: str
    record_id: int
    school_id: int
    earlier_photo: str
    earlier_school_id: int
    likeness: Likeness
    distance: int
    found_at: datetime
    said: str


async def note(seen: Seen, now: datetime) -> int:
    """Keep a photo's print and note where the picture was before (or after). Repeatable.

    The print is kept first: of two alike photos looked at together at least one sees the other.
    """
    await _keep(seen)
    policy = await effective(seen.county_code)
    alike = await _alike(seen, int(policy[REPEAT_BITS.key]))
    noted = 0
    for distance, likeness, other_id, other_school_id in alike[:MOST_NOTED]:
        noted += await _note(seen, other_id, other_school_id, likeness, distance, now)
    return noted


async def _keep(seen: Seen) -> None:
    looks: list[int | None] = [None] * (1 + prints.QUARTERS)
    if seen.look is not None:
        looks = [prints.signed(seen.look), *prints.quarters(seen.look)]
    await sql.rows(
        "INSERT INTO photo_print (photo_id, school_id, month, sha256, look, look_0, look_1, look_2, look_3)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (photo_id) DO NOTHING RETURNING id",
        seen.photo_id, seen.school_id, month_of(seen.received_at), seen.sha256, *looks,
    )  # fmt: skip


async def _alike(seen: Seen, bits: int) -> list[tuple[int, Likeness, int, int]]:
    """(distance, likeness, photo id, school id) of those elsewhere or in another month, nearest first."""
    wheres, values = ["sha256 = $1"], [seen.sha256]
    if seen.look is not None:
        wheres += [f"look_{part} = ${part + 2}" for part in range(prints.QUARTERS)]
        values += prints.quarters(seen.look)  # type: ignore[arg-type]
    union = " UNION ".join(
        _FOUND.format(where, MOST_COMPARED) + f" AS f{number}" for number, where in enumerate(wheres)
    )
    alike = []
    for row in await sql.rows(union, *values):
        here = (row["school_id"], row["month"]) == (seen.school_id, month_of(seen.received_at))
        if row["photo_id"] == seen.photo_id or here:
            continue
        if row["sha256"] == seen.sha256:
            alike.append((0, Likeness.EXACT, row["photo_id"], row["school_id"]))
        elif seen.look is not None:
            distance = prints.distance(seen.look, prints.unsigned(row["look"]))
            if distance <= bits:
                alike.append((distance, Likeness.NEAR, row["photo_id"], row["school_id"]))
    return sorted(alike)


async def _note(
    seen: Seen, other_id: int, other_school_id: int, likeness: Likeness, distance: int, now: datetime
) -> int:
    """The later of the two is the one that was there before."""
    later, earlier = max(seen.photo_id, other_id), min(seen.photo_id, other_id)
    school = await School.get(id=seen.school_id if later == seen.photo_id else other_school_id)
    async with in_transaction():
        new = await sql.rows(
            "INSERT INTO repeated_photo (photo_id, earlier_id, likeness, distance, school_id, county_code,"
            " found_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id",
            later, earlier, likeness.value, distance, school.id, school.county_code, now,
        )  # fmt: skip
        if new:
            await record(
                "photo", later, "repeat", now, school_id=school.id,
                facts={"earlier": earlier, "likeness": likeness.value, "distance": distance},
            )  # fmt: skip
    return len(new)


_READ = """
SELECT r.id, r.likeness, r.distance, r.found_at, p.key AS photo, p.subject_kind AS record_kind,
  p.subject_id AS record_id, p.school_id, e.key AS earlier_photo, e.school_id AS earlier_school_id,
  e.received_at AS earlier_at, e.subject_kind AS earlier_kind, s.name AS earlier_school
FROM repeated_photo r JOIN photo p ON p.id = r.photo_id JOIN photo e ON e.id = r.earlier_id
JOIN school s ON s.id = e.school_id
WHERE p.subject_id IS NOT NULL AND e.subject_id IS NOT NULL
"""


async def of_record(viewer: Viewer, school: School, kind: str, record_id: int) -> list[Repeat]:
    """The repeated photos of a record, for those who verify there; nobody else hears of them."""
    if access.reaches(viewer, Right.VERIFY, school) is None:
        return []
    return _repeats(
        await sql.rows(
            f"{_READ} AND p.subject_kind = $1 AND p.subject_id = $2 ORDER BY r.id", kind, record_id
        )
    )


async def in_division(
    viewer: Viewer, code: str, before_id: int | None = None, limit: int = 20
) -> list[Repeat]:
    """Repeated photos in a division the viewer verifies in, newest first, below an id."""
    access.division(viewer, code, Right.VERIFY)
    first, end = span(code)
    below = " AND r.id < $4" if before_id is not None else ""
    values: list[Any] = [first, end, limit] + ([before_id] if before_id is not None else [])
    found = await sql.rows(
        f"{_READ} AND r.county_code >= $1 AND r.county_code < $2{below} ORDER BY r.id DESC LIMIT $3", *values
    )
    return _repeats(found)


def _repeats(rows: Iterable[dict[str, Any]]) -> list[Repeat]:
    repeats = []
    for row in rows:
        likeness = Likeness(row["likeness"])
        earlier_at, found_at = sql.instant(row["earlier_at"]), sql.instant(row["found_at"])
        assert earlier_at is not None and found_at is not None
        month = month_of(earlier_at)
        where = row["earlier_school"] + RECORDS.get(row["earlier_kind"], "记录")
        how = "相同" if likeness is Likeness.EXACT else "相近"
        said = f"这张照片与{month[:4]}年{int(month[5:])}月{where}中的照片{how}。"
        columns = ("id", "photo", "record_kind", "record_id", "school_id", "earlier_photo", "earlier_school_id", "distance")  # fmt: skip
        repeats.append(
            Repeat(**{name: row[name] for name in columns}, likeness=likeness, found_at=found_at, said=said)
        )
    return repeats
