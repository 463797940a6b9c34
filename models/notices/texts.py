"""Texts of many lines, as long as the inbox shows them. Pure."""

from collections.abc import Sequence

LONGEST = 2000


def whole_lines(lines: Sequence[str], longest: int = LONGEST) -> str:
    """As many whole lines as fit, and how many more there are."""
    kept = list(lines)
    while len("\n".join(kept)) > longest:
        kept.pop()
    left = len(lines) - len(kept)
    return "\n".join(kept) + (f"\n……还有{left}行，点击查看全部" if left else "")
