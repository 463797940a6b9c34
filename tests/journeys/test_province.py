"""The made-up province: what was planted in it is what the rules find, no more and no less."""

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from models.alerts.rules import RULES
from models.alerts.running import judge_due
from models.database import sql
from models.database.opening import open_database
from models.ledger import validation
from models.ledger.aspects import BY_CODE
from models.people.phones import Vault
from ops.demo.province import Made, NotEmpty, make
from ops.demo.province.size import FEWEST, SHORTEST, Size
from tests.cast import Cast
from tests.conftest import START, clean, fresh_database

pytestmark = pytest.mark.slow

VAULT = Vault({1: b"0" * 32})
DATES = {
    "an ordinary Tuesday": START,
    "when the month is ending": datetime(2026, 11, 26, 2, 30, tzinfo=UTC),
    "in the first week of a term": datetime(2026, 9, 4, 2, 30, tzinfo=UTC),
    "on the first day after a week of holidays": datetime(2026, 10, 8, 2, 30, tzinfo=UTC),
    "in the summer holidays": datetime(2026, 8, 5, 2, 30, tzinfo=UTC),
}


async def small(now: datetime) -> Made:
    return await make(Size(FEWEST, SHORTEST), now, lambda what, done, total: None, VAULT)


async def found() -> Counter[tuple[str, int | str, str]]:
    """Of what was raised: by rule, place (the county's own without a school) and sort, how many."""
    rows = await sql.rows("SELECT rule, COALESCE(school_id, 0) AS school, county_code, sort FROM alert")
    return Counter((row["rule"], row["school"] or row["county_code"], row["sort"]) for row in rows)


@pytest.mark.parametrize("now", DATES.values(), ids=DATES.keys())
async def test_every_rule_finds_what_was_planted_and_nothing_else(database: str, now: datetime) -> None:
    made = await small(now)
    await judge_due(now)

    raised = await found()
    assert (raised - made.planted, made.planted - raised) == (Counter(), Counter())


async def test_every_rule_has_true_cases_and_such_as_only_look_like_it(database: str) -> None:
    made = await small(DATES["when the month is ending"])

    assert {rule for rule, _, _ in made.planted} == {rule.code for rule in RULES}
    assert made.cases.total() > len(RULES) * 3


async def test_every_entry_is_one_that_its_form_takes(database: str) -> None:
    await small(START)

    rows = await sql.rows(
        "SELECT id, aspect, version, items, defects, defect_items, meal, late, made_at, received_at FROM ledger_entry"
    )
    assert {row["aspect"] for row in rows} == set(BY_CODE)
    for row in rows:
        given = as_given(sql.document(row["items"]))
        values, faults = validation.read(BY_CODE[row["aspect"]], row["version"], given)
        wrong = validation.defects(BY_CODE[row["aspect"]], row["version"], values, {})
        assert (faults, row["defects"]) == ([], len(wrong)), dict(row)
        assert row["defect_items"] == (",".join(one.item for one in wrong) or None)
        assert sql.instant(row["received_at"]) <= START  # type: ignore[operator]


def as_given(items: dict[str, Any]) -> dict[str, Any]:
    """Sealed numbers as they might have been."""
    return {code: "滇健000000" if isinstance(value, dict) else value for code, value in items.items()}


async def test_it_is_the_same_each_time(prepared: str, tmp_path: Path) -> None:
    made = []
    for folder in (tmp_path / "first", tmp_path / "again"):
        folder.mkdir()
        async with open_database(fresh_database(prepared, folder)):
            await clean()
            made.append((await small(START), await everything()))

    assert made[0] == made[1]


async def everything() -> list[Any]:
    """All that is not sealed: that is another text each time."""
    statements = (
        "SELECT * FROM ledger_entry ORDER BY id",
        "SELECT * FROM register_row ORDER BY id",
        "SELECT * FROM visit ORDER BY id",
        "SELECT id, name FROM person ORDER BY id",
    )
    return [await sql.rows(statement) for statement in statements]


async def test_nothing_is_put_beside_what_is_there(cast: Cast) -> None:
    with pytest.raises(NotEmpty):
        await small(START)


def test_the_command_says_what_it_planted_and_refuses_a_second_time(
    prepared: str, tmp_path: Path, engine: str
) -> None:
    if engine == "postgres":
        pytest.skip("the command is one for both, and its rows are tried above")
    environ = {"SHANDU_HOME": str(tmp_path), "SHANDU_DATABASE_URL": fresh_database(prepared, tmp_path)}
    once, again = command(environ), command(environ)

    assert (once.returncode, once.stderr) == (0, "")
    assert "学校 60\n" in once.stdout
    # in the holidays there is less to plant
    assert once.stdout.count("情形") > 30
    assert (again.returncode, again.stdout) == (2, "准备数据库……\n")
    assert again.stderr.startswith("数据库里已有学校")
    assert command(environ | {"SHANDU_DEMO": "0"}).returncode == 2


def command(environ: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    words = ("demo", "--province", "--schools", str(FEWEST), "--weeks", str(SHORTEST))
    return subprocess.run(
        [sys.executable, "-m", "ops.cli", *words],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=120,
    )
