"""What completed an upload, so that its last part may be sent again; children that wait for their guardian's
consent; photos with faces hidden; an index of answers that nobody read is dropped."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.schema_generator.state import State

NAME = "idx_survey_answer_school"


class DropIndex(ops.RunSQL):
    """Without rebuilding the table, as `RemoveIndex` would on SQLite."""

    def __init__(self, model_name: str, name: str, on: str) -> None:
        super().__init__(f"DROP INDEX {name}", reverse_sql=f"CREATE INDEX {name} ON {on}")
        self.removing = ops.RemoveIndex(model_name, name)

    def state_forward(self, app_label: str, state: State) -> None:
        self.removing.state_forward(app_label, state)


class Migration(migrations.Migration):
    dependencies = [("shandu", "0011_session_last_seen")]

    operations = [
        ops.AddField(model_name="Upload", name="last_offset", field=fields.IntField(null=True)),
        ops.AddField(
            model_name="Upload", name="last_sha256", field=fields.CharField(null=True, max_length=64)
        ),
        ops.AddField(
            model_name="Photo",
            name="faces_hidden",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.CreateModel(
            name="AwaitedChild",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("person_id", fields.BigIntField()),
                ("school_id", fields.BigIntField()),
                ("grade", fields.IntField()),
                ("school_year", fields.IntField()),
                ("cohort", fields.IntField()),
                ("class_name", fields.CharField(max_length=10)),
                ("told_at", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "awaited_child",
                "app": "shandu",
                "unique_together": (("person_id", "school_id", "cohort", "class_name"),),
                "pk_attr": "id",
                "table_description": "A school named somebody as a pupil's guardian in a table. Until the guardian agrees to a child's data",
            },
            bases=["Model"],
        ),
        DropIndex("SurveyAnswer", NAME, "survey_answer (round_id, school_id)"),
    ]
