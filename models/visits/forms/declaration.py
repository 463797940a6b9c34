"""What a form is made of. A version, once used, is never changed: the next one is a new declaration.

A legal basis and the titles of its sections may be completed: they say nothing of what was asked and answered.
"""

from dataclasses import dataclass
from enum import StrEnum


class ItemKind(StrEnum):
    """How an item is answered: a verdict; a verdict with five scores; a verdict with three counts."""

    VERDICT = "verdict"
    TASTING = "tasting"
    COUNTS = "counts"


@dataclass(frozen=True)
class Item:
    """One line of a form. `key` (★): a failure needs a photo and opens a problem."""

    code: str
    title: str
    hint_right: str
    hint_wrong: str
    key: bool = False
    kind: ItemKind = ItemKind.VERDICT
    basis: str = ""
    severity: str = "general"


@dataclass(frozen=True)
class Form:
    """A version of a form. `verdicts` are (code, Chinese word), the first one says that all is well.

    `sections` are (letter, title) in the items' order: an item is of the section its code begins with.
    """

    kind: str
    version: int
    title: str
    verdicts: tuple[tuple[str, str], ...]
    grades: tuple[tuple[str, str], ...]
    items: tuple[Item, ...]
    min_photos: int = 1
    max_photos: int = 6
    sections: tuple[tuple[str, str], ...] = ()
