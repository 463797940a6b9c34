"""企业微信应用消息: a card to a member, with buttons where the notice can be answered there."""

from datetime import datetime

from bot.catalogue import ALL_KINDS
from bot.channels import outcomes
from bot.channels.wecom_words import card
from bot.post import Post, WeCom
from bot.wechat.wecom.cards import TextCard
from bot.wechat.wecom.errors import WECOM
from models.notices import addresses
from models.notices.outbox import Case, Due, Lane, Outcome

NAME = "wecom"
NO_MEMBER = "未绑定企业微信"


def lane(post: Post) -> Lane | None:
    return Lane(NAME, post.wecom.corpid, ALL_KINDS) if post.wecom is not None else None


def waits(post: Post) -> bool:
    return post.wecom is not None and post.wecom.gateway.breaker.waits()


def _account(post: Post) -> WeCom:
    assert post.wecom is not None
    return post.wecom


async def barred(post: Post, cases: list[Case], now: datetime) -> dict[int, str]:
    known = await addresses.known(_account(post).corpid, [case.person_id for case in cases])
    return {case.id: NO_MEMBER for case in cases if case.person_id not in known}


async def unfit(post: Post, batch: list[Due], now: datetime) -> list[Outcome]:
    return [outcomes.refused(due, now, NO_MEMBER) for due in batch if due.openid is None]


async def send(post: Post, due: Due, now: datetime) -> Outcome:
    assert due.openid is not None
    return await outcomes.of_call(due, _call(_account(post), due, due.openid), now, WECOM)


async def _call(account: WeCom, due: Due, userid: str) -> str:
    made = card(due, account.public_url)
    if isinstance(made, TextCard):
        return await account.gateway.send_card(userid, made)
    return (await account.gateway.send_buttons(userid, made)).message_id
