"""Find a delivery by WeChat's message id alone: one short entry a delivery, made when the id is known."""

from tortoise import migrations
from tortoise.migrations import operations as ops

OLD = "CREATE INDEX idx_delivery_message ON delivery (openid, template_id, tried_at) WHERE openid IS NOT NULL"
NEW = "CREATE INDEX idx_delivery_message ON delivery (message_id) WHERE message_id IS NOT NULL"
DROP = "DROP INDEX idx_delivery_message"


class Migration(migrations.Migration):
    dependencies = [("shandu", "0002_indexes")]

    operations = [
        ops.RunSQL(DROP, reverse_sql=OLD),
        ops.RunSQL(NEW, reverse_sql=DROP),
    ]
