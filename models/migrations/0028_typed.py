"""Check-ins by the short code that was typed instead of the picture that was scanned."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("shandu", "0025_ledger")]

    operations = [
        ops.AddField(model_name="CheckIn", name="typed", field=fields.BooleanField(db_default=False)),
    ]
