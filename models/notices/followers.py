"""Who follows the official account, and how much it may still say to them in the chat. Known from its events."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from models.database import sql

# WeChat's: so long after a person's word, so many messages
WINDOW = timedelta(hours=48)
ANSWERS = 5
ASK_AGAIN = timedelta(minutes=30)

FOLLOWED = """
INSERT INTO follower (appid, openid, following, changed_at, ask_at, answers) VALUES ($1, $2, $3, $4, $5, 0)
ON CONFLICT (appid, openid) DO UPDATE SET
  following = $3, changed_at = $4, ask_at = $5, open_until = NULL, answers = 0
WHERE follower.changed_at <= $4 RETURNING id
"""

SPOKE = """
INSERT INTO follower (appid, openid, following, changed_at, ask_at, open_until, answers)
VALUES ($1, $2, $6, $3, $3, $4, $5)
ON CONFLICT (appid, openid) DO UPDATE SET open_until = $4, answers = $5
WHERE follower.open_until IS NULL OR follower.open_until < $4 RETURNING id
"""


async def followed(appid: str, openid: str, following: bool, at: datetime) -> None:
    """Somebody began or ceased to follow. An event that comes late changes nothing."""
    await sql.rows(FOLLOWED, appid, openid, following, at, at if following else None)


async def spoke(appid: str, openid: str, at: datetime) -> None:
    """Somebody said something in the chat: only who follows can."""
    await sql.rows(SPOKE, appid, openid, at, at + WINDOW, ANSWERS, True)


async def answered(appid: str, openid: str) -> None:
    """One customer-service message was sent."""
    await sql.rows(
        "UPDATE follower SET answers = answers - 1 WHERE appid = $1 AND openid = $2 AND answers > 0"
        " RETURNING id",
        appid, openid,
    )  # fmt: skip


async def closed(appid: str, openid: str) -> None:
    """45015, 45047: by the platform's count nothing more may be said."""
    await sql.rows(
        "UPDATE follower SET answers = 0 WHERE appid = $1 AND openid = $2 RETURNING id", appid, openid
    )


@dataclass(frozen=True)
class Standing:
    """`answers`: how many messages may still be said in the chat at this instant."""

    following: bool
    answers: int


async def standing(appid: str, openids: list[str], now: datetime) -> dict[str, Standing]:
    """How people stand to the account; who was never heard of is absent."""
    found = await sql.rows(
        "SELECT openid, following, CASE WHEN open_until > $2 THEN answers ELSE 0 END AS answers FROM follower"  # noqa: S608
        f" WHERE appid = $1 AND openid IN ({sql.places(openids, 3)})",
        appid, now, *openids,
    )  # fmt: skip
    return {row["openid"]: Standing(bool(row["following"]), row["answers"]) for row in found}


async def unasked(appid: str, now: datetime, limit: int) -> list[str]:
    """Followers whose unionid is to be asked for; they are not given out again for half an hour."""
    async with in_transaction():
        found = await sql.rows(
            "SELECT id, openid FROM follower WHERE ask_at <= $1 AND appid = $2 ORDER BY ask_at, id"  # noqa: S608
            f" LIMIT $3{sql.skip_locked()}",
            now, appid, limit,
        )  # fmt: skip
        await sql.over_rows(
            "UPDATE follower SET ask_at = $2 FROM {rows} WHERE follower.id = v.c1",
            ["bigint"], [[row["id"]] for row in found], now + ASK_AGAIN,
        )  # fmt: skip
    return [row["openid"] for row in found]


async def asked(appid: str, openid: str) -> None:
    """The account has said who somebody is, or that it does not know."""
    await sql.rows(
        "UPDATE follower SET ask_at = NULL WHERE appid = $1 AND openid = $2 RETURNING id", appid, openid
    )
