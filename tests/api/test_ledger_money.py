"""What is paid for meals and what comes back: off-site caterers, fees waived; and forms of an earlier version."""

from typing import Any

import pytest

from models.ledger.numbers import company_check, licence_check
from models.organisations.tables import PostKind
from tests.api.test_ledger import checking, supplier
from tests.api.test_ledger_access import phone_of
from tests.cast import Cast, Phone, new_id

pytestmark = pytest.mark.slow

FIRST = "91530302MA6K00077"
CATERER = {
    "how": "catered", "company": "曲靖学膳配餐有限公司", "company_code": FIRST + company_check(FIRST),
    "licence": f"JY1530302000077{licence_check('1530302000077')}", "licence_until_on": "2029-05-01",
    "scope": ["group"], "from_on": "2026-09-01", "until_on": "2027-07-31", "fee_fen": 0, "waived": True,
}  # fmt: skip
CATERED = {"grades": ["1", "2"], "meal_standard_fen": 600, "price_fen": 550, "schools": 4}


async def sent(phone: Phone, cast: Cast, aspect: str, values: dict[str, Any], version: int = 1) -> Any:
    body = checking(cast) | {"aspect": aspect, "values": values, "version": version}
    return await phone.post("/ledger/entries", body)


async def read(phone: Phone, cast: Cast, aspect: str) -> Any:
    return await phone.get(f"/schools/{cast.tianba.id}/ledger/entries", aspect=aspect)


async def test_an_off_site_caterer_is_kept_with_grades_standard_price_and_schools(cast: Cast) -> None:
    manager, officer = await cast.phone("manager"), await cast.phone("officer")

    bare = await sent(manager, cast, "contractor", CATERER, version=2)
    own = await sent(manager, cast, "contractor", CATERER | CATERED | {"how": "contracted"}, version=2)
    kept = await sent(manager, cast, "contractor", CATERER | CATERED, version=2)
    seen = await read(officer, cast, "contractor")
    hidden = await read(await cast.phone("member"), cast, "contractor")

    assert [item for item, _ in bare.json["facts"]["faults"]] == ["grades", "meal_standard_fen", "price_fen"]
    assert [item for item, _ in own.json["facts"]["faults"]] == list(CATERED)
    assert (kept.status, kept.json["defects"], hidden.status) == (201, [], 403), kept.json
    (line,) = seen.json["items"]
    assert {code: line["values"][code] for code in CATERED} == CATERED


async def test_meals_from_outside_name_who_cooked_them_and_for_which_grades(cast: Cast) -> None:
    manager = await cast.phone("manager")
    served = {
        "menu_published": True,
        "portions": 180,
        "price_fen": 550,
        "cooked": "outside",
        "grades": ["3", "1"],
    }
    company = (await supplier(manager, cast)).json

    nobody = await sent(manager, cast, "serving", served)
    stranger = await sent(manager, cast, "serving", served | {"caterer": 999_999})
    kept = await sent(manager, cast, "serving", served | {"caterer": company["id"]})

    assert nobody.json["facts"]["faults"] == [["caterer", "“校外供餐单位”还没有填。"]]
    assert stranger.json["facts"]["faults"] == [["caterer", "“校外供餐单位”不在名录中，请先登记。"]]
    assert kept.status == 201, kept.json
    (line,) = (await read(manager, cast, "serving")).json["items"]
    assert (line["values"]["grades"], line["values"]["portions"]) == (["1", "3"], 180)


async def test_a_waived_fee_is_kept_with_its_pupils_and_asks_for_evidence(cast: Cast) -> None:
    clerk, officer = await phone_of(cast, PostKind.FINANCE), await cast.phone("officer")
    waived = {
        "refund_fen": 0, "refund_pupils": 0, "waived_fen": 3_600_000, "waived_pupils": 620, "own_account": True,
        "published": True, "where": "校门口公示栏",
    }  # fmt: skip

    lacking = await sent(clerk, cast, "finance", {k: v for k, v in waived.items() if k != "waived_pupils"})
    bare = await sent(clerk, cast, "finance", waived)
    photo = await clerk.photo(cast.tianba, "ledger")
    shown = await sent(clerk, cast, "finance", waived | {"photos": [photo]})
    by_manager = await sent(await cast.phone("manager"), cast, "finance", waived)

    assert lacking.json["facts"]["faults"] == [["waived_pupils", "“受益学生”还没有填。"]]
    assert (bare.status, [one["item"] for one in bare.json["defects"]]) == (201, ["photos"])
    assert (shown.status, shown.json["defects"], by_manager.status) == (201, [], 403)
    newest, _ = (await read(officer, cast, "finance")).json["items"]
    assert (newest["values"]["waived_fen"], newest["values"]["waived_pupils"]) == (3_600_000, 620)
    assert newest["values"]["photos"] == [photo]
    assert (await read(await cast.phone("member"), cast, "finance")).status == 403


async def test_an_entry_of_last_years_form_is_taken_and_read_by_that_form(cast: Cast) -> None:
    manager = await cast.phone("manager")

    old = await sent(manager, cast, "contractor", CATERER)
    mixed = await sent(manager, cast, "contractor", CATERER | CATERED)
    unknown = await sent(manager, cast, "contractor", CATERER, version=99)
    (line,) = (await read(manager, cast, "contractor")).json["items"]
    forms = {
        version: (await manager.get("/ledger/aspects/contractor", version=version)).json
        for version in (1, 2, 99)
    }

    assert old.status == 201, old.json
    assert [item for item, _ in mixed.json["facts"]["faults"]] == list(CATERED)
    assert (unknown.status, unknown.code, forms[99]["code"]) == (422, "form_unknown", "form_unknown")
    asked = {version: {item["code"] for item in forms[version]["items"]} for version in (1, 2)}
    assert (line["version"], set(line["values"]) <= asked[1]) == (1, True)
    assert asked[2] - asked[1] == set(CATERED)
    # and it is corrected by the form of today
    body = {"request_id": new_id(), "version": 2, "reason": "补填供餐年级", "values": CATERER | CATERED}
    corrected = await manager.post(f"/ledger/entries/{old.json['id']}/correct", body)
    assert (corrected.status, corrected.json["revision"]) == (201, 2)
    chain = (await manager.get(f"/ledger/entries/{old.json['id']}")).json
    assert [(one["version"], "grades" in one["values"]) for one in chain] == [(2, True), (1, False)]
