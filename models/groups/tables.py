"""Group chats that are told of what happens in a school or a division, and what they have been told."""

from tortoise import fields
from tortoise.models import Model


class GroupRobot(Model):
    """The robot of the group chat of one place. Its key opens the group to whoever has it: it lies sealed.

    `place_key` is `school:12` or `division:530302`: one robot for each place.
    """

    id = fields.BigIntField(primary_key=True)
    place_key = fields.CharField(max_length=40, unique=True)
    school_id = fields.BigIntField(null=True)
    division_code = fields.CharField(max_length=6, null=True)
    name = fields.CharField(max_length=40)
    key_sealed = fields.CharField(max_length=200)
    set_by = fields.BigIntField()
    set_at = fields.DatetimeField()
    # since when its address is refused: the robot was removed from the group
    refused_at = fields.DatetimeField(null=True)

    class Meta:
        table = "group_robot"


class GroupTold(Model):
    """That a place's group is told of an event, whichever posts are told of it too: once for each event.

    `heard_at` null: somebody is just telling it, or died over it.
    """

    id = fields.BigIntField(primary_key=True)
    place_key = fields.CharField(max_length=40)
    event = fields.CharField(max_length=120)
    taken_at = fields.DatetimeField()
    heard_at = fields.DatetimeField(null=True)

    class Meta:
        table = "group_told"
        unique_together = (("place_key", "event"),)
