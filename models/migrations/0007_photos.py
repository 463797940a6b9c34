"""Photos still to come, renditions, what photos are recognised by, and uploads in parts."""

from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.evidence.tables import AwaitState, Likeness, Purpose
from tortoise import fields
from tortoise.indexes import Index

STATEMENTS = [
    "CREATE INDEX idx_photo_render ON photo (render_at, id) WHERE render_at IS NOT NULL",
    "CREATE INDEX idx_photo_unused ON photo (received_at, id) WHERE subject_id IS NULL",
    "CREATE INDEX idx_awaited_open ON awaited_photo (id) WHERE state <> 'arrived'",
]


class Migration(migrations.Migration):
    dependencies = [("shandu", "0006_check_in_evidence")]

    initial = False

    operations = [
        ops.CreateModel(
            name="AwaitedPhoto",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("request_key", fields.CharField(unique=True, max_length=100)),
                ("request_id", fields.CharField(max_length=64)),
                ("school_id", fields.BigIntField()),
                (
                    "purpose",
                    fields.CharEnumField(
                        description="VISIT: visit\nSIGNATURE: signature\nPROBLEM: problem",
                        enum_type=Purpose,
                        max_length=10,
                    ),
                ),
                ("subject_kind", fields.CharField(max_length=20)),
                ("subject_id", fields.BigIntField()),
                (
                    "state",
                    fields.CharEnumField(
                        description="WAITING: waiting\nARRIVED: arrived\nFAILED: failed",
                        enum_type=AwaitState,
                        max_length=8,
                    ),
                ),
                ("reason", fields.CharField(null=True, max_length=200)),
                ("announced_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "awaited_photo",
                "app": "shandu",
                "indexes": [Index(fields=["subject_kind", "subject_id"], name="idx_awaited_subject")],
                "pk_attr": "id",
                "table_description": "A photo that a record names by the phone's own id before it has come.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PhotoPrint",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("photo_id", fields.BigIntField(unique=True)),
                ("school_id", fields.BigIntField()),
                ("month", fields.CharField(max_length=7)),
                ("sha256", fields.CharField(db_index=True, max_length=64)),
                ("look", fields.BigIntField(null=True)),
                ("look_0", fields.IntField(null=True, db_index=True)),
                ("look_1", fields.IntField(null=True, db_index=True)),
                ("look_2", fields.IntField(null=True, db_index=True)),
                ("look_3", fields.IntField(null=True, db_index=True)),
            ],
            options={
                "table": "photo_print",
                "app": "shandu",
                "pk_attr": "id",
                "table_description": "What a photo is recognised by: its bytes' hash, and a hash of how it looks unless it is plain.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RepeatedPhoto",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("photo_id", fields.BigIntField()),
                ("earlier_id", fields.BigIntField()),
                (
                    "likeness",
                    fields.CharEnumField(
                        description="EXACT: exact\nNEAR: near", enum_type=Likeness, max_length=5
                    ),
                ),
                ("distance", fields.IntField()),
                ("school_id", fields.BigIntField()),
                ("county_code", fields.CharField(max_length=6)),
                ("found_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "repeated_photo",
                "app": "shandu",
                "unique_together": (("photo_id", "earlier_id"),),
                "indexes": [Index(fields=["county_code", "id"], name="idx_repeated_county")],
                "pk_attr": "id",
                "table_description": "A photo that was there before: in another month or at another school.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="StrayObject",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("key", fields.CharField(unique=True, max_length=120)),
                ("seen_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "stray_object",
                "app": "shandu",
                "pk_attr": "id",
                "table_description": "An object without a row, seen once. Seen again a day later it is deleted.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Upload",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("key", fields.CharField(unique=True, max_length=32)),
                ("request_key", fields.CharField(unique=True, max_length=100)),
                ("request_id", fields.CharField(max_length=64)),
                ("school_id", fields.BigIntField()),
                ("person_id", fields.BigIntField()),
                (
                    "purpose",
                    fields.CharEnumField(
                        description="VISIT: visit\nSIGNATURE: signature\nPROBLEM: problem",
                        enum_type=Purpose,
                        max_length=10,
                    ),
                ),
                ("length", fields.IntField()),
                ("received", fields.IntField()),
                (
                    "parts",
                    fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
                ("expires_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("photo_key", fields.CharField(null=True, max_length=32)),
            ],
            options={
                "table": "upload",
                "app": "shandu",
                "indexes": [Index(fields=["person_id", "expires_at"], name="idx_upload_person")],
                "pk_attr": "id",
                "table_description": "A picture on its way in parts (tus). Parts are objects, and the last one completes it.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Photo",
            name="render_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Photo",
            name="render_fault",
            field=fields.CharField(null=True, max_length=200),
        ),
        ops.AddField(
            model_name="Photo",
            name="render_tries",
            field=fields.IntField(db_default=0),
        ),
        ops.AddField(
            model_name="Photo",
            name="rendered_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        # the photos that are there already are rendered too
        ops.RunSQL("UPDATE photo SET render_at = received_at", reverse_sql="SELECT 1"),
        *[ops.RunSQL(sql, reverse_sql=sql.split(" ON ")[0].replace("CREATE", "DROP")) for sql in STATEMENTS],
    ]
