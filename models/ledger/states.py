"""A school's month in the ledger: open, confirmed by the county, appealed against, open again. Pure."""

from enum import StrEnum

from models.errors import Conflict


class MonthState(StrEnum):
    OPEN = "open"
    CONFIRMED = "confirmed"
    APPEALED = "appealed"


class Move(StrEnum):
    CONFIRM = "confirm"
    APPEAL = "appeal"
    UPHOLD = "uphold"
    REOPEN = "reopen"


AFTER: dict[tuple[MonthState, Move], MonthState] = {
    (MonthState.OPEN, Move.CONFIRM): MonthState.CONFIRMED,
    (MonthState.CONFIRMED, Move.APPEAL): MonthState.APPEALED,
    # the county looked into the appeal, and the month stays as it is
    (MonthState.APPEALED, Move.UPHOLD): MonthState.CONFIRMED,
    (MonthState.CONFIRMED, Move.REOPEN): MonthState.OPEN,
    (MonthState.APPEALED, Move.REOPEN): MonthState.OPEN,
}
STATE_NAMES = {MonthState.OPEN: "未确认", MonthState.CONFIRMED: "已确认", MonthState.APPEALED: "申辩中"}
MOVE_NAMES = {Move.CONFIRM: "确认", Move.APPEAL: "申辩", Move.UPHOLD: "维持", Move.REOPEN: "重新开放"}


class MonthCannot(Conflict):
    code = "ledger_month_cannot"
    sentence = "这个月的台账{state}，不能{move}。"


def after(state: MonthState, move: Move) -> MonthState:
    """The state after a move; raises MonthCannot."""
    following = AFTER.get((state, move))
    if following is None:
        raise MonthCannot(state=STATE_NAMES[state], move=MOVE_NAMES[move])
    return following
