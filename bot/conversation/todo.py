"""待办 and 预警: what waits for somebody, the most urgent first, to be chosen by number."""

from datetime import timedelta

from bot.conversation.heard import Heard, Way
from bot.conversation.saying import MOST_LISTED, numbered, plain, problem_choices, problem_list
from bot.conversation.turn import Answer, Turn, Wish
from bot.conversation.words import Command, Said
from models.conversations.states import Choice, ChoiceKind, State
from models.digests import queries as digests
from models.digests.rules import Item, counted, line
from models.problems import queries as problems

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
    if not listed:
        return Answer(f"{turn.viewer.name}，现在没有要办的事。", turn.state.offering(()))
    parts = [f"{turn.viewer.name}，您的待办（{counted(today.items)}）："]
    parts.append(numbered([plain(line(item, today.on)) for item in listed]))
    if len(today.items) > len(listed):
        parts.append("……其余请在小程序查看。")
    parts.append("回复数字办理，例如“1”。")
    return Answer("\n".join(parts), turn.state.offering([_choice(item) for item in listed]))


def _choice(item: Item) -> Choice:
    if item.subject_kind == "problem":
        return Choice(ChoiceKind.PROBLEM, str(item.subject_id))
    return Choice(ChoiceKind.PAGE, f"pages/{item.subject_kind}/index?id={item.subject_id}")


async def _alerts(turn: Turn, wish: Wish) -> Answer:
    found = await problems.pressing(turn.viewer, turn.now + SOON, MOST)
    if not found:
        return Answer("没有超期或24小时内到期的问题。", turn.state.offering(()))
    return Answer(
        f"超期或即将到期的问题：\n{problem_list(found, turn.now)}\n回复数字查看或办理。",
        turn.state.offering(problem_choices(found)),
    )
