"""Writing rows of registers (名录): by a form of their own, or from an aspect's entry."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import Forbidden, NotFound, RequestReused
from models.journal.actions import record
from models.journal.queries import taken
from models.ledger import rules, validation
from models.ledger.declaring import Form
from models.ledger.places import Place, county_place, facts_of, lookup_faults, school_place
from models.ledger.registers import FORMS, register
from models.ledger.sealing import body_hashes, seal
from models.ledger.tables import RegisterRow
from models.organisations.tables import School
from models.organisations.touching import Touched, touch
from models.people.access import Held, Viewer
from models.people.phones import Vault
from models.people.rights import Right
from models.policies.calendar import beijing_date

COLUMNS = (
    "register", "form", "version", "school_id", "county_code", "row_key", "label", "company_id", "since_on", "until_on",
    "items", "defects", "defect_items", "changed_at", "changed_by",
)  # fmt: skip
TYPES = [
    "text", "text", "smallint", "bigint", "text", "text", "text", "bigint", "date", "date",
    "jsonb", "smallint", "text", "timestamptz", "bigint",
]  # fmt: skip
SELECTED = ", ".join(f"c{n}" for n in range(1, len(COLUMNS) + 1))
UPSERT = f"""
INSERT INTO register_row ({", ".join(COLUMNS)}, revision) SELECT {SELECTED}, 1 FROM {{rows}} WHERE TRUE
ON CONFLICT (form, row_key) DO UPDATE SET version = excluded.version, label = excluded.label,
  company_id = excluded.company_id, since_on = excluded.since_on, until_on = excluded.until_on,
  items = excluded.items, defects = excluded.defects, defect_items = excluded.defect_items,
  revision = register_row.revision + 1, changed_at = excluded.changed_at, changed_by = excluded.changed_by,
  ended_on = NULL, ended_reason = NULL
"""  # noqa: S608
CHANGE = """
UPDATE register_row SET version = $3, row_key = $6, label = $7, company_id = $8, since_on = $9, until_on = $10,
  items = $11::jsonb, defects = $12, defect_items = $13, revision = revision + 1, changed_at = $14,
  changed_by = $15, ended_on = NULL, ended_reason = NULL
WHERE id = $16 AND register = $1 AND form = $2 AND COALESCE(school_id, 0) = COALESCE($4::bigint, 0)
  AND COALESCE(county_code, '') = COALESCE($5::text, '') RETURNING id, revision
"""


@dataclass(frozen=True)
class RowValues:
    """A row ready to be written: `values` in the order of COLUMNS."""

    form: str
    row_key: str
    values: list[Any]


@dataclass(frozen=True)
class Put:
    id: int
    revision: int
    new: bool


@dataclass(frozen=True)
class Draft:
    """A row as somebody fills it in. One of `school_id` and `division_code` says whose it is."""

    request_id: str
    register: str
    version: int
    school_id: int | None
    division_code: str | None
    values: Mapping[str, Any]


async def put(viewer: Viewer, draft: Draft, vault: Vault, now: datetime) -> Put:
    """Write a row of a register that has a form of its own; the same identity again changes the row.

    Repeatable by request id. Raises NotFound, Forbidden, EntryRefused, KeptByAspect and RequestReused.
    """
    form = register(draft.register)
    key = f"{viewer.bound}:{draft.request_id}"
    said = {
        "form": form.code,
        "school": draft.school_id,
        "county": draft.division_code,
        "values": dict(draft.values),
    }
    hashes = body_hashes(form, said, vault)
    # sent again after the world changed: what was accepted stands
    known = await _known(key, hashes)
    if known is not None:
        return known
    place = await _place(viewer, draft, now)
    if place.held.kind not in form.writing:
        raise Forbidden
    values = await checked(form, draft.version, draft.values, place, beijing_date(now))
    try:
        async with in_transaction():
            found = await write_row(form, draft.version, values, place, viewer.bound, vault, now)
            await record(
                "register_row", found.id, "put", now,
                school_id=place.school_id, person_id=viewer.bound, post_id=place.held.post_id,
                facts={"form": form.code, "revision": found.revision, "sha256": hashes[0]}, request_key=key,
            )  # fmt: skip
            await touch([Touched(place.county_code, place.school_id, form.code, found.id)])
    except IntegrityError:
        # the same request came twice at once and the other was first
        known = await _known(key, hashes)
        if known is None:
            raise
        return known
    return found


async def _known(key: str, hashes: list[str]) -> Put | None:
    """The row that the request wrote before; raises RequestReused for a request with another body."""
    before = await taken(key)
    if before is None:
        return None
    if before.subject_kind != "register_row" or before.facts.get("sha256") not in hashes:
        raise RequestReused
    row = await RegisterRow.get(id=before.subject_id)
    return Put(row.id, row.revision, new=False)


async def checked(
    form: Form, version: int, given: Mapping[str, Any], place: Place, on: date
) -> validation.Values:
    """The values as they are kept, before sealing; raises VersionUnknown and EntryRefused."""
    if not 1 <= version <= form.version:
        raise rules.VersionUnknown
    values, faults = validation.read(form, version, given)
    faults += await lookup_faults(form, values, place, on)
    if faults:
        raise rules.refused(faults)
    return values


async def end(viewer: Viewer, row_id: int, reason: str, now: datetime) -> None:
    """Say that a thing is there no more: left, sold, over. Kept for ever, counted no longer. Repeatable."""
    row = await RegisterRow.get_or_none(id=row_id)
    if row is None:
        raise NotFound
    held = await _may_change(viewer, row)
    async with in_transaction():
        ended = await sql.rows(
            "UPDATE register_row SET ended_on = $2, ended_reason = $3, revision = revision + 1, changed_at = $4,"
            " changed_by = $5 WHERE id = $1 AND ended_on IS NULL RETURNING id",
            row_id, beijing_date(now), reason, now, viewer.bound,
        )  # fmt: skip
        if ended:
            await record(
                "register_row", row_id, "end", now,
                school_id=row.school_id, person_id=viewer.bound, post_id=held.post_id, facts={"reason": reason},
            )  # fmt: skip
            await touch([Touched(await _county(row, held), row.school_id, row.form, row.id)])


async def _county(row: RegisterRow, held: Held) -> str:
    """The county that a row belongs to; of one that is the whole province's, that of whoever ended it."""
    if row.county_code is not None or held.school_id is None:
        return row.county_code or held.division_code or ""
    return (await School.get(id=held.school_id)).county_code


async def _may_change(viewer: Viewer, row: RegisterRow) -> Held:
    form = FORMS[row.form]
    if row.school_id is not None:
        place = await school_place(viewer, row.school_id, Right.KEEP_LEDGER)
        return place.held
    if row.county_code is not None:
        return (await county_place(viewer, row.county_code)).held
    for held in viewer.with_right(Right.LOCK_LEDGER):
        return held
    raise Forbidden if any(viewer.with_right(form.reading)) else NotFound


async def _place(viewer: Viewer, draft: Draft, now: datetime) -> Place:
    if draft.school_id is not None:
        return await school_place(viewer, draft.school_id, Right.KEEP_LEDGER)
    if draft.division_code is not None:
        return await county_place(viewer, draft.division_code)
    raise NotFound


async def write_row(
    form: Form,
    version: int,
    values: Mapping[str, Any],
    place: Place,
    person_id: int,
    vault: Vault,
    now: datetime,
    row_id: int | None = None,
) -> Put:
    """Write checked values into the row of their identity, or into a row that is known, in the caller's
    transaction. Raises InRegisterAlready where the values would make the known row another's twin."""
    stored = await seal(form, values, vault)
    facts = await facts_of(place.county_code)
    wrong = tuple(validation.defects(form, version, values, facts.policy))
    row = row_values(form, version, stored, wrong, place.school_id, place.county_code, person_id, now)
    found = []
    if row_id is not None:
        twins = "SELECT id FROM register_row WHERE form = $1 AND row_key = $2 AND id <> $3"
        if await sql.rows(twins, row.form, row.row_key, row_id):
            raise rules.InRegisterAlready(label=str(stored[form.kept.label] if form.kept else ""))
        found = await sql.rows(CHANGE, *row.values, row_id)
    if not found:
        await upsert_rows([row])
        found = await sql.rows(
            "SELECT id, revision FROM register_row WHERE form = $1 AND row_key = $2", row.form, row.row_key
        )
    return Put(found[0]["id"], found[0]["revision"], new=found[0]["revision"] == 1)


async def upsert_rows(rows: Sequence[RowValues]) -> dict[tuple[str, str], int]:
    """Write many rows, each in the place of what has its key; their ids by form and key. In the caller's
    transaction."""
    await sql.over_rows(UPSERT, TYPES, [one.values for one in rows])
    ids: dict[tuple[str, str], int] = {}
    for form in {one.form for one in rows}:
        found = await sql.rows(
            f"SELECT id, row_key FROM register_row WHERE form = $1 AND row_key IN {sql.among(2, 'text')}",  # noqa: S608
            form, sql.packed([one.row_key for one in rows if one.form == form]),
        )  # fmt: skip
        ids |= {(form, row["row_key"]): row["id"] for row in found}
    return ids


def row_values(
    form: Form,
    version: int,
    stored: Mapping[str, Any],
    wrong: tuple[validation.Fault, ...],
    school_id: int | None,
    county_code: str,
    person_id: int,
    now: datetime,
) -> RowValues:
    """What the row of an entry, or of a register's own form, holds. `stored`: certificates sealed."""
    kept = form.kept
    assert kept is not None
    key = key_of(form, stored, school_id, county_code)
    values = [
        kept.register, form.code, version,
        school_id if kept.among == "school" else None, None if kept.among == "province" else county_code,
        key, str(stored[kept.label])[:60], stored.get(kept.company or ""), _day(stored.get(kept.since_on or "")),
        _day(stored.get(kept.until_on or "")), sql.dump(stored), len(wrong),
        ",".join(one.item for one in wrong)[:200] or None, now, person_id,
    ]  # fmt: skip
    return RowValues(form.code, key, values)


def key_of(form: Form, stored: Mapping[str, Any], school_id: int | None, county_code: str) -> str:
    """What makes it the same thing again: its place and what is written on it. Numbers that are sealed go in
    masked: the same under every key."""
    assert form.kept is not None
    scope = {"province": "", "county": county_code, "school": str(school_id or county_code)}
    parts = [stored.get(code) for code in form.kept.key]
    said = [str(part["masked"] if isinstance(part, dict) else part) for part in parts]
    whole = "|".join([scope[form.kept.among], *said])
    return whole if len(whole) <= 140 else hashlib.sha256(whole.encode()).hexdigest()


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else None
