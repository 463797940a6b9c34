"""Inspections (督查) with their draws, and orders from above (调度)."""

from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.dispatch.states import OrderState, Step
from models.inspections.rules import Agency, PlanState, Way
from models.organisations.tables import Level
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("shandu", "0028_typed")]

    initial = False

    operations = [
        ops.CreateModel(
            name="DispatchOrder",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("request_key", fields.CharField(unique=True, max_length=100)),
                (
                    "step",
                    fields.CharEnumField(
                        description="REMINDER: reminder\nGUIDANCE: guidance\nMEETING: meeting\nINTERVIEW: interview\nCIRCULAR: circular\nTRANSFER: transfer",
                        enum_type=Step,
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    fields.CharEnumField(
                        description="ISSUED: issued\nANSWERED: answered\nSETTLED: settled\nWITHDRAWN: withdrawn",
                        enum_type=OrderState,
                        max_length=10,
                    ),
                ),
                ("school_id", fields.BigIntField(null=True)),
                ("division_code", fields.CharField(max_length=6)),
                ("post_id", fields.BigIntField()),
                ("problem_id", fields.BigIntField(null=True)),
                ("prior_id", fields.BigIntField(null=True)),
                ("title", fields.CharField(max_length=60)),
                ("words", fields.CharField(max_length=1000)),
                ("skip_reason", fields.CharField(max_length=200)),
                ("signed_by", fields.BigIntField()),
                ("signer_post_id", fields.BigIntField()),
                ("signer_division", fields.CharField(max_length=6)),
                ("issued_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("cycle", fields.IntField(default=1)),
                ("answered_by", fields.BigIntField(null=True)),
                ("answered_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "dispatch_order",
                "app": "shandu",
                "indexes": [
                    Index(fields=["division_code", "id"], name="idx_dispatch_division"),
                    Index(fields=["post_id", "id"], name="idx_dispatch_post"),
                ],
                "pk_attr": "id",
                "table_description": "Somebody above a school or a division asks its post for something, on a step of the ladder.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Inspection",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("plan_id", fields.BigIntField()),
                ("school_id", fields.BigIntField()),
                ("county_code", fields.CharField(max_length=6)),
                ("turn", fields.IntField()),
                ("ticket", fields.CharField(max_length=64)),
                (
                    "matters",
                    fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
                (
                    "spared",
                    fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
                ("done_on", fields.DateField(null=True)),
                ("done_by", fields.BigIntField(null=True)),
                ("done_words", fields.CharField(null=True, max_length=1000)),
            ],
            options={
                "table": "inspection",
                "app": "shandu",
                "unique_together": (("plan_id", "school_id"),),
                "indexes": [Index(fields=["county_code", "done_on"], name="idx_inspection_done")],
                "pk_attr": "id",
                "table_description": "A school that was drawn: `turn` is its turn in the draw. `done_on` null: not inspected yet.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="InspectionPlan",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("request_key", fields.CharField(unique=True, max_length=100)),
                ("division_code", fields.CharField(max_length=6)),
                (
                    "level",
                    fields.CharEnumField(
                        description="PROVINCE: province\nPREFECTURE: prefecture\nCOUNTY: county",
                        enum_type=Level,
                        max_length=10,
                    ),
                ),
                (
                    "agency",
                    fields.CharEnumField(
                        description="EDUCATION: education\nREGULATION: regulation\nJOINT: joint",
                        enum_type=Agency,
                        max_length=12,
                    ),
                ),
                (
                    "way",
                    fields.CharEnumField(
                        description="ONSITE: onsite\nVIDEO: video", enum_type=Way, max_length=8
                    ),
                ),
                ("month", fields.CharField(max_length=7)),
                ("title", fields.CharField(max_length=60)),
                (
                    "matters",
                    fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
                (
                    "candidates",
                    fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
                (
                    "left_out",
                    fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
                ("draws", fields.IntField()),
                ("statement", fields.TextField(unique=False)),
                ("commitment", fields.CharField(max_length=64)),
                ("nonce", fields.CharField(max_length=64)),
                ("public_source", fields.CharField(max_length=100)),
                ("open_on", fields.DateField()),
                (
                    "state",
                    fields.CharEnumField(
                        description="PLANNED: planned\nDRAWN: drawn\nCANCELLED: cancelled",
                        enum_type=PlanState,
                        max_length=10,
                    ),
                ),
                ("planned_by", fields.BigIntField()),
                ("planned_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("public_value", fields.CharField(null=True, max_length=100)),
                ("seed", fields.CharField(null=True, max_length=64)),
                ("drawn_by", fields.BigIntField(null=True)),
                ("drawn_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("reason", fields.CharField(null=True, max_length=200)),
            ],
            options={
                "table": "inspection_plan",
                "app": "shandu",
                "indexes": [Index(fields=["division_code", "id"], name="idx_inspection_plan_division")],
                "pk_attr": "id",
                "table_description": "Who inspects how many of which schools in a month. What it was made of never changes.",
            },
            bases=["Model"],
        ),
    ]
