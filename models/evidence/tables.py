"""Photos and signatures, those still to come, what is known of them, and uploads in parts."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Purpose(StrEnum):
    VISIT = "visit"
    SIGNATURE = "signature"
    PROBLEM = "problem"
    LEDGER = "ledger"


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
    # when a worker should make its renditions; null when they are made or given up
    render_at = fields.DatetimeField(null=True)
    render_tries = fields.IntField(db_default=0)
    render_fault = fields.CharField(max_length=200, null=True)
    rendered_at = fields.DatetimeField(null=True)
    # whether the renditions with hidden faces were made too
    faces_hidden = fields.BooleanField(default=False, db_default=False)
    # not for others before it has passed the content check
    veiled = fields.BooleanField(db_default=False)

    class Meta:
        table = "photo"
        indexes = (Index(fields=("subject_kind", "subject_id"), name="idx_photo_subject"),)


class AwaitState(StrEnum):
    WAITING = "waiting"
    ARRIVED = "arrived"
    FAILED = "failed"


class AwaitedPhoto(Model):
    """A photo that a record names by the phone's own id before it has come."""

    id = fields.BigIntField(primary_key=True)
    # as the photo will have it: the person and the phone's id
    request_key = fields.CharField(max_length=100, unique=True)
    request_id = fields.CharField(max_length=64)
    school_id = fields.BigIntField()
    purpose = fields.CharEnumField(Purpose, max_length=10)
    subject_kind = fields.CharField(max_length=20)
    subject_id = fields.BigIntField()
    state = fields.CharEnumField(AwaitState, max_length=8)
    # why the last picture sent for it was refused
    reason = fields.CharField(max_length=200, null=True)
    announced_at = fields.DatetimeField()

    class Meta:
        table = "awaited_photo"
        indexes = (Index(fields=("subject_kind", "subject_id"), name="idx_awaited_subject"),)


class PhotoPrint(Model):
    """What a photo is recognised by: its bytes' hash, and a hash of how it looks unless it is plain."""

    id = fields.BigIntField(primary_key=True)
    photo_id = fields.BigIntField(unique=True)
    school_id = fields.BigIntField()
    # the Beijing month it was received in
    month = fields.CharField(max_length=7)
    # of the bytes as kept: another phone's metadata does not hide a picture
    sha256 = fields.CharField(max_length=64, db_index=True)
    # 64 bits as a signed number, and its four quarters; null when the picture has too little in it
    look = fields.BigIntField(null=True)
    look_0 = fields.IntField(null=True, db_index=True)
    look_1 = fields.IntField(null=True, db_index=True)
    look_2 = fields.IntField(null=True, db_index=True)
    look_3 = fields.IntField(null=True, db_index=True)

    class Meta:
        table = "photo_print"


class Likeness(StrEnum):
    EXACT = "exact"
    NEAR = "near"


class RepeatedPhoto(Model):
    """A photo that was there before: in another month or at another school."""

    id = fields.BigIntField(primary_key=True)
    photo_id = fields.BigIntField()
    earlier_id = fields.BigIntField()
    likeness = fields.CharEnumField(Likeness, max_length=5)
    # bits of 64 in which they look different
    distance = fields.IntField()
    school_id = fields.BigIntField()
    county_code = fields.CharField(max_length=6)
    found_at = fields.DatetimeField()

    class Meta:
        table = "repeated_photo"
        unique_together = (("photo_id", "earlier_id"),)
        indexes = (Index(fields=("county_code", "id"), name="idx_repeated_county"),)


class Upload(Model):
    """A picture on its way in parts (tus). Parts are objects, and the last one completes it."""

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(max_length=32, unique=True)
    request_key = fields.CharField(max_length=100, unique=True)
    request_id = fields.CharField(max_length=64)
    school_id = fields.BigIntField()
    person_id = fields.BigIntField()
    purpose = fields.CharEnumField(Purpose, max_length=10)
    length = fields.IntField()
    received = fields.IntField()
    # keys of the parts in the store, in order
    parts = fields.JSONField[list[str]]()
    expires_at = fields.DatetimeField(db_index=True)
    photo_key = fields.CharField(max_length=32, null=True)
    # the part that completed it: where it began and its SHA-256; sent again, it is known again
    last_offset = fields.IntField(null=True)
    last_sha256 = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "upload"
        indexes = (Index(fields=("person_id", "expires_at"), name="idx_upload_person"),)


class StrayObject(Model):
    """An object without a row, seen once. Seen again a day later it is deleted."""

    id = fields.BigIntField(primary_key=True)
    key = fields.CharField(max_length=120, unique=True)
    seen_at = fields.DatetimeField()

    class Meta:
        table = "stray_object"
