"""A problem's life (问题闭环) as tables an officer can read: what follows what, and who may."""

from enum import StrEnum

from models.errors import Conflict
from models.people.rights import Right


class State(StrEnum):
    FOUND = "found"
    ASSIGNED = "assigned"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    REOPENED = "reopened"
    OVERDUE = "overdue"
    APPEALED = "appealed"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    WITHHELD = "withheld"


class Move(StrEnum):
    REPORT = "report"
    WITHHOLD = "withhold"
    FIX = "fix"
    ASSIGN = "assign"
    SUBMIT = "submit"
    CLOSE = "close"
    RETURN = "return"
    APPEAL = "appeal"
    UPHOLD = "uphold"
    REJECT = "reject"
    REOPEN = "reopen"
    EXPIRE = "expire"
    FOLLOWED_UP = "followed_up"
    STILL_WRONG = "still_wrong"
    RESCHEDULE = "reschedule"
    REMIND = "remind"
    POSTPONE = "postpone"


STATE_NAMES = {
    State.FOUND: "已收到，内容审核中",
    State.ASSIGNED: "限期整改",
    State.SUBMITTED: "待核查",
    State.RETURNED: "整改不到位，已退回",
    State.REOPENED: "反映没解决，重新整改",
    State.OVERDUE: "超期未整改",
    State.APPEALED: "申辩中",
    State.CLOSED: "已销号",
    State.CANCELLED: "申辩成立，已撤销",
    State.WITHHELD: "未通过内容审核，未转给学校",
}

MOVE_NAMES = {
    Move.REPORT: "反映问题",
    Move.WITHHOLD: "未通过内容审核",
    Move.FIX: "即知即改",
    Move.ASSIGN: "限期整改",
    Move.SUBMIT: "提交整改",
    Move.CLOSE: "核查通过，销号",
    Move.RETURN: "核查退回",
    Move.APPEAL: "申辩",
    Move.UPHOLD: "申辩成立",
    Move.REJECT: "申辩不成立",
    Move.REOPEN: "反映没解决",
    Move.EXPIRE: "超过期限",
    Move.FOLLOWED_UP: "回头看，已整改到位",
    Move.STILL_WRONG: "回头看，仍未整改到位",
    Move.RESCHEDULE: "调整整改期限",
    Move.REMIND: "到期提醒",
    Move.POSTPONE: "期限遇假期顺延",
}

AFTER: dict[tuple[State, Move], State] = {
    (State.FOUND, Move.FIX): State.CLOSED,
    (State.FOUND, Move.ASSIGN): State.ASSIGNED,
    # what is reported waits until its words have passed the content check
    (State.FOUND, Move.WITHHOLD): State.WITHHELD,
    (State.ASSIGNED, Move.SUBMIT): State.SUBMITTED,
    (State.ASSIGNED, Move.APPEAL): State.APPEALED,
    (State.ASSIGNED, Move.EXPIRE): State.OVERDUE,
    (State.ASSIGNED, Move.RESCHEDULE): State.ASSIGNED,
    (State.RETURNED, Move.SUBMIT): State.SUBMITTED,
    (State.RETURNED, Move.APPEAL): State.APPEALED,
    (State.RETURNED, Move.EXPIRE): State.OVERDUE,
    (State.RETURNED, Move.RESCHEDULE): State.RETURNED,
    (State.REOPENED, Move.SUBMIT): State.SUBMITTED,
    (State.REOPENED, Move.APPEAL): State.APPEALED,
    (State.REOPENED, Move.EXPIRE): State.OVERDUE,
    (State.REOPENED, Move.RESCHEDULE): State.REOPENED,
    (State.OVERDUE, Move.SUBMIT): State.SUBMITTED,
    (State.OVERDUE, Move.APPEAL): State.APPEALED,
    (State.OVERDUE, Move.RESCHEDULE): State.ASSIGNED,
    (State.SUBMITTED, Move.CLOSE): State.CLOSED,
    (State.SUBMITTED, Move.RETURN): State.RETURNED,
    (State.APPEALED, Move.UPHOLD): State.CANCELLED,
    (State.APPEALED, Move.REJECT): State.ASSIGNED,
    (State.CLOSED, Move.REOPEN): State.REOPENED,
}

# The right a post must carry for a move. `FINDER` means: or one of those who hold the post that found it.
NEEDS: dict[Move, Right] = {
    Move.SUBMIT: Right.RECTIFY,
    Move.APPEAL: Right.RECTIFY,
    Move.CLOSE: Right.VERIFY,
    Move.RETURN: Right.VERIFY,
    Move.UPHOLD: Right.DECIDE,
    Move.REJECT: Right.DECIDE,
    Move.REOPEN: Right.REOPEN,
    Move.RESCHEDULE: Right.DECIDE,
}
FINDER_MAY = {Move.CLOSE, Move.RETURN, Move.REOPEN}

# While it is in one of these, somebody at the school owes an answer and the clock runs.
RUNNING = {State.ASSIGNED, State.RETURNED, State.REOPENED, State.OVERDUE}
# What follows where no clock runs: said in the place of who is told next.
STANDS = {
    State.FOUND: "内容审核通过后转给学校，届时开始计时。",
    State.SUBMITTED: "整改已提交，期限停止计时，等待核查；退回的，另定期限。",
    State.APPEALED: "申辩期间停止计时；不予采纳的，继续计算剩余期限。",
    State.CLOSED: "已销号，不再催办。",
    State.CANCELLED: "申辩成立，问题已撤销，不再催办。",
    State.WITHHELD: "未转给学校，不再办理。",
}
ENDED = {State.CLOSED, State.CANCELLED, State.WITHHELD}
# of no concern to anybody but the finder
HIDDEN = {State.FOUND, State.WITHHELD}


# What a follow-up on site (回头看) means for a problem, by what was seen. Where there is no line, what was
# seen is written down and the state stays.
FOLLOW_UP: dict[tuple[State, Move], Move] = {
    (State.CLOSED, Move.STILL_WRONG): Move.REOPEN,
    (State.SUBMITTED, Move.STILL_WRONG): Move.RETURN,
    (State.SUBMITTED, Move.FOLLOWED_UP): Move.CLOSE,
}


class WrongMove(Conflict):
    """The problem is no longer where the person saw it; often somebody else was first."""

    code = "problem_moved_on"
    sentence = "这个问题目前是“{state_name}”，不能再{move_name}。请刷新后查看最新进展。"


def after(state: State, move: Move) -> State:
    """The state that follows; raises WrongMove where the table has no line."""
    if (state, move) not in AFTER:
        raise WrongMove(
            state=state.value, move=move.value, state_name=STATE_NAMES[state], move_name=MOVE_NAMES[move]
        )
    return AFTER[state, move]


def moves_from(state: State) -> list[Move]:
    """What may follow a state, in the table's order."""
    return [move for (start, move) in AFTER if start is state]
