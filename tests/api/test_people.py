"""People as officers manage them: supervisors' terms, recusals, parting somebody from their WeChat."""

import asyncio
from datetime import date

import pytest

from models.database import sql
from models.organisations.tables import School, SchoolStage
from models.people.tables import Holding
from tests.cast import QILIN, Cast, Phone, Stage

pytestmark = pytest.mark.slow


async def schools(count: int) -> list[School]:
    return [
        await School.create(
            code=f"53030201{number:02}", name=f"麒麟区第{number}小学", county_code=QILIN,
            stage=SchoolStage.PRIMARY,
        )
        for number in range(count)
    ]  # fmt: skip


async def test_a_supervisor_has_five_schools_and_no_sixth(cast: Cast) -> None:
    officer = await cast.phone("officer")
    new = await schools(4)
    person = cast.people["supervisor"].id  # 田坝 and 望海 already
    body = {"person_id": person, "since_on": "2026-12-01", "until_on": "2028-12-01"}
    answers = [await officer.post(f"/schools/{school.id}/supervisors", body) for school in new]
    assert [answer.status for answer in answers] == [201, 201, 201, 409]
    assert answers[3].code == "too_many_schools"
    assert "最多负责5所学校，此人同期已负责5所" in answers[3].said
    listed = (await officer.get("/divisions/530302/supervisors")).json
    mine = next(line for line in listed if line["person_id"] == person)
    assert (mine["name"], mine["schools"], len(mine["terms"])) == ("王建国", 2, 5)
    term = next(term for term in mine["terms"] if term["school_id"] == new[0].id)
    assert (term["since_on"], term["until_on"]) == ("2026-12-01", "2028-12-01")
    ended = await officer.post(
        f"/supervisors/{term['id']}/end", {"reason": "调离岗位", "until_on": "2026-12-01"}
    )
    assert ended.status == 204, ended.json
    again = await officer.post(f"/schools/{new[3].id}/supervisors", body)
    assert again.status == 201
    # what was ended before it began leaves room to begin
    assert (await officer.post(f"/supervisors/{again.json['id']}/end", {"reason": "登记错误"})).status == 422
    undone = {"reason": "登记错误", "until_on": "2026-12-01"}
    assert (await officer.post(f"/supervisors/{again.json['id']}/end", undone)).status == 204
    assert (await officer.post(f"/schools/{new[0].id}/supervisors", body)).status == 201


async def test_two_officers_at_once_do_not_make_six(cast: Cast) -> None:
    officer, prefecture = await cast.phone("officer"), await cast.phone("prefecture")
    new = await schools(8)
    body = {"person_id": cast.people["supervisor"].id, "since_on": "2026-12-01"}
    answers = await asyncio.gather(
        *(
            (officer, prefecture)[number % 2].post(f"/schools/{school.id}/supervisors", body)
            for number, school in enumerate(new)
        )
    )
    assert sorted(answer.status for answer in answers) == [201] * 3 + [409] * 5


async def test_the_new_supervisor_may_check_in_and_the_former_not_and_history_stays(
    cast: Cast, stage: Stage
) -> None:
    officer, stand_in = await cast.phone("officer"), await cast.phone("stand_in")
    assert (await stand_in.check_in(cast.tianba)).code == "no_post_here"
    body = {"person_id": cast.people["stand_in"].id, "since_on": "2026-11-24"}
    made = await officer.post(f"/schools/{cast.tianba.id}/supervisors", body)
    assert (made.status, made.json["until_on"]) == (201, "2029-11-24")
    assert (await stand_in.check_in(cast.tianba)).status == 201
    stage.forward(days=1)
    ended = await officer.post(f"/supervisors/{made.json['id']}/end", {"reason": "岗位调整"})
    assert ended.status == 204
    assert (await stand_in.check_in(cast.tianba)).code == "no_post_here"
    row = await Holding.get(id=made.json["id"])
    assert (row.since_on, row.until_on) == (date(2026, 11, 24), date(2026, 11, 25))
    steps = await sql.rows("SELECT verb FROM journal_entry WHERE subject_kind = 'holding' ORDER BY id")
    assert [step["verb"] for step in steps] == ["assign", "end_term"]


@pytest.mark.parametrize(
    ("who", "change", "code"),
    [
        ("supervisor", {}, "term_overlaps"),
        ("recused", {}, "recused_there"),
        ("member", {}, "works_there"),
        ("head", {}, "works_there"),
        ("nobody", {}, "not_found"),
        ("stranger", {}, "not_found"),
        ("stand_in", {"until_on": "2031-01-01"}, "term_too_long"),
        ("stand_in", {"until_on": "2026-12-01"}, "term_backwards"),
        ("stand_in", {"since_on": "1026-12-01"}, "validation"),
    ],
)
async def test_who_cannot_be_assigned_is_told_why(
    cast: Cast, who: str, change: dict[str, str], code: str
) -> None:
    officer = await cast.phone("officer")
    await Holding.filter(person_id=cast.people["recused"].id).update(until_on=date(2026, 10, 1))
    body = {"person_id": cast.people[who].id, "since_on": "2026-12-01"} | change
    answer = await officer.post(f"/schools/{cast.tianba.id}/supervisors", body)
    assert answer.code == code, answer.json


async def test_the_county_is_told_before_a_term_ends_once_and_not_when_it_is_renewed(
    cast: Cast, stage: Stage
) -> None:
    officer = await cast.phone("officer")
    await Holding.filter(person_id=cast.people["supervisor"].id).update(until_on=date(2026, 12, 26))
    await Holding.filter(person_id=cast.people["stand_in"].id).update(until_on=date(2026, 12, 26))
    place = (await Holding.get(person=cast.people["stand_in"])).post_id
    await Holding.create(
        person=cast.people["stand_in"], post_id=place, since_on=date(2026, 12, 26),
        until_on=date(2028, 12, 26),
    )  # fmt: skip
    for days in (0, 1, 1, 1):  # 24 to 27 November: thirty days before is the 26th
        stage.forward(days=days)
        await stage.jobs()
    lines = [line for line in (await officer.get("/notices")).json["items"] if line["kind"] == "term_ending"]
    assert [(line["facts"]["title"], line["facts"]["due"]) for line in lines] == [
        ("责任督学王建国任期将满", "2026年12月26日 00:00")
    ]
    assert lines[0]["facts"]["school"].endswith("等2所")
    assert "督学任期将满，请续任或换人" in str(await officer.messages())


@pytest.mark.parametrize("who", ["neighbour_officer", "head", "supervisor", "parent", "nobody"])
async def test_others_cannot_tell_that_any_of_this_is_there(cast: Cast, who: str) -> None:
    phone = await cast.phone(who, consent=False)
    here, person = cast.tianba.id, cast.people["stand_in"].id
    asked = [
        await phone.get("/divisions/530302/supervisors"),
        await phone.post(f"/schools/{here}/supervisors", {"person_id": person, "since_on": "2026-12-01"}),
        await phone.post("/supervisors/1/end", {"reason": "不想要了"}),
        await phone.get(f"/schools/{here}/recusals"),
        await phone.post(f"/schools/{here}/recusals", {"person_id": person, "reason": "亲属关系"}),
        await phone.post("/recusals/1/end", {"reason": "不想要了"}),
        await phone.post(f"/people/{person}/unbind", {"reason": "不想要了"}),
    ]
    assert [answer.status for answer in asked] == [404] * 7


async def test_a_recusal_holds_at_once_and_until_it_is_ended(cast: Cast) -> None:
    officer, supervisor = await cast.phone("officer"), await cast.phone("supervisor")
    path = f"/schools/{cast.tianba.id}/recusals"
    body = {"person_id": cast.people["supervisor"].id, "reason": "子女在该校食堂任职"}
    made = await officer.post(path, body)
    assert (made.status, made.json["name"], made.json["running"]) == (201, "王建国", True)
    refused = await supervisor.check_in(cast.tianba)
    assert "子女在该校食堂任职" in refused.said
    assert (await officer.post(path, body)).code == "already_recused"
    lines = (await officer.get(path)).json
    assert [(line["name"], line["running"]) for line in lines] == [("郑强", True), ("王建国", True)]
    ended = await officer.post(f"/recusals/{made.json['id']}/end", {"reason": "子女已离职"})
    assert ended.status == 204
    assert (await supervisor.check_in(cast.tianba)).status == 201
    assert (await officer.post(f"/recusals/{made.json['id']}/end", {"reason": "子女已离职"})).code == (
        "recusal_ended"
    )
    said = [line["reason"] for line in (await officer.get(path)).json]
    assert said[1] == "子女在该校食堂任职；结束：子女已离职"
    assert (await officer.post(path, body | {"reason": "又到该校任职"})).json["id"] == made.json["id"]
    steps = await sql.rows("SELECT verb, facts FROM journal_entry WHERE subject_kind = 'recusal' ORDER BY id")
    assert [step["verb"] for step in steps] == ["recuse", "end_recusal", "recuse"]
    # a reason is about somebody's family: the journal could never forget it
    assert not any("子女" in str(sql.document(step["facts"])) for step in steps)


async def test_who_keeps_away_does_not_stand_in(cast: Cast) -> None:
    officer = await cast.phone("officer")
    body = {"person_id": cast.people["stand_in"].id, "reason": "配偶为该校供货人"}
    assert (await officer.post(f"/schools/{cast.tianba.id}/recusals", body)).status == 201
    duties = (await officer.get(f"/schools/{cast.tianba.id}/duties")).json
    duty = next(duty for duty in duties if duty["kind"] == "supervisor")
    swapped = await officer.post(f"/duties/{duty['id']}/swap", {"person_id": cast.people["stand_in"].id})
    assert swapped.code == "cannot_stand_in"


@pytest.mark.both_engines
async def test_nobody_owes_a_visit_where_they_keep_away(cast: Cast) -> None:
    officer, stand_in = await cast.phone("officer"), await cast.phone("stand_in")
    recused, supervisor = await cast.phone("recused"), await cast.phone("supervisor")

    async def owed(phone: Phone) -> tuple[set[str], set[str]]:
        """By the month's list, and by the day's."""
        today = (await phone.get("/me/today")).json["items"]
        listed = {duty["school_name"] for duty in (await phone.get("/duties")).json}
        return listed, {item["school_name"] for item in today if item["source"] == "visit"}

    duties = (await officer.get(f"/schools/{cast.wanghai.id}/duties")).json
    duty = next(duty for duty in duties if duty["kind"] == "supervisor")
    swapped = await officer.post(f"/duties/{duty['id']}/swap", {"person_id": cast.people["stand_in"].id})
    assert swapped.status == 204
    assert await owed(recused) == (set(), set())
    assert await owed(supervisor) == ({cast.tianba.name},) * 2
    assert await owed(stand_in) == ({cast.wanghai.name, "麒麟区金江小学"},) * 2

    body = {"person_id": cast.people["stand_in"].id, "reason": "配偶为该校供货人"}
    path = f"/schools/{cast.wanghai.id}/recusals"
    recusal = (await officer.post(path, body)).json
    assert await owed(stand_in) == ({"麒麟区金江小学"},) * 2
    # it ended: the visit is theirs again
    await officer.post(f"/recusals/{recusal['id']}/end", {"reason": "配偶已离职"})
    assert await owed(stand_in) == ({cast.wanghai.name, "麒麟区金江小学"},) * 2


async def test_twenty_recusals_of_one_person_at_once_are_one(cast: Cast) -> None:
    officer = await cast.phone("officer")
    body = {"person_id": cast.people["supervisor"].id, "reason": "亲属在该校任职"}
    answers = await asyncio.gather(
        *(officer.post(f"/schools/{cast.tianba.id}/recusals", body) for _ in range(20))
    )
    assert sorted(answer.status for answer in answers) == [201] + [409] * 19


async def test_a_lost_phone_is_parted_and_its_owner_invited_again(cast: Cast) -> None:
    officer, head = await cast.phone("officer"), await cast.phone("head")
    person = cast.people["head"].id
    assert (await officer.post("/invitations", {"person_id": person})).code == "has_wechat"
    parted = await officer.post(f"/people/{person}/unbind", {"reason": "手机丢失"})
    assert parted.status == 204
    assert (await head.get("/me")).status == 401
    assert (await officer.post(f"/people/{person}/unbind", {"reason": "手机丢失"})).code == "no_wechat"
    code = (await officer.post("/invitations", {"person_id": person})).json["code"]
    new_phone = await cast.phone("nobody", bind=False, consent=False)
    assert (await new_phone.post("/me/invitation", {"code": code})).json["name"] == "张明"
    steps = await sql.rows(
        "SELECT verb, facts FROM journal_entry WHERE subject_kind = 'person' AND subject_id = $1 ORDER BY id",
        person,
    )
    assert [step["verb"] for step in steps] == ["bind", "unbind", "invite", "bind"]
    assert sql.document(steps[1]["facts"])["reason"] == "手机丢失"


async def test_nobody_parts_somebody_with_more_than_they_have(cast: Cast) -> None:
    officer = await cast.phone("officer")
    for who in ("prefecture", "officer", "neighbour_head", "stranger"):
        await cast.phone(who, consent=False)
    for who, status in (("prefecture", 404), ("officer", 404), ("stranger", 404), ("neighbour_head", 204)):
        answer = await officer.post(f"/people/{cast.people[who].id}/unbind", {"reason": "手机丢失"})
        assert answer.status == status, who


async def test_anybody_may_part_from_their_own_wechat(cast: Cast) -> None:
    member = await cast.phone("member", consent=False)
    other = await cast.phone("member", consent=False)
    assert (await member.post("/me/unbind")).status == 204
    assert [(await phone.get("/me")).status for phone in (member, other)] == [401, 401]
    again = await cast.phone("member", consent=False)
    assert (await again.get("/me")).json["name"] == "李秀英"
    stranger = await cast.phone("nobody", bind=False, consent=False)
    assert (await stranger.post("/me/unbind")).code == "not_bound"
