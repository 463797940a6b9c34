"""签到, 统计, 满意度, 帮助: questions whose answer changes nothing."""

from bot.conversation.heard import Heard, Way
from bot.conversation.offering import WHAT, choices_for, offered
from bot.conversation.saying import day_and_time
from bot.conversation.turn import Answer, Turn, Wish
from bot.conversation.words import Command, Said
from models.checkins import queries as checkins
from models.conversations.states import State, Topic
from models.organisations.tables import Division
from models.people.access import Viewer
from models.people.rights import Right
from models.policies.calendar import BEIJING, month_began, month_of
from models.problems.queries import tally
from models.surveys import queries as surveys
from models.visits.duties import coverage
from models.visits.tables import VisitKind

KINDS = {VisitKind.COMMITTEE: "家委会", VisitKind.SUPERVISOR: "责任督学"}


def match(heard: Heard, said: Said, state: State) -> Wish | None:
    if heard.way not in (Way.TEXT, Way.CLICK):
        return None
    match said.command:
        case Command.CHECK_INS:
            return Wish(_check_ins)
        case Command.FIGURES:
            return Wish(_figures)
        case Command.SURVEYS:
            return Wish(_surveys)
        case Command.HELP:
            return Wish(_help, stranger=True)
        case Command.CONFIRM if said.alone:
            return Wish(_nothing_to_confirm, stranger=True)
        case _:
            return None


async def _check_ins(turn: Turn, wish: Wish) -> Answer:
    scan = turn.chat.link("扫码签到", "pages/scan/index")
    found = await checkins.mine(turn.viewer)
    if not found and not turn.viewer.with_right(Right.CHECK_IN):
        return Answer("签到是给入校检查的人员用的，您的岗位不用签到。回复“帮助”看能做什么。", turn.state)
    if not found:
        return Answer(f"您还没有签到记录。到学校后{scan}。", turn.state)
    lines = [
        f"{day_and_time(one.at)} {one.school_name}，{'已交记录' if one.record_sent else '还没有交入校记录'}"
        for one in found
    ]
    return Answer("您最近的签到：\n" + "\n".join(lines) + f"\n到学校后{scan}。", turn.state)


async def _figures(turn: Turn, wish: Wish) -> Answer:
    """Of each division the person holds a post of; what is too much for one answer is cut as any other."""
    codes = [one.division_code for one in turn.viewer.with_right(Right.READ_SCHOOL) if one.division_code]
    if not codes:
        return Answer(
            "统计是给教体局看的，您的岗位没有。回复“待办”看要办的事，回复“帮助”看能做什么。", turn.state
        )
    said = [await _figures_of(turn, code) for code in dict.fromkeys(codes)]
    return Answer("\n\n".join(said), turn.state)


async def _figures_of(turn: Turn, code: str) -> str:
    visited = await coverage(turn.viewer, code, month_of(turn.now))
    counted = await tally(turn.viewer, code, month_began(turn.now))
    place = await Division.get(code=code)
    lines = [f"{place.name}{turn.now.astimezone(BEIJING).month}月统计（截至{day_and_time(turn.now)}）："]
    for kind, name in KINDS.items():
        owed = sum(one.owed for one in visited if one.kind is kind)
        done = sum(one.done for one in visited if one.kind is kind)
        lines.append(f"{name}入校：应{owed}所，已完成{done}所。")
    lines.append(f"未结问题：{counted.open}件，其中超期{counted.overdue}件、待核查{counted.submitted}件。")
    lines.append(f"本月新发现{counted.found}件，销号{counted.closed}件。")
    return "\n".join(lines)


async def _surveys(turn: Turn, wish: Wish) -> Answer:
    asked = [one for one in await surveys.asked_of_me(turn.viewer, turn.today) if not one.answered]
    if asked:
        lines = [
            f"{one.title}（{one.child.school_name}），{one.closes_on.month}月{one.closes_on.day}日截止"
            for one in asked
        ]
        link = turn.chat.link("点此填写", "pages/surveys/index")
        return Answer("请填写满意度测评，不记名：\n" + "\n".join(lines) + f"\n{link}。", turn.state)
    if turn.viewer.with_right(Right.READ_SURVEYS):
        link = turn.chat.link("查看测评和结果", "pages/surveys/index")
        return Answer(f"现在没有需要您填写的测评。{link}。", turn.state)
    return Answer("现在没有需要您填写的满意度测评。", turn.state)


async def _help(turn: Turn, wish: Wish) -> Answer:
    if turn.viewer.person_id is None:
        return Answer(
            "我是膳督，校园餐监督助手。\n"
            "先绑定身份：回复“绑定”加邀请码，例如：绑定 K7QM4TX2RW。邀请码由学校或县教体局发放。\n"
            f"家长请打开{turn.chat.link('膳督小程序', 'pages/home/index')}登录。",
            turn.state,
        )
    lines = [f"· {WHAT[command]}" for command in _known(turn.viewer)]
    photos = "发照片可以直接提交整改；" if turn.viewer.with_right(Right.RECTIFY) else ""
    return Answer(
        "您可以这样说：\n" + "\n".join(lines) + f"\n{photos}做到一半想停下，回复“取消”。", turn.state
    )


def _known(viewer: Viewer) -> list[Command]:
    """What somebody can do here at all."""
    needs = {
        Command.TODO: (),
        Command.ALERTS: (Right.READ_SCHOOL,),
        Command.RECTIFY: (Right.RECTIFY,),
        # whoever finds problems verifies their own
        Command.VERIFY: (Right.VERIFY, Right.CHECK_IN, Right.REPORT),
        Command.CHECK_INS: (Right.CHECK_IN,),
        Command.FIGURES: (Right.READ_SCHOOL,),
        Command.SURVEYS: (Right.READ_SURVEYS, Right.ANSWER_SURVEYS),
    }
    return [
        command
        for command, rights in needs.items()
        if (not rights or any(viewer.with_right(right) for right in rights))
        and (command is not Command.FIGURES or _officer(viewer))
    ]


def _officer(viewer: Viewer) -> bool:
    return any(held.division_code for held in viewer.posts)


async def _nothing_to_confirm(turn: Turn, wish: Wish) -> Answer:
    """“好的” to something that asked for nothing."""
    choices = choices_for(turn.viewer)
    return Answer(f"现在没有要确认的事。您可以回复：\n{offered(choices)}", turn.state.offering(choices))


async def not_understood(turn: Turn, wish: Wish) -> Answer:
    """The three things most useful to this person, by number; what is being done goes on."""
    choices = choices_for(turn.viewer)
    begun = (
        "听不了语音，也看不了视频和文件，请打字或发照片。" if turn.heard.way is Way.OTHER else "没有听懂。"
    )
    if turn.heard.way is Way.TEXT and turn.state.topic is Topic.RECTIFY:
        begun += "这句没有写进整改说明，整改还没有提交。"
    return Answer(f"{begun}您可以回复：\n{offered(choices)}", turn.state.offering(choices))
