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
    # the short code under the picture instead of the picture
    typed = fields.BooleanField(db_default=False)
    # precise, fuzzy or none; degrees as the device gave them, metres of accuracy and of distance
    place = fields.CharField(max_length=8)
    longitude = fields.FloatField(null=True)
    latitude = fields.FloatField(null=True)
    accuracy_m = fields.FloatField(null=True)
    distance_m = fields.IntField(null=True)
    # which system the degrees are in, and what else the platform said of them, as it gave it
    coordinates = fields.CharField(max_length=5, db_default="wgs84")
    altitude_m = fields.FloatField(null=True)
    vertical_accuracy_m = fields.FloatField(null=True)
    horizontal_accuracy_m = fields.FloatField(null=True)
    speed_mps = fields.FloatField(null=True)
    # SHA-256 of the random id the phone keeps
    device_hash = fields.CharField(max_length=64, null=True)
    # when the visit made with it arrived here
    visit_sent_at = fields.DatetimeField(null=True)
    # when to weigh its evidence next; null: nothing more is expected
    weigh_at = fields.DatetimeField(null=True)

    class Meta:
        table = "check_in"
        unique_together = (("person_id", "request_id"),)
        indexes = (
            Index(fields=("school_id", "at"), name="idx_check_in_school"),
            Index(fields=("person_id", "at"), name="idx_check_in_person"),
        )


class CheckInEvidence(Model):
    """How well a check-in is proven, 0 to 100, and why. Computed, and computed again when more is known."""

    check_in_id = fields.BigIntField(primary_key=True, generated=False)
    school_id = fields.BigIntField()
    county_code = fields.CharField(max_length=6)
    month = fields.CharField(max_length=7)
    score = fields.IntField()
    # a list of code, side, points and facts
    reasons = fields.JSONField[list[dict[str, object]]]()
    weighed_at = fields.DatetimeField()

    class Meta:
        table = "check_in_evidence"
        indexes = (
            Index(fields=("county_code", "month", "score", "check_in_id"), name="idx_evidence_county"),
            Index(fields=("month", "score", "check_in_id"), name="idx_evidence_month"),
        )
