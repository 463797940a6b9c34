"""Telephone numbers at rest, consents, "my data", being forgotten, retention."""

import asyncio
import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from tortoise import Tortoise
from tortoise.fields import DateField, DatetimeField
from tortoise.fields.relational import ForeignKeyFieldInstance

from models.database import sql
from models.people import directory, registering
from models.people.consents import ASKED, CURRENT
from models.people.phones import Vault
from models.privacy import retention
from models.privacy.columns import COLUMNS
from models.privacy.declared import BELONGINGS, PLACE_AND_PHONE
from models.privacy.page import kept, retained
from models.privacy.tables import RetentionRun
from ops.declared_settings import PUBLIC_PHONE_KEY
from tests.api.test_alert_facts import visited
from tests.api.test_alerts import switched_on
from tests.api.test_renditions import objects
from tests.api.test_surveys import answer, child_of, plan
from tests.bot.chatting import Chatter
from tests.cast import Cast, Phone, Stage

pytestmark = pytest.mark.slow

PLACE = {"quality": "precise", "longitude": 103.8, "latitude": 25.49, "accuracy_m": 20}
# what WeChat may say besides
MORE = {"altitude_m": 1880, "vertical_accuracy_m": 5, "horizontal_accuracy_m": 20, "speed_mps": 1}
NEW_KEY = b"n" * 32
DIGITS = re.compile(r"1540000\d{4}")


@pytest.fixture
def environ(environ: dict[str, str]) -> dict[str, str]:
    """An installation in the middle of a rotation: a new key in front of the old one."""
    keys = f"2:{NEW_KEY.hex()},1:{PUBLIC_PHONE_KEY.hex()}"
    return environ | {"SHANDU_PHONE_KEYS": keys}


async def _rows(table: str) -> list[dict[str, Any]]:
    return await sql.rows(f"SELECT * FROM {table} ORDER BY id")


async def _everything() -> dict[str, str]:
    """The whole database as text, by table."""
    return {
        model._meta.db_table: str(await sql.rows(f"SELECT * FROM {model._meta.db_table}"))
        for model in Tortoise.apps["shandu"].values()
    }


async def _leave(cast: Cast, who: str, on: date) -> None:
    """The person's posts end."""
    await sql.rows(
        "UPDATE holding SET until_on = $1 WHERE person_id = $2 RETURNING id", on, cast.people[who].id
    )


# Telephone numbers


async def test_a_dump_holds_no_digit_of_a_number(cast: Cast) -> None:
    await cast.phone("member")
    assert all(row["phone"] is None for row in await _rows("person"))
    found = {table: DIGITS.findall(text) for table, text in (await _everything()).items()}
    assert {table: numbers for table, numbers in found.items() if numbers} == {}


async def test_the_staff_list_has_numbers_for_heads_and_officers_and_not_a_digit_for_others(
    cast: Cast,
) -> None:
    head, officer, member = [await cast.phone(name) for name in ("head", "officer", "member")]
    path = f"/schools/{cast.tianba.id}/staff"
    for phone in (head, officer):
        numbers = {line["name"]: line["phone"] for line in (await phone.get(path)).json}
        assert numbers["张明"] == head.number
    assert {line["phone"] for line in (await member.get(path)).json} == {None}


async def test_i_see_my_own_number_masked(cast: Cast) -> None:
    member = await cast.phone("member")
    assert (await member.get("/me")).json["phone"] == "154****0000"
    stranger = await cast.phone("nobody", bind=False, consent=False)
    assert (await stranger.get("/me")).json["phone"] is None


async def _under_the_old_key(cast: Cast, stage: Stage, *names: str) -> None:
    """As before the new key was put in front."""
    both, old = stage.world.context.vault, Vault({1: PUBLIC_PHONE_KEY})
    for name in names:
        number = both.unseal(str(cast.people[name].phone_sealed))
        await sql.rows(
            "UPDATE person SET phone_sealed = $1, phone_digest = $2 WHERE id = $3 RETURNING id",
            old.seal(number), old.digest(number), cast.people[name].id,
        )  # fmt: skip


async def test_binding_works_while_numbers_lie_under_both_keys_and_after(cast: Cast, stage: Stage) -> None:
    await _under_the_old_key(cast, stage, "head", "manager", "parent")
    for name in ("member", "head"):
        assert (await (await cast.phone(name)).get("/me")).json["name"] == cast.people[name].name
    both = stage.world.context.vault
    assert await registering.lying(both) == registering.Lying(plain=0, old=3, unknown=0)
    assert sum([batch async for batch in registering.reseal(both)]) == 3
    assert [batch async for batch in registering.reseal(both)] == []
    assert await registering.lying(Vault({2: NEW_KEY})) == registering.Lying(0, 0, 0)
    assert (await (await cast.phone("manager")).get("/me")).json["name"] == "赵丽"


async def test_somebody_under_the_old_key_is_not_registered_a_second_time(cast: Cast, stage: Stage) -> None:
    await _under_the_old_key(cast, stage, "head")
    vault, head = stage.world.context.vault, cast.people["head"]
    number = vault.unseal(str(head.phone_sealed))
    assert await directory.register(vault, {number: "张明亮"}, stage.clock()) == {number: head.id}
    assert (await sql.rows("SELECT name FROM person WHERE id = $1", head.id))[0]["name"] == "张明亮"
    assert len(await _rows("person")) == len(cast.people)


# Consents


async def test_what_is_asked_is_said_in_chinese_and_what_i_gave_stands_beside_it(cast: Cast) -> None:
    member = await cast.phone("member", consent=False)
    asked = (await member.get("/me/consents")).json
    assert [one["title"] for one in asked] == ["隐私政策", "位置信息", "未成年人信息"]
    assert not any(one["given"] for one in asked)
    for _ in range(2):
        assert (await member.post("/me/consents", {"kind": "privacy_policy", "version": 1})).status == 204
    assert [one["given"] for one in (await member.get("/me/consents")).json] == [True, False, False]
    assert len(await _rows("consent")) == 1
    steps = await sql.rows("SELECT verb, facts FROM journal_entry WHERE subject_kind = 'identity'")
    assert [(step["verb"], sql.document(step["facts"])) for step in steps] == [
        ("consent", {"kind": "privacy_policy", "version": 1})
    ]


async def test_a_text_that_is_not_the_current_one_cannot_be_agreed_to(cast: Cast) -> None:
    member = await cast.phone("member", consent=False)
    for body in ({"kind": "privacy_policy", "version": 2}, {"kind": "marketing", "version": 1}):
        assert (await member.post("/me/consents", body)).status == 404
    assert (await member.ask("DELETE", "/me/consents/marketing")).status == 404


async def test_the_privacy_policy_itself_is_not_withdrawn_but_left_by_being_forgotten(cast: Cast) -> None:
    member = await cast.phone("member", consent=False)
    answer = await member.ask("DELETE", "/me/consents/privacy_policy")
    assert (answer.status, answer.code) == (409, "consent_needed")
    assert "注销" in answer.said


async def test_after_withdrawing_location_check_ins_keep_no_place(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    assert (await member.check_in(cast.tianba, place=PLACE)).status == 201
    # on another phone of the same person, and without ever having given it here
    second = await Phone(stage, cast.people["member"]).turn_on(consent=False)
    for _ in range(2):
        assert (await second.ask("DELETE", "/me/consents/location")).status == 204
    after = await member.check_in(cast.tianba, place=PLACE)
    assert after.status == 201
    # the phone sends it again: the same check-in, not another body
    again = await member.ask("POST", "/check-ins", json=after.headers)
    assert (again.status, again.json["id"]) == (200, after.json["id"])
    assert (await second.post("/me/consents", {"kind": "location", "version": 1})).status == 204
    assert (await member.check_in(cast.tianba, place=PLACE)).status == 201
    kept_places = [
        (row["place"], row["longitude"], row["accuracy_m"], row["distance_m"])
        for row in await _rows("check_in")
    ]
    assert kept_places == [("precise", 103.8, 20, 0), ("none", None, None, None), ("precise", 103.8, 20, 0)]


def test_every_version_of_a_text_stays_and_the_highest_is_asked() -> None:
    assert {one.kind: one.version for one in CURRENT.values()} == {
        kind: max(one.version for one in ASKED if one.kind == kind) for kind in CURRENT
    }
    assert len({(one.kind, one.version) for one in ASKED}) == len(ASKED)


# My data


async def _busy(cast: Cast, who: str) -> Phone:
    """Somebody who did everything: checked in with a place, visited, found a problem, opened a notice."""
    phone = await cast.phone(who)
    checked = await phone.check_in(cast.tianba, place=PLACE | MORE, device=f"phone-of-the-{who}")
    sent = await phone.visit(cast.tianba, checked.headers["request_id"], failing="C06")
    assert sent.status == 201, sent.json
    await phone.stage.jobs()
    return phone


async def test_my_data_is_everything_of_mine_and_nothing_of_others(cast: Cast) -> None:
    await _busy(cast, "second_member")
    member = await _busy(cast, "member")
    await member.post("/me/consents", {"kind": "location", "version": 1})
    answer = await member.get("/me/data")
    assert answer.status == 200
    sections = {section["table"]: section["rows"] for section in answer.json["sections"]}
    for section in answer.json["sections"]:
        assert {key for row in section["rows"] for key in row} <= set(section["columns"]) | {"id"}
    assert sections["person"][0]["name"] == "李秀英"
    assert sections["person"][0]["phone"] == member.number
    (held,) = sections["holding"]
    assert (held["post__kind"], held["post__school__name"]) == ("committee", "麒麟区田坝小学")
    assert [row["longitude"] for row in sections["check_in"]] == [103.8]
    assert [row["grade"] for row in sections["visit"]] == ["good"]
    assert [row["title"] for row in sections["problem"]]
    assert {row["purpose"] for row in sections["photo"]} == {"visit", "signature"}
    assert [row["kind"] for row in sections["consent"]] == ["location"]
    assert [row["device"] for row in sections["session"]] == ["测试手机"]
    assert len(sections["identity"]) == 1
    text = json.dumps(answer.json, ensure_ascii=False)
    other = await cast.phone("second_member", bind=False, consent=False)
    theirs = (await other.get("/me/data")).json
    ids = {
        row["id"] for section in theirs["sections"] if section["table"] == "visit" for row in section["rows"]
    }
    assert ids.isdisjoint({row["id"] for row in sections["visit"]})
    assert other.number not in text
    assert "杨桂芳" not in text
    assert DIGITS.findall(text) == [member.number]


async def test_before_binding_my_data_is_what_wechat_told(cast: Cast) -> None:
    stranger = await cast.phone("nobody", bind=False, consent=False)
    sections = (await stranger.get("/me/data")).json["sections"]
    filled = {section["table"] for section in sections if section["rows"]}
    assert filled <= {"identity", "session", "inbound_event", "credit"}
    assert {"identity", "session"} <= filled


# which columns name somebody: by what they are called, or by the table they point at
NAMES_SOMEBODY = re.compile(
    r"person|identity|openid|phone|_by(_id)?$|stand_in|supervisor_id|guardian|parent_id|author"
)


@pytest.mark.usefixtures("database")
def test_every_column_that_names_somebody_is_on_the_list() -> None:
    found = set()
    for model in Tortoise.apps["shandu"].values():
        for name, column in model._meta.fields_db_projection.items():
            points = any(
                isinstance(one, ForeignKeyFieldInstance)
                and one.source_field == column
                and one.related_model._meta.db_table in ("person", "identity")
                for one in model._meta.fields_map.values()
            )
            # what is to be done by an instant names nobody
            moment = isinstance(model._meta.fields_map[name], DateField | DatetimeField)
            if points or (NAMES_SOMEBODY.search(name) and not moment):
                found.add((model._meta.db_table, column))
    declared = {(one.table, one.column) for one in BELONGINGS}
    of_the_person = {("person", "phone_sealed"), ("person", "phone_digest"), ("identity", "openid")}
    assert found - declared - of_the_person == set()


@pytest.mark.usefixtures("database")
def test_the_list_names_columns_that_there_are() -> None:
    tables = {model._meta.db_table: model._meta for model in Tortoise.apps["shandu"].values()}
    for one in BELONGINGS:
        columns = set(tables[one.table].fields_db_projection) | {"person_id", "identity_id"}
        names = {one.column, *one.blank, *(name.partition("__")[0] for name in one.shown)}
        assert names <= columns | {"post", "child"}


def test_every_column_that_is_shown_has_a_name_a_person_understands() -> None:
    shown = {name for one in BELONGINGS for name in one.shown}
    unnamed = sorted(name for name in shown if not re.search("[一-鿿]", COLUMNS.get(name, "")))
    assert unnamed == [], "name these in models/privacy/columns.py"


def test_the_page_on_security_prints_the_declarations() -> None:
    page = (Path(__file__).parents[2] / "docs/security.md").read_text()
    assert kept() in page, "put what `python -m models.privacy.page` prints into docs/security.md"
    assert retained() in page, "put what `python -m models.privacy.page` prints into docs/security.md"


# Being forgotten


async def _forgotten(cast: Cast, stage: Stage, phone: Phone, who: str) -> int:
    """Leave, ask, confirm; returns the request."""
    await _leave(cast, who, stage.clock().date())
    asked = await phone.post("/me/erasure")
    assert (asked.status, asked.json["state"]) == (201, "requested"), asked.json
    confirmed = await phone.post("/me/erasure/confirm", {"words": "确认注销"})
    assert (confirmed.status, confirmed.json["state"]) == (200, "confirmed")
    return int(confirmed.json["id"])


async def test_who_holds_a_post_leaves_it_first(cast: Cast) -> None:
    supervisor = await cast.phone("supervisor", consent=False)
    for path, body in (("/me/erasure", None), ("/me/erasure/confirm", {"words": "确认注销"})):
        answer = await supervisor.post(path, body)
        assert (answer.status, answer.code) == (409, "still_in_office")
        assert answer.said == "您还担任责任督学，请先联系学校或县教体局办理离任，再申请注销。"


async def test_it_takes_a_second_word_and_can_be_taken_back(cast: Cast, stage: Stage) -> None:
    nobody, officer = await cast.phone("member", consent=False), await cast.phone("officer", consent=False)
    await _leave(cast, "member", stage.clock().date())
    assert (await nobody.post("/me/erasure/confirm", {"words": "确认注销"})).code == "erasure_not_requested"
    first = await nobody.post("/me/erasure")
    assert (await nobody.post("/me/erasure")).json["id"] == first.json["id"]
    early = await officer.post(f"/erasures/{first.json['id']}/carry-out")
    assert (early.status, early.code) == (409, "erasure_not_requested")
    assert (await nobody.post("/me/erasure/confirm", {"words": "好"})).status == 422
    assert (await officer.get("/erasures")).json == []
    assert (await nobody.post("/me/erasure/confirm", {"words": "确认注销"})).status == 200
    assert (await nobody.ask("DELETE", "/me/erasure")).status == 204
    assert (await officer.post(f"/erasures/{first.json['id']}/carry-out")).status == 409
    assert (await nobody.get("/me")).json["name"] == "李秀英"


async def test_only_those_above_every_post_ever_held_carry_it_out(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    request = await _forgotten(cast, stage, member, "member")
    for who in ("neighbour_officer", "head", "parent"):
        other = await cast.phone(who, consent=False)
        assert (await other.post(f"/erasures/{request}/carry-out")).status == 404, who
        assert (await other.get("/erasures")).json == []
    province = await cast.phone("province", consent=False)
    (line,) = (await province.get("/erasures")).json
    assert (line["id"], line["name"]) == (request, "李秀英")


async def test_what_is_begun_is_not_taken_back_and_goes_on(cast: Cast, stage: Stage) -> None:
    member, officer = await _busy(cast, "member"), await cast.phone("officer")
    request = await _forgotten(cast, stage, member, "member")
    folder = Path(stage.world.settings.store_url.removeprefix("file://"))
    away = folder.rename(folder.with_name("away"))
    folder.write_text("a file where the folder was: nothing can be removed")
    assert (await officer.post(f"/erasures/{request}/carry-out")).status == 503
    for method, path in (("DELETE", "/me/erasure"), ("POST", "/me/erasure")):
        late = await member.ask(method, path, json={})
        assert (late.status, late.code) == (409, "erasure_under_way")
    assert [line["id"] for line in (await officer.get("/erasures")).json] == [request]
    folder.unlink()
    away.rename(folder)
    assert (await officer.post(f"/erasures/{request}/carry-out")).status == 204
    assert (await member.get("/me")).status == 401


async def _alert_about(cast: Cast, stage: Stage, who: str) -> int:
    """The county is told that somebody sends the same answers and reads it, also by chat; the alert's id."""
    officer = await switched_on(cast, "copied_answers")
    for hours in range(3):
        at = stage.clock() - timedelta(hours=hours)
        await visited(cast.tianba, "committee", {"C04"}, at, cast.people[who].id)
    await stage.jobs()
    (line,) = (await officer.get("/alerts")).json["items"]
    assert line["said"] == "李秀英近60天有3次入校的答案一字不差。"
    assert line["facts"]["person_id"] == cast.people[who].id
    chat = Chatter(officer)
    await chat.follow()
    for words in ("预警", "待办"):
        assert "有人近60天有3次入校的答案一字不差" in await chat.say(words)
    return int(line["id"])


async def test_the_public_record_stays_without_the_person(cast: Cast, stage: Stage) -> None:
    member, officer = await _busy(cast, "member"), await cast.phone("officer")
    number, person = member.number, cast.people["member"]
    visits = (await officer.get(f"/schools/{cast.tianba.id}/visits")).json["items"]
    (problem,) = (await officer.get("/problems")).json["items"]
    signed = (await officer.get(f"/visits/{visits[0]['id']}")).json["signatures"]
    openid = (await member.wx("GET", ""))["openid"]
    about = await _alert_about(cast, stage, "member")
    loose = await member.photo(cast.tianba)
    request = await _forgotten(cast, stage, member, "member")
    answers = await asyncio.gather(*(officer.post(f"/erasures/{request}/carry-out") for _ in range(2)))
    assert [answer.status for answer in answers] == [204, 204]
    assert (await officer.post(f"/erasures/{request}/carry-out")).status == 204

    assert (await member.get("/me")).status == 401
    visit = (await officer.get(f"/visits/{visits[0]['id']}")).json
    assert (visit["who"], visit["signatures"], len(visit["photos"])) == ("已注销用户", [], 2)
    assert visit["answers"]
    timeline = (await officer.get(f"/problems/{problem['id']}")).json
    assert {step["who"] for step in timeline["steps"]} <= {"已注销用户", None}
    said = (await officer.get(f"/alerts/{about}")).json["said"]
    assert said == "已注销用户近60天有3次入校的答案一字不差。"
    for key in (*signed, loose):
        assert (await officer.get(f"/photos/{key}")).status == 404
    dump = await _everything()
    for secret in ("李秀英", number, openid, str(person.phone_digest), str(person.phone_sealed)):
        assert [table for table, text in dump.items() if secret in text] == [], secret
    checked = await _rows("check_in")
    assert {row[name] for row in checked for name in PLACE_AND_PHONE} == {None}
    assert checked[0]["distance_m"] == 0
    steps = await sql.rows(
        "SELECT verb FROM journal_entry WHERE subject_kind = 'person' AND subject_id = $1 ORDER BY id",
        person.id,
    )
    assert [step["verb"] for step in steps] == ["bind", "request_erasure", "confirm_erasure", "erase"]


async def test_what_was_made_of_a_photo_goes_with_it_and_what_stays_bears_no_name(
    cast: Cast, stage: Stage
) -> None:
    member, officer = await _busy(cast, "member"), await cast.phone("officer")
    loose = await member.photo(cast.tianba)
    await stage.jobs()
    (line,) = (await officer.get(f"/schools/{cast.tianba.id}/visits")).json["items"]
    visit = (await officer.get(f"/visits/{line['id']}")).json
    stays = visit["photos"][0]
    named = (await officer.get(f"/photos/{stays}", rendition="marked")).json
    assert (await member.get(f"/photos/{loose}", rendition="marked")).status == 200
    request = await _forgotten(cast, stage, member, "member")
    assert (await officer.post(f"/erasures/{request}/carry-out")).status == 204

    store = stage.world.context.store
    left = await objects(store)
    gone = {loose, *visit["signatures"]}
    assert {key for key in left if key.partition("/")[2] in gone} == set()
    assert {row["photo_id"] for row in await _rows("photo_print")} <= {
        row["id"] for row in await _rows("photo")
    }
    assert f"marked/{stays}" not in left
    early = await officer.get(f"/photos/{stays}", rendition="marked")
    assert (early.status, early.code) == (404, "rendition_not_ready")
    await stage.jobs()
    again = await officer.get(f"/photos/{stays}", rendition="marked")
    assert again.status == 200
    assert again.json != named


async def test_an_upload_that_was_not_finished_goes_too(cast: Cast, stage: Stage) -> None:
    member, officer = await cast.phone("member", consent=False), await cast.phone("officer", consent=False)
    store = stage.world.context.store
    await store.put("uploads/" + "ab" * 16 + "/01", b"half a picture")
    await sql.rows(
        "INSERT INTO upload (key, request_key, request_id, school_id, person_id, purpose, length, received,"
        " parts, expires_at) VALUES ($1, 'x:1', '1', $2, $3, 'visit', 100, 14, $4::jsonb, $5) RETURNING id",
        "ab" * 16, cast.tianba.id, cast.people["member"].id,
        json.dumps(["uploads/" + "ab" * 16 + "/01"]), stage.clock(),
    )  # fmt: skip
    request = await _forgotten(cast, stage, member, "member")
    assert (await officer.post(f"/erasures/{request}/carry-out")).status == 204
    assert await _rows("upload") == []
    assert [key async for key in store.keys("uploads/")] == []


async def test_whoever_answered_a_survey_sees_that_they_did_and_nobody_sees_what(
    cast: Cast, stage: Stage
) -> None:
    officer, parent = await cast.phone("officer", consent=False), await cast.phone("parent", consent=False)
    number = await plan(cast)
    child = await child_of(parent, cast.tianba)
    assert (await parent.post(f"/surveys/{number}/answers", answer(child))).status == 201
    sections = {one["table"]: one["rows"] for one in (await parent.get("/me/data")).json["sections"]}
    (mine,) = sections["guardian"]
    assert (mine["child__school_id"], mine["child__grade"]) == (cast.tianba.id, 3)
    (took,) = sections["survey_participation"]
    assert (took["round_id"], took["child_id"], took["on_date"]) == (number, child, "2026-11-24")
    assert sections.keys().isdisjoint({"survey_ballot", "survey_answer", "survey_remark"})
    ballots = await _rows("survey_ballot")
    request = await _forgotten(cast, stage, parent, "parent")
    assert (await officer.post(f"/erasures/{request}/carry-out")).status == 204
    # the box is as it was, and so is the number of those who took part
    assert await _rows("survey_ballot") == ballots
    assert len(await _rows("survey_participation")) == 1
    assert await _rows("guardian") == []


async def test_whoever_comes_back_to_office_after_asking_is_not_forgotten(cast: Cast, stage: Stage) -> None:
    member, officer = await cast.phone("member", consent=False), await cast.phone("officer", consent=False)
    request = await _forgotten(cast, stage, member, "member")
    await sql.rows(
        "UPDATE holding SET until_on = NULL WHERE person_id = $1 RETURNING id", cast.people["member"].id
    )
    answer = await officer.post(f"/erasures/{request}/carry-out")
    assert (answer.status, answer.code) == (409, "still_in_office")
    assert (await member.get("/me")).status == 200


# Retention


async def _counts(stage: Stage) -> dict[str, int]:
    return {rule.name: found for rule, found in await retention.count(stage.clock()) if found}


async def test_retention_counts_first_removes_once_and_keeps_the_record(cast: Cast, stage: Stage) -> None:
    await cast.phone("head")
    member, officer = await _busy(cast, "member"), await cast.phone("officer")
    await cast.phone("nobody", bind=False)
    (visit,) = (await officer.get(f"/schools/{cast.tianba.id}/visits")).json["items"]
    assert await _counts(stage) == {}
    stage.forward(days=29)
    assert await _counts(stage) == {}
    stage.forward(days=700)
    before = await _everything()
    counted = await _counts(stage)
    assert set(counted) >= {"sessions", "callbacks", "addresses", "places", "ticks"}
    assert await _everything() == before
    removed = {rule.name: gone async for rule, gone in retention.remove(stage.clock()) if gone}
    assert {name: removed[name] for name in counted} == counted
    # with the sessions the stranger's identity goes too, and with it the credits
    assert removed["strangers"] == 1
    assert removed["credits"] > 0
    assert {rule.name: gone async for rule, gone in retention.remove(stage.clock()) if gone} == {}
    assert await _counts(stage) == {}
    first, second = await RetentionRun.all().order_by("id")
    assert first.ended_at and first.removed["places"] == 1
    assert second.ended_at and not any(second.removed.values())
    (checked,) = await _rows("check_in")
    assert [checked[name] for name in (*PLACE_AND_PHONE, "distance_m")] == [None] * 8 + [0]
    assert (await (await cast.phone("officer", consent=False)).get(f"/visits/{visit['id']}")).json[
        "who"
    ] == "李秀英"
    assert member.person.id == checked["person_id"]


async def test_a_run_that_was_stopped_is_gone_on_with(cast: Cast, stage: Stage) -> None:
    await _busy(cast, "member")
    stage.forward(days=729)
    counted = await _counts(stage)
    stopped = retention.remove(stage.clock())
    rule, gone = await anext(stopped)
    await stopped.aclose()
    rest = {rule.name: gone async for rule, gone in retention.remove(stage.clock()) if gone}
    assert rule.name not in rest
    assert gone == counted[rule.name]
    assert {name: rest[name] for name in counted if name != rule.name} == {
        name: found for name, found in counted.items() if name != rule.name
    }
    unended = await RetentionRun.filter(ended_at=None).count()
    assert unended == 1


async def test_the_province_decides_how_long(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    await member.check_in(cast.tianba, place=PLACE)
    stage.forward(days=31)
    assert "places" not in await _counts(stage)
    province = await cast.phone("province", consent=False)
    assert (
        await province.ask("PUT", "/divisions/53/policies/keep_place_days", json={"value": 30})
    ).status == 204
    assert (await _counts(stage))["places"] == 1


async def test_what_still_needs_a_worker_is_not_removed_however_old(cast: Cast, stage: Stage) -> None:
    await cast.phone("head")
    await _busy(cast, "member")
    await sql.rows("UPDATE inbound_event SET run_at = received_at RETURNING id")
    await sql.rows("UPDATE delivery SET state = 'unknown' RETURNING id")
    stage.forward(days=800)
    before = {table: await _rows(table) for table in ("inbound_event", "delivery")}
    assert before["inbound_event"] and any(row["openid"] for row in before["delivery"])
    assert {"callbacks", "addresses"}.isdisjoint(await _counts(stage))
    assert [gone async for _, gone in retention.remove(stage.clock())]
    assert {table: await _rows(table) for table in before} == before
