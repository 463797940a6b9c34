"""Policy parameters (政策参数) as rows: one value of one parameter in one division."""

from tortoise import fields
from tortoise.models import Model


class Policy(Model):
    id = fields.BigIntField(primary_key=True)
    division_code = fields.CharField(max_length=6)
    key = fields.CharField(max_length=40)
    value = fields.FloatField()
    set_by = fields.BigIntField(null=True)
    set_at = fields.DatetimeField()

    class Meta:
        table = "policy"
        unique_together = (("division_code", "key"),)


class SchoolTerm(Model):
    """When schools of a division and of those below it teach in a term, such as `2026-autumn` (校历)."""

    id = fields.BigIntField(primary_key=True)
    division_code = fields.CharField(max_length=6)
    term = fields.CharField(max_length=12)
    begins_on = fields.DateField()
    ends_on = fields.DateField()
    set_by = fields.BigIntField(null=True)
    set_at = fields.DatetimeField()

    class Meta:
        table = "school_term"
        unique_together = (("division_code", "term"),)
