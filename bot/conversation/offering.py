"""The three things that are most useful to somebody, by the posts they hold. Pure."""

from collections.abc import Sequence

from bot.conversation.words import Command
from models.conversations.states import Choice, ChoiceKind
from models.organisations.tables import PostKind
from models.people.access import Viewer

WHAT = {
    Command.BIND: "绑定：用邀请码绑定您的身份",
    Command.TODO: "待办：现在要办的事",
    Command.ALERTS: "预警：台账预警，超期和即将到期的问题",
    Command.RECTIFY: "整改：拍照提交整改结果",
    Command.VERIFY: "核查：核查学校提交的整改",
    Command.CHECK_INS: "签到：最近的入校记录",
    Command.FIGURES: "统计：本月入校和问题数字",
    Command.SURVEYS: "满意度：满意度测评和结果",
    Command.HELP: "帮助：能做什么、怎么说",
}

MONITORS = (Command.TODO, Command.VERIFY, Command.CHECK_INS)
SCHOOL = (Command.TODO, Command.RECTIFY, Command.ALERTS)
OFFICERS = (Command.TODO, Command.ALERTS, Command.FIGURES)
USEFUL: dict[PostKind, tuple[Command, Command, Command]] = {
    PostKind.HEAD: SCHOOL,
    PostKind.MANAGER: SCHOOL,
    PostKind.COMMITTEE: MONITORS,
    PostKind.SUPERVISOR: MONITORS,
    PostKind.COUNTY: OFFICERS,
    PostKind.PREFECTURE: OFFICERS,
    PostKind.PROVINCE: OFFICERS,
    PostKind.REGULATOR: (Command.ALERTS, Command.FIGURES, Command.HELP),
    PostKind.ADMINISTRATOR: (Command.ALERTS, Command.FIGURES, Command.HELP),
    PostKind.FINANCE: (Command.ALERTS, Command.SURVEYS, Command.HELP),
    PostKind.PARENT: (Command.SURVEYS, Command.VERIFY, Command.HELP),
}
# somebody with several posts is asked by the first of these
ORDER = list(USEFUL)


def useful(viewer: Viewer) -> tuple[Command, ...]:
    """What to offer when somebody was not understood."""
    if viewer.person_id is None:
        return (Command.BIND, Command.HELP)
    kinds = {held.kind for held in viewer.posts}
    kind = next((one for one in ORDER if one in kinds), None)
    return USEFUL[kind] if kind else (Command.TODO, Command.HELP)


def choices_for(viewer: Viewer) -> list[Choice]:
    return [Choice(ChoiceKind.COMMAND, command.value) for command in useful(viewer)]


def offered(choices: Sequence[Choice]) -> str:
    """Numbered: a number alone chooses."""
    return "\n".join(f"{number}. {WHAT[Command(one.what)]}" for number, one in enumerate(choices, 1))
