"""Whom nobody looks for among members, what may ring at night, what was taken back or sent again, and whole
texts of visits on their way past the content check."""

from typing import Any

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_generator.state import State

AWAY = "CREATE INDEX idx_content_away ON content_check (person_id) WHERE state = 'away'"


async def longer(_apps: Any, editor: Any) -> None:
    # SQLite knows no lengths
    if editor.client.capabilities.dialect == "postgres":
        await editor.client.execute_query("ALTER TABLE content_check ALTER COLUMN words TYPE text")


async def stay(_apps: Any, _editor: Any) -> None:
    """A longer column does the release before no harm."""


class LongerWords(ops.RunPython):
    """Without rebuilding the table, as `AlterField` would on SQLite."""

    def __init__(self) -> None:
        super().__init__(longer, reverse_code=stay)
        self.altering = ops.AlterField("ContentCheck", "words", fields.TextField())

    def state_forward(self, app_label: str, state: State) -> None:
        self.altering.state_forward(app_label, state)


class Migration(migrations.Migration):
    dependencies = [("shandu", "0021_attack")]

    operations = [
        ops.AddField(
            model_name="Person",
            name="parted_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(model_name="Notice", name="wakes", field=fields.BooleanField(db_default=False)),
        ops.AddField(model_name="Notice", name="taken_back", field=fields.BooleanField(db_default=False)),
        ops.AddField(
            model_name="Delivery",
            name="resent_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        LongerWords(),
        ops.RunSQL(AWAY, reverse_sql="DROP INDEX idx_content_away"),
    ]
