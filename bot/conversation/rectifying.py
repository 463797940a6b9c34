"""整改: choose the problem, send words and photos in any order, confirm. A photo may come before the choice."""

from dataclasses import replace

from bot.conversation.heard import Heard, Way
from bot.conversation.photos import keep_photos
from bot.conversation.saying import day_and_time, plain
from bot.conversation.targets import ask_which, target
from bot.conversation.turn import Answer, Turn, Wish
from bot.conversation.words import Command, Said, asks
from models.conversations.states import EMPTY, MOST_PHOTOS, State, Topic
from models.problems import actions, queries
from models.problems.actions import Act, EvidenceNeeded
from models.problems.queries import Whole
from models.problems.states import Move

HOW = "请发整改后的照片（1到6张），可以再发文字说明。发完回复“确认”提交，回复“取消”放弃。"


def match(heard: Heard, said: Said, state: State) -> Wish | None:
    chosen = state.topic is Topic.RECTIFY and state.problem_id is not None
    if heard.way is Way.PHOTO:
        return Wish(_add_photo, bring=bring_heard) if chosen else Wish(_ask_which)
    if heard.way not in (Way.TEXT, Way.CLICK):
        return None
    if chosen and said.alone and said.command is Command.CONFIRM:
        return Wish(_submit)
    picks = said.number is not None and state.chosen(said.number) is not None
    # “今天有什么要做的？” is asked of us, and is nothing the school did
    if chosen and heard.way is Way.TEXT and not said.alone and not picks and not asks(heard.words):
        return Wish(_add_words, words=heard.words)
    if said.command is Command.RECTIFY:
        return Wish(_begin, said.number, bring=bring)
    return None


async def bring_heard(turn: Turn, wish: Wish) -> tuple[str, ...]:
    """The photo that was just sent, for the problem that is chosen."""
    assert turn.state.problem_id is not None
    if len(turn.state.photos) >= MOST_PHOTOS:
        return ()
    return await keep_photos(turn, turn.state.problem_id, [turn.heard.media_id])


async def bring(turn: Turn, wish: Wish) -> tuple[str, ...]:
    """Photos that were sent before the problem was chosen, when this chooses it."""
    if not turn.state.loose:
        return ()
    problem_id = await target(turn, wish.number, Move.SUBMIT)
    return () if problem_id is None else await keep_photos(turn, problem_id, turn.state.loose)


async def _ask_which(turn: Turn, wish: Wish) -> Answer:
    loose = (*turn.state.loose, turn.heard.media_id)[:MOST_PHOTOS]
    asked = f"收到{len(loose)}张照片。是整改哪个问题的？回复数字选择："
    none = "收到照片，但您现在没有要整改的问题，照片没有保留。"
    answer = await ask_which(turn, Move.SUBMIT, asked, none)
    if answer.text == none:
        return answer
    return replace(answer, state=replace(answer.state, topic=Topic.NOTHING, problem_id=None, loose=loose))


async def _begin(turn: Turn, wish: Wish) -> Answer:
    problem_id = await target(turn, wish.number, Move.SUBMIT)
    if problem_id is not None:
        return opened(turn, await queries.whole(turn.viewer, problem_id))
    return await ask_which(turn, Move.SUBMIT, "要整改哪个问题？回复数字选择：", "您现在没有要整改的问题。")


def opened(turn: Turn, whole: Whole) -> Answer:
    """A problem is chosen: what is wanted, and what of it is here already."""
    problem = whole.problem
    again = turn.state.topic is Topic.RECTIFY and turn.state.problem_id == problem.id
    before = turn.state if again else EMPTY
    state = State(Topic.RECTIFY, problem.id, before.words, before.photos).with_photos(turn.brought)
    lines = [f"整改：{plain(problem.title)}（{whole.school.name}）"]
    if problem.words:
        lines.append(f"情况：{plain(problem.words)}")
    if returned := next((step for step in reversed(whole.steps) if step.move is Move.RETURN), None):
        lines.append(f"退回理由：{plain(returned.words)}")
    if problem.due_at is not None:
        lines.append(f"期限：{day_and_time(problem.due_at)}")
    lines.append(_draft(state) if state.photos else HOW)
    return Answer("\n".join(lines), state)


def _draft(state: State) -> str:
    """What has been sent so far, and what to do next."""
    words = f"，文字：{plain(state.words)}" if state.words else ""
    full = "（已满，多的不收）" if len(state.photos) == MOST_PHOTOS else ""
    if not state.photos:
        return f"已收到文字：{plain(state.words)}\n还差整改后的照片，至少1张。"
    return f"已收到照片{len(state.photos)}张{full}{words}\n回复“确认”提交，也可以继续发照片或文字，回复“取消”放弃。"


async def _add_photo(turn: Turn, wish: Wish) -> Answer:
    state = turn.state.with_photos(turn.brought)
    return Answer(_draft(state), state)


async def _add_words(turn: Turn, wish: Wish) -> Answer:
    state = turn.state.with_words(wish.words)
    return Answer(_draft(state), state)


async def _submit(turn: Turn, wish: Wish) -> Answer:
    state = turn.state
    assert state.problem_id is not None
    if not state.photos:
        raise EvidenceNeeded
    act = Act(turn.request_id, state.words, state.photos)
    problem = await actions.submit_rectification(turn.viewer, state.problem_id, act, turn.now)
    return Answer(
        f"已提交整改：{plain(problem.title)}，照片{len(state.photos)}张。等待核查，结果会通知您。", EMPTY
    )
