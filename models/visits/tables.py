"""Visits (入校), the supervisor's record and its rectification notice, and the monthly duties."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.checkins.tables import CheckIn


class VisitKind(StrEnum):
    COMMITTEE = "committee"
    SUPERVISOR = "supervisor"


class Completion(StrEnum):
    """How the school's side of a supervisor's record came: its signature on the supervisor's phone, a
    confirmation from the head's own phone, or its stated defence (申辩)."""

    SIGNATURE = "signature"
    CONFIRMATION = "confirmation"
    DEFENCE = "defence"


class DutyState(StrEnum):
    OWED = "owed"
    DONE = "done"
    EXCUSED = "excused"


class Visit(Model):
    """A submitted form. Answers stay as they were sent. What is filtered or counted has columns."""

    id = fields.BigIntField(primary_key=True)
    person_id = fields.BigIntField()
    request_id = fields.CharField(max_length=64)
    body_hash = fields.CharField(max_length=64)
    post_id = fields.BigIntField()
    school_id = fields.BigIntField()
    check_in: fields.OneToOneRelation[CheckIn] = fields.OneToOneField(
        "shandu.CheckIn", related_name="visit", on_delete=fields.RESTRICT
    )
    check_in_id: int
    kind = fields.CharEnumField(VisitKind, max_length=12)
    form_version = fields.IntField()
    month = fields.CharField(max_length=7)
    visited_at = fields.DatetimeField()
    received_at = fields.DatetimeField()
    answers = fields.JSONField[list[dict[str, object]]]()
    grade = fields.CharField(max_length=12)
    remarks = fields.CharField(max_length=1000)
    companions = fields.CharField(max_length=100)
    # what the school says to the findings (申辩), before they are final
    defence = fields.CharField(max_length=1000)
    passed = fields.IntField()
    failed = fields.IntField()
    unseen = fields.IntField()
    # whether its check-in knows of it, whose evidence is then weighed again
    check_in_told = fields.BooleanField(default=False, db_default=False)
    # what became of earlier problems (回头看), as it was sent; null: nothing was said of them
    follow_ups = fields.JSONField[list[dict[str, object]]](null=True)
    # a supervisor's record is due while the school has not answered; null: no answer is asked for
    record_due_at = fields.DatetimeField(null=True)
    # when somebody must be told next; null when nobody needs telling
    record_next_at = fields.DatetimeField(null=True)
    completed_at = fields.DatetimeField(null=True)
    completed_how = fields.CharEnumField(Completion, max_length=12, null=True)
    # who answered from their own phone, and the words of a confirmation
    answered_by = fields.BigIntField(null=True)
    answer_words = fields.CharField(max_length=1000, null=True)
    # what names the school's signature among the pictures; the other signatures are the visitor's
    school_signature = fields.CharField(max_length=80, null=True)

    class Meta:
        table = "visit"
        unique_together = (("person_id", "request_id"),)
        indexes = (Index(fields=("school_id", "id"), name="idx_visit_school"),)


class RectificationNotice(Model):
    """An official notice (整改通知书), as it was issued. Numbers run by county and year without gaps."""

    id = fields.BigIntField(primary_key=True)
    visit_id = fields.BigIntField(unique=True)
    county_code = fields.CharField(max_length=6)
    year = fields.IntField()
    number = fields.IntField()
    # what the address of its verification page ends in; not guessable
    check_code = fields.CharField(max_length=32, unique=True)
    issued_at = fields.DatetimeField()
    issued_by = fields.BigIntField()
    content = fields.JSONField[dict[str, object]]()

    class Meta:
        table = "rectification_notice"
        unique_together = (("county_code", "year", "number"),)


class Duty(Model):
    """Which visit a school is owed in a month, by which post, and whether it was made."""

    id = fields.BigIntField(primary_key=True)
    month = fields.CharField(max_length=7)
    kind = fields.CharEnumField(VisitKind, max_length=12)
    school_id = fields.BigIntField()
    county_code = fields.CharField(max_length=6)
    post_id = fields.BigIntField()
    # someone else who makes this visit this month (换班); null: whoever holds the post
    stand_in_id = fields.BigIntField(null=True)
    state = fields.CharEnumField(DutyState, max_length=8)
    visit_id = fields.BigIntField(null=True)
    reason = fields.CharField(max_length=200, null=True)

    class Meta:
        table = "duty"
        unique_together = (("month", "school_id", "kind"),)
        indexes = (
            Index(fields=("county_code", "month"), name="idx_duty_county"),
            Index(fields=("post_id", "month"), name="idx_duty_post"),
            Index(fields=("stand_in_id", "month"), name="idx_duty_stand_in"),
        )
