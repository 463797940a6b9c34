"""公众号模板消息: for those who follow the official account; the unionid says who they are."""

from datetime import datetime

from bot.catalogue import official_kinds, official_message
from bot.channels import following, outcomes
from bot.channels.following import waits as waits
from bot.post import Post
from models.notices import followers
from models.notices.outbox import Case, Due, Lane, Outcome

NAME = "official"
NOT_FOLLOWING = 43004
NO_FOLLOWER = "未关注公众号"


def lane(post: Post) -> Lane | None:
    official = post.official
    if official is None or not official.templates:
        return None
    return Lane(NAME, official.appid, official_kinds(official.templates))


async def barred(post: Post, cases: list[Case], now: datetime) -> dict[int, str]:
    standing = await following.of_people(post, (case.person_id for case in cases), now)
    told = {person for person, one in standing.items() if one.following}
    return {case.id: NO_FOLLOWER for case in cases if case.person_id not in told}


async def unfit(post: Post, batch: list[Due], now: datetime) -> list[Outcome]:
    standing = await following.of_batch(post, batch, now)
    told = {openid for openid, one in standing.items() if one.following}
    return [outcomes.refused(due, now, NO_FOLLOWER) for due in batch if due.openid not in told]


async def send(post: Post, due: Due, now: datetime) -> Outcome:
    account = following.account(post)
    assert due.openid is not None
    assert due.template_id is not None
    message = official_message(due.kind, due.subject_kind, due.subject_id, due.facts, due.told_at)
    call = account.gateway.send_template(
        due.openid, due.template_id, message.data, page=(post.appid, message.page)
    )
    outcome = await outcomes.of_call(due, call, now)
    if outcome.errcode == NOT_FOLLOWING:
        await followers.followed(account.appid, due.openid, False, now)
    return outcome
