"""Telling people that WeChat refuses us altogether, and that it works again."""

from bot.post import Post
from bot.wechat.breaker import Breaker
from bot.wechat.wecom import robots
from models.notices import outages


async def tell(post: Post) -> int:
    """Tell what has changed since the last time; return how many accounts had changed."""
    told = 0
    for account, breaker in _breakers(post).items():
        if breaker.news:
            told += await _tell(account, breaker, post)
    return told


def _breakers(post: Post) -> dict[str, Breaker]:
    found = {post.appid: post.gateway.breaker}
    if post.official is not None:
        found[post.official.appid] = post.official.gateway.breaker
    if post.wecom is not None:
        found[post.wecom.corpid] = post.wecom.gateway.breaker
    if post.robots is not None:
        found[robots.ACCOUNT] = post.robots.breaker
    return found


async def _tell(account: str, breaker: Breaker, post: Post) -> int:
    # first, as it may change while we write
    breaker.news = False
    try:
        if breaker.outage is not None:
            title = f"{breaker.name}：{breaker.outage.said}"
            return int(await outages.begun(account, title, post.now()))
        return int(await outages.ended(account, breaker.name, post.now()))
    except BaseException:
        breaker.news = True
        raise
