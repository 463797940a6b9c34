"""Check-ins (签到)."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class CheckIn(Model):
    """A person scanned a school's code: the claim, the device's word and ours beside each other."""

    id = fields.BigIntField(primary_key=True)
    person_id = fields.BigIntField()
    request_id = fields.CharField(max_length=64)
    body_hash = fields.CharField(max_length=64)
    post_id = fields.BigIntField()
    school_id = fields.BigIntField()
    # the best proof of when: the rotating code's step, else the device's clock
    at = fields.DatetimeField()
    scanned_at = fields.DatetimeField()
    received_at = fields.DatetimeField()
    generation = fields.IntField()
    rotating_at = fields.DatetimeField(null=True)
    # precise, fuzzy or none; degrees as the device gave them, metres of accuracy and of distance
    place = fields.CharField(max_length=8)
    longitude = fields.FloatField(null=True)
    latitude = fields.FloatField(null=True)
    accuracy_m = fields.FloatField(null=True)
    distance_m = fields.IntField(null=True)

    class Meta:
        table = "check_in"
        unique_together = (("person_id", "request_id"),)
        indexes = (Index(fields=("school_id", "at"), name="idx_check_in_school"),)
