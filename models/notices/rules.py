"""When a delivery may be sent again, and when taken back: two tables. Pure."""

from collections.abc import Collection
from datetime import datetime, timedelta

from models.errors import Conflict
from models.notices.tables import DeliveryState

# later than that nobody is helped by hearing it
RESEND_WITHIN = timedelta(days=30)

_UNDER_WAY = frozenset({DeliveryState.HELD, DeliveryState.WAITING, DeliveryState.SENDING})


class UnderWay(Conflict):
    code = "delivery_under_way"
    sentence = "这条通知正在发给此人，不必重发。"


class AlreadySent(Conflict):
    code = "delivery_sent"
    sentence = "这条通知已经送到此人，不必重发。如需催办，请电话联系。"


class FateUnknown(Conflict):
    code = "delivery_unknown"
    sentence = "微信还没有说明上一次是否送到，请等几分钟再看，以免重复。"


class WasWithdrawn(Conflict):
    code = "delivery_withdrawn"
    sentence = "这条通知已撤回，事项已有变化，不能重发。"


class WasMerged(Conflict):
    code = "delivery_merged"
    sentence = "这条通知已和其他通知合并为一条消息，请查看那条消息；没有送到的，重发那一条。"


class SaysSeveral(Conflict):
    code = "message_of_several"
    sentence = "这条消息由几条通知合成，请到其中的通知里逐条撤回。"


class TooOld(Conflict):
    code = "notice_too_old"
    sentence = "这条通知已超过30天，不再重发。请在事项中重新办理，或电话联系。"


class NothingToWithdraw(Conflict):
    code = "nothing_to_withdraw"
    sentence = "这条通知没有还在排队的发送，已经发出的不能撤回。"


# what is said of a delivery in a state; None: it may be sent again
RESEND: dict[DeliveryState, type[Conflict] | None] = {
    DeliveryState.HELD: UnderWay,
    DeliveryState.WAITING: UnderWay,
    DeliveryState.SENDING: UnderWay,
    # while it is being settled; see `resend`
    DeliveryState.UNKNOWN: FateUnknown,
    DeliveryState.SENT: AlreadySent,
    DeliveryState.REFUSED: None,
    DeliveryState.GIVEN_UP: None,
    DeliveryState.WITHDRAWN: WasWithdrawn,
    DeliveryState.MERGED: WasMerged,
}


def resend(
    state: DeliveryState,
    settling: bool,
    others: Collection[DeliveryState],
    age: timedelta,
    withdrawn: bool = False,
) -> Conflict | None:
    """Why a delivery may not be sent again; None: it may.

    `settling`: its lease still runs, so WeChat's word of it may come. Afterwards an officer who sees that its
    fate is unknown may decide to. `others`: the states of the same notice to the same person by other channels:
    while one is on its way, or has arrived, a second would tell the same thing twice. `withdrawn`: the matter has
    moved on since the notice was put.
    """
    why = RESEND[state]
    if why is FateUnknown and not settling:
        why = None
    if why is None and DeliveryState.SENT in others:
        why = AlreadySent
    if why is None and _UNDER_WAY & set(others):
        why = UnderWay
    if why is None and DeliveryState.UNKNOWN in others:
        why = FateUnknown
    if why is None and withdrawn:
        why = WasWithdrawn
    if why is None and age > RESEND_WITHIN:
        why = TooOld
    return why() if why else None


def is_settling(state: DeliveryState, lease_until: datetime | None, now: datetime) -> bool:
    """Whether word may still come by itself of a delivery whose fate is unknown."""
    return state is DeliveryState.UNKNOWN and lease_until is not None and lease_until > now
