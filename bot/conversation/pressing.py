"""Buttons of a card (企业微信模板卡片): the key says what to do with which problem."""

import re
from enum import StrEnum

from bot.conversation import rectifying, verifying
from bot.conversation.heard import Heard, Way
from bot.conversation.saying import plain
from bot.conversation.turn import Answer, Turn, Wish
from bot.conversation.words import Said
from models.conversations.states import State
from models.problems import actions, queries
from models.problems.actions import Act


class Press(StrEnum):
    """What a button does."""

    RECTIFY = "rectify"
    PASS = "pass"  # noqa: S105
    RETURN = "return"


_KEY = re.compile(r"problem:(?P<id>\d{1,15}):(?P<press>rectify|pass|return)")


def key(problem_id: int, press: Press) -> str:
    """The key of a button."""
    return f"problem:{problem_id}:{press.value}"


def match(heard: Heard, said: Said, state: State) -> Wish | None:
    pressed = _KEY.fullmatch(heard.words) if heard.way is Way.CLICK else None
    return Wish(ACTS[Press(pressed["press"])], int(pressed["id"])) if pressed else None


async def _rectify(turn: Turn, wish: Wish) -> Answer:
    return rectifying.opened(turn, await queries.whole(turn.viewer, wish.number or 0))


async def _pass(turn: Turn, wish: Wish) -> Answer:
    act = Act(turn.request_id)
    problem = await actions.close_problem(turn.viewer, wish.number or 0, act, turn.now)
    return Answer(f"已通过，问题销号：{plain(problem.title)}。学校会收到通知。")


async def _return(turn: Turn, wish: Wish) -> Answer:
    """A button cannot say why: that is asked for."""
    return verifying.ask_reason(await queries.whole(turn.viewer, wish.number or 0))


ACTS = {Press.RECTIFY: _rectify, Press.PASS: _pass, Press.RETURN: _return}
