"""What the official account's two channels share: the account, and how people stand to it."""

from collections.abc import Iterable
from datetime import datetime

from bot.post import Official, Post
from models.notices import addresses, followers
from models.notices.followers import Standing
from models.notices.outbox import Due


def account(post: Post) -> Official:
    """Of an installation that has one."""
    assert post.official is not None
    return post.official


def waits(post: Post) -> bool:
    return post.official is not None and post.official.gateway.breaker.waits()


async def of_people(post: Post, people: Iterable[int], now: datetime) -> dict[int, Standing]:
    """How people stand to the account; who is not known there, or was never heard of, is absent."""
    appid = account(post).appid
    known = await addresses.known(appid, list(people))
    found = await followers.standing(appid, list(known.values()), now)
    return {person: found[openid] for person, openid in known.items() if openid in found}


async def of_batch(post: Post, batch: Iterable[Due], now: datetime) -> dict[str, Standing]:
    """The same for deliveries under way, by openid."""
    openids = [due.openid for due in batch if due.openid]
    return await followers.standing(account(post).appid, openids, now)
