"""The journal: every step of every subject, who took it, when and on what evidence; and its seals.

The database itself refuses to change or delete rows of these three tables (migration 0004).
"""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class JournalEntry(Model):
    """One step. Rows are only ever added."""

    id = fields.BigIntField(primary_key=True)
    at = fields.DatetimeField()
    subject_kind = fields.CharField(max_length=20)
    subject_id = fields.BigIntField()
    school_id = fields.BigIntField(null=True)
    person_id = fields.BigIntField(null=True)
    post_id = fields.BigIntField(null=True)
    verb = fields.CharField(max_length=32)
    facts = fields.JSONField[dict[str, object]]()
    # a phone that repeats a request must not take the step twice
    request_key = fields.CharField(max_length=100, null=True, unique=True)

    class Meta:
        table = "journal_entry"
        indexes = (Index(fields=("subject_kind", "subject_id", "id"), name="idx_journal_subject"),)


class JournalSeal(Model):
    """A step sealed: a link of its subject's chain. Ids count from 1 in the order of sealing, without gaps."""

    id = fields.BigIntField(primary_key=True, generated=False)
    entry_id = fields.BigIntField(unique=True)
    subject_kind = fields.CharField(max_length=20)
    subject_id = fields.BigIntField()
    # 1 is the subject's first step
    place = fields.IntField()
    prev_hash = fields.CharField(max_length=64)
    hash = fields.CharField(max_length=64)
    sealed_at = fields.DatetimeField()

    class Meta:
        table = "journal_seal"
        unique_together = (("subject_kind", "subject_id", "place"),)


class JournalRoot(Model):
    """A Beijing day's seals, from `first_seal` to `last_seal`, under one hash that follows the day before's."""

    day = fields.DateField(primary_key=True)
    first_seal = fields.BigIntField()
    last_seal = fields.BigIntField()
    tree_hash = fields.CharField(max_length=64)
    prev_hash = fields.CharField(max_length=64)
    hash = fields.CharField(max_length=64)
    made_at = fields.DatetimeField()

    class Meta:
        table = "journal_root"
