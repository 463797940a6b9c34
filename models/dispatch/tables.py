"""Orders from above (调度). Their steps, with words and photos, are in the journal, kind `dispatch`."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.dispatch.states import OrderState, Step


class DispatchOrder(Model):
    """Somebody above a school or a division asks its post for something, on a step of the ladder."""

    id = fields.BigIntField(primary_key=True)
    request_key = fields.CharField(max_length=100, unique=True)
    step = fields.CharEnumField(Step, max_length=10)
    state = fields.CharEnumField(OrderState, max_length=10)
    # whose matter it is; null: the division's own
    school_id = fields.BigIntField(null=True)
    # of a school: its county
    division_code = fields.CharField(max_length=6)
    # who is asked
    post_id = fields.BigIntField()
    problem_id = fields.BigIntField(null=True)
    # the order before it in the same matter
    prior_id = fields.BigIntField(null=True)
    title = fields.CharField(max_length=60)
    words = fields.CharField(max_length=1000)
    skip_reason = fields.CharField(max_length=200)
    signed_by = fields.BigIntField()
    signer_post_id = fields.BigIntField()
    signer_division = fields.CharField(max_length=6)
    issued_at = fields.DatetimeField()
    due_at = fields.DatetimeField()
    # rises when an answer is returned
    cycle = fields.IntField(default=1)
    answered_by = fields.BigIntField(null=True)
    answered_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "dispatch_order"
        indexes = (
            Index(fields=("division_code", "id"), name="idx_dispatch_division"),
            Index(fields=("post_id", "id"), name="idx_dispatch_post"),
        )
