"""How problems, instants and lists are said in an answer. Pure."""

from collections.abc import Sequence
from datetime import datetime

from models.conversations.states import Choice, ChoiceKind
from models.policies.calendar import BEIJING
from models.problems.states import STATE_NAMES, State
from models.problems.tables import Problem

MOST_LISTED = 9


def day_and_time(instant: datetime) -> str:
    """`11月27日18:00`, Beijing time."""
    at = instant.astimezone(BEIJING)
    return f"{at.month}月{at.day}日{at:%H:%M}"


def plain(words: str) -> str:
    """People's words as words: a chat makes a link of <a>, and the account's own would not be told from it."""
    return words.replace("<", "＜").replace(">", "＞")


def problem_line(problem: Problem, school: str, now: datetime) -> str:
    """`【超期】留样盒没有标签（田坝小学），应于11月27日18:00前整改`"""
    state = _short(problem, now)
    due = problem.due_at
    until = f"，应于{day_and_time(due)}前整改" if due and state in ("超期", "今天到期", "待整改") else ""
    return f"【{state}】{plain(problem.title)}（{school}）{until}"


def _short(problem: Problem, now: datetime) -> str:
    if problem.state is State.OVERDUE:
        return "超期"
    if problem.state in (State.ASSIGNED, State.RETURNED, State.REOPENED):
        if problem.due_at and problem.due_at.astimezone(BEIJING).date() == now.astimezone(BEIJING).date():
            return "今天到期"
        return "待整改"
    return STATE_NAMES[problem.state]


def numbered(lines: Sequence[str]) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))


def problem_choices(found: Sequence[tuple[Problem, str]]) -> list[Choice]:
    return [Choice(ChoiceKind.PROBLEM, str(problem.id)) for problem, _ in found[:MOST_LISTED]]


def problem_list(found: Sequence[tuple[Problem, str]], now: datetime) -> str:
    """Numbered as `problem_choices` is; what is beyond it only counted."""
    lines = [problem_line(problem, school, now) for problem, school in found[:MOST_LISTED]]
    more = "\n……其余请在小程序查看。" if len(found) > MOST_LISTED else ""
    return numbered(lines) + more
