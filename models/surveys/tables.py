"""Satisfaction surveys (满意度测评): who may answer, the rounds, the sealed ballots, and what was counted.

Participation and answers are apart for good: no key, no order and no time joins them. See
`docs/decisions/0008-surveys.md`.
"""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class RoundState(StrEnum):
    """Where a round stands. `closed`: nobody answers any more and the boxes are being opened."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
    COUNTED = "counted"
    CANCELLED = "cancelled"


class RemarkState(StrEnum):
    """What may happen to words: shown, waiting for an officer (review, or never checked), never shown."""

    SHOWN = "shown"
    WAITING = "waiting"
    REFUSED = "refused"


class Child(Model):
    """A pupil without a name: the school, and the grade in a school year. Later grades follow from it."""

    id = fields.BigIntField(primary_key=True)
    school_id = fields.BigIntField()
    grade = fields.IntField()
    school_year = fields.IntField()
    class_name = fields.CharField(max_length=10)

    class Meta:
        table = "child"
        indexes = (Index(fields=("school_id",), name="idx_child_school"),)


class Guardian(Model):
    """A person answers for a child, until a Beijing date, exclusive. No end while it is null."""

    id = fields.BigIntField(primary_key=True)
    person_id = fields.BigIntField()
    child: fields.ForeignKeyRelation[Child] = fields.ForeignKeyField(
        "shandu.Child", related_name="guardians", on_delete=fields.RESTRICT
    )
    child_id: int
    request_id = fields.CharField(max_length=64)
    until_on = fields.DateField(null=True)

    class Meta:
        table = "guardian"
        unique_together = (("person_id", "request_id"), ("person_id", "child_id"))
        indexes = (Index(fields=("child_id",), name="idx_guardian_child"),)


class AwaitedChild(Model):
    """A school named somebody as a pupil's guardian in a table. Until the guardian agrees to a child's data
    there is no child: this row says what to ask them, and goes when they answered or never came."""

    id = fields.BigIntField(primary_key=True)
    person_id = fields.BigIntField()
    school_id = fields.BigIntField()
    # the grade in a school year; their difference is the same in every year and tells children apart
    grade = fields.IntField()
    school_year = fields.IntField()
    cohort = fields.IntField()
    class_name = fields.CharField(max_length=10)
    told_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "awaited_child"
        unique_together = (("person_id", "school_id", "cohort", "class_name"),)


class SurveyRound(Model):
    """A round (测评轮次) of one school, or of every school of a division. Dates are Beijing's, inclusive."""

    id = fields.BigIntField(primary_key=True)
    # the division, or the school's county
    division_code = fields.CharField(max_length=6)
    school_id = fields.BigIntField(null=True)
    term = fields.CharField(max_length=12)
    title = fields.CharField(max_length=40)
    opens_on = fields.DateField()
    closes_on = fields.DateField()
    form_version = fields.IntField()
    state = fields.CharEnumField(RoundState, max_length=10)
    # null: the termly plan
    planned_by = fields.BigIntField(null=True)
    closed_at = fields.DatetimeField(null=True)
    # how far, by school id, heads have been told and boxes opened
    told_to = fields.BigIntField(default=0)
    counted_to = fields.BigIntField(default=0)

    class Meta:
        table = "survey_round"
        indexes = (
            Index(fields=("state", "opens_on"), name="idx_survey_round_state"),
            Index(fields=("division_code", "term"), name="idx_survey_round_place"),
        )


class SurveyParticipation(Model):
    """That a guardian answered for a child in a round, and on which day. Never what."""

    id = fields.BigIntField(primary_key=True, generated=False)
    round_id = fields.BigIntField()
    school_id = fields.BigIntField()
    person_id = fields.BigIntField()
    child_id = fields.BigIntField()
    on_date = fields.DateField()

    class Meta:
        table = "survey_participation"
        unique_together = (("round_id", "person_id", "child_id"),)
        indexes = (Index(fields=("round_id", "school_id"), name="idx_survey_participation_school"),)


class SurveyBallot(Model):
    """An answer in its envelope: unreadable without a key that is not in the database, all of one length."""

    id = fields.BigIntField(primary_key=True, generated=False)
    round_id = fields.BigIntField()
    school_id = fields.BigIntField()
    sealed = fields.BinaryField()

    class Meta:
        table = "survey_ballot"
        indexes = (Index(fields=("round_id", "school_id"), name="idx_survey_ballot_box"),)


class SurveyAnswer(Model):
    """An answer out of its envelope. `grade` null: one of at least five from grades not told apart."""

    id = fields.BigIntField(primary_key=True, generated=False)
    round_id = fields.BigIntField()
    school_id = fields.BigIntField()
    grade = fields.IntField(null=True)
    form_version = fields.IntField()
    marks = fields.JSONField[dict[str, int]]()
    days = fields.IntField()
    channel = fields.CharField(max_length=10)

    class Meta:
        table = "survey_answer"


class SurveyRemark(Model):
    """Words out of an envelope, apart from the marks that came with them."""

    id = fields.BigIntField(primary_key=True, generated=False)
    round_id = fields.BigIntField()
    school_id = fields.BigIntField()
    words = fields.CharField(max_length=400)
    state = fields.CharEnumField(RemarkState, max_length=8)

    class Meta:
        table = "survey_remark"
        indexes = (Index(fields=("round_id", "school_id"), name="idx_survey_remark_school"),)


class SurveyResult(Model):
    """What a round found at a school (`grade` 0) or in one of its grades. `n` 0: fewer than five, unopened."""

    id = fields.BigIntField(primary_key=True)
    round_id = fields.BigIntField()
    term = fields.CharField(max_length=12)
    school_id = fields.BigIntField()
    county_code = fields.CharField(max_length=6)
    grade = fields.IntField()
    n = fields.IntField()
    invited = fields.IntField()

    class Meta:
        table = "survey_result"
        unique_together = (("round_id", "school_id", "grade"),)
        indexes = (
            Index(fields=("school_id", "grade"), name="idx_survey_result_school"),
            Index(fields=("term", "grade", "county_code"), name="idx_survey_result_term"),
        )


class SurveyFigure(Model):
    """One question of a result: the sum of its marks, how many in the top two steps, how many at the foot.

    For 0 to 10 the top is 9 and 10, the foot 0 to 6.
    """

    id = fields.BigIntField(primary_key=True)
    result: fields.ForeignKeyRelation[SurveyResult] = fields.ForeignKeyField(
        "shandu.SurveyResult", related_name="figures", on_delete=fields.RESTRICT
    )
    result_id: int
    question = fields.CharField(max_length=4)
    total = fields.IntField()
    top = fields.IntField()
    foot = fields.IntField()

    class Meta:
        table = "survey_figure"
        unique_together = (("result_id", "question"),)
