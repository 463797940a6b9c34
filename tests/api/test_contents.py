"""What people write and parents photograph is checked before others see it, and nothing is lost over it."""

import asyncio
from datetime import timedelta
from typing import Any

from models.contents.tables import ContentCheck
from tests.cast import Answer, Cast, Phone, Stage, new_id

TEXT, PICTURE = "/wxa/msg_sec_check", "/wxa/media_check_async"


async def _report(phone: Phone, cast: Cast, title: str, **more: Any) -> Answer:
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": title, **more}
    answer = await phone.post("/problems", body)
    assert answer.status == 201, answer.json
    return answer


async def _seen(phone: Phone, problem: int) -> int:
    return (await phone.get(f"/problems/{problem}")).status


async def _heard(stage: Stage, count: int) -> None:
    """The content check's answers about photos have reached our door."""
    for _ in range(500):
        decided = await ContentCheck.filter(content="photo", state__in=["passed", "risky", "review"]).count()
        if decided >= count:
            return
        await stage.jobs()
        await asyncio.sleep(0.01)
    raise AssertionError("no answer about the photos")


async def test_risky_words_never_reach_the_school_and_doubtful_ones_wait_for_an_officer(
    cast: Cast, stage: Stage
) -> None:
    parent, head, officer = [await cast.phone(name) for name in ("parent", "head", "officer")]
    fine = (await _report(parent, cast, "饭是凉的")).json
    risky = (await _report(parent, cast, "食堂里有人赌博")).json
    doubtful = (await _report(parent, cast, "厨师让我加微信")).json
    assert [fine["state"], risky["state"], doubtful["state"]] == ["assigned", "withheld", "found"]
    assert [await _seen(head, one["id"]) for one in (fine, risky, doubtful)] == [200, 404, 404]
    assert [await _seen(parent, one["id"]) for one in (risky, doubtful)] == [200, 200]
    await stage.jobs()
    assert len(await head.messages()) == 1
    assert "未通过审核" in str(await parent.messages())

    (review,) = (await officer.get("/content-checks", division="530302")).json["items"]
    assert (review["words"], review["problem_id"]) == ("厨师让我加微信", doubtful["id"])
    stage.forward(hours=30)
    allowed = await officer.post(f"/content-checks/{review['id']}/allow")
    assert allowed.status == 204
    again = await officer.post(f"/content-checks/{review['id']}/refuse", {"reason": "广告"})
    assert again.code == "already_decided"
    await stage.jobs()
    seen = (await head.get(f"/problems/{doubtful['id']}")).json
    assert (seen["title"], seen["state"]) == ("厨师让我加微信", "assigned")
    # the school's time runs from when it could know
    assert seen["due_at"] > (stage.clock() + timedelta(days=2)).isoformat()
    assert "审核通过" in str(await parent.messages())
    assert len(await head.messages()) == 2


async def test_words_of_later_steps_are_veiled_until_they_pass(cast: Cast, stage: Stage) -> None:
    parent, head, officer = [await cast.phone(name) for name in ("parent", "head", "officer")]
    problem = (await _report(parent, cast, "饭是凉的")).json["id"]
    photo = await head.photo(cast.tianba, "problem")
    body = {"request_id": new_id(), "words": "已换保温箱，详情加微信", "photos": [photo]}
    mine = (await head.post(f"/problems/{problem}/submit", body)).json
    assert mine["steps"][-1]["words"] == "已换保温箱，详情加微信"
    assert (await parent.get(f"/problems/{problem}")).json["steps"][-1]["words"].startswith("（文字正在审核")
    (review,) = (await officer.get("/content-checks", division="530302")).json["items"]
    await officer.post(f"/content-checks/{review['id']}/refuse", {"reason": "留了联系方式"})
    assert (await parent.get(f"/problems/{problem}")).json["steps"][-1]["words"].startswith("（文字未通过")
    await stage.jobs()
    assert "内容未通过审核" in [line["title"] for line in (await head.get("/notices")).json["items"]]


async def test_what_a_visitor_remarked_is_veiled_in_the_visit_as_in_the_problem(
    cast: Cast, stage: Stage
) -> None:
    member, head, officer = [await cast.phone(name) for name in ("member", "head", "officer")]
    checked = await member.check_in(cast.tianba)
    body = await member.visit_body(cast.tianba, checked.headers["request_id"], failing="C06")
    for answer in body["answers"]:
        if answer["item"] == "C06":
            answer["remark"] = "食堂里有人赌博"
    sent = (await member.post("/visits", body)).json
    await stage.jobs()

    async def read(phone: Phone) -> str:
        answers = (await phone.get(f"/visits/{sent['id']}")).json["answers"]
        return str(next(one["remark"] for one in answers if one["item"] == "C06"))

    assert (await head.get(f"/problems/{sent['problems'][0]}")).json["words"].startswith("（文字未通过")
    assert (await read(head)).startswith("（文字未通过")
    assert await read(member) == await read(officer) == "食堂里有人赌博"


async def test_a_parents_photo_is_seen_when_wechat_has_looked_at_it(cast: Cast, stage: Stage) -> None:
    parent, head = await cast.phone("parent"), await cast.phone("head")
    async with stage.http.post(
        "/sandbox/control/pictures", json={"findings": ["pass", "risky", "review"]}
    ) as told:
        assert told.status == 200
    photos = [await parent.photo(cast.tianba, "problem") for _ in range(3)]
    problem = (await _report(parent, cast, "饭里有虫", photos=photos)).json["id"]
    assert len((await parent.get(f"/problems/{problem}")).json["steps"][0]["photos"]) == 3
    assert (await head.get(f"/problems/{problem}")).json["steps"][0]["photos"] == []
    assert (await head.get(f"/photos/{photos[0]}")).code == "photo_under_review"
    await _heard(stage, 3)
    assert (await head.get(f"/problems/{problem}")).json["steps"][0]["photos"] == [photos[0]]
    assert (await head.get(f"/photos/{photos[0]}")).status == 200
    assert (await head.get(f"/photos/{photos[1]}")).code == "photo_under_review"

    officer = await cast.phone("officer")
    (review,) = (await officer.get("/content-checks", division="530302")).json["items"]
    assert review["photo"] == photos[2]
    assert (await officer.get(f"/photos/{photos[2]}")).status == 200
    await officer.post(f"/content-checks/{review['id']}/allow")
    assert (await head.get(f"/photos/{photos[2]}")).status == 200


async def test_nothing_is_lost_while_wechat_is_away(cast: Cast, stage: Stage) -> None:
    parent, head = await cast.phone("parent"), await cast.phone("head")
    await stage.faults(path=TEXT, errcode=-1)
    problem = (await _report(parent, cast, "饭是凉的")).json
    assert problem["state"] == "found"
    for _ in range(3):
        stage.forward(minutes=15)
        await stage.jobs()
    assert await _seen(head, problem["id"]) == 404
    await stage.no_faults()
    stage.forward(minutes=15)
    await stage.jobs()
    assert await _seen(head, problem["id"]) == 200
    assert len(await head.messages()) == 1


async def test_an_author_who_was_away_for_two_hours_is_left_to_an_officer(cast: Cast, stage: Stage) -> None:
    parent, officer = await cast.phone("parent"), await cast.phone("officer")
    stage.forward(hours=3)
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": "饭是凉的"}
    reported = await parent.ask("POST", "/problems", json=body)
    assert (reported.status, reported.json["state"]) == (201, "found")
    assert len((await officer.get("/content-checks", division="530302")).json["items"]) == 1
