"""One line of the table, and how rounds become a figure."""

import statistics
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """Medians over the rounds. `ratio` is the median of the rounds' own ratios, ours to other."""

    name: str
    ours: float
    other: float
    ratio: float
    unit: str

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "ours": round(self.ours, 2),
            "other": round(self.other, 2),
            "ratio": round(self.ratio, 3),
            "unit": self.unit,
        }

    def as_text(self) -> str:
        return f"{self.name:34}{self.ours:12.1f}{self.other:12.1f}{self.ratio:8.2f}  {self.unit}"


def row(name: str, ours: list[float], other: list[float], unit: str) -> Row:
    """A row from paired rounds, the n-th of ours beside the n-th of the other."""
    ratios = [mine / theirs for mine, theirs in zip(ours, other, strict=True)]
    return Row(name, statistics.median(ours), statistics.median(other), statistics.median(ratios), unit)
