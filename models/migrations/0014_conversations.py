"""Conversations and their answers; what people say is worked on in order; the content check of what they send."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from tortoise.indexes import Index

from models.contents.states import CheckState
from models.contents.tables import Content
from models.conversations.tables import ReplyState

INDEXES = [
    "CREATE INDEX idx_content_due ON content_check (run_at, id) WHERE run_at IS NOT NULL",
    "CREATE INDEX idx_content_review ON content_check (county_code, id) WHERE state = 'review'",
    "CREATE INDEX idx_content_trace ON content_check (trace_id) WHERE trace_id IS NOT NULL",
    "CREATE INDEX idx_content_person ON content_check (person_id, id)",
    "CREATE INDEX idx_reply_open ON reply (run_at, id) WHERE run_at IS NOT NULL",
    "CREATE INDEX idx_reply_person ON reply (openid, id)",
    "CREATE INDEX idx_conversation_person ON conversation (openid)",
    "CREATE INDEX idx_inbound_ordered ON inbound_event (appid, openid, id)"
    " WHERE run_at IS NOT NULL AND ordered",
]


def _id() -> fields.BigIntField:
    return fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)


class Migration(migrations.Migration):
    dependencies = [("shandu", "0012_channels")]

    operations = [
        ops.CreateModel(
            name="Conversation",
            fields=[
                ("id", _id()),
                ("appid", fields.CharField(max_length=32)),
                ("openid", fields.CharField(max_length=64)),
                ("state", fields.JSONField()),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("heard_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("wrong_codes", fields.IntField(db_default=0)),
                ("locked_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "conversation",
                "app": "shandu",
                "unique_together": (("appid", "openid"),),
                "pk_attr": "id",
                "table_description": "One WeChat identity's conversation with one of our accounts, whoever the person behind it is.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Reply",
            fields=[
                ("id", _id()),
                ("event_id", fields.BigIntField(unique=True)),
                ("appid", fields.CharField(max_length=32)),
                ("openid", fields.CharField(max_length=64)),
                ("text", fields.TextField(unique=False)),
                ("card", fields.CharField(null=True, max_length=128)),
                ("state", fields.CharEnumField(enum_type=ReplyState, max_length=8)),
                ("run_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("attempts", fields.IntField(default=0)),
                ("errcode", fields.IntField(null=True)),
                ("receipt", fields.CharField(null=True, max_length=200)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "reply",
                "app": "shandu",
                "pk_attr": "id",
                "table_description": "What we answer to one event, written in the transaction that did what was asked.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ContentCheck",
            fields=[
                ("id", _id()),
                ("content", fields.CharEnumField(enum_type=Content, max_length=5)),
                ("target_id", fields.BigIntField()),
                ("problem_id", fields.BigIntField(null=True)),
                ("finding", fields.BooleanField(default=False)),
                ("school_id", fields.BigIntField()),
                ("county_code", fields.CharField(max_length=6)),
                ("person_id", fields.BigIntField()),
                ("post_id", fields.BigIntField(null=True)),
                ("words", fields.CharField(max_length=1200)),
                ("state", fields.CharEnumField(enum_type=CheckState, max_length=8)),
                ("run_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("attempts", fields.IntField(default=0)),
                ("trace_id", fields.CharField(null=True, max_length=128)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("decided_by", fields.BigIntField(null=True)),
                ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("reason", fields.CharField(null=True, max_length=200)),
            ],
            options={
                "table": "content_check",
                "app": "shandu",
                "unique_together": (("content", "target_id"),),
                "indexes": [Index(fields=["problem_id", "id"], name="idx_content_problem")],
                "pk_attr": "id",
                "table_description": "One text or photo, and whether others may see it.",
            },
            bases=["Model"],
        ),
        ops.AddField(model_name="Photo", name="veiled", field=fields.BooleanField(db_default=False)),
        ops.AddField(model_name="InboundEvent", name="ordered", field=fields.BooleanField(db_default=False)),
        ops.AddField(model_name="Invitation", name="chat_only", field=fields.BooleanField(db_default=False)),
        *[ops.RunSQL(sql, reverse_sql=sql.split(" ON ")[0].replace("CREATE", "DROP")) for sql in INDEXES],
    ]
