"""Plans of inspections with their draws, and what was drawn. Their steps are in the journal, kind `inspection`."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.inspections.rules import Agency, PlanState, Way
from models.organisations.tables import Level


class InspectionPlan(Model):
    """Who inspects how many of which schools in a month. What it was made of never changes."""

    id = fields.BigIntField(primary_key=True)
    request_key = fields.CharField(max_length=100, unique=True)
    division_code = fields.CharField(max_length=6)
    level = fields.CharEnumField(Level, max_length=10)
    agency = fields.CharEnumField(Agency, max_length=12)
    way = fields.CharEnumField(Way, max_length=8)
    month = fields.CharField(max_length=7)
    title = fields.CharField(max_length=60)
    matters = fields.JSONField[list[str]]()
    # the candidates' codes; and of the others why not, by code
    candidates = fields.JSONField[list[str]]()
    left_out = fields.JSONField[dict[str, str]]()
    draws = fields.IntField()
    # published at once, word for word
    statement = fields.TextField()
    commitment = fields.CharField(max_length=64)
    # told to nobody before the draw
    nonce = fields.CharField(max_length=64)
    public_source = fields.CharField(max_length=100)
    # from when on the drawn schools are everybody's knowledge
    open_on = fields.DateField()
    state = fields.CharEnumField(PlanState, max_length=10)
    planned_by = fields.BigIntField()
    planned_at = fields.DatetimeField()
    public_value = fields.CharField(max_length=100, null=True)
    seed = fields.CharField(max_length=64, null=True)
    drawn_by = fields.BigIntField(null=True)
    drawn_at = fields.DatetimeField(null=True)
    reason = fields.CharField(max_length=200, null=True)

    class Meta:
        table = "inspection_plan"
        indexes = (Index(fields=("division_code", "id"), name="idx_inspection_plan_division"),)


class Inspection(Model):
    """A school that was drawn: `turn` is its turn in the draw. `done_on` null: not inspected yet."""

    id = fields.BigIntField(primary_key=True)
    plan_id = fields.BigIntField()
    school_id = fields.BigIntField()
    county_code = fields.CharField(max_length=6)
    turn = fields.IntField()
    ticket = fields.CharField(max_length=64)
    matters = fields.JSONField[list[str]]()
    # what is not looked at here, and why, by matter
    spared = fields.JSONField[dict[str, Any]]()
    done_on = fields.DateField(null=True)
    done_by = fields.BigIntField(null=True)
    done_words = fields.CharField(max_length=1000, null=True)

    class Meta:
        table = "inspection"
        unique_together = (("plan_id", "school_id"),)
        indexes = (Index(fields=("county_code", "done_on"), name="idx_inspection_done"),)
