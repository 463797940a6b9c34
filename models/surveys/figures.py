"""What is counted, and which groups may be told apart. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.surveys.questionnaires.declaration import QuestionKind, Questionnaire

# nothing is shown of a group under five, nor can it be had by taking shown groups from each other
LEAST = 5
TOP_TWO = 2
PROMOTES, DETRACTS = 9, 6


@dataclass(frozen=True)
class Figure:
    """The marks of one question over a group: their sum, how many at the top, how many at the foot."""

    total: int
    top: int
    foot: int


def told_apart(counts: Mapping[int, int]) -> set[int]:
    """The parts of a whole that may be shown beside the whole.

    Each has at least five, and what is left over is nothing or at least five: a small part takes the
    smallest of the others with it, or the difference would show it. A whole under five shows nothing.
    """
    shown = {part for part, n in counts.items() if n >= LEAST}
    left = sum(n for part, n in counts.items() if part not in shown)
    while shown and 0 < left < LEAST:
        smallest = min(shown, key=lambda part: (counts[part], part))
        shown.remove(smallest)
        left += counts[smallest]
    return shown


def count(asked: Questionnaire, marks: Iterable[Mapping[str, int]]) -> dict[str, Figure]:
    """The figures of every question over complete answers."""
    best = {value for value, _ in asked.steps[:TOP_TWO]}
    worst = {value for value, _ in asked.steps[-TOP_TWO:]}
    total, top, foot = Counter[str](), Counter[str](), Counter[str]()
    ten = {question.code for question in asked.questions if question.kind is QuestionKind.TEN}
    for answer in marks:
        for code, mark in answer.items():
            total[code] += mark
            top[code] += mark >= PROMOTES if code in ten else mark in best
            foot[code] += mark <= DETRACTS if code in ten else mark in worst
    codes = [question.code for question in asked.questions]
    return {code: Figure(total[code], top[code], foot[code]) for code in codes}
