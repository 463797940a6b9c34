"""What WeChat answers when it does not do what it was asked, and what to do about it."""

import re
from collections.abc import Mapping
from enum import Enum, auto

MOST_ERRMSG = 200


class WeChatError(Exception):
    """WeChat refused: nothing was done."""

    def __init__(self, errcode: int, errmsg: str = "") -> None:
        super().__init__(errcode, errmsg[:MOST_ERRMSG])
        self.errcode = errcode
        self.errmsg = errmsg[:MOST_ERRMSG]

    def __str__(self) -> str:
        return f"{self.errcode} {self.errmsg}"


class Unreachable(Exception):
    """Nothing was sent: no connection could be made, or it was gone before. Safe to try again."""


class ReplyLost(Exception):
    """The request went out and no readable answer came: nobody can say whether it was done."""


class Verdict(Enum):
    """What a sender should do about an error code."""

    SENT = auto()
    REFUSED = auto()
    """Credit spent or consent refused: not an error; the ledger says 0, the next channel."""
    NEVER = auto()
    """As wrong tomorrow as today: alarm, do not repeat."""
    LATER = auto()
    """Back off and try again."""
    QUOTA = auto()
    """Nothing more goes out before the next day: stop, alarm."""
    TOKEN = auto()
    """No working token can be had: alarm; may be sent again when the credentials are put right."""
    CHANNEL_CLOSED = auto()
    """This way to the person is closed for now: the next channel."""
    ADDRESS = auto()
    """Our address is not on the whitelist: alarm with the address; may be sent again when it is."""


# errcode → what to do, and the sentence for the administrator
Codes = Mapping[int, tuple[Verdict, str]]
VERDICTS: Codes = {
    0: (Verdict.SENT, "已发送"),
    # the platform is overloaded and says so
    -1: (Verdict.LATER, "微信系统繁忙，稍后自动重试"),
    # undocumented, real: two messages to one person at once
    43108: (Verdict.LATER, "同一人的消息并发发送，稍后自动重试"),
    # too many to one person in a short time
    43117: (Verdict.LATER, "向同一人发送过于频繁，稍后自动重试"),
    # a limit of the minute, over in a minute
    45011: (Verdict.LATER, "接口调用过于频繁，稍后自动重试"),
    # the token died; one refresh and one retry were made already
    40001: (Verdict.TOKEN, "访问令牌无效，请核对 AppSecret 是否已被重置"),
    40014: (Verdict.TOKEN, "访问令牌不合法，请核对 AppID 与 AppSecret"),
    42001: (Verdict.TOKEN, "访问令牌已过期且刷新无效，请核对 AppSecret"),
    # the credentials themselves are wrong: a person must put them right, then everything waiting can go
    40013: (Verdict.TOKEN, "AppID 不正确，请核对设置"),
    40125: (Verdict.TOKEN, "AppSecret 不正确，请核对设置"),
    # this machine's address is not on the account's whitelist; errmsg shows it
    40164: (Verdict.ADDRESS, "服务器地址不在白名单，请在公众平台“开发管理”中添加"),
    # the same in WeCom
    60020: (Verdict.ADDRESS, "服务器地址不在白名单，请在企业微信管理后台添加"),
    # consent spent or refused: not an error, and retrying cannot help
    43101: (Verdict.REFUSED, "对方未订阅、已拒收或订阅次数已用完"),
    # the official account: who does not follow gets no template messages
    43004: (Verdict.CHANNEL_CLOSED, "对方未关注公众号"),
    # an openid of another account, or made up
    40003: (Verdict.NEVER, "openid 不属于这个账号"),
    # the same, undocumented, from template messages
    -41000: (Verdict.NEVER, "openid 不属于这个账号"),
    # a template id of another account, or a deleted template
    40037: (Verdict.NEVER, "模板编号不正确，请核对模板设置，可运行 shandu check wechat"),
    # the page is not in the published version; the message may go without a page
    41030: (Verdict.NEVER, "页面路径不存在，请核对已发布的小程序版本"),
    # errmsg names the field
    47003: (Verdict.NEVER, "模板字段不符合要求，请核对模板与字段"),
    # a code of wx.login or of the phone button: used, expired or made up
    40029: (Verdict.NEVER, "登录码无效或已过期，请重新进入小程序"),
    40163: (Verdict.NEVER, "登录码已被使用，请重新进入小程序"),
    # the platform's own judgement of the person
    40226: (Verdict.NEVER, "微信判定该用户存在风险，拒绝登录"),
    # the content check of an author who has not used the mini-program for two hours
    61010: (Verdict.NEVER, "用户近两小时未访问小程序，内容安全检测不可用"),
    # longer than 2500 characters
    44002: (Verdict.NEVER, "检测内容为空或过长"),
    # the console withholds the interface from the account
    48001: (Verdict.NEVER, "账号没有这个接口的权限，请在公众平台开通"),
    # the interface is banned for the account
    48004: (Verdict.NEVER, "接口被封禁，请登录公众平台查看"),
    # the text is longer than 2048 bytes
    45002: (Verdict.NEVER, "消息内容过长"),
    45009: (Verdict.QUOTA, "今日接口额度已用完，明日自动恢复"),
    # customer-service messages: 48 hours from the person's last word, 5 messages
    45015: (Verdict.CHANNEL_CLOSED, "超过48小时会话时限"),
    45047: (Verdict.CHANNEL_CLOSED, "会话消息条数已用完"),
}

# the codes that one refresh of the token may cure
DEAD_TOKEN = frozenset({40001, 40014, 42001})

_ADDRESS = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b|\b(?:[0-9a-fA-F]{1,4}:){2,7}[0-9a-fA-F]{0,4}")


def verdict(errcode: int, by: Codes = VERDICTS) -> Verdict:
    """What to do about an error code; an unknown one is not repeated."""
    return by.get(errcode, (Verdict.NEVER, ""))[0]


def explain(fault: WeChatError, by: Codes = VERDICTS) -> str:
    """The sentence for the administrator, with the address in it where the whitelist is the matter."""
    found, sentence = by.get(fault.errcode, (Verdict.NEVER, ""))
    if found is Verdict.ADDRESS:
        address = _ADDRESS.search(fault.errmsg)
        return f"{sentence}：{address.group()}" if address else sentence
    return sentence or f"微信返回未知错误 {fault.errcode}：{fault.errmsg}"
