"""Every aspect by every role: who reads it, who fills it in. The tables are the specification."""

from datetime import date
from typing import Any

import pytest

from models.ledger.aspects import ASPECTS
from models.ledger.tables import LedgerEntry
from models.organisations.actions import ensure_post
from models.organisations.tables import PostKind
from models.people.registering import add_person
from models.people.tables import Holding
from tests.cast import QILIN, SINCE, Cast, Phone, Stage, new_id

pytestmark = pytest.mark.slow

PEOPLE, MONEY = {"staff"}, {"contractor", "procurement", "finance"}
CODES = {one.code for one in ASPECTS}
COUNTYS_OWN = {"county_supplier"}
BY_HEAD = {"shared_meal", "site_meeting", "satisfaction"}

# role → aspects it may not read, and aspects it fills in at the school or for the county
HIDDEN: dict[PostKind, set[str]] = {
    PostKind.COMMITTEE: PEOPLE | MONEY,
    PostKind.SUPERVISOR: set(),
    PostKind.HEAD: set(),
    PostKind.MANAGER: set(),
    PostKind.FINANCE: PEOPLE,
    PostKind.COUNTY: set(),
    PostKind.PREFECTURE: set(),
    PostKind.PROVINCE: set(),
    PostKind.REGULATOR: set(),
    PostKind.ADMINISTRATOR: PEOPLE | MONEY,
}
FILLS: dict[PostKind, set[str]] = {
    PostKind.HEAD: CODES - COUNTYS_OWN,
    PostKind.MANAGER: CODES - COUNTYS_OWN - BY_HEAD - {"finance"},
    PostKind.FINANCE: {"finance"},
    PostKind.COUNTY: COUNTYS_OWN,
}
DIVISIONS = {
    PostKind.COUNTY: QILIN, PostKind.REGULATOR: QILIN, PostKind.ADMINISTRATOR: QILIN, PostKind.PREFECTURE: "5303",
    PostKind.PROVINCE: "53",
}  # fmt: skip


async def phone_of(cast: Cast, kind: PostKind) -> Phone:
    stage = cast.stage
    person = await add_person(
        stage.world.context.vault, kind.value, f"1540001{list(PostKind).index(kind):04d}", stage.clock()
    )
    at: dict[str, Any] = (
        {"division_code": DIVISIONS[kind]} if kind in DIVISIONS else {"school_id": cast.tianba.id}
    )
    await Holding.create(person=person, post=await ensure_post(kind, **at), since_on=SINCE)
    return await Phone(stage, person).turn_on(consent=False)


@pytest.mark.parametrize("kind", HIDDEN, ids=lambda kind: kind.value)
async def test_each_role_reads_what_is_its_business(stage: Stage, cast: Cast, kind: PostKind) -> None:
    phone = await phone_of(cast, kind)

    said = {
        code: (await phone.get(f"/schools/{cast.tianba.id}/ledger/entries", aspect=code)).status
        for code in CODES
    }
    away = await phone.get(f"/schools/{cast.faraway.id}/ledger/entries")
    own = [
        (code, f"/divisions/{QILIN}" if code in COUNTYS_OWN else f"/schools/{cast.tianba.id}")
        for code in CODES
    ]
    excel = {code: (await phone.get(f"{place}/ledger/aspects/{code}/workbook")).status for code, place in own}
    excel_away = await phone.get(f"/schools/{cast.faraway.id}/ledger/aspects/serving/workbook")

    # what is given away as a file is what is read on the phone; a county's own ledger is read above schools
    assert {code for code, status in excel.items() if status == 403} == HIDDEN[kind]
    assert {code for code, status in excel.items() if status == 404} == (
        set() if kind in DIVISIONS else COUNTYS_OWN
    )
    assert excel_away.status == away.status
    assert {code for code, status in said.items() if status == 403} == HIDDEN[kind]
    assert set(said.values()) <= {200, 403}
    above = kind in (PostKind.PREFECTURE, PostKind.PROVINCE)
    assert away.status == (200 if above else 404)


@pytest.mark.parametrize("kind", HIDDEN, ids=lambda kind: kind.value)
async def test_each_role_fills_in_what_is_its_own(stage: Stage, cast: Cast, kind: PostKind) -> None:
    phone = await phone_of(cast, kind)

    async def tried(code: str) -> str:
        place = {"division": QILIN} if code in COUNTYS_OWN else {"school_id": cast.tianba.id}
        body = {
            "request_id": new_id(), "aspect": code, "version": 1, "for_on": "2026-11-24",
            "made_at": stage.clock().isoformat(), "values": {}, **place,
        }  # fmt: skip
        return (await phone.post("/ledger/entries", body)).code

    said = {code: await tried(code) for code in CODES}

    # whoever may is told what is missing
    assert {code for code, what in said.items() if what == "entry_refused"} == FILLS.get(kind, set())
    assert set(said.values()) <= {"entry_refused", "forbidden", "not_your_aspect", "not_found"}


async def test_a_parent_and_a_neighbour_learn_nothing(stage: Stage, cast: Cast) -> None:
    for name in ("parent", "neighbour_head", "neighbour_officer"):
        phone = await cast.phone(name)
        said = await phone.get(f"/schools/{cast.tianba.id}/ledger/entries")
        absent = await phone.get("/schools/999999/ledger/entries")
        assert (said.status, said.said) == (404, absent.said)


async def test_four_levels_read_the_same_rows_and_see_how_fresh_they_are(stage: Stage, cast: Cast) -> None:
    manager, head = await cast.phone("manager"), await cast.phone("head")
    at = {
        kind: await phone_of(cast, kind) for kind in (PostKind.COUNTY, PostKind.PREFECTURE, PostKind.PROVINCE)
    }
    body = {
        "request_id": new_id(), "aspect": "serving", "version": 1, "school_id": cast.tianba.id,
        "for_on": "2026-11-24", "made_at": stage.clock().isoformat(),
        "values": {"menu_published": False, "portions": 620, "price_fen": 650, "cooked": "own"},
    }  # fmt: skip
    sent = await manager.post("/ledger/entries", body)
    assert sent.status == 201, sent.json
    await stage.jobs()

    rows = [
        (await phone.get(f"/schools/{cast.tianba.id}/ledger/entries", aspect="serving")).json["items"]
        for phone in (head, *at.values())
    ]
    figures = {"school": (await head.get(f"/schools/{cast.tianba.id}/ledger/completeness")).json}
    for kind, phone in at.items():
        path = f"/divisions/{DIVISIONS[kind]}/ledger/completeness"
        figures[kind.value] = (await phone.get(path, month="2026-11")).json
    above = (await at[PostKind.COUNTY].get("/divisions/5303/ledger/completeness")).status

    assert [[one["id"] for one in found] for found in rows] == [[sent.json["id"]]] * 4
    of = {
        level: next(one for one in found if one["aspect"] == "serving" and one["entries"])
        for level, found in figures.items()
    }
    # each level is told of what is just below it
    assert [one["code"] for one in of.values()] == [str(cast.tianba.id), QILIN, QILIN, "5303"]
    assert [(one["done"], one["entries"], one["defective"]) for one in of.values()] == [(1, 1, 1)] * 4
    assert len({one["last_at"] for one in of.values()}) == 1 and of["school"]["last_at"] is not None
    assert of["school"]["due"] < of["county"]["due"] <= of["prefecture"]["due"] <= of["province"]["due"]
    # no level reads above itself
    assert above == 404


async def test_an_entry_stays_with_the_post_when_another_holds_it(stage: Stage, cast: Cast) -> None:
    leaving = await cast.phone("manager")
    body = {
        "request_id": new_id(), "aspect": "serving", "version": 1, "school_id": cast.tianba.id,
        "for_on": "2026-11-24", "made_at": stage.clock().isoformat(),
        "values": {"menu_published": True, "portions": 620, "price_fen": 650, "cooked": "own"},
    }  # fmt: skip
    sent = await leaving.post("/ledger/entries", body)
    post = (await LedgerEntry.get(id=sent.json["id"])).post_id
    await Holding.filter(person_id=cast.people["manager"].id).update(until_on=date(2026, 11, 25))
    stage.forward(days=1)
    following = await phone_of(cast, PostKind.MANAGER)

    correction = {
        "request_id": new_id(), "version": 1, "reason": "多记了二十份",
        "values": body["values"] | {"portions": 600},
    }  # fmt: skip
    refused = await leaving.post(f"/ledger/entries/{sent.json['id']}/correct", correction)
    corrected = await following.post(f"/ledger/entries/{sent.json['id']}/correct", correction)
    chain = (await following.get(f"/ledger/entries/{sent.json['id']}")).json

    assert (refused.status, corrected.status) == (404, 201), (refused.json, corrected.json)
    assert [one["who"] for one in chain] == ["manager", "赵丽"]
    assert [one.post_id for one in await LedgerEntry.all()] == [post, post]
