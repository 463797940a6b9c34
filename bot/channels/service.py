"""公众号客服消息: words in the chat, for 48 hours after the person's own and five times."""

from collections import Counter
from datetime import datetime

from bot.catalogue import ALL_KINDS, chat_text
from bot.channels import following, outcomes
from bot.channels.following import waits as waits
from bot.post import Official, Post
from bot.wechat.errors import Verdict, verdict
from models.notices import followers
from models.notices.outbox import Case, Due, Lane, Outcome
from models.notices.tables import DeliveryState

NAME = "service"
CLOSED = "48小时内没有对话，或对话消息条数已用完"


def lane(post: Post) -> Lane | None:
    return Lane(NAME, post.official.appid, ALL_KINDS) if post.official is not None else None


async def barred(post: Post, cases: list[Case], now: datetime) -> dict[int, str]:
    standing = await following.of_people(post, (case.person_id for case in cases), now)
    open_to = {person for person, one in standing.items() if one.answers}
    return {case.id: CLOSED for case in cases if case.person_id not in open_to}


async def unfit(post: Post, batch: list[Due], now: datetime) -> list[Outcome]:
    """Those to whom the account may not speak, and what is too much for the others."""
    standing = await following.of_batch(post, batch, now)
    left = Counter({openid: one.answers for openid, one in standing.items() if one.following})
    found: list[Outcome] = []
    for due in batch:
        if due.openid is None or left[due.openid] <= 0:
            found.append(outcomes.refused(due, now, CLOSED))
        else:
            left[due.openid] -= 1
    return found


async def send(post: Post, due: Due, now: datetime) -> Outcome:
    account = following.account(post)
    assert due.openid is not None
    outcome = await outcomes.of_call(due, _call(post, account, due, due.openid), now)
    if outcome.state in (DeliveryState.SENT, DeliveryState.UNKNOWN):
        await followers.answered(account.appid, due.openid)
    elif outcome.errcode is not None and verdict(outcome.errcode) is Verdict.CHANNEL_CLOSED:
        await followers.closed(account.appid, due.openid)
    return outcome


async def _call(post: Post, account: Official, due: Due, openid: str) -> str:
    words = chat_text(due.kind, due.subject_kind, due.subject_id, due.facts, due.told_at, post.appid)
    await account.gateway.send_text(openid, words)
    return ""
