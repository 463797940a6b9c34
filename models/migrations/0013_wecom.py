from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("shandu", "0015_deadlines")]

    initial = False

    operations = [
        ops.CreateModel(
            name="GroupRobot",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("place_key", fields.CharField(unique=True, max_length=40)),
                ("school_id", fields.BigIntField(null=True)),
                ("division_code", fields.CharField(null=True, max_length=6)),
                ("name", fields.CharField(max_length=40)),
                ("key_sealed", fields.CharField(max_length=200)),
                ("set_by", fields.BigIntField()),
                ("set_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("refused_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "group_robot",
                "app": "shandu",
                "pk_attr": "id",
                "table_description": "The robot of the group chat of one place. Its key opens the group to whoever has it: it lies sealed.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="GroupTold",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("place_key", fields.CharField(max_length=40)),
                ("event", fields.CharField(max_length=120)),
                ("taken_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("heard_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "group_told",
                "app": "shandu",
                "unique_together": (("place_key", "event"),),
                "pk_attr": "id",
                "table_description": "That a place's group is told of an event, whichever posts are told of it too: once for each event.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MemberLookup",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "person",
                    fields.ForeignKeyField(
                        "shandu.Person",
                        source_field="person_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="lookups",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("appid", fields.CharField(max_length=32)),
                ("asked_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "member_lookup",
                "app": "shandu",
                "unique_together": (("person_id", "appid"),),
                "indexes": [Index(fields=["asked_at"], name="idx_member_lookup_asked")],
                "pk_attr": "id",
                "table_description": "That an enterprise was asked for somebody by their number and knows nobody with it.",
            },
            bases=["Model"],
        ),
    ]
