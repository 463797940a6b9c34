"""Which problem a command is about: by its number in the last list, the one being done, or the only one."""

from bot.conversation.saying import problem_choices, problem_list
from bot.conversation.turn import Answer, Turn
from models.conversations.states import ChoiceKind, Topic
from models.problems import queries
from models.problems.states import Move

DOING = {Move.SUBMIT: {Topic.RECTIFY}, Move.CLOSE: {Topic.VERIFY, Topic.RETURN}}
DOING[Move.RETURN] = DOING[Move.CLOSE]


async def target(turn: Turn, number: int | None, move: Move) -> int | None:
    """The problem's id; None when it has to be asked for."""
    state = turn.state
    if number is not None and state.choices:
        choice = state.chosen(number)
        return int(choice.what) if choice and choice.kind is ChoiceKind.PROBLEM else None
    if number is None and state.topic in DOING[move]:
        return state.problem_id
    found = await queries.awaiting(turn.viewer, move)
    if number is not None:
        # counted as they would be listed
        return found[number - 1][0].id if 0 < number <= len(found) else None
    return found[0][0].id if len(found) == 1 else None


async def ask_which(turn: Turn, move: Move, asked: str, none: str, after: str = "") -> Answer:
    """The problems that the move may be made with, to be chosen by number. `none`: what is said where there are
    none."""
    found = await queries.awaiting(turn.viewer, move)
    if not found:
        return Answer(none, turn.state)
    said = f"{asked}\n{problem_list(found, turn.now)}{after}"
    return Answer(said, turn.state.offering(problem_choices(found)))
