"""The day a signed-in phone was last used, for the list of one's own phones."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shandu", "0010_bulk")]

    operations = [
        ops.AddField(model_name="Session", name="last_seen_on", field=fields.DateField(null=True)),
    ]
