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
AWAY = {Verdict.LATER, Verdict.QUOTA, Verdict.TOKEN, Verdict.ADDRESS}


class ContentChecker:
    """`picture_url`: an address from which WeChat can fetch a photo by its key."""

    def __init__(self, gateway: Gateway, picture_url: Callable[[str], str]) -> None:
        self._gateway = gateway
        self._picture_url = picture_url

    async def __call__(self, due: Due) -> Told:
        """What WeChat says. An author who has not used the mini-program for two hours (61010), like any
        other refusal for good, leaves it to a person."""
        assert due.openid is not None
        try:
            if due.content is Content.WORDS:
                return Told(FINDINGS[await self._gateway.check_text(due.openid, due.words)])
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
            return Told(Finding.UNKNOWN)
