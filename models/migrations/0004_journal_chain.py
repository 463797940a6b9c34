"""Seals and daily roots of the journal, and a database that refuses to change or delete any of it."""

from typing import Any

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

TABLES = ("journal_entry", "journal_seal", "journal_root")

REFUSE = """
CREATE FUNCTION journal_append_only() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN RAISE EXCEPTION ''% is append-only'', TG_TABLE_NAME USING ERRCODE = ''insufficient_privilege''; END'
"""
POSTGRES = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION journal_append_only()
"""
SQLITE = """
CREATE TRIGGER {table}_append_only_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""


async def keep(_apps: Any, editor: Any) -> None:
    # a body of a function or trigger has semicolons, at which RunSQL would cut it
    if editor.client.capabilities.dialect == "postgres":
        statements = [REFUSE, *[POSTGRES.format(table=table) for table in TABLES]]
    else:
        verbs = ("UPDATE", "DELETE")
        statements = [SQLITE.format(table=table, verb=verb) for table in TABLES for verb in verbs]
    for statement in statements:
        await editor.client.execute_query(statement)


async def let_go(_apps: Any, editor: Any) -> None:
    # the triggers of the other two go with their tables
    if editor.client.capabilities.dialect == "postgres":
        statements = ["DROP FUNCTION journal_append_only CASCADE"]
    else:
        statements = [f"DROP TRIGGER journal_entry_append_only_{verb}" for verb in ("UPDATE", "DELETE")]
    for statement in statements:
        await editor.client.execute_query(statement)


class Migration(migrations.Migration):
    dependencies = [("shandu", "0003_message_index")]

    operations = [
        ops.CreateModel(
            name="JournalSeal",
            fields=[
                ("id", fields.BigIntField(generated=False, primary_key=True, unique=True, db_index=True)),
                ("entry_id", fields.BigIntField(unique=True)),
                ("subject_kind", fields.CharField(max_length=20)),
                ("subject_id", fields.BigIntField()),
                ("place", fields.IntField()),
                ("prev_hash", fields.CharField(max_length=64)),
                ("hash", fields.CharField(max_length=64)),
                ("sealed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "journal_seal",
                "app": "shandu",
                "unique_together": (("subject_kind", "subject_id", "place"),),
                "pk_attr": "id",
                "table_description": "A step sealed: a link of its subject's chain. Ids count from 1 in the order of sealing, without gaps.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="JournalRoot",
            fields=[
                ("day", fields.DateField(primary_key=True, unique=True, db_index=True)),
                ("first_seal", fields.BigIntField()),
                ("last_seal", fields.BigIntField()),
                ("tree_hash", fields.CharField(max_length=64)),
                ("prev_hash", fields.CharField(max_length=64)),
                ("hash", fields.CharField(max_length=64)),
                ("made_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "journal_root",
                "app": "shandu",
                "pk_attr": "day",
                "table_description": "A Beijing day's seals, from `first_seal` to `last_seal`, under one hash that follows the day before's.",
            },
            bases=["Model"],
        ),
        ops.RunPython(keep, reverse_code=let_go),
    ]
