"""What the audit of packages says, and when it stops the build."""

import json

import pytest

from ops.audit import judge

CLEAN = {"name": "yarl", "version": "1.25.1", "vulns": []}
SKIPPED = {"name": "wechatpy", "skip_reason": "Dependency not found on PyPI and could not be audited"}
BAD = {
    "name": "pillow",
    "version": "9.0",
    "vulns": [{"id": "PYSEC-2022-10", "fix_versions": ["9.0.1"], "aliases": [], "description": "…"}],
}


@pytest.mark.parametrize(
    ("packages", "status", "said"),
    [
        ([CLEAN], 0, "1 packages of the.lock: no known vulnerabilities"),
        ([CLEAN, SKIPPED], 0, "AUDIT NOT DONE for 1 of 2 packages"),
        ([CLEAN, SKIPPED, BAD], 1, "pillow 9.0: PYSEC-2022-10, mended in 9.0.1"),
    ],
)
def test_a_known_vulnerability_stops_and_ignorance_is_told(
    packages: list[object], status: int, said: str
) -> None:
    verdict = judge(json.dumps({"dependencies": packages, "fixes": []}), "", "the.lock")
    assert verdict.status == status
    assert said in "\n".join(verdict.said)


@pytest.mark.parametrize("answer", ["", "Traceback", "[]", "{}", "null"])
def test_a_service_that_is_away_stops_nobody(answer: str) -> None:
    verdict = judge(answer, "Traceback…\nConnectionError: no route to pypi.org", "the.lock")
    assert verdict.status == 0
    assert verdict.said == [
        "AUDIT NOT DONE: the vulnerability service does not answer (ConnectionError: no route to pypi.org)"
    ]
