"""Keeping digests and telling people of them, many at once, each once for ever."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from models.database import sql
from models.digests.words import Content
from models.notices import actions as notices
from models.notices.actions import Subject, Telling
from models.notices.merging import absorb
from models.policies.calendar import beijing_date

KEPT = """
INSERT INTO digest (unique_key, kind, period, person_id, division_code, marks, content, created_at)
SELECT v.c1, v.c2, v.c3, v.c4, v.c5, v.c6, v.c7, $8 FROM {rows} WHERE true ON CONFLICT (unique_key) DO NOTHING
"""
KEPT_TYPES = ["text", "text", "text", "bigint", "text", "jsonb", "jsonb"]


@dataclass(frozen=True)
class Told:
    """One digest of a period: for a person (`person_id`), or for whoever holds a division's post.

    `subject`: what the notice opens; None: the page of the digest. `about`: subjects of small notices that
    need not be sent any more once this is.
    """

    kind: str
    notice: str
    period: str
    post_id: int
    content: Content
    facts: dict[str, str]
    county_code: str
    school_id: int | None = None
    person_id: int | None = None
    division_code: str | None = None
    opens_today: bool = False
    marks: list[str] = field(default_factory=list)
    about: frozenset[tuple[str, int]] = frozenset()
    wakes: bool = False

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.period}:{self.division_code or f'p{self.person_id}'}"


async def send(told: Sequence[Told], now: datetime) -> int:
    """Keep digests and put their notices, in the caller's transaction; returns how many notices are new."""
    if not told:
        return 0
    await sql.over_rows(
        KEPT, KEPT_TYPES,
        [[one.key, one.kind, one.period, one.person_id, one.division_code, sql.dump(one.marks),
          sql.dump(one.content.stored())] for one in told],
        now,
    )  # fmt: skip
    found = await sql.rows(
        f"SELECT id, unique_key FROM digest WHERE unique_key IN {sql.among(1, 'text')}",  # noqa: S608
        sql.packed([one.key for one in told]),
    )
    ids = {row["unique_key"]: row["id"] for row in found}
    new = await notices.put_all([_telling(one, ids[one.key]) for one in told], now, beijing_date(now))
    await absorb({one.person_id: (_notice_key(one), one.about) for one in told if one.person_id})
    return new


def _telling(one: Told, digest_id: int) -> Telling:
    subject = Subject(
        "today" if one.opens_today else "digest", digest_id, one.school_id or 0, one.county_code
    )
    return Telling(
        one.notice, one.key, subject, (), one.facts,
        wakes=one.wakes, post_id=one.post_id, person_id=one.person_id,
    )  # fmt: skip


def _notice_key(one: Told) -> str:
    """As put_all names the notice of one holder of a post."""
    return f"{one.key}:{one.post_id}.{one.person_id}"
