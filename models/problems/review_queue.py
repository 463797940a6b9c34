"""Telling a county that words or photos wait for its officers: once, for as long as anything does."""

from datetime import datetime

from models.contents.tables import ContentCheck
from models.database import sql
from models.notices import actions as notices
from models.notices.actions import Subject
from models.organisations.tables import Division, PostKind
from models.policies.calendar import beijing_date

KIND = "content_waiting"
TITLE = "有内容等待审核"
LOCK = 530_000_013


async def grown(check: ContentCheck, now: datetime) -> None:
    """Something has begun to wait: its officers hear of the first. In the caller's transaction."""
    if await _others(check):
        return
    county = await Division.get(code=check.county_code)
    facts = {"school": county.name, "title": TITLE}
    key, posts = f"content_waiting:{check.county_code}:{check.id}", (PostKind.COUNTY,)
    await notices.put(KIND, key, _subject(check), posts, facts, now, beijing_date(now))


async def shrunk(check: ContentCheck, now: datetime) -> None:
    """Something waits no longer: after the last the notice is taken back. In the caller's transaction."""
    if not await _others(check):
        await notices.withdraw(_subject(check), [KIND], now)


async def _others(check: ContentCheck) -> bool:
    # two at once would each think itself the only one
    await sql.advisory_lock(LOCK)
    found = await sql.rows(
        "SELECT id FROM content_check WHERE state = 'review' AND county_code = $1 AND id <> $2 LIMIT 1",
        check.county_code, check.id,
    )  # fmt: skip
    return bool(found)


def _subject(check: ContentCheck) -> Subject:
    """The county's whole queue."""
    return Subject("reviews", int(check.county_code), check.school_id, check.county_code)
