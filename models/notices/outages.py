"""When WeChat refuses a whole account: told once, to those who can mend it, whatever the number of workers.

An outage is a tick `out:ACCOUNT` of the instant it began; it runs until there is a tick `ok:ACCOUNT` of the
same instant. Any process can ask for those that run, and a worker that starts anew does not tell again.
"""

from dataclasses import dataclass
from datetime import datetime

from tortoise.transactions import in_transaction

from models.database import sql
from models.notices import ticks
from models.organisations.tables import PostKind

LOCK = 530_000_012
BROKEN, MENDED = "channel_broken", "channel_mended"
TOLD = (PostKind.ADMINISTRATOR, PostKind.PROVINCE)
OUT, OK = "out:", "ok:"


@dataclass(frozen=True)
class Outage:
    """An account by its appid (WeCom: corpid), and since when nothing goes out through it."""

    account: str
    since: datetime


async def begun(account: str, title: str, now: datetime) -> bool:
    """Remember that an account is out, and tell; False when that is known. `title`: which account, and why."""
    async with in_transaction():
        await sql.advisory_lock(LOCK)
        if await running(account):
            return False
        await ticks.take(OUT + account, now.isoformat(), now)
        await _tell(BROKEN, account, now, {"title": title}, now)
        return True


async def ended(account: str, title: str, now: datetime) -> bool:
    """The account works again; False when nobody knew it was out."""
    async with in_transaction():
        await sql.advisory_lock(LOCK)
        found = await running(account)
        for outage in found:
            await ticks.take(OK + account, outage.since.isoformat(), now)
            await _tell(MENDED, account, outage.since, {"title": title}, now)
        return bool(found)


async def running(account: str | None = None) -> list[Outage]:
    """The outages that last, of one account or of all, the oldest first."""
    found = await sql.rows(
        "SELECT o.job, o.period FROM tick o WHERE o.job LIKE $1 AND NOT EXISTS"
        " (SELECT 1 FROM tick m WHERE m.job = 'ok:' || SUBSTR(o.job, 5) AND m.period = o.period)"
        " ORDER BY o.id",
        OUT + (account or "%"),
    )
    return [Outage(row["job"].removeprefix(OUT), datetime.fromisoformat(row["period"])) for row in found]


async def _tell(kind: str, account: str, since: datetime, facts: dict[str, str], now: datetime) -> None:
    """Into the inboxes alone: through a channel that is out nothing can be told of it."""
    posts = [post.value for post in TOLD]
    await sql.rows(
        "INSERT INTO notice (unique_key, kind, post_id, subject_kind, subject_id, facts, created_at)"  # noqa: S608
        " SELECT $1 || p.id, $2, p.id, 'channel', 0, $3::jsonb, $4::timestamptz FROM post p"
        f" WHERE p.kind IN ({sql.places(posts, 5)}) ON CONFLICT (unique_key) DO NOTHING RETURNING id",
        f"{kind}:{account}:{since.isoformat()}:", kind, sql.dump(facts), now, *posts,
    )  # fmt: skip
