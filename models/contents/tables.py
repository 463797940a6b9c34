"""What people wrote and photographed, on its way past the platform's content check (内容安全检测)."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.contents.states import CheckState


class Content(StrEnum):
    """`words`: of a step in the journal. `photo`: one that a parent sent. `visit`: what a visitor remarked beside
    the problems. `reply`: what the school says to a visit."""

    WORDS = "words"
    PHOTO = "photo"
    VISIT = "visit"
    REPLY = "reply"


class ContentCheck(Model):
    """One text or photo, and whether others may see it."""

    id = fields.BigIntField(primary_key=True)
    content = fields.CharEnumField(Content, max_length=5)
    # the journal's entry, the photo, or the visit
    target_id = fields.BigIntField()
    # of words: the problem they are about, and whether they are what was found or what was said later
    problem_id = fields.BigIntField(null=True)
    finding = fields.BooleanField(default=False)
    school_id = fields.BigIntField()
    county_code = fields.CharField(max_length=6)
    person_id = fields.BigIntField()
    post_id = fields.BigIntField(null=True)
    # emptied when they may be seen: then they stand where they belong
    words = fields.TextField()
    state = fields.CharEnumField(CheckState, max_length=8)
    # when to ask, or to ask again; null: nothing more to ask
    run_at = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    # by which the platform names its answer about a photo
    trace_id = fields.CharField(max_length=128, null=True)
    created_at = fields.DatetimeField()
    decided_by = fields.BigIntField(null=True)
    decided_at = fields.DatetimeField(null=True)
    reason = fields.CharField(max_length=200, null=True)

    class Meta:
        table = "content_check"
        unique_together = (("content", "target_id"),)
        indexes = (Index(fields=("problem_id", "id"), name="idx_content_problem"),)
