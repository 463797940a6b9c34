"""The ladder of orders from above, and who stands for them."""

import pytest

from models.dispatch.states import (
    LADDER,
    OrderMove,
    OrderState,
    SignatureNeeded,
    Step,
    StepBack,
    StepSkipped,
    WrongMove,
    after,
    check_signed,
    check_step,
)
from models.errors import Refusal

WHY = "已有学生就医，情况紧急"


@pytest.mark.parametrize(
    ("prior", "step", "why", "refused"),
    [
        # the first two need nothing before them, the others the one below
        (None, Step.REMINDER, "", None),
        (None, Step.GUIDANCE, "", None),
        (None, Step.MEETING, "", StepSkipped),
        (None, Step.TRANSFER, "", StepSkipped),
        (None, Step.TRANSFER, "  ", StepSkipped),
        (None, Step.TRANSFER, WHY, None),
        (Step.REMINDER, Step.GUIDANCE, "", None),
        (Step.GUIDANCE, Step.MEETING, "", None),
        (Step.MEETING, Step.INTERVIEW, "", None),
        (Step.INTERVIEW, Step.CIRCULAR, "", None),
        (Step.CIRCULAR, Step.TRANSFER, "", None),
        (Step.REMINDER, Step.INTERVIEW, "", StepSkipped),
        (Step.REMINDER, Step.INTERVIEW, WHY, None),
        # one does not go down again, nor stay
        (Step.GUIDANCE, Step.GUIDANCE, WHY, StepBack),
        (Step.CIRCULAR, Step.REMINDER, WHY, StepBack),
    ],
)
def test_a_matter_climbs_step_by_step(
    prior: Step | None, step: Step, why: str, refused: type[Refusal] | None
) -> None:
    if refused is None:
        check_step(step, prior, why)
        return
    with pytest.raises(refused):
        check_step(step, prior, why)


@pytest.mark.parametrize("step", LADDER)
@pytest.mark.parametrize("signed", ["", "刘", "别人"])
def test_everything_above_a_reminder_is_signed_by_a_person(step: Step, signed: str) -> None:
    check_signed(step, " 刘洋 ", "刘洋")
    if step is Step.REMINDER:
        check_signed(step, signed, "刘洋")
        return
    with pytest.raises(SignatureNeeded):
        check_signed(step, signed, "刘洋")


@pytest.mark.parametrize(
    ("state", "move", "then"),
    [
        (OrderState.ISSUED, OrderMove.ANSWER, OrderState.ANSWERED),
        (OrderState.ISSUED, OrderMove.SETTLE, OrderState.SETTLED),
        (OrderState.ISSUED, OrderMove.WITHDRAW, OrderState.WITHDRAWN),
        (OrderState.ANSWERED, OrderMove.RETURN, OrderState.ISSUED),
        (OrderState.ANSWERED, OrderMove.SETTLE, OrderState.SETTLED),
        (OrderState.ISSUED, OrderMove.RETURN, None),
        (OrderState.ANSWERED, OrderMove.ANSWER, None),
        (OrderState.ANSWERED, OrderMove.WITHDRAW, None),
        (OrderState.SETTLED, OrderMove.ANSWER, None),
        (OrderState.WITHDRAWN, OrderMove.SETTLE, None),
    ],
)
def test_what_follows_what(state: OrderState, move: OrderMove, then: OrderState | None) -> None:
    if then is not None:
        assert after(state, move) is then
        return
    with pytest.raises(WrongMove):
        after(state, move)
