"""Partial indexes, which the ORM cannot declare: the rows a worker still has to look at."""

from tortoise import migrations
from tortoise.migrations import operations as ops

STATEMENTS = [
    "CREATE INDEX idx_delivery_due ON delivery (run_at, id) WHERE state = 'waiting'",
    "CREATE INDEX idx_delivery_open ON delivery (lease_until) WHERE state IN ('sending', 'unknown')",
    "CREATE INDEX idx_delivery_message ON delivery (openid, template_id, tried_at) WHERE openid IS NOT NULL",
    "CREATE INDEX idx_problem_ladder ON problem (ladder_at, id) WHERE ladder_at IS NOT NULL",
    "CREATE INDEX idx_inbound_waiting ON inbound_event (run_at, id) WHERE run_at IS NOT NULL",
    "CREATE INDEX idx_holding_post ON holding (post_id)",
    "CREATE INDEX idx_identity_person ON identity (person_id)",
    "CREATE INDEX idx_post_school ON post (school_id, kind)",
]


class Migration(migrations.Migration):
    dependencies = [("shandu", "0001_initial")]

    operations = [
        ops.RunSQL(sql, reverse_sql=sql.split(" ON ")[0].replace("CREATE", "DROP")) for sql in STATEMENTS
    ]
