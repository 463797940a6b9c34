"""Photos and signatures."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Purpose(StrEnum):
    VISIT = "visit"
    SIGNATURE = "signature"
    PROBLEM = "problem"


class Photo(Model):
    """A picture as we keep it: checked by its content, without metadata."""

    id = fields.BigIntField(primary_key=True)
    # what addresses name: not guessable, says nothing of how many there are
    key = fields.CharField(max_length=32, unique=True)
    request_key = fields.CharField(max_length=100, unique=True)
    school_id = fields.BigIntField()
    person_id = fields.BigIntField()
    purpose = fields.CharEnumField(Purpose, max_length=10)
    type = fields.CharField(max_length=5)
    bytes = fields.IntField()
    width = fields.IntField()
    height = fields.IntField()
    # of the bytes as sent, so that a repeated upload is recognised
    sha256 = fields.CharField(max_length=64)
    received_at = fields.DatetimeField()
    # the record it proves; null until that record arrives
    subject_kind = fields.CharField(max_length=20, null=True)
    subject_id = fields.BigIntField(null=True)

    class Meta:
        table = "photo"
        indexes = (Index(fields=("subject_kind", "subject_id"), name="idx_photo_subject"),)
