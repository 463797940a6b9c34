"""That the matter of a notice has moved on, for what is under way at that instant."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shandu", "0013_wecom")]

    operations = [
        ops.AddField(
            model_name="Notice",
            name="withdrawn_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
