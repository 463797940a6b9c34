"""Children that a school's table names, until their guardian agrees (个人信息保护法 第三十一条)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tortoise.transactions import in_transaction

from models.database import sql
from models.journal.actions import record
from models.organisations.tables import SchoolStage
from models.people.consents import CHILD_DATA, CURRENT
from models.surveys import rules
from models.surveys.tables import Child, Guardian

# of each person's children, those taken off the list too: a table does not bring back what they removed
KNOWN = """
SELECT g.person_id, c.school_id, c.school_year - c.grade AS cohort, c.class_name
FROM guardian g JOIN child c ON c.id = g.child_id WHERE g.person_id IN {people}
UNION ALL SELECT person_id, school_id, cohort, class_name FROM awaited_child WHERE person_id IN {people}
"""

# the latest word on a child's data of whoever is asked for, on whichever phone
AGREED = """
SELECT a.id, a.person_id, a.school_id, a.grade, a.school_year, a.class_name, s.stage
FROM awaited_child a JOIN school s ON s.id = a.school_id AND s.open WHERE a.person_id IN {people}
  AND (SELECT CASE WHEN cs.withdrawn_at IS NULL THEN cs.version ELSE 0 END FROM consent cs
    JOIN identity i ON i.id = cs.identity_id WHERE i.person_id = a.person_id AND cs.kind = $1
    ORDER BY cs.id DESC LIMIT 1) = $2
ORDER BY a.id
"""


# a child that came by a table has the row it waited in for a request id
BY_TABLE = "table:"
CLAIM = """
UPDATE guardian SET request_id = $1 WHERE id = (
  SELECT g.id FROM guardian g JOIN child c ON c.id = g.child_id
  WHERE g.person_id = $2 AND g.until_on IS NULL AND g.request_id LIKE 'table:%' AND c.school_id = $3
    AND c.school_year - c.grade = $4 AND (c.class_name = $5 OR c.class_name = '' OR $5 = '')
  ORDER BY g.id LIMIT 1)
RETURNING child_id
"""


@dataclass(frozen=True)
class Named:
    """A pupil as a table names one: no name, the class tells two children of a grade apart."""

    person_id: int
    school_id: int
    cohort: int
    class_name: str


def cohort_of(grade: int, today: date) -> int:
    """What stays the same of a child while its grade changes every September."""
    return rules.school_year(today) - grade


async def known(people: Iterable[int]) -> set[Named]:
    """The children of people that are registered, were, or wait for their guardian's word."""
    statement = KNOWN.format(people=sql.among(1, "bigint"))
    return {Named(**row) for row in await sql.rows(statement, sql.packed(sorted(set(people))))}


def counted(children: Iterable[Named]) -> Counter[int]:
    return Counter(child.person_id for child in children)


async def announce(children: Sequence[Named], today: date, now: datetime) -> set[int]:
    """Note children that were not known, in the caller's transaction; the people whose they are.

    Those whose guardian has agreed already are registered at once.
    """
    before = await known(child.person_id for child in children)
    new = [child for child in dict.fromkeys(children) if child not in before]
    year = rules.school_year(today)
    await sql.over_rows(
        "INSERT INTO awaited_child (person_id, school_id, cohort, class_name, grade, school_year, told_at)"
        " SELECT c1, c2, c3, c4, $5 - c3, $5, $6 FROM {rows} WHERE TRUE"
        " ON CONFLICT (person_id, school_id, cohort, class_name) DO NOTHING",
        ["bigint", "bigint", "int", "text"],
        [[child.person_id, child.school_id, child.cohort, child.class_name] for child in new],
        year, now,
    )  # fmt: skip
    people = {child.person_id for child in new}
    await _admit(people, today, now)
    return people


async def admit(person_id: int, today: date, now: datetime) -> None:
    """Register the children that waited for the person's consent, if it holds. Repeatable."""
    async with in_transaction():
        await _admit({person_id}, today, now)


async def _admit(people: set[int], today: date, now: datetime) -> None:
    statement = AGREED.format(people=sql.among(3, "bigint"))
    version = CURRENT[CHILD_DATA].version
    found = await sql.rows(statement, CHILD_DATA, version, sql.packed(sorted(people)))
    if not found:
        return
    # of two at a time one takes each row
    gone = await sql.rows(
        f"DELETE FROM awaited_child WHERE id IN {sql.among(1, 'bigint')} RETURNING id",  # noqa: S608
        sql.packed([row["id"] for row in found]),
    )
    taken = {row["id"] for row in gone}
    for row in found:
        grade = rules.grade_on(row["grade"], row["school_year"], today, SchoolStage(row["stage"]))
        if row["id"] not in taken or grade is None:
            continue
        child = await Child.create(
            school_id=row["school_id"],
            grade=grade,
            school_year=rules.school_year(today),
            class_name=row["class_name"],
        )
        await Guardian.create(
            person_id=row["person_id"], child_id=child.id, request_id=f"{BY_TABLE}{row['id']}"
        )
        await record(
            "child", child.id, "declare", now,
            school_id=child.school_id, person_id=row["person_id"], facts={"grade": grade, "how": "table"},
        )  # fmt: skip


async def claim(
    person_id: int, school_id: int, grade: int, class_name: str, request_id: str, today: date
) -> int | None:
    """The child of a table that the guardian declares too, now theirs under the phone's own request id."""
    found = await sql.rows(CLAIM, request_id, person_id, school_id, cohort_of(grade, today), class_name)
    return int(found[0]["child_id"]) if found else None
