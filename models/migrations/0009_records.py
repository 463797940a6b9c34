"""The supervisor's record: who answered it and when it is due, its rectification notice, follow-ups."""

from typing import Any

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from models.visits.tables import Completion

INDEXES = [
    "CREATE INDEX idx_visit_record ON visit (record_next_at, id) WHERE record_next_at IS NOT NULL",
    "CREATE INDEX idx_visit_incomplete ON visit (school_id, id)"
    " WHERE record_due_at IS NOT NULL AND completed_at IS NULL",
    "CREATE INDEX idx_problem_follow_up ON problem (county_code, follow_up_by)"
    " WHERE follow_up_by IS NOT NULL",
    "CREATE INDEX idx_holding_until ON holding (until_on) WHERE until_on IS NOT NULL",
    "CREATE INDEX idx_recusal_school ON recusal (school_id)",
]


def _column(model: str, name: str, field: fields.Field[Any]) -> ops.AddField:
    return ops.AddField(model_name=model, name=name, field=field)


class Migration(migrations.Migration):
    dependencies = [("shandu", "0008_surveys")]

    operations = [
        ops.CreateModel(
            name="RectificationNotice",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("visit_id", fields.BigIntField(unique=True)),
                ("county_code", fields.CharField(max_length=6)),
                ("year", fields.IntField()),
                ("number", fields.IntField()),
                ("check_code", fields.CharField(unique=True, max_length=32)),
                ("issued_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("issued_by", fields.BigIntField()),
                ("content", fields.JSONField()),
            ],
            options={
                "table": "rectification_notice",
                "app": "shandu",
                "unique_together": (("county_code", "year", "number"),),
                "pk_attr": "id",
                "table_description": "An official notice (整改通知书), as it was issued. Numbers run by county and year without gaps.",
            },
            bases=["Model"],
        ),
        _column("Visit", "follow_ups", fields.JSONField(null=True)),
        _column(
            "Visit", "record_due_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)
        ),
        _column(
            "Visit", "record_next_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)
        ),
        _column("Visit", "completed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        _column(
            "Visit", "completed_how", fields.CharEnumField(null=True, enum_type=Completion, max_length=12)
        ),
        _column("Visit", "answered_by", fields.BigIntField(null=True)),
        _column("Visit", "answer_words", fields.CharField(null=True, max_length=1000)),
        _column("Visit", "school_signature", fields.CharField(null=True, max_length=80)),
        _column(
            "Problem", "follow_up_by", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)
        ),
        *[ops.RunSQL(sql, reverse_sql=sql.split(" ON ")[0].replace("CREATE", "DROP")) for sql in INDEXES],
    ]
