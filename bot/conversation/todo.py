"""待办 and 预警: what waits for somebody, the most urgent first, to be chosen by number."""

from datetime import timedelta

from bot.conversation.heard import Heard, Way
from bot.conversation.saying import MOST_LISTED, numbered, plain, problem_choices, problem_line
from bot.conversation.turn import Answer, Turn, Wish
from bot.conversation.words import Command, Said
from bot.wording import page_of
from models.alerts import queries as alerts
from models.alerts.declaring import SORT_NAMES, Sort, unnamed
from models.alerts.queries import Line
from models.conversations.states import Choice, ChoiceKind, State
from models.digests import queries as digests
from models.digests.rules import Item, counted, line
from models.organisations.tables import Division
from models.people.access import Viewer
from models.people.rights import Right
from models.problems import queries as problems
from models.surveys import queries as surveys

SOON = timedelta(hours=24)
MOST = MOST_LISTED + 1


def match(heard: Heard, said: Said, state: State) -> Wish | None:
    if heard.way not in (Way.TEXT, Way.CLICK):
        return None
    if said.command is Command.TODO:
        return Wish(_todo)
    if said.command is Command.ALERTS:
        return Wish(_alerts)
    return None


async def _todo(turn: Turn, wish: Wish) -> Answer:
    """The same list as in the morning's message and in the mini-program."""
    today = await digests.today(turn.viewer, turn.now)
    listed = today.items[:MOST_LISTED]
    waiting = [one for one in await surveys.asked_of_me(turn.viewer, turn.today) if not one.answered]
    survey = "有满意度测评请您填写，回复“满意度”。" if waiting else ""
    if not listed:
        return Answer(f"{turn.viewer.name}，{survey or '现在没有要办的事。'}", turn.state.offering(()))
    parts = [f"{turn.viewer.name}，您的待办（{counted(today.items)}）："]
    parts.append(numbered([plain(line(item, today.on)) for item in listed]))
    if len(today.items) > len(listed):
        parts.append("……其余请在小程序查看。")
    parts.append("回复数字办理，例如“1”。")
    parts += [f"另{survey}"] if survey else []
    return Answer("\n".join(parts), turn.state.offering([_choice(item) for item in listed]))


def _choice(item: Item) -> Choice:
    if item.subject_kind == "problem":
        return Choice(ChoiceKind.PROBLEM, str(item.subject_id))
    return Choice(ChoiceKind.PAGE, page_of(item.subject_kind, item.subject_id))


async def _alerts(turn: Turn, wish: Wish) -> Answer:
    """What was raised by itself and waits for an answer, then problems whose time is up; an officer's, counted."""
    raised = await alerts.mine(turn.viewer, turn.today, limit=MOST)
    found = await problems.pressing(turn.viewer, turn.now + SOON, MOST)
    counted_up = [await _counted_up(turn, code) for code in _divisions(turn.viewer)]
    if not raised and not found and not any(counted_up):
        return Answer("没有预警，也没有超期或24小时内到期的问题。", turn.state.offering(()))
    choices = [*_alert_choices(raised), *problem_choices(found)][:MOST_LISTED]
    lines = [*map(_alert_line, raised), *(problem_line(one, school, turn.now) for one, school in found)]
    parts = [*filter(None, counted_up)]
    if lines:
        parts.append(f"预警，超期或即将到期的问题：\n{numbered(lines[:MOST_LISTED])}")
        parts.append("……其余请在小程序查看。" if len(lines) > MOST_LISTED else "")
        parts.append("回复数字查看或办理。")
    return Answer("\n".join(filter(None, parts)), turn.state.offering(choices))


def _divisions(viewer: Viewer) -> list[str]:
    codes = [held.division_code for held in viewer.with_right(Right.READ_LEDGER) if held.division_code]
    return list(dict.fromkeys(codes))


async def _counted_up(turn: Turn, code: str) -> str:
    """`麒麟区预警：没有记录12项、确有缺陷3项、台账与入校不一致1项。` Empty when there is none."""
    found = await alerts.tally(turn.viewer, code, turn.today)
    sums = {
        Sort.NO_RECORD: sum(one.no_record for one in found),
        Sort.DEFECT: sum(one.defect for one in found),
        Sort.CONTRADICTION: sum(one.contradiction for one in found),
    }
    said = "、".join(f"{SORT_NAMES[sort]}{n}项" for sort, n in sums.items() if n)
    place = await Division.get(code=code)
    return f"{place.name}预警：{said}。" if said else ""


def _alert_line(one: Line) -> str:
    """`【没有记录】本学期台账没有填防鼠设施。（田坝小学）` Without names: what is said in a chat is kept."""
    return f"【{SORT_NAMES[one.row.sort]}】{plain(unnamed(one.row.said))}（{one.place}）"


def _alert_choices(raised: list[Line]) -> list[Choice]:
    return [Choice(ChoiceKind.PAGE, f"pages/alert/index?id={one.row.id}") for one in raised]
