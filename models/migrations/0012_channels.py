"""Channels: a route on every delivery, its attempts, policies and choices of routes, pauses, followers."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from models.notices.tables import DeliveryState
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

OLD_DUE = "CREATE INDEX idx_delivery_due ON delivery (run_at, id) WHERE state = 'waiting'"
# each channel's lane finds its own
NEW_DUE = "CREATE INDEX idx_delivery_due ON delivery (channel, run_at, id) WHERE state = 'waiting'"
STATEMENTS = [
    # a person is one person in all accounts of the owner
    "CREATE INDEX idx_identity_unionid ON identity (unionid) WHERE unionid IS NOT NULL",
    "CREATE INDEX idx_follower_ask ON follower (ask_at) WHERE ask_at IS NOT NULL",
]


class Migration(migrations.Migration):
    dependencies = [("shandu", "0017_desk")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Attempt",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "delivery",
                    fields.ForeignKeyField(
                        "shandu.Delivery",
                        source_field="delivery_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="tries",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.IntField()),
                (
                    "state",
                    fields.CharEnumField(
                        description="WAITING: waiting\nSENDING: sending\nUNKNOWN: unknown\nSENT: sent\nREFUSED: refused\nGIVEN_UP: given_up\nWITHDRAWN: withdrawn",
                        enum_type=DeliveryState,
                        max_length=10,
                    ),
                ),
                ("errcode", fields.IntField(null=True)),
                ("receipt", fields.CharField(max_length=200)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "attempt",
                "app": "shandu",
                "indexes": [Index(fields=["delivery_id", "id"], name="idx_attempt_delivery")],
                "pk_attr": "id",
                "table_description": "What came of one attempt of a delivery, or was heard of it later. None is kept of what was simply sent",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ChannelChoice",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("person_id", fields.BigIntField()),
                ("kind_group", fields.CharField(max_length=16)),
                ("first_channel", fields.CharField(max_length=16)),
                ("channels", fields.CharField(max_length=80)),
                ("chosen_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "channel_choice",
                "app": "shandu",
                "unique_together": (("person_id", "kind_group"),),
                "pk_attr": "id",
                "table_description": "The channels, in order, by which a person wants to be told of a group of kinds.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ChannelPause",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("channel", fields.CharField(unique=True, max_length=16)),
                ("until", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("errcode", fields.IntField()),
                ("receipt", fields.CharField(max_length=200)),
            ],
            options={
                "table": "channel_pause",
                "app": "shandu",
                "pk_attr": "id",
                "table_description": "A channel whose quota of the day is used up: nothing more goes out through it until then.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Follower",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("appid", fields.CharField(max_length=32)),
                ("openid", fields.CharField(max_length=64)),
                ("following", fields.BooleanField()),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ask_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("open_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("answers", fields.IntField(default=0)),
            ],
            options={
                "table": "follower",
                "app": "shandu",
                "unique_together": (("appid", "openid"),),
                "pk_attr": "id",
                "table_description": "Somebody the official account has heard of: whether they follow, and what it may still say in the chat.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Route",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("division_code", fields.CharField(max_length=6)),
                ("kind_group", fields.CharField(max_length=16)),
                ("channels", fields.CharField(max_length=80)),
                ("set_by", fields.BigIntField()),
                ("set_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "route",
                "app": "shandu",
                "unique_together": (("division_code", "kind_group"),),
                "pk_attr": "id",
                "table_description": "The channels, in order, by which a division has a group of kinds told.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Delivery",
            name="route",
            field=fields.CharField(db_default="", max_length=80),
        ),
        ops.RunSQL("DROP INDEX idx_delivery_due", reverse_sql=OLD_DUE),
        ops.RunSQL(NEW_DUE, reverse_sql="DROP INDEX idx_delivery_due"),
        *[ops.RunSQL(sql, reverse_sql=sql.split(" ON ")[0].replace("CREATE", "DROP")) for sql in STATEMENTS],
    ]
