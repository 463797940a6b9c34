"""Who the official account's followers are: their unionid, asked of WeChat once."""

import logging
from datetime import datetime

from bot.post import Post
from bot.wechat.errors import ReplyLost, Unreachable, WeChatError
from models.notices import followers
from models.people import linking

log = logging.getLogger(__name__)

BATCH = 20


async def meet(post: Post) -> int:
    """Ask for those not asked for yet, and link them with the person whose WeChat they are; return how many."""
    official = post.official
    if official is None:
        return 0
    now = post.now()
    openids = await followers.unasked(official.appid, now, BATCH)
    return sum([await _ask(post, official.appid, openid, now) for openid in openids])


async def _ask(post: Post, appid: str, openid: str, now: datetime) -> int:
    assert post.official is not None
    try:
        fan = await post.official.gateway.fan(openid)
    except (WeChatError, Unreachable, ReplyLost) as fault:
        # asked again in half an hour
        log.warning("follower not known", extra={"reason": str(fault)})
        return 0
    await linking.meet(appid, openid, fan.unionid, now)
    await followers.asked(appid, openid)
    return 1
