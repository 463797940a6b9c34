"""What WeChat answers when it does not do what it was asked."""

from enum import Enum


class WeChatError(Exception):
    """WeChat refused: nothing was done."""

    def __init__(self, errcode: int, errmsg: str = "") -> None:
        super().__init__(f"{errcode} {errmsg}")
        self.errcode = errcode
        self.errmsg = errmsg


class Unreachable(Exception):
    """Nothing was sent: no connection could be made. Safe to try again."""


class ReplyLost(Exception):
    """The request went out and no readable answer came: nobody can say whether it was done."""


class Verdict(Enum):
    """What a sender should do about an error."""

    REFUSED = "refused"
    NEVER = "never"
    LATER = "later"
    QUOTA = "quota"
    TOKEN = "token"
    CHANNEL_CLOSED = "channel_closed"
    ADDRESS = "address"


# errcode → what to do, and the sentence for the administrator
VERDICTS: dict[int, tuple[Verdict, str]] = {
    -1: (Verdict.LATER, "微信繁忙，稍后自动重试"),
    # the token died: one refresh and one retry were made already
    40001: (Verdict.TOKEN, "访问令牌失效，请核对 AppSecret 是否被重置"),
    40014: (Verdict.TOKEN, "访问令牌不合法"),
    42001: (Verdict.TOKEN, "访问令牌过期"),
    # these will be as wrong tomorrow
    40003: (Verdict.NEVER, "openid 不属于这个小程序"),
    40013: (Verdict.NEVER, "AppID 不正确"),
    40037: (Verdict.NEVER, "模板编号不正确，请核对 SHANDU_TEMPLATES"),
    40125: (Verdict.NEVER, "AppSecret 不正确"),
    41030: (Verdict.NEVER, "页面路径不存在，请核对已发布的小程序版本"),
    47003: (Verdict.NEVER, "模板字段不符合要求，请核对模板"),
    # the address of this machine is not on the account's whitelist; errmsg shows it
    40164: (Verdict.ADDRESS, "服务器地址不在白名单，请在公众平台添加"),
    # consent spent or refused: not an error, and retrying cannot help
    43101: (Verdict.REFUSED, "对方拒收或订阅次数用完"),
    # undocumented, real: two messages to one person at once
    43108: (Verdict.LATER, "同一人并发发送，稍后自动重试"),
    43117: (Verdict.LATER, "发送过于频繁，稍后自动重试"),
    45009: (Verdict.QUOTA, "今日接口额度用完"),
    45015: (Verdict.CHANNEL_CLOSED, "超过48小时会话时限"),
    45047: (Verdict.CHANNEL_CLOSED, "会话条数用完"),
}

TOKEN_ERRORS = {code for code, (verdict, _) in VERDICTS.items() if verdict is Verdict.TOKEN}


def verdict(errcode: int) -> Verdict:
    """What to do about an error; an unknown one is not repeated."""
    return VERDICTS.get(errcode, (Verdict.NEVER, ""))[0]
