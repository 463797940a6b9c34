"""School terms, and which levels of the ladder were told; the ladder's hours become working hours by severity."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

SEVERITIES = ("general", "serious", "major")
# what officers had set in hours becomes working hours, eight for each day: (old key, new key, lowest, highest)
CONVERTED = [
    *(("remind_before_h", f"ladder_before_{one}_wh", 80) for one in SEVERITIES),
    *(("remind_after_h", f"ladder_after_{one}_wh", 240) for one in SEVERITIES),
    *(("to_county_after_h", f"ladder_county_{one}_wh", 480) for one in SEVERITIES),
    *(("to_prefecture_after_h", f"ladder_prefecture_{one}_wh", 480) for one in SEVERITIES),
    ("remind_before_h", "record_before_wh", 80),
    ("to_county_after_h", "record_county_wh", 480),
]
CONVERT = """
INSERT INTO policy (division_code, key, value, set_by, set_at)
SELECT division_code, '{new}', CASE WHEN value / 3 > {most} THEN {most} ELSE value / 3 END, set_by, set_at
FROM policy WHERE key = '{old}'
"""
# running clocks are looked at once by the new ladder, which tells nothing again that was told
WAKE = """
UPDATE problem SET ladder_at = found_at
WHERE state IN ('assigned', 'returned', 'reopened', 'overdue') AND due_at IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("shandu", "0014_conversations")]

    operations = [
        ops.CreateModel(
            name="SchoolTerm",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("division_code", fields.CharField(max_length=6)),
                ("term", fields.CharField(max_length=12)),
                ("begins_on", fields.DateField()),
                ("ends_on", fields.DateField()),
                ("set_by", fields.BigIntField(null=True)),
                ("set_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "school_term",
                "app": "shandu",
                "unique_together": (("division_code", "term"),),
                "pk_attr": "id",
                "table_description": "When schools of a division and of those below it teach in a term, such as `2026-autumn` (校历).",
            },
            bases=["Model"],
        ),
        ops.AddField(model_name="Problem", name="told", field=fields.IntField(default=0, db_default=0)),
        *(
            ops.RunSQL(CONVERT.format(old=old, new=new, most=most), reverse_sql="SELECT 1")
            for old, new, most in CONVERTED
        ),
        ops.RunSQL(WAKE, reverse_sql="SELECT 1"),
    ]
