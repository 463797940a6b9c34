"""Migrations: only what is safe on SQLite, and in step with the tables on both engines."""

import importlib
import pkgutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.migrations import operations as ops

import models.migrations
from models.database import sql
from models.database.opening import migrate, pending

# AlterField and RemoveField rebuild a table on SQLite and lose its children, indexes and constraints.
SAFE = (ops.CreateModel, ops.AddField, ops.AddIndex, ops.RunSQL, ops.RunPython)


def test_only_operations_that_lose_nothing() -> None:
    for module in pkgutil.iter_modules(models.migrations.__path__):
        migration = importlib.import_module(f"models.migrations.{module.name}").Migration
        unsafe = [type(step).__name__ for step in migration.operations if not isinstance(step, SAFE)]
        assert unsafe == [], module.name


def test_the_tables_have_no_change_without_a_migration(tmp_path: Path) -> None:
    drafting = [sys.executable, "-m", "tortoise", "-c", "models.database.config.DRAFTING"]
    root = Path(__file__).parent.parent
    before = sorted((root / "models/migrations").glob("*.py"))
    drafted = subprocess.run(
        [*drafting, "makemigrations"], cwd=root, capture_output=True, text=True, check=True
    )
    new = set((root / "models/migrations").glob("*.py")) - set(before)
    for file in new:
        file.unlink()
    assert not new, drafted.stdout


async def test_migrating_again_changes_nothing(database: str) -> None:
    assert await pending() == []
    assert await migrate() == []


async def test_every_column_of_the_tables_is_in_the_database(database: str) -> None:
    for table in Tortoise.apps["shandu"].values():
        columns = table._meta.fields_db_projection.values()
        await sql.rows(f"SELECT {', '.join(columns)} FROM {table._meta.db_table} LIMIT 0")


async def test_what_workers_look_for_has_its_index(database: str) -> None:
    if sql.on_postgres():
        found = await sql.rows("SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'public'")
    else:
        found = await sql.rows("SELECT name FROM sqlite_master WHERE type = 'index'")
    names = {row["name"] for row in found}
    assert {"idx_delivery_due", "idx_delivery_open", "idx_problem_ladder", "idx_inbound_waiting"} <= names
    assert {"idx_photo_render", "idx_photo_unused", "idx_awaited_open"} <= names
    assert "idx_visit_record" in names


async def test_alerts_lose_the_names_that_were_stored_with_them(database: str) -> None:
    told = {
        "visit_rush": "李秀英2026年11月20日在4分钟内有10次入校记录。",
        "health_certificate": "李秀英的健康证已于2026年11月20日到期。",
        "rat_proof": "2026年11月20日台账记着防鼠设施0处。",
    }
    for rule, said in told.items():
        await sql.rows(
            "INSERT INTO alert (mode, rule, matter, county_code, owner, level, sort, said, facts, state, raised_at,"
            " changed_at) VALUES ('live', $1, '530302:7', '530302', 'county', 'general', 'defect', $2, $3::jsonb,"
            " 'withdrawn', $4, $4) RETURNING id",
            rule, said, '{"visits": 10}', datetime(2026, 11, 20, tzinfo=UTC),
        )  # fmt: skip
    unnamed = importlib.import_module("models.migrations.0032_unnamed")
    await unnamed.leave_out(None, SimpleNamespace(client=get_connection("default")))
    found = await sql.rows("SELECT said, facts FROM alert ORDER BY id")
    assert [(row["said"], sql.document(row["facts"])) for row in found] == [
        ("〔姓名〕2026年11月20日在4分钟内有10次入校记录。", {"visits": 10, "person_id": 7}),
        ("〔姓名〕的健康证已于2026年11月20日到期。", {"visits": 10}),
        (told["rat_proof"], {"visits": 10}),
    ]
