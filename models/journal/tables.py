"""The journal: every step of every subject, who took it, when and on what evidence."""

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
