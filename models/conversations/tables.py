"""Conversations in a chat of ours (公众号、企业微信): where each stands, and what we answer."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model


class Conversation(Model):
    """One WeChat identity's conversation with one of our accounts, whoever the person behind it is."""

    id = fields.BigIntField(primary_key=True)
    appid = fields.CharField(max_length=32)
    openid = fields.CharField(max_length=64)
    # see states.py; empty: nothing is being done
    state = fields.JSONField[dict[str, object]]()
    # when what is being done is forgotten
    expires_at = fields.DatetimeField(null=True)
    heard_at = fields.DatetimeField()
    # binding codes that were none, and until when no more are taken
    wrong_codes = fields.IntField(db_default=0)
    locked_until = fields.DatetimeField(null=True)

    class Meta:
        table = "conversation"
        unique_together = (("appid", "openid"),)


class ReplyState(StrEnum):
    """Where an answer stands. It is handed to the platform at most once: `unknown` is an end too."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    GIVEN_UP = "given_up"


class Reply(Model):
    """What we answer to one event, written in the transaction that did what was asked."""

    id = fields.BigIntField(primary_key=True)
    event_id = fields.BigIntField(unique=True)
    appid = fields.CharField(max_length=32)
    openid = fields.CharField(max_length=64)
    text = fields.TextField()
    # the response code of the card that was pressed
    card = fields.CharField(max_length=128, null=True)
    state = fields.CharEnumField(ReplyState, max_length=8)
    # when to try; null when it has come to an end
    run_at = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    errcode = fields.IntField(null=True)
    receipt = fields.CharField(max_length=200, null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "reply"
