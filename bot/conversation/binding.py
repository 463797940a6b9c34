"""绑定: an invitation code, or the code that one's own mini-program shows, makes the chat know who it is."""

import re

from bot.conversation.heard import Heard, Way
from bot.conversation.offering import choices_for, offered
from bot.conversation.turn import Answer, Turn, Wish
from bot.conversation.words import Command, Said, normal
from models.conversations.actions import remember, wrong_code
from models.conversations.states import EMPTY, State, Topic
from models.people.accounts import bind, find
from models.people.actions import InvitationInvalid

CODE = re.compile(r"[0-9A-Z]{6,20}")


def match(heard: Heard, said: Said, state: State) -> Wish | None:
    if heard.way not in (Way.TEXT, Way.CLICK):
        return None
    if said.command is Command.BIND:
        code = _code(said.rest)
        return Wish(_bind, words=code, stranger=True) if code else Wish(_ask, stranger=True)
    if state.topic is Topic.BIND and not said.alone:
        code = _code(heard.words)
        return Wish(_bind, words=code, stranger=True) if code else Wish(_ask, stranger=True)
    return None


def _code(text: str) -> str:
    """The code in what somebody typed or copied; empty when there is none."""
    found = CODE.fullmatch(re.sub(r"[\s-]", "", normal(text)).upper())
    return found.group() if found else ""


async def _ask(turn: Turn, wish: Wish) -> Answer:
    if turn.viewer.person_id is not None:
        return Answer(f"您已绑定为{turn.viewer.name}。如需更换，请在小程序里解绑，或联系管理员。", turn.state)
    own = turn.chat.link("膳督小程序", "pages/bind/index")
    return Answer(
        "请回复邀请码，例如：K7QM4TX2RW。\n"
        f"已经在小程序绑定过的，请打开{own}，在“绑定{turn.chat.name}”里取得绑定码，十分钟内回复给我。",
        State(topic=Topic.BIND),
    )


async def _bind(turn: Turn, wish: Wish) -> Answer:
    if (await remember(turn.chat.appid, turn.viewer.openid, turn.now)).locked:
        return Answer("邀请码输错次数过多，请一小时后再试，或联系发码的人核对。", EMPTY)
    try:
        await bind(turn.viewer, wish.words, turn.now)
    except InvitationInvalid as refused:
        await wrong_code(turn.chat.appid, turn.viewer.openid, turn.now)
        # who is bound already is not asked for a code again whatever they say next
        stranger = turn.viewer.person_id is None
        return Answer(refused.said, State(topic=Topic.BIND) if stranger else turn.state)
    known = await find(turn.chat.appid, turn.viewer.openid, turn.today)
    assert known is not None
    choices = choices_for(known.viewer)
    return Answer(f"绑定成功，{known.viewer.name}。您可以回复：\n{offered(choices)}", EMPTY.offering(choices))
