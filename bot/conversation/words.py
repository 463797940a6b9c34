"""Understanding a short Chinese sentence: commands, what is close to them, numbers, reasons. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Command(StrEnum):
    """What can be asked for; the value is what a menu entry's key and a choice say."""

    BIND = "绑定"
    TODO = "待办"
    ALERTS = "预警"
    RECTIFY = "整改"
    VERIFY = "核查"
    PASS = "通过"  # noqa: S105
    RETURN = "退回"
    CHECK_INS = "签到"
    FIGURES = "统计"
    SURVEYS = "满意度"
    HELP = "帮助"
    CANCEL = "取消"
    CONFIRM = "确认"


# said alone, these are the command wherever the conversation stands
EXACT: dict[str, Command] = {
    word: command
    for command, words in {
        Command.BIND: "绑定 我要绑定 绑定微信 bind",
        Command.TODO: "待办 我的待办 待办事项 任务 今日待办 有什么要做的 有什么要办的 有什么事 今天做什么",
        Command.ALERTS: "预警 超期 逾期 我的预警 问题 我的问题",
        Command.RECTIFY: "整改 我要整改 去整改 提交整改 整改问题",
        Command.VERIFY: "核查 我要核查 去核查 核查整改 验收",
        Command.PASS: "通过 核查通过 同意 合格",
        Command.RETURN: "退回 核查退回 不通过 不合格 打回",
        Command.CHECK_INS: "签到 我的签到 签到记录 入校记录 我的入校",
        Command.FIGURES: "统计 数据 看数据 统计数据 本月统计 汇总",
        Command.SURVEYS: "满意度 测评 满意度测评 问卷 填问卷",
        Command.HELP: "帮助 help 怎么用 说明 菜单 你好 您好 在吗 ? 你能做什么 谢谢 谢谢您 辛苦了",
        Command.CANCEL: "取消 算了 不做了 不办了 退出 放弃 返回",
        Command.CONFIRM: "确认 确定 提交 是 是的 对 好 好的 ok 可以",
    }.items()
    for word in words.split()
}

ORDERS = {Command.PASS, Command.RETURN, Command.CONFIRM, Command.CANCEL}

# a sentence with these in it means the command, where nothing is being written
NEAR: list[tuple[re.Pattern[str], Command]] = [
    (re.compile(pattern), command)
    for pattern, command in [
        (r"怎么(?!样)|如何|帮助|不会用", Command.HELP),
        (r"绑定", Command.BIND),
        (r"退回|打回|不合格|不通过|没整改好|整改不到位", Command.RETURN),
        (r"核查通过|通过核查|通过|整改到位", Command.PASS),
        (r"核查|验收", Command.VERIFY),
        (r"整改|改好了|改完了|处理好了", Command.RECTIFY),
        (r"(有|还有|今天|今日).{0,4}(什么|啥|哪些).{0,6}(做|办|事|任务)|待办", Command.TODO),
        (r"(要|该|得)(做|办)些?(什么|啥|哪些)", Command.TODO),
        (r"超期|逾期|预警|到期", Command.ALERTS),
        (r"签到|入校", Command.CHECK_INS),
        (r"统计|完成率|覆盖|多少(学校|问题|件)", Command.FIGURES),
        (r"满意度|测评|问卷", Command.SURVEYS),
    ]
]

DIGITS = dict(zip("〇零一二两三四五六七八九", [0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9], strict=True))
_NUMBER = r"(?P<number>\d{1,2}|十[一二三四五六七八九]?|[一二两三四五六七八九])"
_ALONE = re.compile(rf"(?:第|选|选择|no\.?|#)?{_NUMBER}(?:个|号|项|条|件)?")
# a command, perhaps a number, and what follows: “通过 3”, “退回第2个 台秤还是坏的”, “绑定K7QM4TX2RW”
_LED = re.compile(
    rf"(?P<led>核查通过|核查退回|我要整改|通过|退回|整改|核查)(?:[:,、\s]*"
    rf"(?:第|#)?{_NUMBER}(?:个|号|项|条|件)?(?=[:,、\s]|$))?(?:[:,、\s]+(?P<rest>.*))?",
    re.DOTALL,
)
_BINDING = re.compile(r"绑定[:,、\s]*(?P<code>[0-9a-z\s-]+)")
_STRIP = " \t\r\n。.!！,，、~～…;；:："


@dataclass(frozen=True)
class Said:
    """A text, understood: the command, the number of a list, and the other words.

    `alone`: nothing else was said. `explicit`: it is clearly an order, not merely something close to one.
    """

    command: Command | None = None
    alone: bool = False
    explicit: bool = False
    number: int | None = None
    rest: str = ""


def asks(text: str) -> bool:
    """Whether it is a question: it is asked of us, and is neither what was done nor an order."""
    return normal(text).endswith(("?", "吗"))


def normal(text: str) -> str:
    """One spelling for full-width and half-width signs, without the punctuation around."""
    return unicodedata.normalize("NFKC", text).strip(_STRIP)


def understood(text: str) -> Said:
    """What a text may mean; everything in it that is no command is in `rest`, as it was written."""
    plain = normal(text)
    low = plain.lower()
    if low in EXACT:
        return Said(EXACT[low], alone=True, explicit=True)
    asked = EXACT.get(low.rstrip("? ")) if low.endswith("?") else None
    if asked is not None:
        # “通过？” is a question and orders nothing
        order = asked not in ORDERS
        return Said(asked, alone=order, explicit=order, rest="" if order else text.strip())
    if alone := _ALONE.fullmatch(low):
        return Said(number=_number(alone["number"]))
    if bound := _BINDING.fullmatch(low):
        return Said(Command.BIND, explicit=True, rest=bound["code"].strip())
    if led := _LED.fullmatch(low):
        number = _number(led["number"]) if led["number"] else None
        rest = plain[len(plain) - len(led["rest"]) :].strip(_STRIP) if led["rest"] else ""
        return Said(EXACT[led["led"]], explicit=True, number=number, rest=rest)
    near = next((command for pattern, command in NEAR if pattern.search(low)), None)
    return Said(near, rest=text.strip())


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    if text.startswith("十"):
        return 10 + (DIGITS[text[1]] if len(text) > 1 else 0)
    return DIGITS[text]
