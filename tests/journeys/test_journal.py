"""Nobody changes the journal unseen: the database refuses, and whoever owns the database is found out."""

import json
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from models.database import sql
from models.journal import chain, sealing
from models.journal.actions import record
from models.journal.proving import Proof, prove
from models.journal.sealing import ENTRY, date_of, entry_of
from tests.cast import Cast, Phone, Stage, new_id
from tests.conftest import START, unguarded
from tests.test_commands import shandu

pytestmark = pytest.mark.slow


@pytest.fixture
async def week(stage: Stage, cast: Cast) -> int:
    """Three days of a problem's life, each under its root, and one more of another; the problem's id."""
    member, head = await cast.phone("member"), await cast.phone("head")
    checked = await member.check_in(cast.tianba)
    sent = await member.visit(cast.tianba, checked.headers["request_id"], failing="C06")
    (problem_id,) = sent.json["problems"]
    for by, move in [(head, "submit"), (member, "return"), (head, "submit"), (member, "close")]:
        stage.forward(hours=9)
        assert (await _move(cast, by, problem_id, move)).status == 200
        await stage.jobs()
    stage.forward(days=1)
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": "菜凉了"}
    assert (await member.post("/problems", body)).status == 201
    await stage.jobs()
    stage.forward(days=1)
    await stage.jobs()
    return int(problem_id)


async def _move(cast: Cast, by: Phone, problem_id: int, move: str) -> object:
    photos = [await by.photo(cast.tianba, "problem")] if move == "submit" else []
    body = {"request_id": new_id(), "words": "已经整改 ✓", "photos": photos}
    return await by.post(f"/problems/{problem_id}/{move}", body)


async def _prove() -> Proof:
    return await prove(lambda done, total: None)


async def _faults() -> list[str]:
    return [fault.said for fault in (await _prove()).faults]


async def test_every_step_is_sealed_and_every_day_has_its_root(week: int) -> None:
    proof = await _prove()
    assert proof.faults == []
    steps = (await sql.rows("SELECT COUNT(*) AS n FROM journal_entry"))[0]["n"]
    assert (proof.seals, proof.waiting) == (steps, 0)
    assert proof.days >= 3
    places = await sql.rows(
        "SELECT place FROM journal_seal WHERE subject_kind = 'problem' AND subject_id = $1 ORDER BY id", week
    )
    assert [row["place"] for row in places] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("table", ["journal_entry", "journal_seal", "journal_root"])
async def test_the_database_refuses_to_change_or_remove_what_is_in_the_journal(
    week: int, table: str, engine: str
) -> None:
    column = "verb" if table == "journal_entry" else "hash"
    attempts = [f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"]
    attempts += [f"TRUNCATE {table}"] if engine == "postgres" else []
    before = await sql.rows(f"SELECT * FROM {table}")
    for attempt in attempts:
        with pytest.raises(Exception, match="append-only"):
            await sql.rows(attempt)
    assert await sql.rows(f"SELECT * FROM {table}") == before


async def _step(problem_id: int, place: int) -> int:
    """The entry's id of a problem's step."""
    found = await sql.rows(
        "SELECT entry_id FROM journal_seal WHERE subject_kind = 'problem' AND subject_id = $1 AND place = $2",
        problem_id, place,
    )  # fmt: skip
    return int(found[0]["entry_id"])


async def change_a_step(problem_id: int) -> None:
    facts = sql.dump({"words": "从来没有问题", "photos": []})
    entry = await _step(problem_id, 3)
    await sql.rows("UPDATE journal_entry SET facts = $1::jsonb WHERE id = $2", facts, entry)


async def remove_a_middle_step(problem_id: int) -> None:
    await sql.rows("DELETE FROM journal_entry WHERE id = $1", await _step(problem_id, 3))


async def remove_a_middle_step_with_its_seal(problem_id: int) -> None:
    entry = await _step(problem_id, 3)
    await sql.rows("DELETE FROM journal_entry WHERE id = $1", entry)
    await sql.rows("DELETE FROM journal_seal WHERE entry_id = $1", entry)


async def remove_the_last_step_with_its_seal(problem_id: int) -> None:
    entry = await _step(problem_id, 5)
    await sql.rows("DELETE FROM journal_entry WHERE id = $1", entry)
    await sql.rows("DELETE FROM journal_seal WHERE entry_id = $1", entry)


async def remove_the_last_step_of_all_with_its_seal(problem_id: int) -> None:
    await sql.rows("DELETE FROM journal_entry WHERE id = (SELECT MAX(id) FROM journal_entry)")
    await sql.rows("DELETE FROM journal_seal WHERE id = (SELECT MAX(id) FROM journal_seal)")


async def swap_two_steps(problem_id: int) -> None:
    second, third = await _step(problem_id, 2), await _step(problem_id, 3)
    for entry, other in [(second, -1), (third, second), (-1, third)]:
        await sql.rows("UPDATE journal_seal SET entry_id = $1 WHERE entry_id = $2", other, entry)


async def put_a_step_in(problem_id: int) -> None:
    """Three days late, and left for our own worker to seal."""
    await record("problem", problem_id, "close", START, person_id=1)
    await sealing.seal(START + timedelta(days=3))


async def put_a_step_in_without_a_seal(problem_id: int) -> None:
    await record("problem", problem_id, "close", START, person_id=1)


async def put_a_sealed_step_into_the_chain(problem_id: int) -> None:
    """An insider who can compute moves the later links up and makes the chain anew from there."""
    await record("problem", problem_id, "close", START, person_id=1)
    await sql.rows(
        "INSERT INTO journal_seal (id, entry_id, subject_kind, subject_id, place, prev_hash, hash, sealed_at)"
        " SELECT (SELECT MAX(id) + 1 FROM journal_seal), (SELECT MAX(id) FROM journal_entry), 'problem', $1,"
        " 6, hash, hash, sealed_at FROM journal_seal"
        " WHERE subject_kind = 'problem' AND subject_id = $1 AND place = 5",
        problem_id,
    )
    await _recompute(problem_id)


async def change_a_step_and_compute_its_chain_anew(problem_id: int) -> None:
    await change_a_step(problem_id)
    await _recompute(problem_id)


async def change_a_root(problem_id: int) -> None:
    await sql.rows("UPDATE journal_root SET tree_hash = $1 WHERE day = (SELECT MIN(day) FROM journal_root)", "0" * 64)  # fmt: skip


async def change_a_step_its_chain_and_its_root(problem_id: int) -> None:
    await change_a_step_and_compute_its_chain_anew(problem_id)
    (root,) = await sql.rows(
        "SELECT r.* FROM journal_root r JOIN journal_seal s ON s.id BETWEEN r.first_seal AND r.last_seal"
        " WHERE s.entry_id = $1",
        await _step(problem_id, 3),
    )
    tree = chain.Tree()
    for row in await sql.rows("SELECT hash FROM journal_seal WHERE id >= $1 AND id <= $2 ORDER BY id",
                              root["first_seal"], root["last_seal"]):  # fmt: skip
        tree.add(row["hash"])
    line = chain.root_line(
        date_of(root["day"]), root["first_seal"], root["last_seal"], tree.root(), root["prev_hash"]
    )
    await sql.rows(
        "UPDATE journal_root SET tree_hash = $1, hash = $2 WHERE first_seal = $3",
        tree.root(), chain.digest(line), root["first_seal"],
    )  # fmt: skip


async def remove_a_root(problem_id: int) -> None:
    await sql.rows("DELETE FROM journal_root WHERE day = (SELECT MIN(day) FROM journal_root)")


async def _recompute(problem_id: int) -> None:
    prev_hash = chain.START
    for row in await sql.rows(
        f"SELECT s.id AS no, s.place, s.sealed_at, {ENTRY} FROM journal_seal s JOIN journal_entry e"
        " ON e.id = s.entry_id WHERE s.subject_kind = 'problem' AND s.subject_id = $1 ORDER BY s.place",
        problem_id,
    ):
        sealed_at = sql.instant(row["sealed_at"])
        assert sealed_at is not None
        line = chain.seal_line(row["no"], prev_hash, row["place"], sealed_at, entry_of(row))
        hash_ = chain.digest(line)
        await sql.rows(
            "UPDATE journal_seal SET prev_hash = $1, hash = $2 WHERE id = $3", prev_hash, hash_, row["no"]
        )
        prev_hash = hash_


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (change_a_step, ["的第3步", "封存后被改过"]),
        (remove_a_middle_step, ["的第3步", "已被删除"]),
        (remove_a_middle_step_with_its_seal, ["的第4步", "链上缺少一环"]),
        (remove_the_last_step_with_its_seal, ["号封存", "编号不连续"]),
        (remove_the_last_step_of_all_with_its_seal, ["号封存", "与日根不符"]),
        (swap_two_steps, ["的第2步", "封存后被改过"]),
        (put_a_step_in, ["的第6步", "事后补写"]),
        (put_a_step_in_without_a_seal, ["问题1（", "没有封存"]),
        (put_a_sealed_step_into_the_chain, ["的第6步", "事后补写"]),
        (change_a_step_and_compute_its_chain_anew, ["2026-11-25（", "与日根不符"]),
        (change_a_root, ["2026-11-24的日根", "自身被改过"]),
        (change_a_step_its_chain_and_its_root, ["2026-11-26的日根", "与前一个日根不相接"]),
        (remove_a_root, ["2026-11-25的日根", "与前一个日根不相接"]),
    ],
)
async def test_whoever_owns_the_database_is_found_out(
    week: int, tamper: Callable[[int], Awaitable[None]], said: list[str]
) -> None:
    async with unguarded():
        await tamper(week)
    (first, *_) = await _faults()
    assert all(words in first for words in said), await _faults()


@pytest.mark.slow
async def test_the_command_names_what_is_broken_and_ends_with_one(
    week: int, stage: Stage, environ: dict[str, str]
) -> None:
    whole = shandu(environ, "check", "journal")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    async with stage.http.get("/api/journal/roots?limit=1") as answer:
        (root,) = (await answer.json())["items"]
    assert f"{root['day']} {root['hash']}" in whole.stdout
    async with unguarded():
        await change_a_step(week)
    broken = shandu(environ, "check", "journal")
    assert broken.returncode == 1
    assert f"✗ 问题{week}的第3步（留痕" in broken.stdout.splitlines()[0]


async def test_a_transaction_that_commits_late_joins_its_chain_at_the_end(database: str) -> None:
    """Ids are taken before they can be seen: on PostgreSQL a lower one may appear after a higher one."""
    columns = "INSERT INTO journal_entry (id, at, subject_kind, subject_id, verb, facts) VALUES"
    for number, ids in enumerate([[5, 6], [3], [4, 7]]):
        for each in ids:
            await sql.rows(
                f"{columns} ($1, $2, 'person', $3, 'bind', $4::jsonb)",
                each, START + timedelta(seconds=each), each % 2, "{}",
            )  # fmt: skip
        await sealing.seal(START + timedelta(seconds=10 + number))
    sealed = await sql.rows("SELECT entry_id, subject_id, place FROM journal_seal ORDER BY id")
    assert [(row["entry_id"], row["place"]) for row in sealed] == [(5, 1), (6, 1), (3, 2), (4, 2), (7, 3)]
    assert await _faults() == []


async def test_a_sealer_that_catches_up_is_not_accused(database: str) -> None:
    """It stood for three days, and has yet to come to the second step."""
    await record("person", 1, "bind", START)
    await sealing.seal(START + timedelta(days=3))
    await record("person", 1, "bind", START + timedelta(minutes=1))
    proof = await _prove()
    assert (proof.faults, proof.waiting, proof.late) == ([], 1, 1)
    await sealing.seal(START + timedelta(days=3, minutes=1))
    proof = await _prove()
    assert (proof.faults, proof.waiting, proof.late) == ([], 0, 0)


async def test_steps_far_below_the_newest_are_found_by_the_sweep(database: str) -> None:
    for each in (sealing.LOOK_BACK + 10, 1):
        await sql.rows(
            "INSERT INTO journal_entry (id, at, subject_kind, subject_id, verb, facts)"
            " VALUES ($1, $2, 'person', 1, 'bind', $3::jsonb)",
            each, START, "{}",
        )  # fmt: skip
        await sealing.seal(START)
    assert (await _prove()).waiting == 1
    assert await sealing.sweep(START) == 1
    assert (await _prove()).waiting == 0


async def test_a_worker_whose_clock_is_fast_closes_no_day_for_the_others(database: str) -> None:
    await record("person", 1, "bind", START)
    await sealing.seal(START + timedelta(days=1))
    assert await sealing.close_days(START + timedelta(days=2)) == 1
    await record("person", 1, "bind", START)
    await sealing.seal(START)
    days = await sql.rows("SELECT sealed_at FROM journal_seal ORDER BY id")
    first, second = [sql.instant(row["sealed_at"]) for row in days]
    assert first is not None and second is not None
    assert chain.day_of(second) > chain.day_of(first)
    assert await _faults() == []


NUMBERS = {
    "a": 1e5,
    "b": 1e-7,
    "c": -0.0,
    "d": 0.1 + 0.2,
    "e": 10**20,
    "文": "“✓”\n\\",
    "bb": [1.0, None, True],
}


async def test_both_engines_give_the_same_hash_for_the_same_step(database: str) -> None:
    await record("person", 7, "bind", START, person_id=7, facts=NUMBERS)
    await sealing.seal(START)
    (seal,) = await sql.rows("SELECT hash FROM journal_seal")
    assert seal["hash"] == "871d61c5a0ed0b4cea74b1804723821c86a29073ea1de6b43ed3f4599e46ae38"


@pytest.fixture
def exported(week: int, environ: dict[str, str], tmp_path: Path) -> Callable[..., Path]:
    def export(*more: str) -> Path:
        out = tmp_path / new_id()
        done = shandu(
            environ, "export", "journal", str(out), "--from", "2026-11-24", "--to", "2026-11-30", *more
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return out

    return export


def _verify(folder: Path, *pins: str) -> "subprocess.CompletedProcess[str]":
    """As an auditor does: without our packages, our settings or our database."""
    return subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", *pins],
        cwd=folder, env={"PYTHONIOENCODING": "utf-8"}, capture_output=True, text=True, timeout=30,
    )  # fmt: skip


@pytest.mark.slow
async def test_an_auditor_verifies_an_export_without_us(
    exported: Callable[..., Path], stage: Stage, week: int
) -> None:
    async with stage.http.get("/api/journal/roots") as answer:
        pins = [f"{root['day']}={root['hash']}" for root in (await answer.json())["items"]]
    folder = exported()
    steps = (await sql.rows("SELECT COUNT(*) AS n FROM journal_entry"))[0]["n"]
    whole = _verify(folder, *pins)
    assert whole.returncode == 0, whole.stdout
    assert whole.stdout.startswith(f"✓ 2026-11-24至2026-11-26，{steps}步、{len(pins)}个日根全部相符")
    one = exported("--subject", f"problem:{week}")
    assert _verify(one, *pins).stdout.startswith(f"✓ 2026-11-24至2026-11-26，problem:{week}，5步")
    assert _verify(folder, f"2026-11-24={'0' * 64}").returncode == 1


@pytest.mark.slow
async def test_an_auditor_is_told_of_a_step_put_in_later_in_our_words(
    exported: Callable[..., Path], week: int
) -> None:
    await put_a_step_in(week)
    await sealing.close_days(START + timedelta(days=5))
    (ours,) = await _faults()
    for folder in (exported(), exported("--subject", f"problem:{week}")):
        theirs = _verify(folder)
        assert theirs.returncode == 1
        assert theirs.stdout.strip().endswith(ours.partition("：")[2])


@pytest.mark.slow
async def test_an_auditor_finds_every_changed_byte_and_every_missing_line(
    exported: Callable[..., Path], week: int, tmp_path: Path
) -> None:
    for folder in (exported(), exported("--subject", f"problem:{week}")):
        lines = (folder / "journal.jsonl").read_text().splitlines()
        assert len(lines) >= 5
        for number, line in enumerate(lines):
            value = json.loads(line)
            value[12] = "closed"
            changed = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            for forged in ([*lines[:number], changed, *lines[number + 1 :]], lines[:number] + lines[number + 1 :]):  # fmt: skip
                copy = tmp_path / new_id()
                shutil.copytree(folder, copy)
                (copy / "journal.jsonl").write_text("".join(f"{line}\n" for line in forged))
                assert _verify(copy).returncode == 1, number


def test_an_export_from_a_later_day_to_an_earlier_says_so(environ: dict[str, str], tmp_path: Path) -> None:
    days = ("--from", "2026-11-30", "--to", "2026-11-24")
    done = shandu(environ, "export", "journal", str(tmp_path / "out"), *days)
    assert (done.returncode, done.stderr) == (
        2, "--from 2026-11-30 晚于 --to 2026-11-24，请把两个日期对调\n"
    )  # fmt: skip


async def test_an_export_has_ids_and_no_names_or_telephone_numbers(
    exported: Callable[..., Path], cast: Cast
) -> None:
    text = (exported() / "journal.jsonl").read_text()
    for person in cast.people.values():
        assert person.name not in text
        assert cast.stage.number(person) not in text


async def test_roots_are_for_everybody_and_paged(week: int, stage: Stage) -> None:
    seen: list[str] = []
    before = ""
    while True:
        async with stage.http.get(f"/api/journal/roots?limit=2{before}") as answer:
            assert answer.status == 200
            page = await answer.json()
        seen += [root["day"] for root in page["items"]]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == (await _prove()).days
