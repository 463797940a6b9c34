"""Files that were sent to be imported, and how far each is."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model


class ImportState(StrEnum):
    """waiting → working → checked (ready to be committed), faulty or refused; checked → committing → done."""

    WAITING = "waiting"
    WORKING = "working"
    CHECKED = "checked"
    FAULTY = "faulty"
    REFUSED = "refused"
    COMMITTING = "committing"
    DONE = "done"


class ImportFile(Model):
    """One file. Its bytes are in the store under its key until it is done or old. A lease says that a
    worker is at it: one that died is followed by another, and nothing was written."""

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(max_length=32, unique=True)
    kind = fields.CharField(max_length=16)
    person_id = fields.BigIntField()
    name = fields.CharField(max_length=100)
    sha256 = fields.CharField(max_length=64)
    state = fields.CharEnumField(ImportState, max_length=12)
    # whether the file shall be written, not only checked
    to_write = fields.BooleanField(default=False)
    stage = fields.CharField(max_length=8)
    rows_done = fields.IntField(default=0)
    rows_total = fields.IntField(default=0)
    new = fields.IntField(default=0)
    changed = fields.IntField(default=0)
    same = fields.IntField(default=0)
    fault_count = fields.IntField(default=0)
    report = fields.JSONField[dict[str, object]](null=True)
    marked = fields.BooleanField(default=False)
    attempts = fields.IntField(default=0)
    created_at = fields.DatetimeField()
    lease_until = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    # when the bytes were thrown away
    forgotten_at = fields.DatetimeField(null=True)

    class Meta:
        table = "import_file"
