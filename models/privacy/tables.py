"""Requests to be forgotten, and what retention removed."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class ErasureState(StrEnum):
    """`requested` waits for the person's second word, `confirmed` for an officer; `erasing` is past taking back."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    ERASING = "erasing"
    WITHDRAWN = "withdrawn"
    DONE = "done"


class Erasure(Model):
    """A person asks to be forgotten (注销): asked, confirmed, carried out by an officer."""

    id = fields.BigIntField(primary_key=True)
    person_id = fields.BigIntField()
    state = fields.CharEnumField(ErasureState, max_length=10)
    requested_at = fields.DatetimeField()
    confirmed_at = fields.DatetimeField(null=True)
    done_at = fields.DatetimeField(null=True)
    done_by = fields.BigIntField(null=True)

    class Meta:
        table = "erasure"
        indexes = (Index(fields=("state", "id"), name="idx_erasure_state"),)


class RetentionRun(Model):
    """One run of `shandu retain --really`: how many rows each rule removed. Unended: it was interrupted."""

    id = fields.BigIntField(primary_key=True)
    started_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    removed = fields.JSONField[dict[str, int]]()

    class Meta:
        table = "retention_run"
