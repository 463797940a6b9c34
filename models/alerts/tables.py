"""Alerts (预警), when counties were judged, which rules are on, and trials of rules."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.alerts.declaring import Sort
from models.alerts.states import Answer, Mode, State, Switch
from models.problems.tables import Severity


class Alert(Model):
    """One matter that a rule raised, once for ever: it is withdrawn when the fact is gone and back when it is."""

    id = fields.BigIntField(primary_key=True)
    mode = fields.CharEnumField(Mode, max_length=5)
    rule = fields.CharField(max_length=24)
    # the school or county, and what tells its matters apart
    matter = fields.CharField(max_length=80)
    # null: the county's own
    school_id = fields.BigIntField(null=True)
    county_code = fields.CharField(max_length=6)
    # the kind of post that is told and answers
    owner = fields.CharField(max_length=16)
    level = fields.CharEnumField(Severity, max_length=8)
    sort = fields.CharEnumField(Sort, max_length=13)
    said = fields.CharField(max_length=300)
    facts = fields.JSONField[dict[str, object]]()
    # the row of a register that it hangs on
    row_id = fields.BigIntField(null=True)
    # the first date it is about, of what is past at some time
    about_on = fields.DateField(null=True)
    stage = fields.SmallIntField(db_default=0)
    state = fields.CharEnumField(State, max_length=9)
    # how often it was raised, and how often the post was told
    times = fields.SmallIntField(db_default=1)
    told = fields.SmallIntField(db_default=0)
    raised_at = fields.DatetimeField()
    changed_at = fields.DatetimeField()
    ended_at = fields.DatetimeField(null=True)
    # null: nobody was told of it as it stands now
    told_at = fields.DatetimeField(null=True)
    # the alert whose notice told of it: several of one post are told together
    told_with = fields.BigIntField(null=True)
    answer = fields.CharEnumField(Answer, max_length=7, null=True)
    answered_at = fields.DatetimeField(null=True)
    answered_by = fields.BigIntField(null=True)
    entry_id = fields.BigIntField(null=True)
    problem_id = fields.BigIntField(null=True)
    # a Beijing date, inclusive
    muted_until = fields.DateField(null=True)
    muted_reason = fields.CharField(max_length=200, null=True)
    muted_by = fields.BigIntField(null=True)

    class Meta:
        table = "alert"
        unique_together = (("rule", "matter", "mode"),)
        indexes = (Index(fields=("school_id", "id"), name="idx_alert_school"),)


class AlertCounty(Model):
    """For which Beijing date a county was last judged by itself."""

    county_code = fields.CharField(max_length=6, primary_key=True)
    judged_on = fields.DateField(null=True)

    class Meta:
        table = "alert_county"


class AlertRule(Model):
    """Whether a rule is on, where an officer said so. No row: as declared."""

    id = fields.BigIntField(primary_key=True)
    rule = fields.CharField(max_length=24, unique=True)
    switch = fields.CharEnumField(Switch, max_length=5)
    set_by = fields.BigIntField()
    set_at = fields.DatetimeField()

    class Meta:
        table = "alert_rule"


class AlertTrial(Model):
    """What a rule would have raised in a month, county by county."""

    id = fields.BigIntField(primary_key=True)
    rule = fields.CharField(max_length=24)
    division_code = fields.CharField(max_length=6)
    month = fields.CharField(max_length=7)
    asked_by = fields.BigIntField()
    asked_at = fields.DatetimeField()
    # how far, by county code
    done_to = fields.CharField(max_length=6, db_default="")
    done_at = fields.DatetimeField(null=True)

    class Meta:
        table = "alert_trial"
