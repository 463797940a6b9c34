"""Being forgotten (注销): a person asks and confirms, an officer carries it out, the public record stays."""

from datetime import date, datetime

from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from models.database import sql
from models.database.opening import lookup, table
from models.errors import Conflict, NotFound
from models.evidence.actions import forget, mark_again
from models.evidence.store import PhotoStore
from models.journal.actions import record
from models.people.access import Viewer
from models.people.rights import POST_NAMES
from models.people.tables import Holding
from models.privacy.declared import BELONGINGS, OnErasure
from models.privacy.queries import may_erase, owners
from models.privacy.tables import Erasure, ErasureState

OPEN = [ErasureState.REQUESTED, ErasureState.CONFIRMED]


class StillInOffice(Conflict):
    code = "still_in_office"
    sentence = "您还担任{posts}，请先联系学校或县教体局办理离任，再申请注销。"


class NotRequested(Conflict):
    code = "erasure_not_requested"
    sentence = "还没有提出注销申请，或申请已经撤回，请先提出申请。"


class ErasureUnderWay(Conflict):
    code = "erasure_under_way"
    sentence = "注销已经在办理，不能再撤回或重新申请。"


async def request_erasure(viewer: Viewer, today: date, now: datetime) -> Erasure:
    """Ask to be forgotten. Repeatable: the open request is returned. StillInOffice while a post is held."""
    await _require_no_post(viewer.bound, today)
    await _require_not_under_way(viewer)
    async with in_transaction():
        new = await sql.rows(
            "INSERT INTO erasure (person_id, state, requested_at) VALUES ($1, 'requested', $2)"
            " ON CONFLICT (person_id) WHERE state IN ('requested', 'confirmed') DO NOTHING RETURNING id",
            viewer.bound, now,
        )  # fmt: skip
        if new:
            await record("person", viewer.bound, "request_erasure", now, person_id=viewer.bound)
        return await Erasure.get(person_id=viewer.bound, state__in=OPEN)


async def confirm_erasure(viewer: Viewer, today: date, now: datetime) -> Erasure:
    """Say it a second time; from now on an officer may carry it out. Repeatable."""
    await _require_no_post(viewer.bound, today)
    async with in_transaction():
        moved = await Erasure.filter(person_id=viewer.bound, state=ErasureState.REQUESTED).update(
            state=ErasureState.CONFIRMED, confirmed_at=now
        )
        if moved:
            await record("person", viewer.bound, "confirm_erasure", now, person_id=viewer.bound)
        found = await Erasure.get_or_none(person_id=viewer.bound, state=ErasureState.CONFIRMED)
    if found is None:
        raise NotRequested
    return found


async def withdraw_erasure(viewer: Viewer, now: datetime) -> None:
    """Take the request back while nobody has begun to carry it out. Repeatable; ErasureUnderWay after that."""
    await _require_not_under_way(viewer)
    async with in_transaction():
        moved = await Erasure.filter(person_id=viewer.bound, state__in=OPEN).update(
            state=ErasureState.WITHDRAWN
        )
        if moved:
            await record("person", viewer.bound, "withdraw_erasure", now, person_id=viewer.bound)


async def carry_out(viewer: Viewer, erasure_id: int, store: PhotoStore, today: date, now: datetime) -> None:
    """Forget the person who asked and confirmed: for those set over every post they ever held.

    The public record stays and names 已注销用户. What is begun cannot be taken back; interrupted, it goes on
    when it is asked for again.
    """
    found = await Erasure.get_or_none(id=erasure_id)
    if found is None or not await may_erase(viewer, found.person_id):
        raise NotFound
    if found.state is ErasureState.DONE or not await _begin(found, today):
        return
    await forget(found.person_id, store)
    async with in_transaction():
        # the first to change the row does it; who comes second finds it done
        moved = await Erasure.filter(id=found.id, state=ErasureState.ERASING).update(
            state=ErasureState.DONE, done_at=now, done_by=viewer.person_id
        )
        if not moved:
            return
        await _erase(found.person_id)
        await mark_again(found.person_id, now)
        await record("person", found.person_id, "erase", now, person_id=viewer.person_id)


async def _begin(found: Erasure, today: date) -> bool:
    """From here on nobody takes it back; False when somebody else has just done it.

    NotRequested when it was taken back before, StillInOffice for a new post.
    """
    async with in_transaction():
        row = await Erasure.filter(id=found.id).select_for_update().get()
        if row.state is ErasureState.CONFIRMED:
            await _require_no_post(found.person_id, today)
            await Erasure.filter(id=found.id).update(state=ErasureState.ERASING)
        elif row.state not in (ErasureState.ERASING, ErasureState.DONE):
            raise NotRequested
    return row.state is not ErasureState.DONE


async def _require_not_under_way(viewer: Viewer) -> None:
    if await Erasure.exists(person_id=viewer.bound, state=ErasureState.ERASING):
        raise ErasureUnderWay


async def _erase(person_id: int) -> None:
    """Everything that belongs to a person, as the list says."""
    theirs = await owners(person_id)
    for one in BELONGINGS:
        if one.on_erasure is OnErasure.KEEP:
            continue
        chosen = table(one.table).filter(lookup(f"{one.column}__in", theirs[one.owner]))
        await (chosen.delete() if one.on_erasure is OnErasure.DELETE else chosen.update(**one.blank))


async def _require_no_post(person_id: int, today: date) -> None:
    held = Holding.filter(Q(until_on=None) | Q(until_on__gt=today), person_id=person_id)
    posts = [POST_NAMES[row["post__kind"]] for row in await held.order_by("post_id").values("post__kind")]
    if posts:
        raise StillInOffice(posts="、".join(dict.fromkeys(posts)))
