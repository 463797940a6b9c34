"""Alerts (预警), and the schools whose alerts are to be looked at again."""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.alerts.declaring import Sort
from models.alerts.states import Answer, Mode, State, Switch
from models.problems.tables import Severity, Source
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.schema_generator.state import State as Schema


class Described(ops.RunSQL):
    """A column that may hold one more word: nothing changes in the database."""

    def __init__(self, model_name: str, name: str, field: Any) -> None:
        super().__init__("SELECT 1", reverse_sql="SELECT 1")
        self.altering = ops.AlterField(model_name=model_name, name=name, field=field)

    def state_forward(self, app_label: str, state: Schema) -> None:
        self.altering.state_forward(app_label, state)


class Migration(migrations.Migration):
    dependencies = [("shandu", "0022_digests")]

    operations = [
        ops.CreateModel(
            name="Alert",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "mode",
                    fields.CharEnumField(
                        description="LIVE: live\nTRIAL: trial", enum_type=Mode, max_length=5
                    ),
                ),
                ("rule", fields.CharField(max_length=24)),
                ("matter", fields.CharField(max_length=80)),
                ("school_id", fields.BigIntField(null=True)),
                ("county_code", fields.CharField(max_length=6)),
                ("owner", fields.CharField(max_length=16)),
                (
                    "level",
                    fields.CharEnumField(
                        description="GENERAL: general\nSERIOUS: serious\nMAJOR: major",
                        enum_type=Severity,
                        max_length=8,
                    ),
                ),
                (
                    "sort",
                    fields.CharEnumField(
                        description="NO_RECORD: no_record\nDEFECT: defect\nCONTRADICTION: contradiction",
                        enum_type=Sort,
                        max_length=13,
                    ),
                ),
                ("said", fields.CharField(max_length=300)),
                (
                    "facts",
                    fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
                ("row_id", fields.BigIntField(null=True)),
                ("about_on", fields.DateField(null=True)),
                ("stage", fields.SmallIntField(db_default=0)),
                (
                    "state",
                    fields.CharEnumField(
                        description="OPEN: open\nANSWERED: answered\nWITHDRAWN: withdrawn\nLAPSED: lapsed",
                        enum_type=State,
                        max_length=9,
                    ),
                ),
                ("times", fields.SmallIntField(db_default=1)),
                ("told", fields.SmallIntField(db_default=0)),
                ("raised_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("told_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("told_with", fields.BigIntField(null=True)),
                (
                    "answer",
                    fields.CharEnumField(
                        null=True,
                        description="ENTRY: entry\nPHOTO: photo\nLACKING: lacking",
                        enum_type=Answer,
                        max_length=7,
                    ),
                ),
                ("answered_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("answered_by", fields.BigIntField(null=True)),
                ("entry_id", fields.BigIntField(null=True)),
                ("problem_id", fields.BigIntField(null=True)),
                ("muted_until", fields.DateField(null=True)),
                ("muted_reason", fields.CharField(null=True, max_length=200)),
                ("muted_by", fields.BigIntField(null=True)),
            ],
            options={
                "table": "alert",
                "app": "shandu",
                "unique_together": (("rule", "matter", "mode"),),
                "indexes": [Index(fields=["school_id", "id"], name="idx_alert_school")],
                "pk_attr": "id",
                "table_description": "One matter that a rule raised, once for ever: it is withdrawn when the fact is gone and back when it is.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AlertCounty",
            fields=[
                ("county_code", fields.CharField(primary_key=True, unique=True, db_index=True, max_length=6)),
                ("judged_on", fields.DateField(null=True)),
            ],
            options={
                "table": "alert_county",
                "app": "shandu",
                "pk_attr": "county_code",
                "table_description": "For which Beijing date a county was last judged by itself.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AlertRule",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("rule", fields.CharField(unique=True, max_length=24)),
                (
                    "switch",
                    fields.CharEnumField(
                        description="ON: on\nTRIAL: trial\nOFF: off", enum_type=Switch, max_length=5
                    ),
                ),
                ("set_by", fields.BigIntField()),
                ("set_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "alert_rule",
                "app": "shandu",
                "pk_attr": "id",
                "table_description": "Whether a rule is on, where an officer said so. No row: as declared.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="AlertTrial",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("rule", fields.CharField(max_length=24)),
                ("division_code", fields.CharField(max_length=6)),
                ("month", fields.CharField(max_length=7)),
                ("asked_by", fields.BigIntField()),
                ("asked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("done_to", fields.CharField(db_default="", max_length=6)),
                ("done_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "alert_trial",
                "app": "shandu",
                "pk_attr": "id",
                "table_description": "What a rule would have raised in a month, county by county.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Touch",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("county_code", fields.CharField(max_length=6)),
                ("school_id", fields.BigIntField(null=True)),
                ("row_id", fields.BigIntField(null=True)),
                ("topic", fields.CharField(max_length=20)),
            ],
            options={
                "table": "touch",
                "app": "shandu",
                "pk_attr": "id",
                "table_description": "Something of a school changed that others draw conclusions from: they look again, and take this away.",
            },
            bases=["Model"],
        ),
        Described(
            "Problem",
            "source",
            fields.CharEnumField(
                description="VISIT: visit\nREPORT: report\nALERT: alert", enum_type=Source, max_length=8
            ),
        ),
        # of a county, those that are looked at again and again: what is over stays and is many times as much
        ops.RunSQL(
            "CREATE INDEX idx_alert_active ON alert (county_code, id) WHERE state IN ('open', 'answered')",
            reverse_sql="DROP INDEX idx_alert_active",
        ),
    ]
