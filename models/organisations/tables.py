"""Divisions, schools, canteens and posts."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Level(StrEnum):
    PROVINCE = "province"
    PREFECTURE = "prefecture"
    COUNTY = "county"


class SchoolStage(StrEnum):
    KINDERGARTEN = "kindergarten"
    PRIMARY = "primary"
    JUNIOR = "junior"
    SENIOR = "senior"
    NINE_YEAR = "nine_year"
    COMPLETE = "complete"


class CanteenMode(StrEnum):
    """How meals are provided: 自营 / 承包 / 委托 / 校外供餐."""

    OWN = "own"
    CONTRACTED = "contracted"
    ENTRUSTED = "entrusted"
    CATERED = "catered"


class PostKind(StrEnum):
    PARENT = "parent"
    COMMITTEE = "committee"
    SUPERVISOR = "supervisor"
    HEAD = "head"
    MANAGER = "manager"
    FINANCE = "finance"
    COUNTY = "county"
    PREFECTURE = "prefecture"
    PROVINCE = "province"
    REGULATOR = "regulator"
    ADMINISTRATOR = "administrator"


class Division(Model):
    """An administrative division (区划). Its GB/T 2260 code is the path: 53 → 5303 → 530302."""

    code = fields.CharField(max_length=6, primary_key=True)
    level = fields.CharEnumField(Level, max_length=10)
    name = fields.CharField(max_length=40)
    longitude = fields.FloatField(null=True)
    latitude = fields.FloatField(null=True)

    class Meta:
        table = "division"


class School(Model):
    """A school that serves meals. Longitude and latitude are degrees, WGS-84."""

    id = fields.BigIntField(primary_key=True)
    code = fields.CharField(max_length=16, unique=True)
    name = fields.CharField(max_length=60)
    county_code = fields.CharField(max_length=6, db_index=True)
    stage = fields.CharEnumField(SchoolStage, max_length=12)
    nutrition_plan = fields.BooleanField(default=False)
    boarding = fields.BooleanField(default=False)
    diners = fields.IntField(null=True)
    longitude = fields.FloatField(null=True)
    latitude = fields.FloatField(null=True)
    # posters of earlier generations are void: raised when one is lost
    poster_generation = fields.IntField(default=1)
    open = fields.BooleanField(default=True)
    # what became of a school that is no longer open: since when, and the school it was merged into (并校)
    closed_on = fields.DateField(null=True)
    merged_into = fields.BigIntField(null=True)

    class Meta:
        table = "school"


class Canteen(Model):
    id = fields.BigIntField(primary_key=True)
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField(
        "shandu.School", related_name="canteens", on_delete=fields.RESTRICT
    )
    school_id: int
    name = fields.CharField(max_length=60)
    mode = fields.CharEnumField(CanteenMode, max_length=12)

    class Meta:
        table = "canteen"
        unique_together = (("school_id", "name"),)


class Post(Model):
    """A post (岗位): the smallest unit of management. It belongs to one school or to one division."""

    id = fields.BigIntField(primary_key=True)
    kind = fields.CharEnumField(PostKind, max_length=16)
    school: fields.ForeignKeyNullableRelation[School] = fields.ForeignKeyField(
        "shandu.School", related_name="posts", null=True, on_delete=fields.RESTRICT
    )
    school_id: int | None
    division_code = fields.CharField(max_length=6, null=True)
    # "head@school:12" or "county@530302": one post of a kind in a place
    place_key = fields.CharField(max_length=40, unique=True)

    class Meta:
        table = "post"
        indexes = (Index(fields=("division_code", "kind"), name="idx_post_division"),)


class Touch(Model):
    """Something of a school changed that others draw conclusions from: they look again, and take this away.

    Written in the transaction of the change, so that neither can be without the other.
    """

    id = fields.BigIntField(primary_key=True)
    county_code = fields.CharField(max_length=6)
    # null: of the county's own
    school_id = fields.BigIntField(null=True)
    # the row of a register that it is about
    row_id = fields.BigIntField(null=True)
    # an aspect or register of the ledger, `visit`, `problem` or `survey`
    topic = fields.CharField(max_length=20)

    class Meta:
        table = "touch"
