"""Problems. Their steps are in the journal, subject kind `problem`."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.problems.states import State


class Severity(StrEnum):
    GENERAL = "general"
    SERIOUS = "serious"
    MAJOR = "major"


class Source(StrEnum):
    VISIT = "visit"
    REPORT = "report"
    # the school answered an alert with 确实没有: whoever said so does not verify it
    ALERT = "alert"


class Problem(Model):
    """Something found wrong at a school, followed until it is closed."""

    id = fields.BigIntField(primary_key=True)
    school_id = fields.BigIntField()
    county_code = fields.CharField(max_length=6)
    source = fields.CharEnumField(Source, max_length=8)
    source_id = fields.BigIntField(null=True)
    # the form's item, e.g. C06; one problem an item and visit
    item = fields.CharField(max_length=8)
    origin_key = fields.CharField(max_length=120, unique=True)
    title = fields.CharField(max_length=60)
    words = fields.CharField(max_length=1000)
    severity = fields.CharEnumField(Severity, max_length=8)
    state = fields.CharEnumField(State, max_length=10)
    # rises with each new deadline: returned, reopened, moved, or an appeal was rejected
    cycle = fields.IntField(default=1)
    finder_person_id = fields.BigIntField()
    finder_post_id = fields.BigIntField()
    found_at = fields.DatetimeField()
    due_at = fields.DatetimeField(null=True)
    # set while the clock stands (申辩); what was left is given back when it goes on
    stopped_at = fields.DatetimeField(null=True)
    # when the next level of the ladder is due; null when nobody needs telling
    ladder_at = fields.DatetimeField(null=True)
    # the levels of the ladder told for this deadline, as bits (models/problems/ladder.py)
    told = fields.IntField(default=0, db_default=0)
    overdue_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)
    # until when the supervisor must have looked again (回头看); null: nobody owes another look
    follow_up_by = fields.DatetimeField(null=True)

    class Meta:
        table = "problem"
        indexes = (
            Index(fields=("school_id", "id"), name="idx_problem_school"),
            Index(fields=("county_code", "state", "id"), name="idx_problem_county"),
            Index(fields=("finder_person_id", "id"), name="idx_problem_finder"),
        )
