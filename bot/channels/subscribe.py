"""小程序订阅消息: one credit, one message."""

from datetime import datetime

from bot.channels import outcomes
from bot.post import Post
from bot.wechat.client import Gateway
from bot.wechat.errors import WeChatError
from bot.wording import kinds, word
from models.notices import addresses
from models.notices.outbox import Case, Due, Lane, Outcome

NAME = "subscribe"
NO_SUCH_PAGE = 41030
NOT_BOUND = "未绑定微信"


def lane(post: Post) -> Lane:
    templates = kinds(post.templates)
    return Lane(NAME, post.appid, templates, consented=frozenset(templates.values()) - post.long_term)


def waits(post: Post) -> bool:
    return post.gateway.breaker.waits()


async def barred(post: Post, cases: list[Case], now: datetime) -> dict[int, str]:
    known = await addresses.known(post.appid, [case.person_id for case in cases])
    return {case.id: NOT_BOUND for case in cases if case.person_id not in known}


async def unfit(post: Post, batch: list[Due], now: datetime) -> list[Outcome]:
    """Nobody to send to, or nothing left by our ledger: WeChat would refuse, so we do not ask it."""
    found: list[Outcome] = []
    for due in batch:
        if due.openid is None:
            found.append(outcomes.refused(due, now, NOT_BOUND))
        elif due.credit == 0:
            found.append(outcomes.refused(due, now, "订阅次数已用完"))
    return found


async def send(post: Post, due: Due, now: datetime) -> Outcome:
    return await outcomes.of_call(due, _call(post.gateway, due), now)


async def _call(gateway: Gateway, due: Due) -> str:
    assert due.openid is not None
    assert due.template_id is not None
    message = word(due.kind, due.subject_kind, due.subject_id, due.facts, due.told_at)
    try:
        return await gateway.send_subscribe(due.openid, due.template_id, message.data, message.page)
    except WeChatError as fault:
        if fault.errcode != NO_SUCH_PAGE:
            raise
        # the published version lacks the page: the words still matter
        return await gateway.send_subscribe(due.openid, due.template_id, message.data, None)
