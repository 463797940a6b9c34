"""Satisfaction surveys: children and guardians, rounds, participation apart from sealed ballots, results."""

from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.surveys.tables import RemarkState, RoundState
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("shandu", "0007_photos")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Child",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("school_id", fields.BigIntField()),
                ("grade", fields.IntField()),
                ("school_year", fields.IntField()),
                ("class_name", fields.CharField(max_length=10)),
            ],
            options={
                "table": "child",
                "app": "shandu",
                "indexes": [Index(fields=["school_id"], name="idx_child_school")],
                "pk_attr": "id",
                "table_description": "A pupil without a name: the school, and the grade in a school year. Later grades follow from it.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Guardian",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("person_id", fields.BigIntField()),
                (
                    "child",
                    fields.ForeignKeyField(
                        "shandu.Child",
                        source_field="child_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="guardians",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("request_id", fields.CharField(max_length=64)),
                ("until_on", fields.DateField(null=True)),
            ],
            options={
                "table": "guardian",
                "app": "shandu",
                "unique_together": (("person_id", "request_id"), ("person_id", "child_id")),
                "indexes": [Index(fields=["child_id"], name="idx_guardian_child")],
                "pk_attr": "id",
                "table_description": "A person answers for a child, until a Beijing date, exclusive. No end while it is null.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SurveyAnswer",
            fields=[
                ("id", fields.BigIntField(generated=False, primary_key=True, unique=True, db_index=True)),
                ("round_id", fields.BigIntField()),
                ("school_id", fields.BigIntField()),
                ("grade", fields.IntField(null=True)),
                ("form_version", fields.IntField()),
                (
                    "marks",
                    fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
                ("days", fields.IntField()),
                ("channel", fields.CharField(max_length=10)),
            ],
            options={
                "table": "survey_answer",
                "app": "shandu",
                "indexes": [Index(fields=["round_id", "school_id"], name="idx_survey_answer_school")],
                "pk_attr": "id",
                "table_description": "An answer out of its envelope. `grade` null: one of at least five from grades not told apart.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SurveyBallot",
            fields=[
                ("id", fields.BigIntField(generated=False, primary_key=True, unique=True, db_index=True)),
                ("round_id", fields.BigIntField()),
                ("school_id", fields.BigIntField()),
                ("sealed", fields.BinaryField()),
            ],
            options={
                "table": "survey_ballot",
                "app": "shandu",
                "indexes": [Index(fields=["round_id", "school_id"], name="idx_survey_ballot_box")],
                "pk_attr": "id",
                "table_description": "An answer in its envelope: unreadable without a key that is not in the database, all of one length.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SurveyParticipation",
            fields=[
                ("id", fields.BigIntField(generated=False, primary_key=True, unique=True, db_index=True)),
                ("round_id", fields.BigIntField()),
                ("school_id", fields.BigIntField()),
                ("person_id", fields.BigIntField()),
                ("child_id", fields.BigIntField()),
                ("on_date", fields.DateField()),
            ],
            options={
                "table": "survey_participation",
                "app": "shandu",
                "unique_together": (("round_id", "person_id", "child_id"),),
                "indexes": [Index(fields=["round_id", "school_id"], name="idx_survey_participation_school")],
                "pk_attr": "id",
                "table_description": "That a guardian answered for a child in a round, and on which day. Never what.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SurveyRemark",
            fields=[
                ("id", fields.BigIntField(generated=False, primary_key=True, unique=True, db_index=True)),
                ("round_id", fields.BigIntField()),
                ("school_id", fields.BigIntField()),
                ("words", fields.CharField(max_length=400)),
                (
                    "state",
                    fields.CharEnumField(
                        description="SHOWN: shown\nWAITING: waiting\nREFUSED: refused",
                        enum_type=RemarkState,
                        max_length=8,
                    ),
                ),
            ],
            options={
                "table": "survey_remark",
                "app": "shandu",
                "indexes": [Index(fields=["round_id", "school_id"], name="idx_survey_remark_school")],
                "pk_attr": "id",
                "table_description": "Words out of an envelope, apart from the marks that came with them.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SurveyResult",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("round_id", fields.BigIntField()),
                ("term", fields.CharField(max_length=12)),
                ("school_id", fields.BigIntField()),
                ("county_code", fields.CharField(max_length=6)),
                ("grade", fields.IntField()),
                ("n", fields.IntField()),
                ("invited", fields.IntField()),
            ],
            options={
                "table": "survey_result",
                "app": "shandu",
                "unique_together": (("round_id", "school_id", "grade"),),
                "indexes": [
                    Index(fields=["school_id", "grade"], name="idx_survey_result_school"),
                    Index(fields=["term", "grade", "county_code"], name="idx_survey_result_term"),
                ],
                "pk_attr": "id",
                "table_description": "What a round found at a school (`grade` 0) or in one of its grades. `n` 0: fewer than five, unopened.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SurveyFigure",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "result",
                    fields.ForeignKeyField(
                        "shandu.SurveyResult",
                        source_field="result_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="figures",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("question", fields.CharField(max_length=4)),
                ("total", fields.IntField()),
                ("top", fields.IntField()),
                ("foot", fields.IntField()),
            ],
            options={
                "table": "survey_figure",
                "app": "shandu",
                "unique_together": (("result_id", "question"),),
                "pk_attr": "id",
                "table_description": "One question of a result: the sum of its marks, how many in the top two steps, how many at the foot.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SurveyRound",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("division_code", fields.CharField(max_length=6)),
                ("school_id", fields.BigIntField(null=True)),
                ("term", fields.CharField(max_length=12)),
                ("title", fields.CharField(max_length=40)),
                ("opens_on", fields.DateField()),
                ("closes_on", fields.DateField()),
                ("form_version", fields.IntField()),
                (
                    "state",
                    fields.CharEnumField(
                        description="PLANNED: planned\nOPEN: open\nCLOSED: closed\nCOUNTED: counted\nCANCELLED: cancelled",
                        enum_type=RoundState,
                        max_length=10,
                    ),
                ),
                ("planned_by", fields.BigIntField(null=True)),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("told_to", fields.BigIntField(default=0)),
                ("counted_to", fields.BigIntField(default=0)),
            ],
            options={
                "table": "survey_round",
                "app": "shandu",
                "indexes": [
                    Index(fields=["state", "opens_on"], name="idx_survey_round_state"),
                    Index(fields=["division_code", "term"], name="idx_survey_round_place"),
                ],
                "pk_attr": "id",
                "table_description": "A round (测评轮次) of one school, or of every school of a division. Dates are Beijing's, inclusive.",
            },
            bases=["Model"],
        ),
    ]
