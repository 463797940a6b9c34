"""Browsers signed in by scanning, calls made to people whom no notice reached, and the delivery log's indexes."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shandu", "0018_mend")]

    operations = [
        ops.CreateModel(
            name="DeskTicket",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("ticket_hash", fields.CharField(unique=True, max_length=64)),
                ("holder_hash", fields.CharField(unique=True, max_length=64)),
                ("browser", fields.CharField(max_length=60)),
                ("address", fields.CharField(max_length=45)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "identity",
                    fields.ForeignKeyField(
                        "shandu.Identity",
                        source_field="identity_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="desk_tickets",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("confirmed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "desk_ticket",
                "app": "shandu",
                "indexes": [Index(fields=["identity_id"], name="idx_desk_ticket_identity")],
                "pk_attr": "id",
                "table_description": "One time a browser asks to be signed in, by a code that a signed-in phone scans.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="NoticeCall",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "notice",
                    fields.ForeignKeyField(
                        "shandu.Notice",
                        source_field="notice_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="calls",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("person_id", fields.BigIntField()),
                ("by_person_id", fields.BigIntField()),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("words", fields.CharField(max_length=200)),
            ],
            options={
                "table": "notice_call",
                "app": "shandu",
                "unique_together": (("notice_id", "person_id"),),
                "pk_attr": "id",
                "table_description": "That somebody was told a notice by telephone (电话告知), because no channel reached them.",
            },
            bases=["Model"],
        ),
        ops.AddIndex(model_name="Notice", index=Index(fields=["created_at", "id"], name="idx_notice_made")),
        ops.AddIndex(model_name="Notice", index=Index(fields=["school_id", "id"], name="idx_notice_school")),
    ]
