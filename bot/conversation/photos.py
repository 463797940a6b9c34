"""Photos sent in a chat: fetched from the platform, then checked and kept like any other."""

import hashlib
import secrets
from collections.abc import Sequence

from bot.conversation.turn import Turn
from bot.wechat.errors import WeChatError
from models.errors import Invalid, NotFound
from models.evidence.actions import add_photo
from models.evidence.tables import Purpose
from models.problems.tables import Problem

# the platform keeps it for three days, or it was never there
NO_SUCH_MEDIA = {40007, 40118}


class PhotoGone(Invalid):
    code = "photo_gone"
    sentence = "照片已经过期，取不到了，请重新发送。"


async def keep_photos(turn: Turn, problem_id: int, media_ids: Sequence[str]) -> tuple[str, ...]:
    """Photos of a problem's school by their media ids; their keys. Repeatable: one id is one photo.

    Raises what evidence refuses, PhotoGone, and what calls to the platform raise.
    """
    problem = await Problem.get_or_none(id=problem_id)
    if problem is None:
        raise NotFound
    keys = []
    for media_id in media_ids:
        name = hashlib.sha256(f"{turn.chat.appid}\n{media_id}".encode()).hexdigest()[:32]
        data = await _fetched(turn, media_id)
        kept = await add_photo(
            turn.viewer, problem.school_id, Purpose.PROBLEM, data, f"chat-{name}",
            secrets.token_hex(16), turn.store, turn.now,
        )  # fmt: skip
        keys.append(kept.key)
    return tuple(keys)


async def _fetched(turn: Turn, media_id: str) -> bytes:
    try:
        return await turn.chat.fetch(media_id)
    except WeChatError as fault:
        if fault.errcode in NO_SUCH_MEDIA:
            raise PhotoGone from fault
        raise
