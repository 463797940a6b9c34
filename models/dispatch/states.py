"""An order's life (调度) and its ladder, as tables an officer can read."""

from enum import StrEnum

from models.errors import Conflict, Invalid
from models.organisations.tables import PostKind


class Step(StrEnum):
    """The ladder, lowest first: 预警提醒 → 沟通指导 → 会议调度 → 约谈 → 通报 → 移送线索."""

    REMINDER = "reminder"
    GUIDANCE = "guidance"
    MEETING = "meeting"
    INTERVIEW = "interview"
    CIRCULAR = "circular"
    TRANSFER = "transfer"


class OrderState(StrEnum):
    ISSUED = "issued"
    ANSWERED = "answered"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"


class OrderMove(StrEnum):
    ISSUE = "issue"
    ANSWER = "answer"
    RETURN = "return"
    SETTLE = "settle"
    WITHDRAW = "withdraw"


LADDER = list(Step)
STEP_NAMES = {
    Step.REMINDER: "预警提醒",
    Step.GUIDANCE: "沟通指导",
    Step.MEETING: "会议调度",
    Step.INTERVIEW: "约谈",
    Step.CIRCULAR: "通报",
    Step.TRANSFER: "移送线索",
}
STATE_NAMES = {
    OrderState.ISSUED: "待答复",
    OrderState.ANSWERED: "已答复，待办结",
    OrderState.SETTLED: "已办结",
    OrderState.WITHDRAWN: "已撤回",
}
MOVE_NAMES = {
    OrderMove.ISSUE: "发出",
    OrderMove.ANSWER: "答复",
    OrderMove.RETURN: "退回答复",
    OrderMove.SETTLE: "办结",
    OrderMove.WITHDRAW: "撤回",
}
AFTER: dict[tuple[OrderState, OrderMove], OrderState] = {
    (OrderState.ISSUED, OrderMove.ANSWER): OrderState.ANSWERED,
    (OrderState.ISSUED, OrderMove.WITHDRAW): OrderState.WITHDRAWN,
    (OrderState.ANSWERED, OrderMove.RETURN): OrderState.ISSUED,
    (OrderState.ANSWERED, OrderMove.SETTLE): OrderState.SETTLED,
    # what asks for no answer, or was answered by word of mouth
    (OrderState.ISSUED, OrderMove.SETTLE): OrderState.SETTLED,
}
# who is addressed at a place of each kind; a lead goes to those who may follow it
AT_SCHOOL = PostKind.HEAD
OF_WIDTH = {4: PostKind.PREFECTURE, 6: PostKind.COUNTY}
TAKES_LEADS = PostKind.REGULATOR


class WrongMove(Conflict):
    code = "dispatch_moved_on"
    sentence = "这件调度目前是“{state_name}”，不能再{move_name}。请刷新后查看。"


class SignatureNeeded(Invalid):
    code = "signature_needed"
    sentence = "“{step}”要由本人签发：请在签发人处写上自己的姓名。"


class StepSkipped(Invalid):
    code = "step_skipped"
    sentence = "“{step}”之前通常先“{before}”。确需直接采取的，请写明理由。"


class StepBack(Invalid):
    code = "step_back"
    sentence = "这件事已经“{reached}”，接着办应当更进一步。另一件事请单独发出。"


def after(state: OrderState, move: OrderMove) -> OrderState:
    """The state that follows; raises WrongMove where the table has no line."""
    if (state, move) not in AFTER:
        raise WrongMove(state_name=STATE_NAMES[state], move_name=MOVE_NAMES[move])
    return AFTER[state, move]


def moves_from(state: OrderState) -> list[OrderMove]:
    return [move for (start, move) in AFTER if start is state]


def check_step(step: Step, prior: Step | None, skip_reason: str) -> None:
    """Whether a step may follow the one before it in the same matter (None: there is none).

    The first two need nothing before them. Raises StepBack, StepSkipped.
    """
    place = LADDER.index(step)
    reached = 0 if prior is None else LADDER.index(prior)
    if prior is not None and place <= reached:
        raise StepBack(reached=STEP_NAMES[prior])
    if place > reached + 1 and not skip_reason.strip():
        raise StepSkipped(step=STEP_NAMES[step], before=STEP_NAMES[LADDER[place - 1]])


def check_signed(step: Step, signed: str, name: str | None) -> None:
    """A person stands for everything above a reminder, with their own name. Raises SignatureNeeded."""
    if step is not Step.REMINDER and (not name or signed.strip() != name):
        raise SignatureNeeded(step=STEP_NAMES[step])
