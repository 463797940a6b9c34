"""Terms, grades, and what an answer must be. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from models.organisations.tables import SchoolStage
from models.surveys.questionnaires.declaration import QuestionKind, Questionnaire

LONGEST_ROUND = timedelta(days=60)
TEN = range(11)

# 小班 −3, 中班 −2, 大班 −1, then 1 to 12: after its last grade a child is nobody's at that school
STAGES: dict[SchoolStage, range] = {
    SchoolStage.KINDERGARTEN: range(-3, 0),
    SchoolStage.PRIMARY: range(1, 7),
    SchoolStage.JUNIOR: range(7, 10),
    SchoolStage.SENIOR: range(10, 13),
    SchoolStage.NINE_YEAR: range(1, 10),
    SchoolStage.COMPLETE: range(1, 13),
}
GRADES = {-3: "小班", -2: "中班", -1: "大班"} | {
    number: f"{word}年级" for number, word in enumerate("一二三四五六七八九", 1)
} | {10: "高一", 11: "高二", 12: "高三"}  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """An answer as it was given. `marks` by question code."""

    form_version: int
    marks: Mapping[str, int]
    days: int
    channel: str
    words: str = ""


def school_year(day: date) -> int:
    """The calendar year in which the school year of a Beijing date began."""
    return day.year if day.month >= 9 else day.year - 1


def term_of(day: date) -> str:
    """The term of a Beijing date, `2026-autumn` (September to January) or `2027-spring` (March to July).

    A holiday belongs to the term before it.
    """
    return f"{day.year}-spring" if 3 <= day.month <= 8 else f"{school_year(day)}-autumn"


def term_begins(term: str) -> date:
    """The first of September or of March."""
    year, _, season = term.partition("-")
    return date(int(year), 9 if season == "autumn" else 3, 1)


def term_before(term: str) -> str:
    return term_of(term_begins(term) - timedelta(days=1))


def term_name(term: str) -> str:
    """A term as people say it: `2026年秋季学期`."""
    year, _, season = term.partition("-")
    return f"{year}年{'秋季' if season == 'autumn' else '春季'}学期"


def grade_on(grade: int, year: int, day: date, stage: SchoolStage) -> int | None:
    """The grade, on a Beijing date, of a child that was in `grade` in a school year; None: it has left."""
    now = grade + school_year(day) - year
    return now if now in STAGES[stage] else None


def termly(today: date, opens_after_days: float, open_days: float) -> tuple[date, date] | None:
    """When this term's round opens and closes by the plan; None when it would be over already."""
    opens_on = term_begins(term_of(today)) + timedelta(days=int(opens_after_days))
    closes_on = opens_on + timedelta(days=int(open_days) - 1)
    return (max(opens_on, today), closes_on) if today <= closes_on else None


def faults(asked: Questionnaire, answer: Answer) -> Iterator[tuple[str, str]]:
    """(question code, Chinese sentence) of everything wrong; the code is empty for the other four."""
    known = {question.code for question in asked.questions}
    for code in sorted(set(answer.marks) - known):
        yield code, "这一版问卷没有这一题。"
    steps = dict(asked.steps)
    for question in asked.questions:
        mark = answer.marks.get(question.code)
        if mark is None:
            yield question.code, f"“{question.title}”还没有答。"
        elif question.kind is QuestionKind.TEN and mark not in TEN:
            yield question.code, "推荐程度只能是0到10分。"
        elif question.kind is QuestionKind.STEPS and mark not in steps:
            yield question.code, f"“{question.title}”只能选{'、'.join(steps.values())}。"
    lowest, highest = asked.days
    if not lowest <= answer.days <= highest:
        yield "", f"每周就餐天数只能是{lowest}到{highest}天。"
    if answer.channel not in dict(asked.channels):
        yield "", f"“{asked.channel_title}”请选一项。"
    if len(answer.words) > asked.longest_words:
        yield "", f"想说的话超过{asked.longest_words}字，请精简。"
