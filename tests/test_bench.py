"""`make bench` still measures: each row beside the anchor that shares its statements."""

import json
import os
import subprocess
import sys

import pytest

SUBJECTS = {
    ("check-in", "visit", "notices", "decided", "survey"): {"check-in", "visit", "notices", "survey"},
    ("alerts",): {"all", "five", "entry"},
}


@pytest.mark.slow
@pytest.mark.parametrize(("subjects", "rows_of"), SUBJECTS.items(), ids=lambda one: min(one))
def test_every_row_beside_shared_statements_is_measured(
    prepared: str, engine: str, subjects: tuple[str, ...], rows_of: set[str]
) -> None:
    if engine != "postgres":
        pytest.skip("the benchmarks are PostgreSQL's")
    given = {**os.environ, "SHANDU_TEST_DATABASE_URL": prepared, "QUICK": "1", "JSON": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "ops.bench", *subjects], env=given, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row["name"].split()[0] for row in rows} == rows_of
    assert all(row["ours"] > 0 and row["other"] > 0 and row["unit"] for row in rows)
