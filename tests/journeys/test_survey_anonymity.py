"""With the whole database in hand, nobody links an answer to whoever gave it better than by chance.

Sixty guardians answer in a known order, each in a way of their own. The attacker has every row of every
table before and after the boxes are opened, with what the engine itself remembers of each row, and
tries every order of every table against every order of every other.
"""

import random
import secrets
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from models.database import sql
from models.organisations.actions import ensure_post
from models.organisations.tables import PostKind
from models.people.queries import fingerprint
from models.people.tables import Holding, Identity, Person, Session
from tests.api.test_surveys import CODES, answer, child_of, closed, plan
from tests.cast import SINCE, Cast, Phone, Stage

GRADES = (1, 2, 3)
A_GRADE = 20
STEPS = (100, 80, 60, 40, 20)
# Pairing two rows of twenty blindly hits once on average, however they are paired: three grades hit three
# times. More than fifteen happens once in ten million pairings; there are some hundreds of them.
BY_CHANCE = 15

pytestmark = pytest.mark.slow

Rows = list[dict[str, Any]]


async def guardians(cast: Cast, number: int) -> list[Phone]:
    post = await ensure_post(PostKind.PARENT, school_id=cast.tianba.id)
    phones, now = [], cast.stage.clock()
    for one in range(number):
        person = await Person.create(name=f"家长{one}", created_at=now)
        await Holding.create(person=person, post=post, since_on=SINCE)
        identity = await Identity.create(appid="wx", openid=f"o{one:027d}", person=person)
        token = secrets.token_urlsafe(16)
        await Session.create(
            token_hash=fingerprint(token), identity=identity, device="", created_at=now,
            expires_at=now + timedelta(days=30),
        )  # fmt: skip
        phones.append(Phone(cast.stage, person, token))
    return phones


def marks_of(number: int) -> dict[str, int]:
    """Answers that say who gave them: the number, in fives."""
    digits = (number // 5**place % 5 for place in range(len(CODES)))
    return {code: STEPS[digit] for code, digit in zip(CODES, digits, strict=True)} | {"S12": 9}


def number_of(marks: dict[str, int]) -> int:
    return sum(STEPS.index(marks[code]) * 5**place for place, code in enumerate(CODES))


async def dump() -> dict[str, Rows]:
    """Every row of every table in the order of the disk, with the engine's own columns."""
    if sql.on_postgres():
        names = await sql.rows("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
        hidden = "(ctid::text::point)[0] * 10000 + (ctid::text::point)[1] AS lies, xmin::text::bigint AS xmin"
    else:
        names = await sql.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        hidden = "rowid AS lies"
    return {
        row["name"]: await sql.rows(f'SELECT *, {hidden} FROM "{row["name"]}" ORDER BY lies') for row in names
    }


def orders(rows: Rows) -> Iterator[Rows]:
    """The rows as they lie, and by every column that sorts; forwards and backwards."""
    yield rows
    yield rows[::-1]
    for column in rows[0]:
        if column != "truth" and all(isinstance(row[column], int | str | bytes) for row in rows):
            yield sorted(rows, key=lambda row: row[column])
            yield sorted(rows, key=lambda row: row[column], reverse=True)


def right(known: Rows, said: Rows) -> int:
    """How many are right when, grade by grade, the n-th who is known is taken for the n-th who spoke."""
    if "grade" not in said[0]:
        return sum(one["truth"] == other["truth"] for one, other in zip(known, said, strict=True))
    return sum(
        one["truth"] == other["truth"]
        for grade in GRADES
        for one, other in zip(of(grade, known), of(grade, said), strict=True)
    )


def of(grade: int, rows: Rows) -> Rows:
    return [row for row in rows if row["grade"] == grade]


async def sixty_answer(cast: Cast, number: int) -> dict[int, tuple[int, int]]:
    """All answer, in an order of chance; returns by person what gives them away, and the child's grade."""
    chance = random.Random(530302)
    numbers = chance.sample(range(5 ** len(CODES)), len(GRADES) * A_GRADE)
    seats = []
    for n, phone in enumerate(await guardians(cast, len(numbers))):
        grade = GRADES[n % len(GRADES)]
        seats.append((phone, numbers[n], grade, await child_of(phone, cast.tianba, grade)))
    chance.shuffle(seats)
    for phone, own, _grade, child in seats:
        body = answer(child, marks=marks_of(own), words=f"{own}号家长的话")
        assert (await phone.post(f"/surveys/{number}/answers", body)).status == 201
    return {phone.person.id: (own, grade) for phone, own, grade, _child in seats}


async def test_the_whole_database_links_nobody_to_an_answer(cast: Cast, stage: Stage) -> None:
    number = await plan(cast)
    truth = await sixty_answer(cast, number)
    during = await dump()
    await closed(stage)
    after = await dump()
    assert not [table for table, rows in during.items() if "家长的话" in str(rows)]
    answers, remarks = after["survey_answer"], after["survey_remark"]
    for row in answers:
        row["truth"] = number_of(sql.document(row["marks"]))
    for row in remarks:
        row["truth"] = int(row["words"].removesuffix("号家长的话"))
    assert sorted(row["truth"] for row in answers) == sorted(number for number, _ in truth.values())
    # as long as the box is shut, whoever has the database knows whose each envelope is: they lie side by side
    ballots, took_part = during["survey_ballot"], during["survey_participation"]
    for row, ballot in zip(took_part, ballots, strict=True):
        row["truth"], row["grade"] = ballot["truth"], ballot["grade"] = truth[row["person_id"]]
    for row in after["survey_participation"]:
        row["truth"], row["grade"] = truth[row["person_id"]]
    assert right(took_part, ballots) == len(truth)
    for known, said in product((took_part, ballots, after["survey_participation"]), (answers, remarks)):
        assert len(known) == len(said) == len(truth)
        for first, second in product(orders(known), orders(said)):
            assert right(first, second) <= BY_CHANCE


async def test_no_value_is_in_both_a_participation_and_an_answer(cast: Cast, stage: Stage) -> None:
    """Neither key, nor instant, nor transaction: only the round, the school and small numbers."""
    number = await plan(cast)
    await sixty_answer(cast, number)
    during = await dump()
    await closed(stage)
    after = await dump()
    known = values(during["survey_participation"]) | values(after["survey_participation"])
    known |= values(during["survey_ballot"])
    told = values(after["survey_answer"]) | values(after["survey_remark"])
    assert known & told == set()
    columns = set(after["survey_answer"][0]) | set(after["survey_remark"][0])
    assert not [name for name in columns if name.endswith(("_at", "_on", "date"))]
    lengths = {len(row["sealed"]) for row in during["survey_ballot"]}
    assert len(lengths) == 1


def values(rows: Rows) -> set[Any]:
    """What could join: the big numbers and texts of a table, and the transactions that wrote it."""
    found = {value for row in rows for value in row.values() if isinstance(value, int) and value > 10**6}
    return found | {("xmin", row["xmin"]) for row in rows if "xmin" in row}
