"""Files to import, what became of schools that closed, and what a committee list says of a member."""

from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.workbooks.tables import ImportState
from tortoise import fields

OPEN = "CREATE INDEX idx_import_open ON import_file (id) WHERE forgotten_at IS NULL"


class Migration(migrations.Migration):
    dependencies = [("shandu", "0009_records")]

    initial = False

    operations = [
        ops.CreateModel(
            name="ImportFile",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("key", fields.CharField(unique=True, max_length=32)),
                ("kind", fields.CharField(max_length=16)),
                ("person_id", fields.BigIntField()),
                ("name", fields.CharField(max_length=100)),
                ("sha256", fields.CharField(max_length=64)),
                (
                    "state",
                    fields.CharEnumField(
                        description="WAITING: waiting\nWORKING: working\nCHECKED: checked\nFAULTY: faulty\nREFUSED: refused\nCOMMITTING: committing\nDONE: done",
                        enum_type=ImportState,
                        max_length=12,
                    ),
                ),
                ("to_write", fields.BooleanField(default=False)),
                ("stage", fields.CharField(max_length=8)),
                ("rows_done", fields.IntField(default=0)),
                ("rows_total", fields.IntField(default=0)),
                ("new", fields.IntField(default=0)),
                ("changed", fields.IntField(default=0)),
                ("same", fields.IntField(default=0)),
                ("fault_count", fields.IntField(default=0)),
                (
                    "report",
                    fields.JSONField(
                        null=True, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
                    ),
                ),
                ("marked", fields.BooleanField(default=False)),
                ("attempts", fields.IntField(default=0)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("lease_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("finished_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("forgotten_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "import_file",
                "app": "shandu",
                "pk_attr": "id",
                "table_description": "One file. Its bytes are in the store under its key until it is done or old. A lease says that a",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Holding",
            name="child_grade",
            field=fields.CharField(null=True, max_length=4),
        ),
        ops.AddField(
            model_name="Holding",
            name="no_interest",
            field=fields.BooleanField(null=True),
        ),
        ops.AddField(
            model_name="School",
            name="closed_on",
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name="School",
            name="merged_into",
            field=fields.BigIntField(null=True),
        ),
        ops.RunSQL(OPEN, reverse_sql="DROP INDEX idx_import_open"),
    ]
