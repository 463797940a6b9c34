"""How much is measured: everything, or with QUICK=1 just enough to see that every row still can be."""

import os

QUICK = os.environ.get("QUICK") == "1"
PART = 20


def rounds(usual: int) -> int:
    """Rounds that count; one more warms up."""
    return 1 if QUICK else usual


def sized(usual: int) -> int:
    """Jobs of a round."""
    return usual // PART if QUICK else usual
