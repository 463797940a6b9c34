"""Are the locked packages known to be vulnerable? pip-audit, and a loud sentence where nobody can say.

A developer without a network is not stopped; a known vulnerability stops everybody.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

LOCK = "requirements-dev.lock"
WITHIN_S = 120


@dataclass(frozen=True)
class Verdict:
    """What to say, and how the command ends."""

    said: list[str]
    status: int


def judge(answer: str, fault: str, lock: str = LOCK) -> Verdict:
    """What pip-audit's JSON on standard output means; `fault` is what it wrote beside it."""
    try:
        packages: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        why = (fault.strip().splitlines() or ["no answer"])[-1][:200]
        return Verdict([f"AUDIT NOT DONE: the vulnerability service does not answer ({why})"], 0)
    known = [
        f"{package['name']} {package['version']}: {fault['id']}, mended in {_mended(fault)}"
        for package in packages
        for fault in package.get("vulns", [])
    ]
    if known:
        return Verdict([f"{lock} has packages with known vulnerabilities:", *known], 1)
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if unknown:
        share = f"{len(unknown)} of {len(packages)} packages"
        return Verdict(
            [f"AUDIT NOT DONE for {share} of {lock}: the vulnerability service here does not know them"], 0
        )
    return Verdict([f"{len(packages)} packages of {lock}: no known vulnerabilities"], 0)


def _mended(fault: dict[str, Any]) -> str:
    return " or ".join(fault.get("fix_versions") or ["no version yet"])


def main() -> None:
    command = [
        sys.executable, "-m", "pip_audit", "--requirement", LOCK, "--no-deps", "--disable-pip",
        "--progress-spinner", "off", "--format", "json",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_S)
        verdict = judge(done.stdout, done.stderr)
    except subprocess.TimeoutExpired:
        verdict = judge("", f"nothing within {WITHIN_S} s")
    print("\n".join(verdict.said), file=sys.stderr if verdict.status else sys.stdout)
    sys.exit(verdict.status)


if __name__ == "__main__":
    main()
