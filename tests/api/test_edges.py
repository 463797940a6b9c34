"""Days, ids and numbers that no person means: refused in a sentence, never half kept."""

import json

import pytest
from aiohttp import BytesPayload

from models.dispatch.tables import DispatchOrder
from models.ledger.tables import LedgerEntry
from tests.api.test_dispatch import order
from tests.api.test_ledger import checking, sampling
from tests.cast import Cast

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("due_on", ["2100-01-01", "2206-11-27", "9999-12-31"])
async def test_an_order_for_another_century_is_not_issued_and_no_list_stumbles_over_it(
    cast: Cast, due_on: str
) -> None:
    officer = await cast.phone("officer")

    refused = await officer.post("/dispatch", order(cast, due_on=due_on))

    assert (refused.status, refused.code) == (422, "validation")
    assert not await DispatchOrder.exists()
    assert (await officer.get("/dispatch", division="530302")).status == 200


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("manager", "/ledger/due?on=2100-12-31"),
        ("officer", "/divisions/530302/deliveries?until_on=0001-01-01"),
        ("officer", "/divisions/530302/deliveries?until_on=9999-12-31"),
        ("officer", f"/divisions/530302/ledger/registers/staff?after={2**63}"),
        ("officer", f"/schools/1/ledger/registers/staff?after={10**30}"),
    ],
)
async def test_what_lies_beyond_is_not_looked_for(cast: Cast, who: str, path: str) -> None:
    asked = await (await cast.phone(who)).get(path)
    assert (asked.status, asked.code) == (422, "validation")


async def test_the_last_day_that_may_be_asked_for_has_an_end(cast: Cast) -> None:
    due = await (await cast.phone("manager")).get("/ledger/due", on="2099-12-31")
    assert due.status == 200, due.json


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-1e400", "1" + "0" * 400])
@pytest.mark.parametrize("item", ["fridge_c", "grams", "dish", "labelled"])
async def test_what_no_scale_shows_is_refused_in_a_sentence(cast: Cast, item: str, number: str) -> None:
    manager = await cast.phone("manager")
    body = json.dumps(sampling(cast, **{item: "?"})).replace('"?"', number)

    said = BytesPayload(body.encode(), content_type="application/json")
    sent = await manager.ask("POST", "/ledger/entries", data=said)

    assert (sent.status, sent.code in ("validation", "entry_refused")) == (422, True), sent.json
    assert not await LedgerEntry.exists()


async def test_a_certificate_too_long_to_be_sealed_is_refused(cast: Cast) -> None:
    manager = await cast.phone("manager")
    values = {
        "name": "李琼仙",
        "job": "cook",
        "from_on": "2026-09-01",
        "until_on": "2027-08-31",
        "trained": True,
    }
    sent = [
        await manager.post(
            "/ledger/entries",
            checking(cast) | {"aspect": "staff", "values": values | {"certificate": number}},
        )
        for number in ("滇" * 33 + "1", "滇" * 40)
    ]
    assert [one.status for one in sent] == [201, 422]
    assert sent[1].json["facts"]["faults"] == [["certificate", "“健康证编号”里的汉字太多，请只填编号。"]]
