"""What phones say of themselves at a check-in, and what it all proves; check-ins made before are weighed too."""

from typing import Any

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

STATEMENTS = [
    "CREATE INDEX idx_check_in_weigh ON check_in (weigh_at, id) WHERE weigh_at IS NOT NULL",
    "CREATE INDEX idx_check_in_device ON check_in (device_hash, at) WHERE device_hash IS NOT NULL",
    "CREATE INDEX idx_visit_untold ON visit (id) WHERE NOT check_in_told",
]


def _column(name: str, field: fields.Field[Any]) -> ops.AddField:
    return ops.AddField(model_name="CheckIn", name=name, field=field)


class Migration(migrations.Migration):
    dependencies = [("shandu", "0005_privacy")]

    operations = [
        _column("coordinates", fields.CharField(max_length=5, db_default="wgs84")),
        _column("altitude_m", fields.FloatField(null=True)),
        _column("vertical_accuracy_m", fields.FloatField(null=True)),
        _column("horizontal_accuracy_m", fields.FloatField(null=True)),
        _column("speed_mps", fields.FloatField(null=True)),
        _column("device_hash", fields.CharField(max_length=64, null=True)),
        _column("visit_sent_at", fields.DatetimeField(null=True)),
        _column("weigh_at", fields.DatetimeField(null=True)),
        ops.AddIndex(
            model_name="CheckIn", index=Index(fields=("person_id", "at"), name="idx_check_in_person")
        ),
        ops.AddField(
            model_name="Visit",
            name="check_in_told",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.CreateModel(
            name="CheckInEvidence",
            fields=[
                (
                    "check_in_id",
                    fields.BigIntField(primary_key=True, generated=False, unique=True, db_index=True),
                ),
                ("school_id", fields.BigIntField()),
                ("county_code", fields.CharField(max_length=6)),
                ("month", fields.CharField(max_length=7)),
                ("score", fields.IntField()),
                ("reasons", fields.JSONField()),
                ("weighed_at", fields.DatetimeField()),
            ],
            options={
                "table": "check_in_evidence",
                "app": "shandu",
                "indexes": [
                    Index(
                        fields=["county_code", "month", "score", "check_in_id"], name="idx_evidence_county"
                    ),
                    Index(fields=["month", "score", "check_in_id"], name="idx_evidence_month"),
                ],
                "pk_attr": "check_in_id",
                "table_description": "How well a check-in is proven, 0 to 100, and why. Computed, and computed again when more is known.",
            },
            bases=["Model"],
        ),
        *[ops.RunSQL(sql, reverse_sql=sql.split(" ON ")[0].replace("CREATE", "DROP")) for sql in STATEMENTS],
        ops.RunSQL(
            "UPDATE check_in SET weigh_at = received_at", reverse_sql="UPDATE check_in SET weigh_at = NULL"
        ),
    ]
