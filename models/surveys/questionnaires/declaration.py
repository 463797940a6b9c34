"""What a questionnaire is made of. A version, once used, is never changed: the next one is a new declaration."""

from dataclasses import dataclass
from enum import StrEnum


class QuestionKind(StrEnum):
    """How a question is answered: one of five steps, or 0 to 10."""

    STEPS = "steps"
    TEN = "ten"


@dataclass(frozen=True)
class Question:
    code: str
    title: str
    kind: QuestionKind = QuestionKind.STEPS


@dataclass(frozen=True)
class Questionnaire:
    """A version: the questions that are counted, and the four others.

    `steps` are (value, Chinese word), best first. The others: days a week the child eats here, its grade
    (known from the child, never asked), how the guardian knows, and words of their own.
    """

    version: int
    title: str
    steps: tuple[tuple[int, str], ...]
    questions: tuple[Question, ...]
    days_title: str
    days: tuple[int, int]
    channel_title: str
    channels: tuple[tuple[str, str], ...]
    words_title: str
    longest_words: int
