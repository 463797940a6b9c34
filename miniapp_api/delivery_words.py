"""What the delivery log calls things, and what to do about a failure."""

from bot.wechat.errors import Verdict, WeChatError, explain, verdict
from models.notices.kinds import BY_CODE
from models.notices.tables import DeliveryState
from models.notices.unreached import Why

STATE_NAMES = {
    DeliveryState.HELD: "等待合并",
    DeliveryState.WAITING: "排队待发",
    DeliveryState.SENDING: "正在发送",
    DeliveryState.UNKNOWN: "结果不明",
    DeliveryState.SENT: "已发出",
    DeliveryState.REFUSED: "未送达",
    DeliveryState.GIVEN_UP: "发送失败",
    DeliveryState.WITHDRAWN: "已撤回",
    DeliveryState.MERGED: "已并入一条消息",
}

WHY_NAMES = {
    Why.NOT_BOUND: "没有绑定微信",
    Why.REFUSED: "拒绝接收通知",
    Why.NO_CREDIT: "没有可用的订阅次数",
    Why.OFF_ROUTE: "有能用的渠道，但通知不走这些渠道",
    Why.FAILED: "最近的通知没有送到",
}

ADVICE = {
    Verdict.SENT: "",
    Verdict.REFUSED: "请对方打开小程序，在询问时允许接收通知，然后重发；急事请电话告知。",
    Verdict.NEVER: "重发前须先由系统管理员按上面的原因更正，否则还会失败。",
    Verdict.LATER: "系统会自动重试，不用处理。",
    Verdict.QUOTA: "系统会在次日自动重试；急事请电话告知。",
    Verdict.TOKEN: "请系统管理员核对账号设置；更正后排队的通知会自动发出。",
    Verdict.CHANNEL_CLOSED: "这条渠道暂时用不了，系统会改用其他渠道；急事请电话告知。",
    Verdict.ADDRESS: "请系统管理员把服务器地址加入白名单；之后排队的通知会自动发出。",
}
# where no error code says more
BY_STATE = {
    DeliveryState.UNKNOWN: "微信没有答复，可能已经送到。几分钟后仍然不明的，可以向本人核实，再决定是否重发。",
    DeliveryState.REFUSED: "请对方绑定微信并允许接收通知，然后重发；急事请电话告知。",
    DeliveryState.GIVEN_UP: "多次尝试没有成功，可以重发；急事请电话告知。",
}


def state_name(state: DeliveryState, message: DeliveryState | None) -> str:
    """What a delivery's state is called; of one in a message of several, with what became of the message."""
    return STATE_NAMES[state] + (f"，{STATE_NAMES[message]}" if message is not None else "")


def kind_name(kind: str) -> str:
    """A kind's title; its code where this release does not know it."""
    return BY_CODE[kind].title if kind in BY_CODE else kind


def meaning(errcode: int | None) -> str:
    """What an error code means, in words; nothing where there is none."""
    return explain(WeChatError(errcode)) if errcode else ""


def advice(state: DeliveryState, errcode: int | None) -> str:
    """What somebody who looks at a delivery can do about it; nothing where nothing is needed."""
    if state in (DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.WITHDRAWN, DeliveryState.MERGED):
        return ""
    return ADVICE[verdict(errcode)] if errcode else BY_STATE.get(state, "")
