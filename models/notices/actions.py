"""Putting notices into the outbox. Delivering them is the bot's work."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from models.database import sql
from models.notices.channels import read
from models.notices.kinds import BY_CODE, SUBJECTS
from models.notices.routing import routes_in
from models.notices.withdrawing import take_back
from models.organisations.actions import place_key
from models.organisations.tables import PostKind
from models.people.access import Viewer
from models.policies import quiet


@dataclass(frozen=True)
class Subject:
    """What a notice is about, and where: at a school, or `school_id` None, of the division `county_code` itself."""

    kind: str
    id: int
    school_id: int | None
    county_code: str

    def __post_init__(self) -> None:
        # what the phone has no page for would open an empty screen
        if self.kind not in SUBJECTS:
            raise ValueError(f"no notice is about {self.kind!r}: see SUBJECTS")


@dataclass(frozen=True)
class Telling:
    """One fact for some posts: those of these kinds that are responsible for the subject's school, or one
    holder (`person_id`) of a post, and not the others.

    School posts are those of the school, division posts those of its county, prefecture or province.
    `wakes`: it may ring in the quiet hours, as some kinds always may.
    """

    kind: str
    unique_key: str
    subject: Subject
    posts: tuple[PostKind, ...]
    facts: dict[str, str]
    wakes: bool = False
    post_id: int | None = None
    person_id: int | None = None

    @property
    def state(self) -> str:
        """Small notices are held until it is decided whether they go alone: see merging.py."""
        return "held" if BY_CODE[self.kind].small and not self.wakes else "waiting"


NOTICES = """
INSERT INTO notice
  (unique_key, kind, post_id, person_id, school_id, subject_kind, subject_id, facts, wakes, created_at)
SELECT v.c1, v.c2, v.c3, v.c4, v.c5, v.c6, v.c7, v.c8, v.c9, $10 FROM {rows} WHERE v.c3 IS NOT NULL
ON CONFLICT (unique_key) DO NOTHING
"""
NOTICE_TYPES = ["text", "text", "bigint", "bigint", "bigint", "text", "bigint", "jsonb", "boolean"]

# by the route of the division and kind, or by the person's own choice
DELIVERIES = """
INSERT INTO delivery (notice_id, person_id, channel, route, state, run_at, attempts)
SELECT DISTINCT n.id, h.person_id, COALESCE(c.first_channel, v.c5), COALESCE(c.channels, v.c6), v.c8, v.c2, 0
FROM {rows} JOIN notice n ON n.unique_key = v.c1 JOIN holding h ON h.post_id = v.c3
LEFT JOIN channel_choice c ON c.person_id = h.person_id AND c.kind_group = v.c7
WHERE h.since_on <= $9 AND (h.until_on IS NULL OR h.until_on > $9) AND (v.c4 IS NULL OR h.person_id = v.c4)
ORDER BY n.id, h.person_id
ON CONFLICT (notice_id, person_id, channel) DO NOTHING
"""
DELIVERY_TYPES = ["text", "timestamptz", "bigint", "bigint", "text", "text", "text", "text"]


async def put(
    kind: str,
    unique_key: str,
    subject: Subject,
    posts: Iterable[PostKind],
    facts: dict[str, str],
    now: datetime,
    today: date,
    *,
    wakes: bool = False,
) -> int:
    """Tell posts one fact; as `put_all`."""
    return await put_all([Telling(kind, unique_key, subject, tuple(posts), facts, wakes)], now, today)


async def put_person(
    kind: str,
    unique_key: str,
    subject: Subject,
    post_id: int,
    person_id: int,
    facts: dict[str, str],
    now: datetime,
    today: date,
    *,
    wakes: bool = False,
) -> int:
    """Tell one holder of a post, not the others; as `put_all`."""
    telling = Telling(kind, unique_key, subject, (), facts, wakes, post_id, person_id)
    return await put_all([telling], now, today)


async def put_all(tellings: Sequence[Telling], now: datetime, today: date) -> int:
    """Tell each post each fact once for ever; returns how many were newly told.

    Runs in the caller's transaction, in as many statements for a thousand as for one. What does not wake people
    and falls into a division's quiet hours is delivered after them.
    """
    addressed = {_key(one, post_id): (one, post_id) for one, post_id in await _addressed(tellings)}
    known = await sql.rows(
        f"SELECT unique_key FROM notice WHERE unique_key IN {sql.among(1, 'text')}",  # noqa: S608
        sql.packed(list(addressed)),
    )
    for row in known:
        del addressed[row["unique_key"]]
    if not addressed:
        return 0
    notices = [
        [key, one.kind, post_id, one.person_id, one.subject.school_id, one.subject.kind, one.subject.id,
         sql.dump(one.facts), one.wakes] for key, (one, post_id) in addressed.items()
    ]  # fmt: skip
    await sql.over_rows(NOTICES, NOTICE_TYPES, notices, now)
    counties = {one.subject.county_code for one in tellings}
    routes, mornings = await routes_in(sorted(counties)), await quiet.ends_in(counties, now)
    deliveries = []
    for key, (one, post_id) in addressed.items():
        kind, county = BY_CODE[one.kind], one.subject.county_code
        route = routes[county, kind.group]
        run_at = now if one.wakes or kind.wakes else mornings[county]
        to = [read(route)[0], route, kind.group, one.state]
        deliveries.append([key, run_at, post_id, one.person_id, *to])
    await sql.over_rows(DELIVERIES, DELIVERY_TYPES, deliveries, today)
    return len(addressed)


def _key(one: Telling, post_id: int) -> str:
    return f"{one.unique_key}:{post_id}" + ("" if one.person_id is None else f".{one.person_id}")


async def _addressed(tellings: Sequence[Telling]) -> list[tuple[Telling, int]]:
    """Who is told what: posts by id."""
    keys = {key for one in tellings for key in _keys(one)}
    found = await sql.rows(
        f"SELECT id, place_key FROM post WHERE place_key IN {sql.among(1, 'text')}",  # noqa: S608
        sql.packed(sorted(keys)),
    )
    ids = {row["place_key"]: row["id"] for row in found}
    addressed: list[tuple[Telling, int]] = []
    for one in tellings:
        if one.post_id is not None:
            addressed.append((one, one.post_id))
        addressed += [(one, number) for number in sorted(ids[key] for key in _keys(one) if key in ids)]
    return addressed


def _keys(one: Telling) -> list[str]:
    """The posts responsible for a subject, by the keys of their places."""
    code, school = one.subject.county_code, one.subject.school_id
    at_school = [] if school is None else [place_key(kind, school_id=school) for kind in one.posts]
    return at_school + [
        place_key(kind, division_code=place) for kind in one.posts for place in (code[:2], code[:4], code)
    ]


async def withdraw(subject: Subject, kinds: Iterable[str], now: datetime) -> None:
    """Take back deliveries of these kinds that have not been handed to a channel yet. What is under way is not
    tried again and goes no other way, should it fail."""
    await withdraw_all(subject.kind, [subject.id], kinds, now)


async def withdraw_all(
    subject_kind: str, subject_ids: Sequence[int], kinds: Iterable[str], now: datetime
) -> None:
    """As `withdraw`, for many subjects of a kind."""
    if not subject_ids:
        return
    listed, ids = list(kinds), sql.packed(list(subject_ids))
    about = f"subject_kind = $1 AND subject_id IN {sql.among(2, 'bigint')}"
    await sql.rows(
        f"UPDATE notice SET withdrawn_at = $3 WHERE {about}"  # noqa: S608
        f" AND withdrawn_at IS NULL AND kind IN ({sql.places(listed, 4)}) RETURNING id",
        subject_kind, ids, now, *listed,
    )  # fmt: skip
    notices = f"SELECT id FROM notice WHERE {about} AND kind IN ({sql.places(listed, 3)})"  # noqa: S608
    await take_back(notices, [subject_kind, ids, *listed], None)


async def mark_read(viewer: Viewer, notice_ids: list[int], now: datetime) -> None:
    """Mark the viewer's own notices as opened; others' ids are passed over. Repeatable."""
    posts = [held.post_id for held in viewer.posts]
    await sql.rows(
        "INSERT INTO notice_read (notice_id, person_id, read_at)"  # noqa: S608
        f" SELECT id, $1::bigint, $2::timestamptz FROM notice WHERE id IN ({sql.places(notice_ids, 3)})"
        f" AND post_id IN ({sql.places(posts, 3 + len(notice_ids))})"
        " AND (person_id IS NULL OR person_id = $1)"
        " ON CONFLICT (notice_id, person_id) DO NOTHING RETURNING id",
        viewer.bound, now, *notice_ids, *posts,
    )  # fmt: skip
