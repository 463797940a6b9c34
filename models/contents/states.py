"""What becomes of a text or a photo: one table an officer can read. Pure."""

from enum import StrEnum


class CheckState(StrEnum):
    """`asked`: the platform has the photo and answers later. `away`: it answers when the author has the
    mini-program open again. `review`: an officer decides."""

    WAITING = "waiting"
    ASKED = "asked"
    AWAY = "away"
    PASSED = "passed"
    REVIEW = "review"
    RISKY = "risky"
    ALLOWED = "allowed"
    REFUSED = "refused"


class Finding(StrEnum):
    """What the platform makes of it. `away`: it cannot be asked about this author now (61010). `unknown`: nor
    at any other time."""

    PASS = "pass"  # noqa: S105
    REVIEW = "review"
    RISKY = "risky"
    AWAY = "away"
    UNKNOWN = "unknown"


# where the platform may still be asked, or answer
OPEN = (CheckState.WAITING, CheckState.ASKED, CheckState.AWAY)
AFTER: dict[Finding, CheckState] = {
    Finding.PASS: CheckState.PASSED,
    Finding.REVIEW: CheckState.REVIEW,
    Finding.UNKNOWN: CheckState.REVIEW,
    Finding.RISKY: CheckState.RISKY,
}

# others may see it
SHOWN = {CheckState.PASSED, CheckState.ALLOWED}
# nobody else ever sees it
WITHHELD = {CheckState.RISKY, CheckState.REFUSED}

UNDER_REVIEW = "（文字正在审核，通过后显示）"
NOT_SHOWN = "（文字未通过审核，不予显示）"


def instead(state: CheckState, words: str) -> str:
    """What others read."""
    if state in SHOWN:
        return words
    return NOT_SHOWN if state in WITHHELD else UNDER_REVIEW
