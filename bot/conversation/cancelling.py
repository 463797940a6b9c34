"""取消: works anywhere, and says what it gives up."""

from bot.conversation.heard import Heard, Way
from bot.conversation.turn import Answer, Turn, Wish
from bot.conversation.words import Command, Said
from models.conversations.states import EMPTY, State, Topic

GIVEN_UP = {
    Topic.BIND: "已取消绑定。",
    Topic.RECTIFY: "已取消，刚才的整改没有提交，问题没有变化。",
    Topic.VERIFY: "已取消，没有核查，问题没有变化。",
    Topic.RETURN: "已取消，没有退回，问题没有变化。",
}


def match(heard: Heard, said: Said, state: State) -> Wish | None:
    cancels = heard.way in (Way.TEXT, Way.CLICK) and said.command is Command.CANCEL and said.explicit
    return Wish(_cancel, stranger=True) if cancels else None


async def _cancel(turn: Turn, wish: Wish) -> Answer:
    if turn.state.topic in GIVEN_UP:
        return Answer(GIVEN_UP[turn.state.topic], EMPTY)
    if turn.state.loose:
        return Answer("已取消，刚才的照片不保留。", EMPTY)
    return Answer("好的，现在没有正在办的事。回复“帮助”查看您可以做什么。", EMPTY)
