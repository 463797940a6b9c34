"""核查: pass a rectification or return it with a reason."""

from dataclasses import replace

from bot.conversation.heard import Heard, Way
from bot.conversation.saying import plain
from bot.conversation.targets import ask_which, target
from bot.conversation.turn import Answer, Turn, Wish
from bot.conversation.words import Command, Said, asks
from models.conversations.states import EMPTY, State, Topic
from models.problems import actions, queries
from models.problems.actions import Act
from models.problems.queries import Whole
from models.problems.states import Move

HOW = "回复“通过”销号，或回复“退回”加理由。"
# what is asked of us while a reason is awaited
QUESTIONS = {Command.HELP, Command.TODO, Command.ALERTS, Command.CHECK_INS, Command.FIGURES, Command.SURVEYS}


def match(heard: Heard, said: Said, state: State) -> Wish | None:
    if heard.way not in (Way.TEXT, Way.CLICK):
        return None
    questioned = said.command in QUESTIONS and asks(heard.words)
    if state.topic is Topic.RETURN and heard.way is Way.TEXT and not said.alone and not questioned:
        # a number alone is no reason
        return Wish(_return, words="" if said.number is not None and said.command is None else heard.words)
    if state.topic is Topic.VERIFY and said.alone and said.command is Command.CONFIRM:
        return Wish(_how)
    if said.command in (Command.PASS, Command.RETURN) and not said.explicit:
        # “通过了吗” closes nothing
        return Wish(_list)
    match said.command:
        case Command.PASS:
            return Wish(_pass, said.number, said.rest)
        case Command.RETURN:
            return Wish(_return, said.number, said.rest)
        case Command.VERIFY:
            return Wish(_list, said.number)
        case _:
            return None


async def _list(turn: Turn, wish: Wish) -> Answer:
    if wish.number is not None:
        problem_id = await target(turn, wish.number, Move.CLOSE)
        if problem_id is not None:
            return opened(turn, await queries.whole(turn.viewer, problem_id))
    return await ask_which(
        turn, Move.CLOSE, "等您核查的整改：", "现在没有等您核查的整改。",
        "\n回复数字查看，或回复“通过 1”“退回 1 理由”。",
    )  # fmt: skip


def opened(turn: Turn, whole: Whole) -> Answer:
    """A rectification is chosen: what the school says, and where its photos are."""
    problem = whole.problem
    lines = [f"核查：{plain(problem.title)}（{whole.school.name}）"]
    if sent := next((step for step in reversed(whole.steps) if step.move is Move.SUBMIT), None):
        words = f"：{plain(sent.words)}" if sent.words else ""
        lines.append(f"{sent.who or '学校'}提交整改{words}")
        link = turn.chat.link("看照片", f"pages/problem/index?id={problem.id}")
        lines.append(f"照片{len(sent.photos)}张，{link}")
    lines.append(HOW)
    return Answer("\n".join(lines), State(Topic.VERIFY, problem.id))


async def _how(turn: Turn, wish: Wish) -> Answer:
    """“好的” closes nothing."""
    return Answer(HOW, turn.state)


def ask_reason(whole: Whole) -> Answer:
    """What is to be returned, and that it needs a reason."""
    said = f"退回：{plain(whole.problem.title)}（{whole.school.name}）\n请写明退回的理由，学校会看到。回复“取消”放弃。"
    return Answer(said, State(Topic.RETURN, whole.problem.id))


async def _pass(turn: Turn, wish: Wish) -> Answer:
    problem_id = await target(turn, wish.number, Move.CLOSE)
    if problem_id is None:
        return await _list(turn, replace(wish, number=None))
    act = Act(turn.request_id, wish.words)
    problem = await actions.close_problem(turn.viewer, problem_id, act, turn.now)
    return Answer(f"已通过，问题销号：{plain(problem.title)}。学校会收到通知。", EMPTY)


async def _return(turn: Turn, wish: Wish) -> Answer:
    problem_id = await target(turn, wish.number, Move.RETURN)
    if problem_id is None:
        return await _list(turn, replace(wish, number=None))
    if not wish.words:
        return ask_reason(await queries.whole(turn.viewer, problem_id))
    act = Act(turn.request_id, wish.words)
    problem = await actions.return_rectification(turn.viewer, problem_id, act, turn.now)
    return Answer(f"已退回：{plain(problem.title)}。学校会看到理由，并有新的整改期限。", EMPTY)
