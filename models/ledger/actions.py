"""Making entries of the ledger at the moment of work, correcting them, and signing as the second pair of eyes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import Forbidden, NotFound, Refusal, RequestReused
from models.evidence.actions import attach
from models.evidence.tables import Purpose
from models.journal.actions import record as journal
from models.journal.queries import taken
from models.ledger import rules, validation
from models.ledger.aspects import BY_CODE, aspect
from models.ledger.declaring import Applies, Aspect, ItemKind
from models.ledger.periods import is_late
from models.ledger.places import (
    Place,
    Standing,
    canteen_fault,
    county_standing,
    lookup_faults,
    school_standing,
)
from models.ledger.registering import write_row
from models.ledger.sealing import body_hashes, hidden_items, seal
from models.ledger.tables import LedgerEntry, Origin
from models.ledger.writing import Row, changed, insert, photos_in
from models.organisations.tables import School
from models.people import access
from models.people.access import Held, Viewer
from models.people.phones import Vault
from models.people.rights import Right
from models.policies.declared import LEDGER_BACK_DAYS, LEDGER_GRACE_H


@dataclass(frozen=True)
class Draft:
    """An entry as the phone sends it. One of `school_id` and `division_code` says where."""

    request_id: str
    aspect: str
    version: int
    for_on: date
    made_at: datetime
    values: Mapping[str, Any]
    meal: str | None = None
    school_id: int | None = None
    division_code: str | None = None
    canteen_id: int | None = None
    origin: Origin = Origin.HAND

    @property
    def said(self) -> dict[str, Any]:
        """What a repeat is known by."""
        return {
            "aspect": self.aspect, "version": self.version, "for_on": self.for_on.isoformat(), "meal": self.meal,
            "made_at": self.made_at.isoformat(), "school": self.school_id, "county": self.division_code,
            "canteen": self.canteen_id, "values": dict(self.values),
        }  # fmt: skip


@dataclass(frozen=True)
class Recorded:
    """The entry, new or found again. `defects`: what it says is not as it should be."""

    id: int
    revision: int
    late: bool
    defects: tuple[validation.Fault, ...]
    new: bool


class _Repeated(Exception):
    """The request was carried out before: nothing of this attempt may stay."""


@dataclass(frozen=True)
class _Judged:
    """An entry that is right to keep: its cleaned values, and what of them is not as it should be."""

    form: Aspect
    place: Place
    values: validation.Values
    defects: tuple[validation.Fault, ...]
    late: bool


async def record(viewer: Viewer, draft: Draft, vault: Vault, now: datetime) -> Recorded:
    """Keep an entry for ever. Idempotent by request id: the same body gives the same row, another RequestReused.

    Raises NotFound and Forbidden, NotYourAspect, EntryRefused with every fault at once, AlreadyRecorded,
    MonthLocked, and PhotoMissing of evidence. May be called in a transaction of the caller's.
    """
    form = aspect(draft.aspect)
    hashes = body_hashes(form, draft.said, vault)
    person_id = viewer.bound
    try:
        place, standing = await _place(viewer, draft, form)
        judged = await _judge(draft, form, place, standing, now)
        if standing.there is not None and not form.many:
            # two phones at the same instant may still both pass: then both entries are there for all to see,
            # and figures count the slot once
            when = rules.said_when(draft.for_on, draft.meal)
            raise rules.AlreadyRecorded(aspect=form.name, when=when, entry_id=standing.there)
        new_id = await _write(viewer, draft, judged, hashes[0], vault, now)
    except (_Repeated, Refusal) as fault:
        # sent again after the world changed, or the post was given up: what was accepted stands
        return await _known(person_id, draft.request_id, hashes, fault)
    return Recorded(new_id, 1, judged.late, judged.defects, True)


async def correct(
    viewer: Viewer,
    entry_id: int,
    version: int,
    values: Mapping[str, Any],
    reason: str,
    request_id: str,
    vault: Vault,
    now: datetime,
    origin: Origin = Origin.HAND,
) -> Recorded:
    """Put another revision in the place of an entry: the same date and meal, other values; the old one stays.

    A certificate that is not given again stays as it was. Idempotent by request id. Raises what `record` does,
    and NotCurrent.
    """
    person_id = viewer.bound
    before = await LedgerEntry.get_or_none(id=entry_id)
    if before is None:
        raise NotFound
    form = BY_CODE[before.aspect]
    draft = replace(_again(before, request_id, version, values), origin=origin)
    hashes = body_hashes(form, draft.said | {"corrects": entry_id, "reason": reason}, vault)
    try:
        place, standing = await _place(viewer, draft, form)
        judged = await _judge_again(draft, form, place, standing, before, now)
        new_id = await _replace(viewer, draft, judged, before, reason, hashes[0], vault, now)
    except (_Repeated, Refusal) as fault:
        return await _known(person_id, request_id, hashes, fault)
    return Recorded(new_id, before.revision + 1, judged.late, judged.defects, True)


async def sign(viewer: Viewer, entry_id: int, request_id: str, vault: Vault, now: datetime) -> Recorded:
    """Sign an entry as the next of its signers, on one's own phone. A revision says so; idempotent by request id.

    Anybody may who holds a post at the school and may read the entry; others are Forbidden. Raises NothingToSign,
    SignedAlready.
    """
    person_id = viewer.bound
    before = await LedgerEntry.get_or_none(id=entry_id)
    if before is None or before.school_id is None:
        raise NotFound
    form = BY_CODE[before.aspect]
    draft = _again(before, request_id, before.version, before.items)
    hashes = body_hashes(form, {"signs": entry_id, "values": {}}, vault)
    try:
        place, standing = await _signing_place(viewer, before, form)
        item = _next_signer(form, before, person_id)
        signed = {**before.items, item: person_id}
        judged = await _judge_again(replace(draft, values=signed), form, place, standing, before, now)
        new_id = await _replace(viewer, draft, judged, before, rules.SIGNED, hashes[0], vault, now)
    except (_Repeated, Refusal) as fault:
        return await _known(person_id, request_id, hashes, fault)
    return Recorded(new_id, before.revision + 1, judged.late, judged.defects, True)


async def withdraw(viewer: Viewer, entry_id: int, reason: str, request_id: str, now: datetime) -> None:
    """Take back an entry that should not be: made twice, or for a wrong day. It stays to be read and counts no
    longer. Repeatable by request id. Raises what `correct` does, and StandsInRegister for what is in a register."""
    key = f"{viewer.bound}:{request_id}"
    before = await LedgerEntry.get_or_none(id=entry_id)
    if before is None:
        raise NotFound
    if await _withdrawn(key, entry_id):
        return
    form = BY_CODE[before.aspect]
    place, standing = await _place(viewer, _again(before, request_id, before.version, {}), form)
    if form.kept is not None:
        raise rules.StandsInRegister(aspect=form.name)
    if standing.locked:
        raise rules.MonthLocked(month=f"{before.for_on:%Y年%m月}")
    async with in_transaction():
        gone = await sql.rows(
            "UPDATE ledger_entry SET current = false, reason = $2 WHERE id = $1 AND current RETURNING id",
            entry_id, reason,
        )  # fmt: skip
        if not gone:
            # the same request came twice at once and the other was first, or somebody else was
            if await _withdrawn(key, entry_id):
                return
            raise rules.NotCurrent
        await journal(
            "ledger_entry", entry_id, "withdraw", now,
            school_id=place.school_id, person_id=viewer.bound, post_id=place.held.post_id,
            facts={"aspect": form.code, "reason": reason}, request_key=key,
        )  # fmt: skip
        await changed(place.county_code, place.school_id, form, before.for_on)


async def _withdrawn(key: str, entry_id: int) -> bool:
    """Whether this very request took the entry back before; raises RequestReused where it did something else."""
    done = await taken(key)
    if done is None:
        return False
    if (done.subject_kind, done.subject_id, done.verb) != ("ledger_entry", entry_id, "withdraw"):
        raise RequestReused
    return True


async def _signing_place(viewer: Viewer, before: LedgerEntry, form: Aspect) -> tuple[Place, Standing]:
    school = await School.get(id=before.school_id)
    await access.require(viewer, form.reading, school)
    held = next((one for one in viewer.posts if one.school_id == school.id), None)
    if held is None:
        raise Forbidden
    standing = await school_standing(school.id, form, before.for_on, before.meal)
    return Place(school.id, school.county_code, school.name, held), standing


def _next_signer(form: Aspect, before: LedgerEntry, person_id: int) -> str:
    items = [item.code for item in form.asked(before.version) if item.kind is ItemKind.SIGNER]
    if form.signers < 2:
        raise rules.NothingToSign
    if person_id in {before.items.get(code) for code in items}:
        raise rules.SignedAlready
    free = [code for code in items if code not in before.items]
    if not free:
        raise rules.NothingToSign
    return free[0]


async def _place(viewer: Viewer, draft: Draft, form: Aspect) -> tuple[Place, Standing]:
    if form.applies is Applies.COUNTY:
        if draft.division_code is None:
            raise NotFound
        return await county_standing(viewer, draft.division_code, form)
    if draft.school_id is None:
        raise NotFound
    standing = await school_standing(draft.school_id, form, draft.for_on, draft.meal)
    held = _post(viewer, draft.school_id, form)
    if held is None:
        school = School(id=draft.school_id, county_code=standing.county_code)
        await access.require(viewer, Right.KEEP_LEDGER, school)
        raise rules.NotYourAspect(aspect=form.name, owner=rules.owner_said(form))
    return Place(draft.school_id, standing.county_code, standing.name, held), standing


def _post(viewer: Viewer, school_id: int, form: Aspect) -> Held | None:
    """The owner's post before the one that stands in for it."""
    held = [one for one in viewer.with_right(Right.KEEP_LEDGER) if one.school_id == school_id]
    fitting = [one for one in held if rules.may_fill(one.kind, form)]
    return min(fitting, key=lambda one: one.kind is not form.owner, default=None)


async def _judge(draft: Draft, form: Aspect, place: Place, standing: Standing, now: datetime) -> _Judged:
    if not 1 <= draft.version <= form.version:
        raise rules.VersionUnknown
    back_days = standing.policy[LEDGER_BACK_DAYS.key]
    faults = list(rules.place_faults(form, draft.for_on, draft.meal, draft.made_at, now, back_days))
    values, more = validation.read(form, draft.version, draft.values)
    faults += more + await lookup_faults(form, values, place, draft.for_on)
    faults += await canteen_fault(draft.school_id, draft.canteen_id)
    if faults:
        raise rules.refused(faults)
    if standing.locked:
        raise rules.MonthLocked(month=f"{draft.for_on:%Y年%m月}")
    wrong = validation.defects(form, draft.version, values, standing.policy)
    grace_h = standing.policy[LEDGER_GRACE_H.key]
    late = is_late(form.rhythm, draft.for_on, standing.terms, now, grace_h)
    return _Judged(form, place, values, tuple(wrong), late)


async def _judge_again(
    draft: Draft, form: Aspect, place: Place, standing: Standing, before: LedgerEntry, now: datetime
) -> _Judged:
    if not before.current:
        raise rules.NotCurrent
    kept = {
        code: before.items[code]
        for code in hidden_items(form)
        if code in before.items
        and draft.values.get(code) in (None, "", before.items[code], before.items[code]["masked"])
    }
    # what is sealed already was judged when it came: something right stands in for it
    given = {**draft.values, **dict.fromkeys(kept, "0000")}
    judged = await _judge(replace(draft, values=given), form, place, standing, now)
    return replace(judged, values=judged.values | kept)


async def _replace(
    viewer: Viewer,
    draft: Draft,
    judged: _Judged,
    before: LedgerEntry,
    reason: str,
    body_hash: str,
    vault: Vault,
    now: datetime,
) -> int:
    async with in_transaction():
        # of two corrections at once the second waits here, and finds that it came too late
        replaced = await sql.rows(
            "UPDATE ledger_entry SET current = false WHERE id = $1 AND current RETURNING id", before.id
        )
        if not replaced:
            raise rules.NotCurrent
        return await _write(viewer, draft, judged, body_hash, vault, now, before, reason)


async def _write(
    viewer: Viewer,
    draft: Draft,
    judged: _Judged,
    body_hash: str,
    vault: Vault,
    now: datetime,
    before: LedgerEntry | None = None,
    reason: str | None = None,
) -> int:
    """The row with all that hangs on it; raises _Repeated when the request was carried out already."""
    form, place = judged.form, judged.place
    row = Row(
        place.school_id, place.county_code, draft.canteen_id, place.held.post_id, viewer.bound, form,
        draft.version, draft.for_on, draft.meal, min(draft.made_at, now), now, judged.late, draft.origin,
        draft.request_id, body_hash, judged.values, judged.defects,
    )  # fmt: skip
    if before is not None:
        row = replace(
            row, revision=before.revision + 1, original_id=before.original_id or before.id,
            replaces_id=before.id, reason=reason,
        )  # fmt: skip
    kept = set(photos_in(form, before.items)) if before is not None else set()
    fresh = [name for name in photos_in(form, judged.values) if name not in kept]
    if form.kept is None and not fresh and not hidden_items(form):
        return _new(await insert(row))
    async with in_transaction():
        row = replace(row, items=await seal(form, judged.values, vault))
        if form.kept is not None:
            known = before.register_row_id if before is not None else None
            written = await write_row(form, draft.version, row.items, place, viewer.bound, vault, now, known)
            row = replace(row, register_row_id=written.id)
        new_id = _new(await insert(row))
        if fresh and place.school_id is not None:
            await attach(viewer, place.school_id, fresh, Purpose.LEDGER, "ledger_entry", new_id, now)
    return new_id


def _new(new_id: int | None) -> int:
    if new_id is None:
        raise _Repeated
    return new_id


def _again(before: LedgerEntry, request_id: str, version: int, values: Mapping[str, Any]) -> Draft:
    """The draft that stands in the place of an entry."""
    return Draft(
        request_id, before.aspect, version, before.for_on, before.made_at, values, before.meal, before.school_id,
        before.county_code if before.school_id is None else None, before.canteen_id,
    )  # fmt: skip


async def _known(person_id: int, request_id: str, hashes: list[str], fault: Exception) -> Recorded:
    """The entry that the request made before; raises the fault when there is none."""
    found = await LedgerEntry.get_or_none(person_id=person_id, request_id=request_id)
    if found is None:
        raise (fault if isinstance(fault, Refusal) else rules.NotCurrent())
    if found.body_hash not in hashes:
        raise RequestReused
    form, items = BY_CODE[found.aspect], (found.defect_items or "").split(",")
    # in the words of today: the sentences are not kept, and a bound may have changed since
    names = {item.code: item.name for item in form.items}
    said = {one.item: one for one in validation.defects(form, found.version, found.items, {})}
    defects = [
        said.get(code, validation.Fault(code, f"“{names[code]}”与要求不符。")) for code in items if code
    ]
    return Recorded(found.id, found.revision, found.late, tuple(defects), False)
