"""Finding people among the enterprise's members, so that WeCom can be one of the ways to reach them."""

import logging
from datetime import timedelta

from bot.post import Post, WeCom
from bot.wechat.errors import ReplyLost, Unreachable, WeChatError
from bot.wechat.wecom.errors import explain
from models.notices import ticks
from models.people import members
from models.people.members import Unlinked
from models.policies.calendar import beijing_date

log = logging.getLogger(__name__)

BATCH = 50
# WeCom shuts getuserid for a day to who asks for many numbers that nobody has; how many is its secret
MOST_MISSES = 20
DAY = timedelta(hours=24)


async def find_members(post: Post) -> int:
    """Once an hour: look for people with posts, those of divisions first, until too many were nobody.

    Who is not found by number can still bind in conversation.
    """
    now = post.now()
    if post.wecom is None or not await ticks.take("find_members", f"{now:%Y-%m-%dT%H}", now):
        return 0
    found, asked = 0, await members.misses(post.wecom.corpid, now - DAY)
    while asked < MOST_MISSES:
        batch = await members.unlinked(
            post.wecom.corpid, beijing_date(now), now, min(BATCH, MOST_MISSES - asked)
        )
        try:
            hits = [await _find(post, post.wecom, one) for one in batch]
        except (WeChatError, Unreachable, ReplyLost) as fault:
            said = explain(fault) if isinstance(fault, WeChatError) else str(fault)
            log.warning("members cannot be looked for", extra={"said": said})
            return found
        found += sum(hits)
        asked += len(hits) - sum(hits)
        if not batch:
            break
    return found


async def _find(post: Post, wecom: WeCom, who: Unlinked) -> bool:
    userid = await wecom.gateway.userid_of(post.vault.unseal(who.phone_sealed))
    if userid is not None and await members.link(wecom.corpid, userid, who.person_id, "wecom", post.now()):
        return True
    await members.missed(wecom.corpid, who.person_id, post.now())
    return False
