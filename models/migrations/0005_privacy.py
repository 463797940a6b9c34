"""Sealed telephone numbers, consents, erasures, retention runs. The plain column is emptied by `shandu migrate`."""

from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from models.privacy.tables import ErasureState
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.schema_generator.state import State


# what somebody asks to see of themselves, and what is forgotten of them, without reading whole tables
OF_A_PERSON = {
    "idx_journal_person": "journal_entry (person_id, id) WHERE person_id IS NOT NULL",
    "idx_photo_person": "photo (person_id, id)",
    "idx_delivery_person": "delivery (person_id, id)",
    "idx_notice_read_person": "notice_read (person_id, id)",
    "idx_notice_person": "notice (person_id, id) WHERE person_id IS NOT NULL",
    "idx_inbound_openid": "inbound_event (openid, id)",
    "idx_invitation_person": "invitation (person_id)",
}


class ForgetField(ops.RunSQL):
    """The tables no longer know a column, and the database keeps it, empty: dropping one rebuilds the table on SQLite."""

    def __init__(self, model_name: str, name: str) -> None:
        super().__init__(ops.RunSQL.noop, ops.RunSQL.noop)
        self.removing = ops.RemoveField(model_name, name)

    def state_forward(self, app_label: str, state: State) -> None:
        self.removing.state_forward(app_label, state)


class Migration(migrations.Migration):
    dependencies = [("shandu", "0004_journal_chain")]

    operations = [
        ops.CreateModel(
            name="Consent",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "identity",
                    fields.ForeignKeyField(
                        "shandu.Identity",
                        source_field="identity_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="consents",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("kind", fields.CharField(max_length=20)),
                ("version", fields.IntField()),
                ("given_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("withdrawn_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "consent",
                "app": "shandu",
                "indexes": [Index(fields=["identity_id", "kind"], name="idx_consent_identity")],
                "pk_attr": "id",
                "table_description": "That a WeChat identity agreed to one version of a text, and whether it took that back.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Erasure",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("person_id", fields.BigIntField()),
                (
                    "state",
                    fields.CharEnumField(
                        description="REQUESTED: requested\nCONFIRMED: confirmed\nERASING: erasing\nWITHDRAWN: withdrawn\nDONE: done",
                        enum_type=ErasureState,
                        max_length=10,
                    ),
                ),
                ("requested_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("confirmed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("done_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("done_by", fields.BigIntField(null=True)),
            ],
            options={
                "table": "erasure",
                "app": "shandu",
                "indexes": [Index(fields=["state", "id"], name="idx_erasure_state")],
                "pk_attr": "id",
                "table_description": "A person asks to be forgotten (注销): asked, confirmed, carried out by an officer.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RetentionRun",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("started_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "removed",
                    fields.JSONField(encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                ),
            ],
            options={
                "table": "retention_run",
                "app": "shandu",
                "pk_attr": "id",
                "table_description": "One run of `shandu retain --really`: how many rows each rule removed. Unended: it was interrupted.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Person",
            name="phone_digest",
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name="Person",
            name="phone_sealed",
            field=fields.CharField(null=True, max_length=120),
        ),
        ForgetField("Person", "phone"),
        *[
            ops.RunSQL(f"CREATE INDEX {name} ON {of}", reverse_sql=f"DROP INDEX {name}")
            for name, of in OF_A_PERSON.items()
        ],
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_person_phone_digest ON person (phone_digest)",
            reverse_sql="DROP INDEX uq_person_phone_digest",
        ),
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_consent_active ON consent (identity_id, kind, version) WHERE withdrawn_at IS NULL",
            reverse_sql="DROP INDEX uq_consent_active",
        ),
        ops.RunSQL(
            "CREATE UNIQUE INDEX uq_erasure_open ON erasure (person_id) WHERE state IN ('requested', 'confirmed')",
            reverse_sql="DROP INDEX uq_erasure_open",
        ),
    ]
