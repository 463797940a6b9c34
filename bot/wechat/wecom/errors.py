"""WeCom's error codes, where they differ from the rest of WeChat: what to do, and the administrator's sentence.

Source: 全局错误码 of WeCom's documentation for developers.
"""

from bot.wechat.errors import VERDICTS, Codes, Verdict, WeChatError
from bot.wechat.errors import explain as explain_by
from bot.wechat.errors import verdict as verdict_by

# nobody of those named got it: what message/send says when all are wrong, and what `invaliduser` beside an
# errcode of 0 means for a message to one member
NO_SUCH_MEMBER = 81013
NOT_FOUND = 46004

WECOM: Codes = {
    **VERDICTS,
    40001: (Verdict.TOKEN, "企业微信应用的 Secret 不正确，请核对设置"),
    40013: (Verdict.TOKEN, "企业微信的 CorpID 不正确，请核对设置"),
    40014: (Verdict.TOKEN, "企业微信的访问令牌无效且刷新无效，请核对应用的 Secret"),
    42001: (Verdict.TOKEN, "企业微信的访问令牌已过期且刷新无效，请核对应用的 Secret"),
    40056: (Verdict.TOKEN, "企业微信的 AgentId 不正确，请核对设置"),
    48002: (Verdict.TOKEN, "应用没有调用此接口的权限，请在企业微信管理后台开通"),
    # the member left, the application is not visible to them, or they were never a member
    NO_SUCH_MEMBER: (Verdict.REFUSED, "企业微信中没有此成员，或成员不在应用可见范围内"),
    40003: (Verdict.REFUSED, "企业微信中没有此成员"),
    60011: (Verdict.REFUSED, "应用无权访问此成员，请在企业微信管理后台调整可见范围"),
    60111: (Verdict.REFUSED, "企业微信中没有此成员"),
    NOT_FOUND: (Verdict.REFUSED, "企业微信中没有使用此手机号的成员"),
    # of a minute or an hour, not of the day as elsewhere
    45009: (Verdict.LATER, "企业微信接口调用过于频繁，稍后自动重试"),
    45033: (Verdict.LATER, "企业微信接口并发过多，稍后自动重试"),
    # errmsg names the member of the request
    40058: (Verdict.NEVER, "消息内容不符合企业微信的要求"),
    44004: (Verdict.NEVER, "消息内容为空"),
    # the robot was removed from its group, or its address is made up
    93000: (Verdict.REFUSED, "群机器人地址无效，或机器人已被移出群聊"),
    93008: (Verdict.REFUSED, "群机器人不在群聊中"),
}


def verdict(errcode: int) -> Verdict:
    """As `bot.wechat.errors.verdict`."""
    return verdict_by(errcode, WECOM)


def explain(fault: WeChatError) -> str:
    """As `bot.wechat.errors.explain`: with the address in it where the whitelist is the matter."""
    return explain_by(fault, WECOM)
