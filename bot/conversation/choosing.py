"""A number alone: the problem it stands for in the last list, and which problem a command is about."""

from bot.conversation import rectifying, verifying
from bot.conversation.heard import Heard, Way
from bot.conversation.saying import day_and_time, problem_line
from bot.conversation.turn import Answer, Turn, Wish
from bot.conversation.words import Said
from models.conversations.states import ChoiceKind, State
from models.problems import queries as problems
from models.problems.states import MOVE_NAMES, Move


def match(heard: Heard, said: Said, state: State) -> Wish | None:
    if heard.way is Way.TEXT and said.number is not None:
        return Wish(_choose, said.number, bring=rectifying.bring)
    return None


async def _choose(turn: Turn, wish: Wish) -> Answer:
    """Begin what the person may do with the problem; where that is nothing, say how it stands."""
    choice = turn.state.chosen(wish.number or 0)
    if choice is None:
        most = len(turn.state.choices)
        said = (
            f"没有第{wish.number}项，请回复1到{most}之间的数字。"
            if most
            else "请先回复“待办”，再用数字选择。"
        )
        return Answer(said, turn.state)
    if choice.kind is ChoiceKind.PAGE:
        return Answer(f"这件事{turn.chat.link('在小程序办理', choice.what)}。", turn.state)
    whole = await problems.whole(turn.viewer, int(choice.what))
    if Move.SUBMIT in whole.may:
        return rectifying.opened(turn, whole)
    if Move.CLOSE in whole.may:
        return verifying.opened(turn, whole)
    steps = [f"{day_and_time(step.at)} {MOVE_NAMES[step.move]}" for step in whole.steps[-3:]]
    link = turn.chat.link("在小程序查看", f"pages/problem/index?id={whole.problem.id}")
    line = problem_line(whole.problem, whole.school.name, turn.now)
    return Answer("\n".join([line, *steps, f"{link}。"]), turn.state)
