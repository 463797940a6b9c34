"""Coming, going, and a school's poster: following, unfollowing, a scan, a poster's link in a text."""

import re

from bot.conversation.heard import Heard, Way
from bot.conversation.offering import choices_for, offered
from bot.conversation.turn import Answer, Turn, Wish
from bot.conversation.words import Said
from models.conversations.states import State
from models.organisations.tables import School
from models.people.access import reaches
from models.people.rights import Right
from qr import BadCode, PlaceKind, verify

POSTER = re.compile(r"https?://[^\s/]+/q/[A-Za-z0-9_-]{16,64}")


def match(heard: Heard, said: Said, state: State) -> Wish | None:
    if heard.way is Way.UNFOLLOW:
        return Wish(_goodbye, stranger=True)
    if heard.way in (Way.SCAN, Way.FOLLOW) and heard.words:
        return Wish(_poster, words=heard.words, stranger=True)
    if heard.way is Way.FOLLOW:
        return Wish(_welcome, stranger=True)
    if heard.way is Way.TEXT and (link := POSTER.search(heard.words)):
        return Wish(_poster, words=link.group(), stranger=True)
    return None


async def _goodbye(turn: Turn, wish: Wish) -> Answer:
    """Nothing can be said any more; what was being done is given up."""
    return Answer("")


async def _welcome(turn: Turn, wish: Wish) -> Answer:
    if turn.viewer.person_id is None:
        return Answer(
            "欢迎关注膳督，校园餐监督从这里开始。\n"
            "已登记的学校、家委会、督学和教体局人员，请回复“绑定”加邀请码，例如：绑定 K7QM4TX2RW。\n"
            f"家长请打开{turn.chat.link('膳督小程序', 'pages/home/index')}登录。"
        )
    choices = choices_for(turn.viewer)
    return Answer(
        f"{turn.viewer.name}，欢迎使用膳督。您可以回复：\n{offered(choices)}",
        turn.state.offering(choices),
    )


async def _poster(turn: Turn, wish: Wish) -> Answer:
    """Whose code it is and what it is good for; whoever has come by it is welcomed too."""
    school = await _school(turn, wish.words)
    if school is None:
        if turn.heard.way is Way.FOLLOW:
            return await _welcome(turn, wish)
        return Answer("这个二维码不是有效的学校签到码，请扫学校张贴的最新海报。", turn.state)
    link = turn.chat.link
    lines = [f"{school.name}："]
    if reaches(turn.viewer, Right.CHECK_IN, school):
        lines.append(f"您在这所学校有入校任务，{link('打开小程序签到', 'pages/scan/index')}。")
    if reaches(turn.viewer, Right.REPORT, school):
        lines.append(f"发现问题，{link('打开小程序反映', 'pages/report/index')}。")
    if reaches(turn.viewer, Right.ANSWER_SURVEYS, school):
        lines.append(f"测评期间，{link('填写满意度测评', 'pages/surveys/index')}。")
    if len(lines) == 1 and turn.viewer.person_id is None:
        lines.append("您还没有绑定。已登记的人员请回复“绑定”加邀请码；家长请在膳督小程序登录后扫码。")
    elif len(lines) == 1:
        lines.append("您在这所学校没有岗位。回复“帮助”查看您可以做什么。")
    return Answer("\n".join(lines), turn.state)


async def _school(turn: Turn, code: str) -> School | None:
    try:
        claim = verify(turn.keyring, code)
    except BadCode:
        return None
    if claim.place.kind is not PlaceKind.SCHOOL:
        return None
    school = await School.get_or_none(id=claim.place.id, open=True)
    void = school is None or claim.generation != school.poster_generation
    return None if void else school
