"""Digests, who wants the morning list when, and notices that went as part of one message."""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_generator.state import State

from models.notices.tables import DeliveryState

INDEXES = [
    "CREATE INDEX idx_delivery_held ON delivery (person_id) WHERE state = 'held'",
    "CREATE INDEX idx_delivery_merged ON delivery (merged_into) WHERE merged_into IS NOT NULL",
]


class MoreStates(ops.RunSQL):
    """The tables know more states of a delivery. The database keeps words, and has nothing to change."""

    def __init__(self, model_name: str, name: str, field: fields.Field[DeliveryState]) -> None:
        super().__init__(ops.RunSQL.noop, ops.RunSQL.noop)
        self.altering = ops.AlterField(model_name, name, field)

    def state_forward(self, app_label: str, state: State) -> None:
        self.altering.state_forward(app_label, state)


class Migration(migrations.Migration):
    dependencies = [("shandu", "0030_inspections")]

    operations = [
        ops.CreateModel(
            name="Digest",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("unique_key", fields.CharField(unique=True, max_length=80)),
                ("kind", fields.CharField(max_length=16)),
                ("period", fields.CharField(max_length=16)),
                ("person_id", fields.BigIntField(null=True)),
                ("division_code", fields.CharField(null=True, max_length=6)),
                ("marks", fields.JSONField()),
                ("content", fields.JSONField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "digest",
                "app": "shandu",
                "indexes": [Index(fields=["person_id", "kind", "period"], name="idx_digest_person")],
                "pk_attr": "id",
                "table_description": "One digest of a period, for a person or for the officers of a division. Kept as it was told.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MorningChoice",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("person_id", fields.BigIntField(unique=True)),
                ("wanted", fields.BooleanField()),
                ("at_min", fields.IntField(null=True)),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "morning_choice",
                "app": "shandu",
                "pk_attr": "id",
                "table_description": "Whether a person wants the morning list, and at which minute of the Beijing day. null: as policy says.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="DigestRun",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("period", fields.CharField(unique=True, max_length=32)),
                ("reached", fields.BigIntField(default=0)),
                ("done", fields.BooleanField(default=False)),
                ("began_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "digest_run",
                "app": "shandu",
                "pk_attr": "id",
                "table_description": "How far, by person id, the morning lists of a day and minute have been written.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MessageWindow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("person_id", fields.BigIntField(unique=True)),
                ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("sent", fields.IntField()),
            ],
            options={
                "table": "message_window",
                "app": "shandu",
                "pk_attr": "id",
                "table_description": "Since when a person was sent how many messages: once they are many, those that follow wait for each other.",
            },
            bases=["Model"],
        ),
        MoreStates("Delivery", "state", fields.CharEnumField(DeliveryState, max_length=10)),
        MoreStates("Attempt", "state", fields.CharEnumField(DeliveryState, max_length=10)),
        ops.AddField(model_name="Delivery", name="merged_into", field=fields.BigIntField(null=True)),
        *[ops.RunSQL(sql, reverse_sql=sql.split(" ON ")[0].replace("CREATE", "DROP")) for sql in INDEXES],
    ]
