"""Digests as they were sent, who wants the morning list and when, and how far a run has come."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Digest(Model):
    """One digest of a period, for a person or for the officers of a division. Kept as it was told.

    `marks` are the things a morning list told of (rules.Item.mark): the next one does not tell them again.
    """

    id = fields.BigIntField(primary_key=True)
    # e.g. morning:2026-11-25:p17, week:2026-W48:530302
    unique_key = fields.CharField(max_length=80, unique=True)
    kind = fields.CharField(max_length=16)
    period = fields.CharField(max_length=16)
    person_id = fields.BigIntField(null=True)
    division_code = fields.CharField(max_length=6, null=True)
    marks = fields.JSONField[list[str]]()
    content = fields.JSONField[dict[str, object]]()
    created_at = fields.DatetimeField()

    class Meta:
        table = "digest"
        indexes = (Index(fields=("person_id", "kind", "period"), name="idx_digest_person"),)


class MorningChoice(Model):
    """Whether a person wants the morning list, and at which minute of the Beijing day. null: as policy says."""

    id = fields.BigIntField(primary_key=True)
    person_id = fields.BigIntField(unique=True)
    wanted = fields.BooleanField()
    at_min = fields.IntField(null=True)
    changed_at = fields.DatetimeField()

    class Meta:
        table = "morning_choice"


class DigestRun(Model):
    """How far, by person id, the morning lists of a day and minute have been written."""

    id = fields.BigIntField(primary_key=True)
    # e.g. 2026-11-25:400
    period = fields.CharField(max_length=32, unique=True)
    reached = fields.BigIntField(default=0)
    done = fields.BooleanField(default=False)
    began_at = fields.DatetimeField()

    class Meta:
        table = "digest_run"
