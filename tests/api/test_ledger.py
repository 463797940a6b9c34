"""The ledger at the moment of work: entries, corrections, months, registers, figures."""

from datetime import date, timedelta
from typing import Any

import pytest

from models.database import sql
from models.journal.tables import JournalEntry
from models.ledger.numbers import company_check, licence_check
from models.organisations.tables import Canteen
from models.people.tables import Holding
from tests.api.test_surveys import answered, closed, parents, plan
from tests.cast import Answer, Cast, Phone, Stage, new_id

pytestmark = pytest.mark.slow

SUPPLIER_CODE = "91530302MA6K00001" + company_check("91530302MA6K00001")


def checking(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A morning check as the manager sends it, with everything right."""
    values = {
        "present": 6, "healthy": 6, "sent_home": 0, "clothing": True, "checker": cast.people["manager"].id,
    } | changes.pop("values", {})  # fmt: skip
    return {
        "request_id": new_id(), "aspect": "morning_check", "version": 1, "school_id": cast.tianba.id,
        "for_on": "2026-11-24", "made_at": cast.stage.clock().isoformat(), "values": values,
    } | changes  # fmt: skip


def sampling(cast: Cast, **values: Any) -> dict[str, Any]:
    """A food sample of lunch."""
    kept = {
        "dish": "洋芋焖饭", "grams": 150, "taken_at": "2026-11-24T11:40", "hours": 48, "fridge_c": 4.5,
        "labelled": True, "keeper": cast.people["manager"].id,
    } | values  # fmt: skip
    return checking(cast) | {"aspect": "food_sample", "meal": "lunch", "values": kept}


def supplier_row(cast: Cast, at: int | None = None, **values: Any) -> dict[str, Any]:
    """A company as a school writes it into the register, 田坝 unless it is said which."""
    said = {
        "name": "曲靖爨乡粮油有限公司", "company_code": SUPPLIER_CODE, "licence": "JY1530302000001" + licence_check("1530302000001"),
        "licence_until_on": "2028-05-01", "classes": ["rice", "oil"],
    } | values  # fmt: skip
    return {"request_id": new_id(), "version": 1, "school_id": at or cast.tianba.id, "values": said}


async def supplier(phone: Phone, cast: Cast, at: int | None = None, **values: Any) -> Answer:
    return await phone.post("/ledger/registers/supplier", supplier_row(cast, at, **values))


async def test_a_manager_makes_an_entry_and_the_phone_may_send_it_again(stage: Stage, cast: Cast) -> None:
    manager = await cast.phone("manager")
    body = checking(cast)

    sent = await manager.post("/ledger/entries", body)
    again = await manager.post("/ledger/entries", body)
    other = await manager.post("/ledger/entries", body | {"values": body["values"] | {"present": 7}})

    assert sent.status == 201, sent.json
    assert sent.json == {"id": sent.json["id"], "revision": 1, "late": False, "defects": []}
    assert (again.status, again.json) == (200, sent.json)
    assert (other.status, other.code) == (409, "request_reused")
    (line,) = (await manager.get(f"/schools/{cast.tianba.id}/ledger/entries")).json["items"]
    assert (line["aspect_name"], line["who"], line["values"]["present"]) == ("晨检", "赵丽", 6)
    twice = await manager.post("/ledger/entries", body | {"request_id": new_id()})
    assert (twice.status, twice.code) == (409, "already_recorded")
    assert twice.json["facts"]["entry_id"] == sent.json["id"]


async def test_every_fault_is_said_at_once_and_names_its_item(stage: Stage, cast: Cast) -> None:
    manager = await cast.phone("manager")
    values = {"present": 5, "healthy": 6, "sent_home": -1, "clothing": "yes", "checker": 999_999, "hat": 1}

    sent = await manager.post("/ledger/entries", checking(cast, values=values, for_on="2026-11-25"))

    assert (sent.status, sent.code) == (422, "entry_refused")
    assert [item for item, _ in sent.json["facts"]["faults"]] == [
        "for_on", "hat", "healthy", "sent_home", "clothing", "checker",
    ]  # fmt: skip
    assert ["sent_home", "“异常离岗人数”只能在0人到500人之间。"] in sent.json["facts"]["faults"]


async def test_what_is_not_as_it_should_be_is_kept_and_said(stage: Stage, cast: Cast) -> None:
    manager, officer = await cast.phone("manager"), await cast.phone("officer")

    light = await manager.post("/ledger/entries", sampling(cast, grams=120))
    raised = await officer.ask("PUT", "/divisions/530302/policies/sample_g", json={"value": 200})
    lowered = await officer.ask("PUT", "/divisions/530302/policies/sample_g", json={"value": 100})
    strict = await manager.post("/ledger/entries", sampling(cast, grams=150))

    assert light.status == 201
    assert [one["sentence"] for one in light.json["defects"]] == ["“留样量”为120克，低于125克。"]
    assert (raised.status, lowered.status) == (204, 422)
    assert [one["sentence"] for one in strict.json["defects"]] == ["“留样量”为150克，低于200克。"]


async def test_an_entry_is_corrected_by_a_revision_and_the_old_one_stays(stage: Stage, cast: Cast) -> None:
    manager = await cast.phone("manager")
    sent = await manager.post("/ledger/entries", checking(cast))
    values = checking(cast, values={"present": 7, "healthy": 7})["values"]
    body = {"request_id": new_id(), "version": 1, "values": values, "reason": "漏记一人"}

    corrected = await manager.post(f"/ledger/entries/{sent.json['id']}/correct", body)
    again = await manager.post(f"/ledger/entries/{sent.json['id']}/correct", body)
    late = await manager.post(f"/ledger/entries/{sent.json['id']}/correct", body | {"request_id": new_id()})

    assert (corrected.status, corrected.json["revision"]) == (201, 2)
    assert (again.status, again.json["id"]) == (200, corrected.json["id"])
    assert (late.status, late.code) == (409, "entry_not_current")
    chain = (await manager.get(f"/ledger/entries/{sent.json['id']}")).json
    assert [(one["revision"], one["current"], one["values"]["present"]) for one in chain] == [
        (2, True, 7), (1, False, 6),
    ]  # fmt: skip
    await stage.jobs()
    officer = await cast.phone("officer")
    figures = (await officer.get("/divisions/530302/ledger/completeness")).json
    assert next(one["entries"] for one in figures if one["aspect"] == "morning_check") == 1


async def test_acceptance_needs_two_different_signers(stage: Stage, cast: Cast) -> None:
    manager = await cast.phone("manager")
    rice = await supplier(manager, cast)
    assert rice.status == 201, rice.json
    one, two = cast.people["manager"].id, cast.people["head"].id
    values = {
        "goods": "香米 25公斤", "goods_code": "6901234567892", "ingredient": "rice", "supplier": rice.json["id"],
        "quantity_g": 500_000, "verdict": "accepted", "signer_1": one, "signer_2": one,
    }  # fmt: skip
    body = checking(cast) | {"aspect": "acceptance", "values": values}

    same = await manager.post("/ledger/entries", body)
    alone = await manager.post(
        "/ledger/entries", body | {"values": {code: v for code, v in values.items() if code != "signer_2"}}
    )
    both = await manager.post(
        "/ledger/entries",
        body | {"request_id": new_id(), "values": values | {"signer_2": two, "papers": ["receipt"]}},
    )

    assert same.json["facts"]["faults"] == [["signer_2", "“复核人”须与“验收人”不是同一人。"]]
    assert "signer_2" in [one["item"] for one in alone.json["defects"]]
    assert [one["item"] for one in both.json["defects"]] == ["photos"]


async def test_a_certificate_is_masked_and_shown_whole_to_few_each_time_on_record(
    stage: Stage, cast: Cast
) -> None:
    manager, head, officer = [await cast.phone(name) for name in ("manager", "head", "officer")]
    values = {
        "name": "李琼仙", "job": "cook", "identity_number": "11010519491231002X", "certificate": "滇QJ20260012345",
        "from_on": "2026-09-01", "until_on": "2027-08-31", "trained": True,
    }  # fmt: skip
    sent = await manager.post("/ledger/entries", checking(cast) | {"aspect": "staff", "values": values})
    assert sent.status == 201, sent.json

    (row,) = (await officer.get(f"/schools/{cast.tianba.id}/ledger/registers/staff")).json
    shown = await head.post(f"/ledger/register-rows/{row['id']}/reveal", {"item": "identity_number"})
    refused = await manager.post(f"/ledger/entries/{sent.json['id']}/reveal", {"item": "certificate"})
    unchanged = await manager.post(
        f"/ledger/entries/{sent.json['id']}/correct",
        {"request_id": new_id(), "version": 1, "reason": "岗位变动",
         "values": {"name": "李琼仙", "job": "helper", "from_on": "2026-09-01", "until_on": "2027-08-31",
                    "trained": True}},
    )  # fmt: skip

    assert row["values"]["identity_number"] == "11************002X"
    assert (shown.status, shown.json["number"]) == (200, "11010519491231002X")
    assert (refused.status, refused.code) == (403, "forbidden")
    assert unchanged.status == 201, unchanged.json
    (row,) = (await officer.get(f"/schools/{cast.tianba.id}/ledger/registers/staff")).json
    assert (row["values"]["job"], row["revision"], row["until_on"]) == ("helper", 2, "2027-08-31")
    again = await officer.post(f"/ledger/register-rows/{row['id']}/reveal", {"item": "certificate"})
    assert again.json["number"] == "滇QJ20260012345"
    steps = (
        await JournalEntry.filter(verb="reveal").order_by("id").values("subject_kind", "person_id", "facts")
    )
    assert [(one["subject_kind"], one["person_id"], one["facts"]["item"]) for one in steps] == [
        ("register_row", cast.people["head"].id, "identity_number"),
        ("register_row", cast.people["officer"].id, "certificate"),
    ]
    for table in ("ledger_entry", "register_row", "sealed_number", "journal_entry"):
        lying = str(await sql.rows(f"SELECT * FROM {table}"))
        assert "11010519491231002X" not in lying and "QJ20260012345" not in lying, table


async def test_a_county_locks_a_month_a_school_appeals_and_an_officer_opens_it_again(
    stage: Stage, cast: Cast
) -> None:
    manager, head, officer = [await cast.phone(name) for name in ("manager", "head", "officer")]
    sent = await manager.post("/ledger/entries", checking(cast))
    path = f"/schools/{cast.tianba.id}/ledger/months/2026-11"
    early = await officer.post(f"{path}/confirm")
    stage.forward(days=8)

    confirmed = await officer.post(f"{path}/confirm")
    values = {"request_id": new_id(), "version": 1, "values": checking(cast)["values"], "reason": "改一下"}
    locked = await manager.post(f"/ledger/entries/{sent.json['id']}/correct", values)
    not_hers = await manager.post(f"{path}/appeal", {"reason": "漏了两天"})
    appealed = await head.post(f"{path}/appeal", {"reason": "停电两天，纸质记录在"})
    reopened = await officer.post(f"{path}/reopen", {"reason": "准予补填"})
    free = await manager.post(f"/ledger/entries/{sent.json['id']}/correct", values)
    await stage.jobs()

    assert (early.status, early.code) == (422, "ledger_month_not_over")
    assert confirmed.json["state"] == "confirmed"
    assert (locked.status, locked.code) == (409, "ledger_month_locked")
    assert (not_hers.status, appealed.json["state"], reopened.json["state"]) == (403, "appealed", "open")
    assert free.status == 201, free.json
    notices = (await officer.get("/notices")).json["items"]
    told = [one["kind"] for one in notices]
    subject = next(one["subject_id"] for one in notices if one["kind"] == "ledger_appealed")
    month = await officer.get(f"/ledger/months/{subject}")
    assert (month.json["school_id"], month.json["month"]) == (cast.tianba.id, "2026-11")
    answered_to = [one["kind"] for one in (await head.get("/notices")).json["items"]]
    assert ("ledger_appealed" in told, "ledger_decided" in answered_to) == (True, True)


async def test_what_is_due_goes_when_the_entry_is_made_and_figures_follow(stage: Stage, cast: Cast) -> None:
    manager, officer = await cast.phone("manager"), await cast.phone("officer")

    def of(lines: list[dict[str, Any]]) -> dict[str, bool]:
        return {line["aspect"]: line["done"] for line in lines}

    before = of((await manager.get("/ledger/due")).json)
    assert (await manager.post("/ledger/entries", checking(cast))).status == 201
    after = of((await manager.get("/ledger/due")).json)
    await stage.jobs()
    figures = (await officer.get("/divisions/530302/ledger/completeness", month="2026-11")).json

    assert before["morning_check"] is False
    assert {code for code in before if before[code] != after[code]} == {"morning_check"}
    assert "shared_meal" not in before, "that is the head's"
    line = next(one for one in figures if one["aspect"] == "morning_check")
    # three schools of the county, 17 school days from the 1st to the 24th
    assert (line["due"], line["done"], line["entries"], line["defective"]) == (3 * 17, 1, 1, 0)
    # school by school it is the same, the emptiest first
    own = (await manager.get(f"/schools/{cast.tianba.id}/ledger/completeness")).json
    schools = (await officer.get("/divisions/530302/ledger/schools", aspect="morning_check")).json
    assert next(one for one in own if one["aspect"] == "morning_check")["done"] == 1
    assert [one["due"] for one in schools] == [17, 17, 17]
    assert (schools[-1]["school_name"], schools[-1]["done"]) == ("麒麟区田坝小学", 1)


async def test_the_declaration_is_the_form(stage: Stage, cast: Cast) -> None:
    stranger = Phone(stage, cast.people["nobody"])

    aspects = (await stranger.get("/ledger/aspects", division="530302")).json

    assert [one["number"] for one in aspects] == list(range(1, 21))
    sample = next(one for one in aspects if one["code"] == "food_sample")
    grams = next(item for item in sample["items"] if item["code"] == "grams")
    assert (grams["unit"], grams["at_least"], grams["lowest"], grams["highest"]) == ("克", 125, 0, 5000)
    assert sample["meals"] == [
        {"code": "breakfast", "name": "早餐"}, {"code": "lunch", "name": "午餐"}, {"code": "dinner", "name": "晚餐"},
    ]  # fmt: skip


async def test_an_entry_after_its_day_says_that_it_is_late(stage: Stage, cast: Cast) -> None:
    manager = await cast.phone("manager")
    made_at = stage.clock()
    stage.forward(hours=24)

    sent = await manager.post(
        "/ledger/entries", checking(cast, made_at=(made_at - timedelta(hours=1)).isoformat())
    )

    assert (sent.status, sent.json["late"]) == (201, True)


async def test_the_second_signer_signs_on_a_phone_of_their_own(stage: Stage, cast: Cast) -> None:
    manager, head, officer = [await cast.phone(name) for name in ("manager", "head", "officer")]
    rice = await supplier(manager, cast)
    values = {
        "goods": "香米 25公斤", "ingredient": "rice", "supplier": rice.json["id"], "quantity_g": 500_000,
        "verdict": "accepted", "signer_1": cast.people["manager"].id,
    }  # fmt: skip
    body = checking(cast) | {"aspect": "acceptance", "values": values}
    sent = await manager.post("/ledger/entries", body)
    path, asked = f"/ledger/entries/{sent.json['id']}/sign", {"request_id": new_id()}

    oneself = await manager.post(path, {"request_id": new_id()})
    outsider = await officer.post(path, {"request_id": new_id()})
    signed = await head.post(path, asked)
    again = await head.post(path, asked)

    assert (oneself.status, oneself.code) == (409, "signed_already")
    assert (outsider.status, outsider.code) == (403, "forbidden")
    assert (signed.status, signed.json["revision"]) == (201, 2)
    assert "signer_2" not in [one["item"] for one in signed.json["defects"]]
    assert (again.status, again.json["id"]) == (200, signed.json["id"])
    (newest, _) = (await officer.get(f"/ledger/entries/{sent.json['id']}")).json
    assert (newest["values"]["signer_2"], newest["reason"]) == (cast.people["head"].id, "复核签字")


async def test_a_rounds_satisfaction_comes_into_the_ledger_by_itself(stage: Stage, cast: Cast) -> None:
    number = await plan(cast)
    await answered(await parents(cast, cast.tianba, 5), cast.tianba, number)
    head = await cast.phone("head")
    before = (await head.get(f"/schools/{cast.tianba.id}/ledger/entries")).json["items"]

    await closed(stage)

    (line,) = (await head.get(f"/schools/{cast.tianba.id}/ledger/entries")).json["items"]
    assert before == []
    assert (line["aspect"], line["who"], line["values"]["how"]) == ("satisfaction", "", "online")
    assert (line["values"]["answers"], line["values"]["mean"], line["values"]["top_two"]) == (5, 80.0, 100.0)


async def test_an_entry_that_should_not_be_is_taken_back_and_stays_to_be_read(
    stage: Stage, cast: Cast
) -> None:
    manager, officer = await cast.phone("manager"), await cast.phone("officer")
    sent = await manager.post("/ledger/entries", sampling(cast))
    path = f"/ledger/entries/{sent.json['id']}"
    body = {"request_id": new_id(), "reason": "填错了日期"}

    statuses = [(await manager.post(f"{path}/withdraw", body)).status for _ in range(2)]
    late = await manager.post(f"{path}/withdraw", body | {"request_id": new_id()})
    await stage.jobs()

    assert (statuses, late.code) == ([204, 204], "entry_not_current")
    (line,) = (await officer.get(path)).json
    assert (line["current"], line["reason"]) == (False, "填错了日期")
    assert (await officer.get(f"/schools/{cast.tianba.id}/ledger/entries")).json["items"] == []
    figures = (await officer.get("/divisions/530302/ledger/completeness")).json
    assert next(one["entries"] for one in figures if one["aspect"] == "food_sample") == 0


async def test_a_signer_held_a_post_on_the_day(stage: Stage, cast: Cast) -> None:
    manager = await cast.phone("manager")
    await Holding.filter(person_id=cast.people["head"].id).update(since_on=date(2026, 11, 24))
    values = {"checker": cast.people["head"].id}

    before = await manager.post("/ledger/entries", checking(cast, values=values, for_on="2026-11-23"))
    since = await manager.post("/ledger/entries", checking(cast, values=values))

    assert [item for item, _ in before.json["facts"]["faults"]] == ["checker"]
    assert since.status == 201


async def test_a_register_is_written_by_its_posts_and_ended_with_a_reason(stage: Stage, cast: Cast) -> None:
    manager, head = await cast.phone("manager"), await cast.phone("head")
    values = {
        "year": 2026, "filed_on": "2026-09-20", "members": 6, "grades": ["1", "2"], "school_grades": ["1", "2", "3"],
        "no_interest": True, "published": True,
    }  # fmt: skip
    body = {"request_id": new_id(), "version": 1, "school_id": cast.tianba.id, "values": values}

    refused = await manager.post("/ledger/registers/committee_list", body)
    put = await head.post("/ledger/registers/committee_list", body)
    again = await head.post("/ledger/registers/committee_list", body)
    changed = await head.post(
        "/ledger/registers/committee_list", body | {"request_id": new_id(), "values": values | {"members": 9}}
    )
    by_entries = await head.post("/ledger/registers/staff", body)
    (row,) = (await head.get(f"/schools/{cast.tianba.id}/ledger/registers/committee_list")).json
    ended = await head.post(f"/ledger/register-rows/{row['id']}/end", {"reason": "换届"})

    assert (refused.status, put.status, again.status) == (403, 201, 200)
    assert (changed.status, changed.json) == (200, {"id": put.json["id"], "revision": 2})
    assert (by_entries.status, by_entries.code) == (422, "kept_by_aspect")
    assert (row["values"]["members"], row["defect_items"], ended.status) == (9, [], 204)
    assert (await head.get(f"/schools/{cast.tianba.id}/ledger/registers/committee_list")).json == []
    (gone,) = (
        await head.get(f"/schools/{cast.tianba.id}/ledger/registers/committee_list", ended="true")
    ).json
    assert (gone["ended_on"], gone["ended_reason"]) == ("2026-11-24", "换届")


LICENCE = {
    "holder": "田坝小学", "scope": ["hot"], "from_on": "2024-01-01", "until_on": "2028-12-31", "grade": "A",
}  # fmt: skip


def licensed(number: int) -> dict[str, Any]:
    first = f"15303020000{number:02}"
    return LICENCE | {"number": f"JY{first}{licence_check(first)}"}


async def test_a_correction_makes_no_twin_in_a_register(stage: Stage, cast: Cast) -> None:
    manager = await cast.phone("manager")
    sent = [
        await manager.post(
            "/ledger/entries", checking(cast) | {"aspect": "food_licence", "values": licensed(number)}
        )
        for number in (1, 2)
    ]
    body = {"request_id": new_id(), "version": 1, "reason": "抄错一位"}

    twin = await manager.post(f"/ledger/entries/{sent[1].json['id']}/correct", body | {"values": licensed(1)})
    other = await manager.post(
        f"/ledger/entries/{sent[1].json['id']}/correct", body | {"values": licensed(3)}
    )

    assert (twin.status, twin.code) == (409, "in_register_already")
    assert "请更正那一条" in twin.said
    assert (other.status, other.json["revision"]) == (201, 2)
    rows = (await manager.get(f"/schools/{cast.tianba.id}/ledger/registers/licence")).json
    assert [one["label"] for one in rows] == [licensed(1)["number"], licensed(3)["number"]]


async def test_a_canteen_of_another_school_is_none(cast: Cast) -> None:
    manager = await cast.phone("manager")
    own, other = [await Canteen.get(school_id=one.id) for one in (cast.tianba, cast.wanghai)]

    foreign = await manager.post("/ledger/entries", checking(cast, canteen_id=other.id))
    kept = await manager.post("/ledger/entries", checking(cast, canteen_id=own.id))

    assert (foreign.status, foreign.json["facts"]["faults"]) == (
        422, [["canteen", "本校没有这个食堂，请重新选择。"]],
    )  # fmt: skip
    assert kept.status == 201


async def test_a_school_is_offered_its_own_suppliers_first_and_finds_the_others_by_name(
    stage: Stage, cast: Cast
) -> None:
    manager, neighbour = await cast.phone("manager"), await cast.phone("neighbour_head")
    officer = await cast.phone("officer")
    first = "91530302MA6K0002"

    async def known(name: str, number: int, who: Phone, school: int) -> int:
        code = f"{first}{number}"
        said = {"name": name, "company_code": code + company_check(code)}
        put = await supplier(who, cast, at=school, **said)
        assert put.status == 201, put.json
        return int(put.json["id"])

    others = [
        await known(f"曲靖{name}商贸行", number, neighbour, cast.wanghai.id)
        for number, name in enumerate(("甲", "乙", "丙", "丁"))
    ]
    own, delivering, countys, _ = others
    written = await known("曲靖自填粮油店", 5, manager, cast.tianba.id)
    contract = {
        "supplier": own, "number": "HT-1", "from_on": "2026-09-01", "until_on": "2027-07-31",
    }  # fmt: skip
    body = checking(cast)
    entries = [
        await manager.post("/ledger/entries", body | {"request_id": new_id(), "aspect": aspect, "values": values})
        for aspect, values in (
            ("procurement", contract | {"ingredient": "rice", "goods": "香米", "method": "public", "unit": "kg", "price_fen": 520}),
            ("acceptance", {"goods": "香米", "ingredient": "rice", "supplier": delivering, "quantity_g": 50_000,
                            "verdict": "accepted", "signer_1": cast.people["manager"].id}),
        )
    ]  # fmt: skip
    tender = contract | {"supplier": countys, "tender_on": "2026-08-01", "scope": ["milk"], "schools": 3}
    entries.append(
        await officer.post(
            "/ledger/entries",
            {key: value for key, value in body.items() if key != "school_id"}
            | {"request_id": new_id(), "aspect": "county_supplier", "division": "530302", "values": tender},
        )
    )
    assert [one.status for one in entries] == [201, 201, 201], [one.json for one in entries]

    offered = await manager.get(f"/schools/{cast.tianba.id}/ledger/suppliers")
    found = await manager.get(f"/schools/{cast.tianba.id}/ledger/registers/supplier", named="丁商")
    coded = await manager.get(
        f"/schools/{cast.tianba.id}/ledger/registers/supplier",
        named=(first + "3" + company_check(first + "3")).lower(),
    )
    stage.forward(days=200)
    later = await (await cast.phone("manager")).get(f"/schools/{cast.tianba.id}/ledger/suppliers")
    refused = await (await cast.phone("member")).get(f"/schools/{cast.tianba.id}/ledger/suppliers")
    away = await (await cast.phone("neighbour_officer")).get(f"/schools/{cast.tianba.id}/ledger/suppliers")

    assert [one["id"] for one in offered.json] == [own, delivering, countys, written]
    assert [one["id"] for one in found.json] == [one["id"] for one in coded.json] == [others[3]]
    assert [one["id"] for one in later.json] == [own, countys, written]
    assert (refused.status, away.status) == (403, 404)


async def test_the_schools_own_people_are_offered_as_signers_and_others_are_only_named(cast: Cast) -> None:
    manager = await cast.phone("manager")
    found = (await manager.get(f"/schools/{cast.tianba.id}/ledger/signers")).json
    offered = {one["name"]: one["staff"] for one in found}
    assert offered == {
        "张明": True, "赵丽": True, "李秀英": False, "杨桂芳": False, "王建国": False, "郑强": False,
    }  # fmt: skip


async def test_a_certificate_is_read_by_its_row_with_the_entry_that_corrects_it(cast: Cast) -> None:
    manager = await cast.phone("manager")
    values = {
        "name": "李琼仙", "job": "cook", "certificate": "QJ20260012345", "from_on": "2025-11-20",
        "until_on": "2026-11-19", "trained": True,
    }  # fmt: skip
    sent = await manager.post("/ledger/entries", checking(cast, aspect="staff") | {"values": values})
    item = next(
        one for one in (await manager.get("/me/today")).json["items"] if one["source"] == "certificate"
    )
    row = (await manager.get(f"/ledger/register-rows/{item['subject_id']}")).json
    assert (row["entry_id"], row["label"], row["until_on"]) == (sent.json["id"], "李琼仙", "2026-11-19")
    assert "QJ20260012345" not in str(row)
    renewed = {
        "request_id": new_id(), "version": row["version"], "reason": "换了新证",
        "values": values | {"certificate": "QJ20260099999", "from_on": "2026-11-20", "until_on": "2027-11-19"},
    }  # fmt: skip
    assert (await manager.post(f"/ledger/entries/{row['entry_id']}/correct", renewed)).status == 201
    again = (await manager.get(f"/ledger/register-rows/{item['subject_id']}")).json
    assert again["until_on"] == "2027-11-19"
    left = (await manager.get("/me/today")).json["items"]
    assert [one for one in left if one["source"] == "certificate"] == []
