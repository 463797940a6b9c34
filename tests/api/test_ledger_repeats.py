"""What a phone sends again: at once through two wires, or days later when its owner's post is gone."""

import asyncio
from datetime import timedelta

import pytest

from models.ledger.tables import LedgerEntry, RegisterRow
from models.people.tables import Holding
from tests.api.test_ledger import checking, sampling, supplier_row
from tests.cast import Cast, Phone, Stage, new_id

pytestmark = pytest.mark.slow


async def at_once(phone: Phone, path: str, body: object, times: int = 6) -> list[int]:
    return sorted(
        said.status for said in await asyncio.gather(*(phone.post(path, body) for _ in range(times)))
    )


async def test_a_row_of_a_register_sent_many_times_at_once_is_written_once(cast: Cast) -> None:
    manager = await cast.phone("manager")

    first = await at_once(manager, "/ledger/registers/supplier", supplier_row(cast))
    changed = await at_once(
        manager, "/ledger/registers/supplier", supplier_row(cast, address="麒麟区南宁街道")
    )

    assert (first, changed) == ([200] * 5 + [201], [200] * 6)
    assert (await RegisterRow.get()).revision == 2


async def test_two_rows_under_one_request_id_at_once_are_one_and_a_refusal(cast: Cast) -> None:
    manager = await cast.phone("manager")
    one = supplier_row(cast)
    other = one | {"values": one["values"] | {"name": "另一家粮油有限公司"}}

    said = await asyncio.gather(*(manager.post("/ledger/registers/supplier", body) for body in (one, other)))

    assert sorted((each.status, each.json.get("code")) for each in said) == [
        (201, None),
        (409, "request_reused"),
    ]
    assert (await RegisterRow.get()).revision == 1


async def test_a_withdrawal_sent_many_times_at_once_is_one(cast: Cast) -> None:
    manager = await cast.phone("manager")
    entry = await manager.post("/ledger/entries", sampling(cast))
    path = f"/ledger/entries/{entry.json['id']}/withdraw"

    assert await at_once(manager, path, {"request_id": new_id(), "reason": "填重了"}) == [204] * 6

    late = await manager.post(path, {"request_id": new_id(), "reason": "填重了"})
    assert (late.status, late.code) == (409, "entry_not_current")


async def test_what_was_accepted_stands_when_it_is_sent_again_after_the_post_is_gone(
    cast: Cast, stage: Stage
) -> None:
    manager = await cast.phone("manager")
    made, row = checking(cast), supplier_row(cast)
    entry = await manager.post("/ledger/entries", made)
    correction = {
        "request_id": new_id(),
        "version": 1,
        "values": made["values"] | {"present": 7},
        "reason": "漏记",
    }
    sample = await manager.post("/ledger/entries", sampling(cast))
    sent = [
        ("/ledger/entries", made),
        (f"/ledger/entries/{entry.json['id']}/correct", correction),
        (f"/ledger/entries/{sample.json['id']}/withdraw", {"request_id": new_id(), "reason": "填重了"}),
        ("/ledger/registers/supplier", row),
    ]
    before = [await manager.post(path, body) for path, body in sent]
    today = (stage.clock() + timedelta(hours=8)).date()
    await Holding.filter(person_id=manager.person.id).update(until_on=today)

    again = [await manager.post(path, body) for path, body in sent]
    other = await manager.post("/ledger/entries", made | {"for_on": "2026-11-23"})
    fresh = await manager.post("/ledger/entries", checking(cast))

    assert [said.status for said in again] == [200, 200, 204, 200]
    assert [said.json for said in again[:2]] == [said.json for said in before[:2]]
    assert (other.status, other.code) == (409, "request_reused")
    assert (fresh.status, fresh.code) == (404, "not_found")
    assert await LedgerEntry.all().count() == 3
