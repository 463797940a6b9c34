"""Making renditions and prints of photos that have come: out of the request, by any number of workers.

A photo's turn is claimed for a while (`render_at` moves ahead), then worked on outside a transaction. All
that is written may be written again, so a worker that dies loses nothing but time.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from models.database import sql
from models.evidence import renditions, repeats
from models.evidence.renditions import FOLDERS, Made, Rendition
from models.evidence.store import NoSuchObject, PhotoStore, StoreUnavailable
from models.evidence.tables import Purpose
from models.organisations.tables import PostKind
from models.people.rights import POST_NAMES
from models.policies.calendar import spoken
from models.policies.declared import HIDE_FACES
from models.policies.queries import effective
from qr.fonts import FontMissing

log = logging.getLogger(__name__)

BATCH = 8
LEASE = timedelta(minutes=10)
MOST_TRIES = 5
# for what is not the picture's fault: no store, no font
PAUSE = timedelta(minutes=1)

CLAIM = """
UPDATE photo SET render_at = $1 WHERE id IN (
  SELECT id FROM photo WHERE render_at <= $2 ORDER BY render_at, id LIMIT {batch}{skip})
RETURNING id, key, type, school_id, person_id, purpose, received_at, render_tries
"""

# who took it: the sender's post at the school, else the post by which a division's officer was there
WHO = """
SELECT s.name AS school, s.county_code, n.name AS person,
  (SELECT p.kind FROM holding h JOIN post p ON p.id = h.post_id WHERE h.person_id = $2
   ORDER BY CASE WHEN p.school_id = $1 THEN 0 ELSE 1 END, h.id DESC LIMIT 1) AS post
FROM school s, person n WHERE s.id = $1 AND n.id = $2
"""


@dataclass(frozen=True)
class _Turn:
    id: int
    key: str
    type: str
    school_id: int
    person_id: int
    purpose: Purpose
    received_at: datetime
    tries: int


async def render(store: PhotoStore, now: Callable[[], datetime]) -> int:
    """Render a batch of photos whose turn it is; return how many were taken."""
    at = now()
    claim = CLAIM.format(batch=BATCH, skip=sql.skip_locked())
    turns = [_turn(row) for row in await sql.rows(claim, at + LEASE, at)]
    for turn in sorted(turns, key=lambda turn: turn.id):
        await _take(turn, store, now)
    return len(turns)


def _turn(row: dict[str, Any]) -> _Turn:
    tries = row.pop("render_tries")
    received = sql.instant(row.pop("received_at"))
    assert received is not None
    purpose = Purpose(row.pop("purpose"))
    return _Turn(**row, purpose=purpose, received_at=received, tries=tries)


async def _take(turn: _Turn, store: PhotoStore, now: Callable[[], datetime]) -> None:
    if turn.tries >= MOST_TRIES:
        await _settle(turn, None, "多次处理都没有完成")
        return
    # counted before it is touched: a picture that kills the worker spends its own tries, not its neighbours'
    begun = await sql.rows(
        "UPDATE photo SET render_tries = render_tries + 1 WHERE id = $1 AND render_tries = $2 RETURNING id",
        turn.id, turn.tries,
    )  # fmt: skip
    if not begun:
        # another worker took it after our lease
        return
    turn = replace(turn, tries=turn.tries + 1)
    try:
        await _render(turn, store, now)
    except StoreUnavailable:
        await _put_off(turn, "照片存储暂时不可用", now() + PAUSE)
    except FontMissing as fault:
        log.error("no renditions", extra={"fault": str(fault)})
        await _put_off(turn, str(fault), now() + PAUSE)
    except NoSuchObject:
        await _fail(turn, "存储里没有原图", now())
    except _Unreadable as fault:
        log.warning("photo not rendered", extra={"photo": turn.id, "fault": str(fault)})
        await _fail(turn, f"无法生成：{fault}", now())


async def _render(turn: _Turn, store: PhotoStore, now: Callable[[], datetime]) -> None:
    data = await store.get(f"{FOLDERS[Rendition.ORIGINAL]}/{turn.key}")
    (who,) = await sql.rows(WHO, turn.school_id, turn.person_id)
    words = [] if turn.purpose is Purpose.SIGNATURE else _words(turn, who)
    hide = bool((await effective(who["county_code"]))[HIDE_FACES.key])
    made, sha256 = await asyncio.to_thread(_made, data, turn.type, words, hide)
    for rendition, picture in made.pictures.items():
        await store.put(f"{FOLDERS[rendition]}/{turn.key}", picture)
    if turn.purpose is not Purpose.SIGNATURE:
        seen = repeats.Seen(turn.id, turn.school_id, who["county_code"], turn.received_at, sha256, made.look)
        await repeats.note(seen, now())
    await _settle(turn, now(), None, Rendition.HIDDEN in made.pictures)


class _Unreadable(Exception):
    """The decoder gave up; the text is what it called it."""


def _made(data: bytes, kind: str, words: list[str], hide_faces: bool) -> tuple[Made, str]:
    try:
        made = renditions.make(data, kind, words, hide_faces=hide_faces)
    except FontMissing:
        raise
    except Exception as fault:
        # decoders trip over damaged pixels in every way; one bad picture must not stop the others
        raise _Unreadable(type(fault).__name__) from fault
    return made, hashlib.sha256(data).hexdigest()


def _words(turn: _Turn, who: dict[str, str]) -> list[str]:
    post = POST_NAMES[PostKind(who["post"])] if who["post"] else ""
    # the school sees these pictures, and need not know which parent complained
    name = "" if who["post"] == PostKind.PARENT else who["person"]
    return [who["school"], f"{spoken(turn.received_at)} 收到", f"{post} {name}".strip()]


async def _settle(turn: _Turn, rendered_at: datetime | None, fault: str | None, hidden: bool = False) -> None:
    """Done or given up: no further turn. Only while the claim is still ours."""
    await sql.rows(
        "UPDATE photo SET render_at = NULL, rendered_at = $1, render_fault = $2, faces_hidden = $5"
        " WHERE id = $3 AND render_tries = $4 RETURNING id",
        rendered_at, fault, turn.id, turn.tries, hidden,
    )  # fmt: skip


async def _fail(turn: _Turn, fault: str, now: datetime) -> None:
    if turn.tries >= MOST_TRIES:
        await _settle(turn, None, fault)
        return
    await sql.rows(
        "UPDATE photo SET render_at = $1, render_fault = $2 WHERE id = $3 AND render_tries = $4 RETURNING id",
        now + PAUSE * 4**turn.tries, fault, turn.id, turn.tries,
    )  # fmt: skip


async def _put_off(turn: _Turn, fault: str, until: datetime) -> None:
    """Later, and this try does not count."""
    await sql.rows(
        "UPDATE photo SET render_at = $1, render_fault = $2, render_tries = render_tries - 1"
        " WHERE id = $3 AND render_tries = $4 RETURNING id",
        until, fault, turn.id, turn.tries,
    )  # fmt: skip
