"""Entries of the ledger (台账), registers (名录), months that the county confirmed, and figures."""

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.ledger.states import MonthState


class Origin(StrEnum):
    """Who wrote it: a person by hand, a workbook, or we from what we know."""

    HAND = "hand"
    IMPORT = "import"
    COMPUTED = "computed"


class LedgerEntry(Model):
    """One entry of one aspect, as it was made. A correction is a row of its own, and the old one stays.

    Few indexes on purpose: 5.2 million rows a year are written one by one (docs/decisions/0026-ledger.md).
    """

    id = fields.BigIntField(primary_key=True)
    # null: the county's own
    school_id = fields.BigIntField(null=True)
    county_code = fields.CharField(max_length=6)
    canteen_id = fields.BigIntField(null=True)
    post_id = fields.BigIntField()
    person_id = fields.BigIntField()
    aspect = fields.CharField(max_length=20)
    # of the aspect's declaration
    version = fields.SmallIntField()
    # the Beijing date it is for, and the meal where each meal has its own
    for_on = fields.DateField()
    meal = fields.CharField(max_length=9, null=True)
    # the phone's word of when the work was done, and ours of when we heard
    made_at = fields.DatetimeField()
    received_at = fields.DatetimeField()
    late = fields.BooleanField()
    origin = fields.CharEnumField(Origin, max_length=8)
    request_id = fields.CharField(max_length=64)
    body_hash = fields.CharField(max_length=64)
    # by item code, see declaring.py
    items = fields.JSONField[dict[str, Any]]()
    # items that are not as they should be, by the policies of the time: how many, and their codes with commas
    defects = fields.SmallIntField(db_default=0)
    defect_items = fields.CharField(max_length=200, null=True)
    # different people who signed, and photos named
    signers = fields.SmallIntField(db_default=0)
    photos = fields.SmallIntField(db_default=0)
    # the row of a register that it is about
    register_row_id = fields.BigIntField(null=True)
    # 1 and up; the first of its chain, and the one it took the place of
    revision = fields.SmallIntField(db_default=1)
    original_id = fields.BigIntField(null=True)
    replaces_id = fields.BigIntField(null=True)
    # false: a later revision stands, or it was withdrawn
    current = fields.BooleanField(db_default=True)
    reason = fields.CharField(max_length=200, null=True)

    class Meta:
        table = "ledger_entry"
        unique_together = (("person_id", "request_id"),)
        indexes = (Index(fields=("school_id", "aspect", "for_on"), name="idx_ledger_entry_school"),)


class RegisterRow(Model):
    """A thing with an identity of its own: a supplier, a licence, a contract, a cook, a camera, a list filed."""

    id = fields.BigIntField(primary_key=True)
    register = fields.CharField(max_length=16)
    # the form of its values: an aspect's code, or the register's own
    form = fields.CharField(max_length=20)
    version = fields.SmallIntField()
    # null: of a county, or of the whole province
    school_id = fields.BigIntField(null=True)
    county_code = fields.CharField(max_length=6, null=True)
    # what makes it the same thing again, within its form
    row_key = fields.CharField(max_length=140)
    label = fields.CharField(max_length=60)
    company_id = fields.BigIntField(null=True)
    since_on = fields.DateField(null=True)
    until_on = fields.DateField(null=True)
    items = fields.JSONField[dict[str, Any]]()
    defects = fields.SmallIntField(db_default=0)
    defect_items = fields.CharField(max_length=200, null=True)
    revision = fields.SmallIntField(db_default=1)
    changed_at = fields.DatetimeField()
    changed_by = fields.BigIntField()
    # left, sold, over: no longer counted, kept for ever
    ended_on = fields.DateField(null=True)
    ended_reason = fields.CharField(max_length=200, null=True)

    class Meta:
        table = "register_row"
        unique_together = (("form", "row_key"),)
        indexes = (
            Index(fields=("school_id", "register"), name="idx_register_row_school"),
            Index(fields=("county_code", "register"), name="idx_register_row_county"),
        )


class SealedNumber(Model):
    """A certificate's number, readable with the vault's key only. Entries and rows name it by its id."""

    id = fields.BigIntField(primary_key=True)
    sealed = fields.CharField(max_length=200)

    class Meta:
        table = "sealed_number"


class LedgerMonth(Model):
    """What became of a school's month. No row: open, and never confirmed."""

    id = fields.BigIntField(primary_key=True)
    school_id = fields.BigIntField()
    month = fields.CharField(max_length=7)
    state = fields.CharEnumField(MonthState, max_length=10)
    reason = fields.CharField(max_length=200, null=True)
    changed_at = fields.DatetimeField()
    changed_by = fields.BigIntField()

    class Meta:
        table = "ledger_month"
        unique_together = (("school_id", "month"),)


class LedgerChange(Model):
    """Something of a school's day changed: its figures are to be counted again. Gone when they are."""

    id = fields.BigIntField(primary_key=True)
    county_code = fields.CharField(max_length=6)
    day = fields.DateField()
    aspect = fields.CharField(max_length=20)

    class Meta:
        table = "ledger_change"


class LedgerFigure(Model):
    """One aspect of one county in one period, a day `2026-11-24` or a month `2026-11`, counted."""

    id = fields.BigIntField(primary_key=True)
    period = fields.CharField(max_length=10)
    county_code = fields.CharField(max_length=6)
    aspect = fields.CharField(max_length=20)
    # what schools owed in the period so far, and what of it is there
    due = fields.IntField()
    done = fields.IntField()
    entries = fields.IntField()
    late = fields.IntField()
    # entries with something not as it should be
    defective = fields.IntField()
    last_at = fields.DatetimeField(null=True)

    class Meta:
        table = "ledger_figure"
        unique_together = (("period", "county_code", "aspect"),)
