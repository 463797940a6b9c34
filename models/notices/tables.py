"""Notices, their deliveries, the credit ledger, and what the platform pushed to us."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class DeliveryState(StrEnum):
    """Where one delivery stands. `held`, `waiting`, `sending` and `unknown` still need a worker.

    `held`: it is not decided yet whether it goes alone; see merging.py. `merged`: it went, or waits, as part
    of one message, whose own delivery says what became of it.
    """

    HELD = "held"
    WAITING = "waiting"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    REFUSED = "refused"
    GIVEN_UP = "given_up"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


class Notice(Model):
    """A fact told once to one post. It is the post's inbox row, whoever holds the post later."""

    id = fields.BigIntField(primary_key=True)
    unique_key = fields.CharField(max_length=120, unique=True)
    kind = fields.CharField(max_length=32)
    post_id = fields.BigIntField()
    # only this holder of the post; null: whoever holds it
    person_id = fields.BigIntField(null=True)
    school_id = fields.BigIntField(null=True)
    subject_kind = fields.CharField(max_length=20)
    subject_id = fields.BigIntField()
    facts = fields.JSONField[dict[str, str]]()
    created_at = fields.DatetimeField()
    # the matter has moved on: what has not been handed to a channel by then never is
    withdrawn_at = fields.DatetimeField(null=True)
    # an officer has taken it back: it should not have been told
    taken_back = fields.BooleanField(db_default=False)
    # it may ring in the quiet hours
    wakes = fields.BooleanField(db_default=False)

    class Meta:
        table = "notice"
        indexes = (
            Index(fields=("post_id", "id"), name="idx_notice_post"),
            Index(fields=("subject_kind", "subject_id"), name="idx_notice_subject"),
            Index(fields=("created_at", "id"), name="idx_notice_made"),
            Index(fields=("school_id", "id"), name="idx_notice_school"),
        )


class NoticeRead(Model):
    """That a person opened a notice."""

    id = fields.BigIntField(primary_key=True)
    notice: fields.ForeignKeyRelation[Notice] = fields.ForeignKeyField(
        "shandu.Notice", related_name="reads", on_delete=fields.RESTRICT
    )
    notice_id: int
    person_id = fields.BigIntField()
    read_at = fields.DatetimeField()

    class Meta:
        table = "notice_read"
        unique_together = (("notice_id", "person_id"),)


class NoticeCall(Model):
    """That somebody was told a notice by telephone (电话告知), because no channel reached them."""

    id = fields.BigIntField(primary_key=True)
    notice: fields.ForeignKeyRelation[Notice] = fields.ForeignKeyField(
        "shandu.Notice", related_name="calls", on_delete=fields.RESTRICT
    )
    notice_id: int
    person_id = fields.BigIntField()
    by_person_id = fields.BigIntField()
    at = fields.DatetimeField()
    words = fields.CharField(max_length=200)

    class Meta:
        table = "notice_call"
        unique_together = (("notice_id", "person_id"),)


class Delivery(Model):
    """One notice to one person through one channel: the outbox row and its receipt."""

    id = fields.BigIntField(primary_key=True)
    notice: fields.ForeignKeyRelation[Notice] = fields.ForeignKeyField(
        "shandu.Notice", related_name="deliveries", on_delete=fields.RESTRICT
    )
    notice_id: int
    person_id = fields.BigIntField()
    channel = fields.CharField(max_length=16)
    # the channels in order, as they stood when the notice was put; empty: this one only
    route = fields.CharField(max_length=80, db_default="")
    state = fields.CharEnumField(DeliveryState, max_length=10)
    run_at = fields.DatetimeField()
    lease_until = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    # what the platform said: its error code and message id, and when we last heard
    errcode = fields.IntField(null=True)
    receipt = fields.CharField(max_length=200, null=True)
    message_id = fields.CharField(max_length=64, null=True)
    openid = fields.CharField(max_length=64, null=True)
    template_id = fields.CharField(max_length=64, null=True)
    tried_at = fields.DatetimeField(null=True)
    # when an officer had it sent once more
    resent_at = fields.DatetimeField(null=True)
    # the notice whose one message says this too
    merged_into = fields.BigIntField(null=True)

    class Meta:
        table = "delivery"
        unique_together = (("notice_id", "person_id", "channel"),)


class Attempt(Model):
    """What came of one attempt of a delivery, or was heard of it later. None is kept of what was simply sent
    at the first go."""

    id = fields.BigIntField(primary_key=True)
    delivery: fields.ForeignKeyRelation[Delivery] = fields.ForeignKeyField(
        "shandu.Delivery", related_name="tries", on_delete=fields.RESTRICT
    )
    delivery_id: int
    number = fields.IntField()
    state = fields.CharEnumField(DeliveryState, max_length=10)
    errcode = fields.IntField(null=True)
    receipt = fields.CharField(max_length=200)
    at = fields.DatetimeField()

    class Meta:
        table = "attempt"
        indexes = (Index(fields=("delivery_id", "id"), name="idx_attempt_delivery"),)


class Route(Model):
    """The channels, in order, by which a division has a group of kinds told."""

    id = fields.BigIntField(primary_key=True)
    division_code = fields.CharField(max_length=6)
    kind_group = fields.CharField(max_length=16)
    channels = fields.CharField(max_length=80)
    set_by = fields.BigIntField()
    set_at = fields.DatetimeField()

    class Meta:
        table = "route"
        unique_together = (("division_code", "kind_group"),)


class ChannelChoice(Model):
    """The channels, in order, by which a person wants to be told of a group of kinds."""

    id = fields.BigIntField(primary_key=True)
    person_id = fields.BigIntField()
    kind_group = fields.CharField(max_length=16)
    # the first of them, for the statement that puts notices
    first_channel = fields.CharField(max_length=16)
    channels = fields.CharField(max_length=80)
    chosen_at = fields.DatetimeField()

    class Meta:
        table = "channel_choice"
        unique_together = (("person_id", "kind_group"),)


class ChannelPause(Model):
    """A channel whose quota of the day is used up: nothing more goes out through it until then."""

    id = fields.BigIntField(primary_key=True)
    channel = fields.CharField(max_length=16, unique=True)
    until = fields.DatetimeField()
    errcode = fields.IntField()
    receipt = fields.CharField(max_length=200)

    class Meta:
        table = "channel_pause"


class Follower(Model):
    """Somebody the official account has heard of: whether they follow, and what it may still say in the chat."""

    id = fields.BigIntField(primary_key=True)
    appid = fields.CharField(max_length=32)
    openid = fields.CharField(max_length=64)
    following = fields.BooleanField()
    changed_at = fields.DatetimeField()
    # when the unionid is to be asked for; null: it is known, or there is none to know
    ask_at = fields.DatetimeField(null=True)
    # until when it may speak, and how often still
    open_until = fields.DatetimeField(null=True)
    answers = fields.IntField(default=0)

    class Meta:
        table = "follower"
        unique_together = (("appid", "openid"),)


class MessageWindow(Model):
    """Since when a person was sent how many messages: once they are many, those that follow wait for each other."""

    id = fields.BigIntField(primary_key=True)
    person_id = fields.BigIntField(unique=True)
    since = fields.DatetimeField()
    sent = fields.IntField()

    class Meta:
        table = "message_window"


class Credit(Model):
    """How many subscribe messages of a template a person still allows, by WeChat's own events."""

    id = fields.BigIntField(primary_key=True)
    openid = fields.CharField(max_length=64)
    template_id = fields.CharField(max_length=64)
    balance = fields.IntField(default=0)
    refused_at = fields.DatetimeField(null=True)
    changed_at = fields.DatetimeField()

    class Meta:
        table = "credit"
        unique_together = (("openid", "template_id"),)


class InboundEvent(Model):
    """A callback as it arrived: stored before it is acknowledged, worked on afterwards, once."""

    id = fields.BigIntField(primary_key=True)
    dedupe_key = fields.CharField(max_length=120, unique=True)
    appid = fields.CharField(max_length=32)
    kind = fields.CharField(max_length=64)
    openid = fields.CharField(max_length=64)
    body = fields.JSONField[dict[str, object]]()
    received_at = fields.DatetimeField()
    run_at = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    # what a person said or did in a chat: one after the other
    ordered = fields.BooleanField(db_default=False)

    class Meta:
        table = "inbound_event"


class Tick(Model):
    """That a scheduled job ran for one period. Never deleted while the period could come again."""

    id = fields.BigIntField(primary_key=True)
    job = fields.CharField(max_length=32)
    period = fields.CharField(max_length=32)
    at = fields.DatetimeField()

    class Meta:
        table = "tick"
        unique_together = (("job", "period"),)
