"""Satisfaction surveys (满意度测评): who answers, once; what is shown, and to whom."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from models.database import sql
from models.organisations.actions import ensure_post
from models.organisations.tables import PostKind, School
from models.people.registering import add_person
from models.people.tables import Holding, Person
from models.surveys.tables import SurveyBallot, SurveyParticipation, SurveyRound
from tests.cast import SINCE, Answer, Cast, Phone, Stage, new_id

pytestmark = pytest.mark.slow

OPENS, CLOSES = "2026-11-24", "2026-12-04"
CODES = [f"S{number:02d}" for number in range(1, 12)]


def marks(step: int = 80, recommend: int = 9) -> dict[str, int]:
    return dict.fromkeys(CODES, step) | {"S12": recommend}


def answer(child: int, **changes: Any) -> dict[str, Any]:
    return {
        "child_id": child, "form_version": 1, "marks": marks(), "days": 5, "channel": "child", "words": "",
        **changes,
    }  # fmt: skip


async def plan(cast: Cast, opens_on: str = OPENS, closes_on: str = CLOSES) -> int:
    """A round of 田坝, opened."""
    officer = await cast.phone("officer", consent=False)
    planned = await officer.post(
        f"/schools/{cast.tianba.id}/surveys", {"opens_on": opens_on, "closes_on": closes_on}
    )
    assert planned.status == 201, planned.json
    await cast.stage.jobs()
    return int(planned.json["id"])


async def child_of(phone: Phone, school: School, grade: int = 3) -> int:
    await phone.agree("child_data")
    made = await phone.post(
        "/me/children", {"request_id": new_id(), "school_id": school.id, "grade": grade, "class_name": "2班"}
    )
    assert made.status == 201, made.json
    return int(made.json["id"])


async def parents(cast: Cast, school: School, number: int) -> list[Phone]:
    """So many more parents of a school, signed in."""
    post = await ensure_post(PostKind.PARENT, school_id=school.id)
    phones = []
    for _ in range(number):
        phone_number = f"1980000{await Person.all().count():04d}"
        vault = cast.stage.world.context.vault
        person = await add_person(vault, "家长", phone_number, cast.stage.clock())
        await Holding.create(person=person, post=post, since_on=SINCE)
        phones.append(await Phone(cast.stage, person).turn_on(consent=False))
    return phones


async def answered(phones: list[Phone], school: School, number: int, grade: int = 3, **changes: Any) -> None:
    for phone in phones:
        child = await child_of(phone, school, grade)
        sent = await phone.post(f"/surveys/{number}/answers", answer(child, **changes))
        assert sent.status == 201, sent.json


async def closed(stage: Stage) -> None:
    """The round is over, and the boxes are opened."""
    stage.forward(days=11)
    await stage.jobs()
    stage.forward(minutes=11)
    await stage.jobs()


async def test_a_guardian_answers_once_for_each_child(cast: Cast) -> None:
    number = await plan(cast)
    parent = await cast.phone("parent")
    first, second = await child_of(parent, cast.tianba, 3), await child_of(parent, cast.tianba, 5)
    asked = (await parent.get("/me/surveys")).json
    assert [(one["round_id"], one["child"]["grade_name"], one["answered"]) for one in asked] == [
        (number, "三年级", False), (number, "五年级", False),
    ]  # fmt: skip
    assert (await parent.post(f"/surveys/{number}/answers", answer(first))).status == 201
    again = await parent.post(f"/surveys/{number}/answers", answer(first, marks=marks(20, 0)))
    assert (again.status, "第一次提交的为准" in again.json["said"]) == (200, True)
    assert (await parent.post(f"/surveys/{number}/answers", answer(second))).status == 201
    asked = (await parent.get("/me/surveys")).json
    assert [one["answered"] for one in asked] == [True, True]
    assert (await SurveyBallot.all().count(), await SurveyParticipation.all().count()) == (2, 2)


async def test_twenty_at_once_put_one_ballot_into_the_box(cast: Cast) -> None:
    number = await plan(cast)
    parent = await cast.phone("parent")
    body = answer(await child_of(parent, cast.tianba))
    sent = await asyncio.gather(*(parent.post(f"/surveys/{number}/answers", body) for _ in range(20)))
    assert sorted(one.status for one in sent) == [200] * 19 + [201]
    assert (await SurveyBallot.all().count(), await SurveyParticipation.all().count()) == (1, 1)


async def test_sent_again_after_the_round_closed_it_is_still_accepted(cast: Cast, stage: Stage) -> None:
    number = await plan(cast)
    parent, other = await cast.phone("parent"), await cast.phone("other_parent")
    mine, theirs = await child_of(parent, cast.tianba), await child_of(other, cast.tianba)
    assert (await parent.post(f"/surveys/{number}/answers", answer(mine))).status == 201
    await closed(stage)
    assert (await parent.post(f"/surveys/{number}/answers", answer(mine))).status == 200
    late = await other.post(f"/surveys/{number}/answers", answer(theirs))
    assert (late.status, late.code) == (409, "survey_not_open")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"marks": marks() | {"S01": 90}}, "answer_refused"),
        ({"marks": marks() | {"S12": 11}}, "answer_refused"),
        ({"marks": {"S01": 80}}, "answer_refused"),
        ({"marks": marks() | {"S99": 80}}, "answer_refused"),
        ({"days": 0}, "answer_refused"),
        ({"channel": "nobody"}, "answer_refused"),
        ({"words": "好" * 201}, "answer_refused"),
        ({"form_version": 9}, "questionnaire_unknown"),
        ({"child_id": 999}, "not_found"),
    ],
)
async def test_what_is_wrong_is_said_and_the_seat_stays_free(
    cast: Cast, change: dict[str, object], code: str
) -> None:
    number = await plan(cast)
    parent = await cast.phone("parent", consent=False)
    body = answer(await child_of(parent, cast.tianba))
    assert (await parent.post(f"/surveys/{number}/answers", body | change)).code == code
    assert await SurveyBallot.all().count() == 0
    assert (await parent.post(f"/surveys/{number}/answers", body)).status == 201


async def test_the_longest_words_fit_into_the_envelope(cast: Cast) -> None:
    number = await plan(cast)
    parent = await cast.phone("parent", consent=False)
    first, second = await child_of(parent, cast.tianba), await child_of(parent, cast.tianba)
    for child, words in ((first, "𠮷" * 200), (second, '"' * 200)):
        sent = await parent.post(f"/surveys/{number}/answers", answer(child, words=words))
        assert sent.status == 201, sent.json


async def test_only_guardians_of_the_school_answer(cast: Cast) -> None:
    number = await plan(cast)
    parent, other, stranger = [await cast.phone(who) for who in ("parent", "other_parent", "stranger")]
    child = await child_of(parent, cast.tianba)
    assert (await other.post(f"/surveys/{number}/answers", answer(child))).status == 404
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "grade": 3}
    assert (await stranger.post("/me/children", body)).code == "not_found"
    assert (await (await cast.phone("head")).post("/me/children", body)).code == "not_a_guardian_here"
    assert (await parent.post("/me/children", body | {"grade": 9})).code == "wrong_grade"
    faraway = await child_of(stranger, cast.faraway)
    assert (await stranger.post(f"/surveys/{number}/answers", answer(faraway))).status == 404


async def test_a_child_is_declared_by_a_guardian_who_agrees_to_it(cast: Cast) -> None:
    parent = await cast.phone("parent")
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "grade": 3}
    refused = await parent.post("/me/children", body)
    assert (refused.status, refused.code) == (409, "consent_missing")
    assert refused.said == "请先阅读并同意“未成年人信息”，再继续。"
    await parent.agree("child_data")
    declared = await parent.post("/me/children", body)
    assert declared.status == 201
    assert (await parent.ask("DELETE", "/me/consents/child_data")).status == 204
    assert (await parent.post("/me/children", body)).json == declared.json
    again = await parent.post("/me/children", body | {"request_id": new_id()})
    assert again.code == "consent_missing"


async def test_children_are_bounded_and_swapping_them_gives_no_more_votes(cast: Cast) -> None:
    parent = await cast.phone("parent", consent=False)
    await parent.agree("child_data")
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "grade": 3}
    same = [(await parent.post("/me/children", body)).json["id"] for _ in range(3)]
    assert len(set(same)) == 1
    for _ in range(4):
        await child_of(parent, cast.tianba)
    assert (await parent.post("/me/children", body | {"request_id": new_id()})).code == "too_many_children"
    assert (await parent.ask("DELETE", f"/me/children/{same[0]}")).status == 204
    assert len((await parent.get("/me/children")).json) == 4
    assert (await parent.post("/me/children", body | {"request_id": new_id()})).code == "too_many_children"


async def test_a_child_moves_up_each_autumn_and_leaves_after_its_last_grade(cast: Cast, stage: Stage) -> None:
    parent = await cast.phone("parent", consent=False)
    await child_of(parent, cast.tianba, 5)
    names = []
    for _ in range(3):
        token = await Phone(stage, parent.person).turn_on(consent=False)
        names.append((await token.get("/me/children")).json[0]["grade_name"])
        stage.forward(days=365)
    assert names == ["五年级", "六年级", "已毕业"]


async def test_results_come_after_the_end_and_to_parents_too(cast: Cast, stage: Stage) -> None:
    number = await plan(cast)
    crowd = await parents(cast, cast.tianba, 6)
    await answered(crowd[:4], cast.tianba, number)
    await answered(crowd[4:], cast.tianba, number, marks=marks(40, 2))
    head, parent = await cast.phone("head"), await cast.phone("parent")
    address = f"/schools/{cast.tianba.id}/surveys/{number}"
    before = (await head.get(address)).json
    assert (before["result"], before["note"]) == (None, "测评结束后统一启封统计，届时公布。")
    listed = (await head.get(f"/schools/{cast.tianba.id}/surveys")).json
    assert [(one["took_part"], one["invited"]) for one in listed] == [(6, 6)]
    await child_of(parent, cast.tianba)
    await closed(stage)
    found = (await parent.get(address)).json
    result = found["result"]
    assert (result["n"], result["invited"], result["response_rate"]) == (6, 7, 0.8571)
    overall, recommend = result["questions"][0], result["questions"][11]
    assert (overall["mean"], overall["top_share"], overall["foot_share"]) == (66.67, 0.6667, 0.3333)
    assert (recommend["mean"], recommend["top_share"], recommend["foot_share"]) == (6.67, 0.6667, 0.3333)
    assert [(one["n"], one["mean"]) for one in found["trend"]] == [(6, 66.67)]
    stranger = await cast.phone("stranger")
    assert (await stranger.get(address)).status == 404


async def test_four_answers_show_nothing_and_stay_sealed(cast: Cast, stage: Stage) -> None:
    number = await plan(cast)
    await answered(await parents(cast, cast.tianba, 4), cast.tianba, number, words="饭太凉")
    await closed(stage)
    officer = await cast.phone("officer")
    found = (await officer.get(f"/schools/{cast.tianba.id}/surveys/{number}")).json
    assert (found["result"], found["grades"], found["trend"]) == (None, [], [])
    assert found["note"] == "不足5份答卷，为保护答卷人不公布。"
    assert (await officer.get(f"/schools/{cast.tianba.id}/surveys/{number}/remarks")).json == []
    (place,) = (await officer.get("/divisions/530302/satisfaction")).json
    assert (place["schools"], place["withheld"], place["result"]) == (1, 1, None)
    assert await SurveyBallot.all().count() == 4


async def test_a_small_grade_takes_another_with_it_so_that_no_difference_shows_it(
    cast: Cast, stage: Stage
) -> None:
    number = await plan(cast)
    crowd = await parents(cast, cast.tianba, 14)
    await answered(crowd[:6], cast.tianba, number, grade=1)
    await answered(crowd[6:11], cast.tianba, number, grade=2)
    await answered(crowd[11:], cast.tianba, number, grade=3)
    await closed(stage)
    officer = await cast.phone("officer")
    found = (await officer.get(f"/schools/{cast.tianba.id}/surveys/{number}")).json
    assert found["result"]["n"] == 14
    assert [(one["name"], one["n"], one["invited"]) for one in found["grades"]] == [("一年级", 6, 6)]


async def test_a_division_adds_up_schools_that_are_shown_and_no_others(cast: Cast, stage: Stage) -> None:
    officer = await cast.phone("officer", consent=False)
    dates = {"opens_on": OPENS, "closes_on": CLOSES}
    number = (await officer.post("/divisions/530302/surveys", dates)).json["id"]
    await stage.jobs()
    await answered(await parents(cast, cast.tianba, 5), cast.tianba, number)
    await answered(await parents(cast, cast.wanghai, 4), cast.wanghai, number, marks=marks(20, 0))
    await closed(stage)
    prefecture = await cast.phone("prefecture")
    (place,) = (await prefecture.get("/divisions/5303/satisfaction", term="2026-autumn")).json
    assert (place["code"], place["schools"], place["withheld"], place["result"]["n"]) == (
        "530302", 3, 2, 5,
    )  # fmt: skip
    assert place["result"]["questions"][0]["mean"] == 80
    neighbour = await cast.phone("neighbour_officer")
    assert (await neighbour.get("/divisions/530302/satisfaction")).status == 404
    assert (await neighbour.get("/divisions/530302/surveys")).status == 404


async def test_words_pass_the_content_check_and_go_to_the_head(cast: Cast, stage: Stage) -> None:
    number = await plan(cast)
    crowd = await parents(cast, cast.tianba, 6)
    said = ["饭菜很热", "加微信领券", "来赌博", "菜有点咸", "", "停机时写的"]
    for phone, words in zip(crowd, said, strict=True):
        if words == "停机时写的":
            await stage.faults(path="/wxa/msg_sec_check", errcode=-1)
        await answered([phone], cast.tianba, number, words=words)
    await stage.no_faults()
    await closed(stage)
    head, officer, parent = [await cast.phone(who) for who in ("head", "officer", "parent")]
    address = f"/schools/{cast.tianba.id}/surveys/{number}/remarks"
    assert {one["words"] for one in (await head.get(address)).json} == {"饭菜很热", "菜有点咸"}
    waiting = [one for one in (await officer.get(address)).json if one["state"] == "waiting"]
    assert {one["words"] for one in waiting} == {"加微信领券", "停机时写的"}
    assert (await parent.get(address)).status == 404
    for one in waiting:
        state = "shown" if one["words"] == "停机时写的" else "refused"
        assert (await head.post(f"/survey-remarks/{one['id']}/decide", {"state": state})).status == 403
        assert (await officer.post(f"/survey-remarks/{one['id']}/decide", {"state": state})).status == 204
    assert {one["words"] for one in (await head.get(address)).json} == {"饭菜很热", "菜有点咸", "停机时写的"}


async def test_the_head_hears_of_the_opening_and_of_the_result(cast: Cast, stage: Stage) -> None:
    head, parent = await cast.phone("head"), await cast.phone("parent")
    number = await plan(cast)
    await answered(await parents(cast, cast.tianba, 5), cast.tianba, number)
    await closed(stage)
    notes = [message["fields"][3]["value"] for message in await head.messages()]
    assert notes == ["测评开始，请通知家长在小程序填写", "测评已启封统计，点击查看结果"]
    assert await parent.messages() == []


async def test_the_term_plans_a_round_for_every_county_by_itself(cast: Cast, stage: Stage) -> None:
    await stage.jobs()
    assert await SurveyRound.all().count() == 0  # the autumn's round would be over
    officer = await Phone(stage, cast.people["officer"]).turn_on(consent=False)
    stage.forward(days=104)  # 8 March
    await stage.jobs()
    officer = await Phone(stage, cast.people["officer"]).turn_on(consent=False)
    (planned,) = (await officer.get("/divisions/530302/surveys")).json
    assert (planned["title"], planned["opens_on"], planned["closes_on"], planned["state"]) == (
        "2027年春季学期家长满意度测评", "2027-04-30", "2027-05-13", "planned",
    )  # fmt: skip
    cancelled = await officer.post(f"/surveys/{planned['id']}/cancel", {"reason": "本学期与县里调查合并"})
    assert cancelled.status == 204
    stage.forward(days=1)
    await stage.jobs()
    states = await SurveyRound.filter(division_code="530302").values_list("state", flat=True)
    assert list(states) == ["cancelled"]


async def test_officers_move_and_cancel_rounds_of_their_own_division(cast: Cast, stage: Stage) -> None:
    officer, head, neighbour = [await cast.phone(who) for who in ("officer", "head", "neighbour_officer")]
    dates = {"opens_on": "2026-12-01", "closes_on": "2026-12-10"}
    number = (await officer.post("/divisions/530302/surveys", dates)).json["id"]
    overlapping = await officer.post(f"/schools/{cast.tianba.id}/surveys", dates)
    assert overlapping.code == "survey_round_exists"
    for phone, status in ((head, 404), (neighbour, 404)):
        assert (await phone.post(f"/surveys/{number}/cancel", {"reason": "不想做"})).status == status
    moved = await officer.post(f"/surveys/{number}/move", {"opens_on": OPENS, "closes_on": "2026-11-30"})
    assert moved.status == 204
    await stage.jobs()
    bad = await officer.post(f"/surveys/{number}/move", {"opens_on": OPENS, "closes_on": "2026-11-23"})
    assert bad.code == "survey_dates"
    parent = await cast.phone("parent")
    child = await child_of(parent, cast.tianba)
    assert len((await parent.get("/me/surveys")).json) == 1
    assert (await officer.post(f"/surveys/{number}/cancel", {"reason": "停课"})).status == 204
    assert (await officer.post(f"/surveys/{number}/cancel", {"reason": "停课"})).status == 204
    assert (await parent.get("/me/surveys")).json == []
    refused: Answer = await parent.post(f"/surveys/{number}/answers", answer(child))
    assert refused.code == "survey_not_open"
    over = await officer.post(f"/surveys/{number}/move", dates)
    assert over.code == "survey_round_over"


async def test_one_schools_round_is_not_another_schools(cast: Cast, stage: Stage) -> None:
    number = await plan(cast)
    officer = await cast.phone("officer")
    assert (await officer.get(f"/schools/{cast.wanghai.id}/surveys/{number}")).status == 404
    assert (await officer.get(f"/schools/{cast.wanghai.id}/surveys")).json == []


async def test_the_box_is_opened_once_however_many_open_it(cast: Cast, stage: Stage) -> None:
    number = await plan(cast)
    await answered(await parents(cast, cast.tianba, 7), cast.tianba, number)
    stage.forward(days=11)
    await stage.jobs()
    stage.forward(minutes=11)
    await asyncio.gather(*(stage.jobs() for _ in range(3)), return_exceptions=True)
    await stage.jobs()
    counts = [
        (await sql.rows(f"SELECT COUNT(*) AS n FROM {table}"))[0]["n"]
        for table in ("survey_ballot", "survey_answer", "survey_result")
    ]
    assert counts == [0, 7, 2]


async def test_without_its_key_a_box_waits_and_loses_nothing(cast: Cast, stage: Stage) -> None:
    number = await plan(cast)
    await answered(await parents(cast, cast.tianba, 5), cast.tianba, number)
    post = stage.world.post
    keyless = replace(
        stage, world=replace(stage.world, post=replace(post, seal=replace(post.seal, keys={9: b"x"})))
    )
    stage.forward(days=11)
    await stage.jobs()
    stage.forward(minutes=11)
    await keyless.jobs()
    assert await SurveyBallot.all().count() == 5
    await stage.jobs()
    found = await (await cast.phone("head")).get(f"/schools/{cast.tianba.id}/surveys/{number}")
    assert found.json["result"]["n"] == 5
    assert date.fromisoformat(found.json["closes_on"]) == date(2026, 12, 4)
