"""Having words and photos checked: put in line with the record they belong to, claimed, and what came out.

Nothing here calls anybody: who claims asks the platform and settles.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.contents.states import AFTER, OPEN, CheckState, Finding
from models.contents.tables import Content, ContentCheck
from models.database import sql
from models.organisations.tables import PostKind

LEASE = timedelta(minutes=1)
# the platform's answer about a photo comes within half an hour; else it is asked again, and then an officer
ANSWERS_WITHIN = timedelta(minutes=40)
MOST_PHOTO_ASKS = 3
# so long an author who is away is waited for
WAIT_FOR_AUTHOR = timedelta(hours=24)

CLAIM = """
UPDATE content_check SET run_at = $2, attempts = attempts + 1 WHERE id IN (
  SELECT c.id FROM content_check c WHERE c.run_at <= $1{only} ORDER BY c.run_at, c.id LIMIT {limit}{lock})
RETURNING id, content, target_id, problem_id, words, attempts, state, created_at,
  (SELECT o.kind FROM post o WHERE o.id = content_check.post_id) AS post,
  (SELECT MIN(i.openid) FROM identity i WHERE i.person_id = content_check.person_id AND i.appid = $3) AS openid,
  (SELECT p.key FROM photo p WHERE content_check.content = 'photo' AND p.id = content_check.target_id) AS photo
"""


@dataclass(frozen=True)
class Place:
    """Where something was said, and by whom on which post."""

    school_id: int
    county_code: str
    person_id: int
    post_id: int | None


async def ask_words(
    entry_id: int, problem_id: int, words: str, place: Place, now: datetime, *, finding: bool = False
) -> None:
    """Have the words of a problem's step checked; in the caller's transaction. Empty ones need none."""
    if words.strip():
        await _ask(Content.WORDS, entry_id, problem_id, finding, words, place, now)


async def ask_visit(
    content: Content, visit_id: int, words: Iterable[str], place: Place, now: datetime
) -> None:
    """Have what was said in a visit, or to it, checked as one text; in the caller's transaction. Empty words need
    none."""
    said = "\n".join(one for one in words if one.strip())
    if said:
        await _ask(content, visit_id, None, False, said, place, now)


async def ask_photo(photo_id: int, place: Place, now: datetime) -> None:
    """Have a photo checked; in the caller's transaction."""
    await _ask(Content.PHOTO, photo_id, None, False, "", place, now)


async def _ask(
    content: Content,
    target_id: int,
    problem_id: int | None,
    finding: bool,
    words: str,
    place: Place,
    now: datetime,
) -> None:
    await sql.rows(
        "INSERT INTO content_check (content, target_id, problem_id, finding, school_id, county_code,"
        " person_id, post_id, words, state, run_at, attempts, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', $10, 0, $10)"
        " ON CONFLICT (content, target_id) DO NOTHING RETURNING id",
        content.value, target_id, problem_id, finding, place.school_id, place.county_code,
        place.person_id, place.post_id, words, now,
    )  # fmt: skip


@dataclass(frozen=True)
class Due:
    """Something to ask about. `state`: `away` when its author was waited for in vain. `openid` None: the author never
    opened the mini-program. `post`: the kind they wrote as. `photo`: its key."""

    id: int
    content: Content
    target_id: int
    problem_id: int | None
    words: str
    attempts: int
    state: CheckState
    created_at: datetime
    openid: str | None
    post: PostKind | None
    photo: str | None


async def claim(appid: str, now: datetime, limit: int, problem_id: int | None = None) -> list[Due]:
    """Take what is due for this worker, of one problem or of all; openids are those of an account."""
    only = "" if problem_id is None else f" AND c.problem_id = {int(problem_id)}"
    statement = CLAIM.format(only=only, limit=limit, lock=sql.skip_locked("c"))
    found = await sql.rows(statement, now, now + LEASE, appid)
    return [
        Due(
            row["id"], Content(row["content"]), row["target_id"], row["problem_id"], row["words"],
            row["attempts"], CheckState(row["state"]), at, row["openid"],
            PostKind(row["post"]) if row["post"] else None, row["photo"],
        )
        for row in sorted(found, key=lambda row: row["id"])
        if (at := sql.instant(row["created_at"]))
    ]  # fmt: skip


async def asked(check_id: int, trace_id: str, now: datetime) -> None:
    """The platform has the photo and will answer under this name."""
    await sql.rows(
        "UPDATE content_check SET state = 'asked', trace_id = $2, run_at = $3"
        " WHERE id = $1 AND state IN ('waiting', 'asked') RETURNING id",
        check_id, trace_id[:128], now + ANSWERS_WITHIN,
    )  # fmt: skip


async def later(check_id: int, at: datetime) -> None:
    """The platform is away: ask again then."""
    await sql.rows(
        "UPDATE content_check SET run_at = $2 WHERE id = $1 AND state IN ('waiting', 'asked') RETURNING id",
        check_id, at,
    )  # fmt: skip


async def away(check_id: int, until: datetime) -> None:
    """The author is away: ask when they are back, and at that instant an officer."""
    await sql.rows(
        "UPDATE content_check SET state = 'away', run_at = $2 WHERE id = $1 AND state IN ('waiting', 'asked')"
        " RETURNING id",
        check_id, until,
    )  # fmt: skip


async def back(person_id: int, now: datetime) -> None:
    """An author has the mini-program open: the platform may be asked about what they wrote while away."""
    await sql.rows(
        "UPDATE content_check SET state = 'waiting', run_at = $2 WHERE state = 'away' AND person_id = $1"
        " RETURNING id",
        person_id, now,
    )  # fmt: skip


async def traced(trace_id: str) -> int | None:
    """The check of a photo that the platform names so."""
    found = await sql.rows("SELECT id FROM content_check WHERE trace_id = $1", trace_id)
    return int(found[0]["id"]) if found else None


async def found(
    check_id: int, finding: Finding, now: datetime, reason: str | None = None
) -> ContentCheck | None:
    """What the platform said, or our own rule for a `reason`, in the caller's transaction; None when it is decided
    already."""
    return await _decide(check_id, OPEN, AFTER[finding], now, None, reason)


async def decide(
    check_id: int, allow: bool, person_id: int, reason: str | None, now: datetime
) -> ContentCheck | None:
    """What an officer says, in the caller's transaction; None when it waits for nobody."""
    state = CheckState.ALLOWED if allow else CheckState.REFUSED
    return await _decide(check_id, (CheckState.REVIEW,), state, now, person_id, reason)


async def _decide(
    check_id: int,
    among: Iterable[CheckState],
    state: CheckState,
    now: datetime,
    person_id: int | None,
    reason: str | None,
) -> ContentCheck | None:
    waiting = ", ".join(f"'{one.value}'" for one in among)
    changed = await sql.rows(
        "UPDATE content_check SET state = $2, run_at = NULL, decided_at = $3, decided_by = $4, reason = $5"  # noqa: S608
        f" WHERE id = $1 AND state IN ({waiting}) RETURNING id",
        check_id, state.value, now, person_id, reason,
    )  # fmt: skip
    return await ContentCheck.get(id=check_id) if changed else None
