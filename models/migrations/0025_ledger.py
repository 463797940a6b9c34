"""The ledger (台账): entries, registers, months, figures."""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.evidence.tables import Purpose
from models.ledger.states import MonthState
from models.ledger.tables import Origin
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.schema_generator.state import State

PURPOSE = fields.CharEnumField(
    description="VISIT: visit\nSIGNATURE: signature\nPROBLEM: problem\nLEDGER: ledger",
    enum_type=Purpose,
    max_length=10,
)


class Described(ops.RunSQL):
    """A column that may hold one more word: nothing changes in the database."""

    def __init__(self, model_name: str, field: Any) -> None:
        super().__init__("SELECT 1", reverse_sql="SELECT 1")
        self.altering = ops.AlterField(model_name=model_name, name="purpose", field=field)

    def state_forward(self, app_label: str, state: State) -> None:
        self.altering.state_forward(app_label, state)


async def add_brin(_apps: Any, editor: Any) -> None:
    # rows come in the order of their dates: a few kilobytes find a month among years
    if editor.client.capabilities.dialect == "postgres":
        await editor.client.execute_query(
            "CREATE INDEX idx_ledger_entry_day ON ledger_entry USING brin (for_on)"
        )


async def drop_brin(_apps: Any, editor: Any) -> None:
    if editor.client.capabilities.dialect == "postgres":
        await editor.client.execute_query("DROP INDEX idx_ledger_entry_day")


class Migration(migrations.Migration):
    dependencies = [("shandu", "0023_mending")]

    operations = [
        ops.CreateModel(
            name="LedgerChange",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("county_code", fields.CharField(max_length=6)),
                ("day", fields.DateField()),
                ("aspect", fields.CharField(max_length=20)),
            ],
            options={
                "table": "ledger_change",
                "app": "shandu",
                "pk_attr": "id",
                "table_description": "Something of a school's day changed: its figures are to be counted again. Gone when they are.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LedgerEntry",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("school_id", fields.BigIntField(null=True)),
                ("county_code", fields.CharField(max_length=6)),
                ("canteen_id", fields.BigIntField(null=True)),
                ("post_id", fields.BigIntField()),
                ("person_id", fields.BigIntField()),
                ("aspect", fields.CharField(max_length=20)),
                ("version", fields.SmallIntField()),
                ("for_on", fields.DateField()),
                ("meal", fields.CharField(null=True, max_length=9)),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("late", fields.BooleanField()),
                (
                    "origin",
                    fields.CharEnumField(
                        description="HAND: hand\nIMPORT: import\nCOMPUTED: computed",
                        enum_type=Origin,
                        max_length=8,
                    ),
                ),
                ("request_id", fields.CharField(max_length=64)),
                ("body_hash", fields.CharField(max_length=64)),
                (
                    "items",
                    fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
                ("defects", fields.SmallIntField(db_default=0)),
                ("defect_items", fields.CharField(null=True, max_length=200)),
                ("signers", fields.SmallIntField(db_default=0)),
                ("photos", fields.SmallIntField(db_default=0)),
                ("register_row_id", fields.BigIntField(null=True)),
                ("revision", fields.SmallIntField(db_default=1)),
                ("original_id", fields.BigIntField(null=True)),
                ("replaces_id", fields.BigIntField(null=True)),
                ("current", fields.BooleanField(db_default=True)),
                ("reason", fields.CharField(null=True, max_length=200)),
            ],
            options={
                "table": "ledger_entry",
                "app": "shandu",
                "unique_together": (("person_id", "request_id"),),
                "indexes": [Index(fields=["school_id", "aspect", "for_on"], name="idx_ledger_entry_school")],
                "pk_attr": "id",
                "table_description": "One entry of one aspect, as it was made. A correction is a row of its own, and the old one stays.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LedgerFigure",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("period", fields.CharField(max_length=10)),
                ("county_code", fields.CharField(max_length=6)),
                ("aspect", fields.CharField(max_length=20)),
                ("due", fields.IntField()),
                ("done", fields.IntField()),
                ("entries", fields.IntField()),
                ("late", fields.IntField()),
                ("defective", fields.IntField()),
                ("last_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "ledger_figure",
                "app": "shandu",
                "unique_together": (("period", "county_code", "aspect"),),
                "pk_attr": "id",
                "table_description": "One aspect of one county in one period, a day `2026-11-24` or a month `2026-11`, counted.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="LedgerMonth",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("school_id", fields.BigIntField()),
                ("month", fields.CharField(max_length=7)),
                (
                    "state",
                    fields.CharEnumField(
                        description="OPEN: open\nCONFIRMED: confirmed\nAPPEALED: appealed",
                        enum_type=MonthState,
                        max_length=10,
                    ),
                ),
                ("reason", fields.CharField(null=True, max_length=200)),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("changed_by", fields.BigIntField()),
            ],
            options={
                "table": "ledger_month",
                "app": "shandu",
                "unique_together": (("school_id", "month"),),
                "pk_attr": "id",
                "table_description": "What became of a school's month. No row: open, and never confirmed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RegisterRow",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("register", fields.CharField(max_length=16)),
                ("form", fields.CharField(max_length=20)),
                ("version", fields.SmallIntField()),
                ("school_id", fields.BigIntField(null=True)),
                ("county_code", fields.CharField(null=True, max_length=6)),
                ("row_key", fields.CharField(max_length=140)),
                ("label", fields.CharField(max_length=60)),
                ("company_id", fields.BigIntField(null=True)),
                ("since_on", fields.DateField(null=True)),
                ("until_on", fields.DateField(null=True)),
                (
                    "items",
                    fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
                ("defects", fields.SmallIntField(db_default=0)),
                ("defect_items", fields.CharField(null=True, max_length=200)),
                ("revision", fields.SmallIntField(db_default=1)),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("changed_by", fields.BigIntField()),
                ("ended_on", fields.DateField(null=True)),
                ("ended_reason", fields.CharField(null=True, max_length=200)),
            ],
            options={
                "table": "register_row",
                "app": "shandu",
                "unique_together": (("form", "row_key"),),
                "indexes": [
                    Index(fields=["school_id", "register"], name="idx_register_row_school"),
                    Index(fields=["county_code", "register"], name="idx_register_row_county"),
                ],
                "pk_attr": "id",
                "table_description": "A thing with an identity of its own: a supplier, a licence, a contract, a cook, a camera, a list filed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SealedNumber",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("sealed", fields.CharField(max_length=200)),
            ],
            options={
                "table": "sealed_number",
                "app": "shandu",
                "pk_attr": "id",
                "table_description": "A certificate's number, readable with the vault's key only. Entries and rows name it by its id.",
            },
            bases=["Model"],
        ),
        Described("AwaitedPhoto", PURPOSE),
        Described("Photo", PURPOSE),
        Described("Upload", PURPOSE),
        # corrections are few: their chains are found without an index over all entries
        ops.RunSQL(
            "CREATE INDEX idx_ledger_entry_chain ON ledger_entry (original_id) WHERE original_id IS NOT NULL",
            reverse_sql="DROP INDEX idx_ledger_entry_chain",
        ),
        ops.RunPython(add_brin, reverse_code=drop_brin),
    ]
