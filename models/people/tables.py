"""People, the posts they hold, and how WeChat knows them."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from models.organisations.tables import Post, School


class Person(Model):
    """Someone an administrator registered before they first opened the mini-program."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=40)
    # see phones.py. The digest is unique by an index of its own: SQLite adds no unique column
    phone_sealed = fields.CharField(max_length=120, null=True)
    phone_digest = fields.CharField(max_length=64, null=True)
    created_at = fields.DatetimeField()
    # when they were last parted from their WeChat, by themselves or by an officer
    parted_at = fields.DatetimeField(null=True)

    class Meta:
        table = "person"


class Holding(Model):
    """A person holds a post from one Beijing date until another, exclusive. No end while it is null."""

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "shandu.Person", related_name="holdings", on_delete=fields.RESTRICT
    )
    person_id: int
    post: fields.ForeignKeyRelation[Post] = fields.ForeignKeyField(
        "shandu.Post", related_name="holdings", on_delete=fields.RESTRICT
    )
    post_id: int
    since_on = fields.DateField()
    until_on = fields.DateField(null=True)
    # of a committee member: the child's grade (k1 to 12), and the declaration of having no interest
    child_grade = fields.CharField(max_length=4, null=True)
    no_interest = fields.BooleanField(null=True)

    class Meta:
        table = "holding"
        unique_together = (("person_id", "post_id", "since_on"),)


class Recusal(Model):
    """A supervisor or committee member who must keep away from a school (回避)."""

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "shandu.Person", related_name="recusals", on_delete=fields.RESTRICT
    )
    person_id: int
    school: fields.ForeignKeyRelation[School] = fields.ForeignKeyField(
        "shandu.School", related_name="recusals", on_delete=fields.RESTRICT
    )
    school_id: int
    reason = fields.CharField(max_length=200)
    until_on = fields.DateField(null=True)

    class Meta:
        table = "recusal"
        unique_together = (("person_id", "school_id"),)


class Identity(Model):
    """An openid of one of our WeChat accounts, bound to a person or not yet."""

    id = fields.BigIntField(primary_key=True)
    appid = fields.CharField(max_length=32)
    openid = fields.CharField(max_length=64)
    unionid = fields.CharField(max_length=64, null=True)
    person: fields.ForeignKeyNullableRelation[Person] = fields.ForeignKeyField(
        "shandu.Person", related_name="identities", null=True, on_delete=fields.RESTRICT
    )
    person_id: int | None
    bound_at = fields.DatetimeField(null=True)

    class Meta:
        table = "identity"
        unique_together = (("appid", "openid"),)


class MemberLookup(Model):
    """That an enterprise was asked for somebody by their number and knows nobody with it."""

    id = fields.BigIntField(primary_key=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "shandu.Person", related_name="lookups", on_delete=fields.RESTRICT
    )
    person_id: int
    appid = fields.CharField(max_length=32)
    asked_at = fields.DatetimeField()

    class Meta:
        table = "member_lookup"
        unique_together = (("person_id", "appid"),)
        indexes = (Index(fields=("asked_at",), name="idx_member_lookup_asked"),)


class Invitation(Model):
    """A one-time code that binds an identity to its person. Only the code's hash is kept."""

    id = fields.BigIntField(primary_key=True)
    code_hash = fields.CharField(max_length=64, unique=True)
    person: fields.ForeignKeyRelation[Person] = fields.ForeignKeyField(
        "shandu.Person", related_name="invitations", on_delete=fields.RESTRICT
    )
    person_id: int
    expires_at = fields.DatetimeField()
    used_at = fields.DatetimeField(null=True)
    # made by the person for their own identity in the official account or WeCom
    chat_only = fields.BooleanField(db_default=False)

    class Meta:
        table = "invitation"


class Session(Model):
    """A signed-in phone. Only the token's SHA-256 is kept."""

    id = fields.BigIntField(primary_key=True)
    token_hash = fields.CharField(max_length=64, unique=True)
    identity: fields.ForeignKeyRelation[Identity] = fields.ForeignKeyField(
        "shandu.Identity", related_name="sessions", on_delete=fields.RESTRICT
    )
    identity_id: int
    device = fields.CharField(max_length=120)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    revoked_at = fields.DatetimeField(null=True)
    # a Beijing date: the day is enough to notice a phone that is not one's own, and one write a day is cheap
    last_seen_on = fields.DateField(null=True)

    class Meta:
        table = "session"
        indexes = (Index(fields=("identity_id",), name="idx_session_identity"),)


class Consent(Model):
    """That a WeChat identity agreed to one version of a text, and whether it took that back."""

    id = fields.BigIntField(primary_key=True)
    identity: fields.ForeignKeyRelation[Identity] = fields.ForeignKeyField(
        "shandu.Identity", related_name="consents", on_delete=fields.RESTRICT
    )
    identity_id: int
    kind = fields.CharField(max_length=20)
    version = fields.IntField()
    # null: taken back without having been given here, as what WeChat itself asked for may be
    given_at = fields.DatetimeField(null=True)
    withdrawn_at = fields.DatetimeField(null=True)

    class Meta:
        table = "consent"
        indexes = (Index(fields=("identity_id", "kind"), name="idx_consent_identity"),)


class DeskTicket(Model):
    """One time a browser asks to be signed in, by a code that a signed-in phone scans.

    The code names the ticket, a cookie of the browser holds it: whoever sees the code cannot use it. Only
    hashes of both are kept.
    """

    id = fields.BigIntField(primary_key=True)
    ticket_hash = fields.CharField(max_length=64, unique=True)
    holder_hash = fields.CharField(max_length=64, unique=True)
    # what the officer is shown to know it again by
    browser = fields.CharField(max_length=60)
    address = fields.CharField(max_length=45)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    # whose phone scanned it, and what became of it
    identity: fields.ForeignKeyNullableRelation[Identity] = fields.ForeignKeyField(
        "shandu.Identity", related_name="desk_tickets", null=True, on_delete=fields.RESTRICT
    )
    identity_id: int | None
    confirmed_at = fields.DatetimeField(null=True)
    ended_at = fields.DatetimeField(null=True)

    class Meta:
        table = "desk_ticket"
        indexes = (Index(fields=("identity_id",), name="idx_desk_ticket_identity"),)
