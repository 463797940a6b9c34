"""Asking WeChat's content check (内容安全检测) about what people wrote and photographed."""

import logging
from collections.abc import Callable

from bot.wechat.client import Gateway, Suggestion
from bot.wechat.errors import ReplyLost, Unreachable, Verdict, WeChatError, verdict
from models.contents.actions import Due
from models.contents.states import Finding
from models.contents.tables import Content
from models.problems.reviewing import Told

log = logging.getLogger(__name__)

FINDINGS = {
    Suggestion.FINE: Finding.PASS,
    Suggestion.REVIEW: Finding.REVIEW,
    Suggestion.RISKY: Finding.RISKY,
}
AUTHOR_AWAY = 61010
# WeChat checks so many characters in one call
MOST_CHARACTERS = 2500
AWAY = {Verdict.LATER, Verdict.QUOTA, Verdict.TOKEN, Verdict.ADDRESS}


class ContentChecker:
    """`picture_url`: an address from which WeChat can fetch a photo by its key."""

    def __init__(self, gateway: Gateway, picture_url: Callable[[str], str]) -> None:
        self._gateway = gateway
        self._picture_url = picture_url

    async def __call__(self, due: Due) -> Told:
        """What WeChat says. Of an author who has not used the mini-program for two hours (61010) it says
        nothing now, of what it refuses for good never."""
        assert due.openid is not None
        try:
            if due.content is not Content.PHOTO:
                return Told(await self._words(due.openid, due.words))
            if due.photo is None:
                return Told(Finding.UNKNOWN)
            return Told(trace_id=await self._gateway.check_picture(due.openid, self._picture_url(due.photo)))
        except (Unreachable, ReplyLost) as fault:
            log.warning("content check waits", extra={"check": due.id, "said": str(fault)})
            return Told()
        except WeChatError as fault:
            if verdict(fault.errcode) in AWAY:
                log.warning("content check waits", extra={"check": due.id, "said": str(fault)})
                return Told()
            return Told(Finding.AWAY if fault.errcode == AUTHOR_AWAY else Finding.UNKNOWN)

    async def _words(self, openid: str, words: str) -> Finding:
        """What becomes of the worst part of a text."""
        worst = Finding.PASS
        for first in range(0, len(words), MOST_CHARACTERS):
            part = words[first : first + MOST_CHARACTERS]
            finding = FINDINGS[await self._gateway.check_text(openid, part)]
            if finding is Finding.RISKY:
                return finding
            worst = Finding.REVIEW if finding is Finding.REVIEW else worst
        return worst
