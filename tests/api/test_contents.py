"""What people write and parents photograph is checked before others see it, and nothing is lost over it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from models.contents.tables import ContentCheck
from tests.cast import Answer, Cast, Phone, Stage, new_id

pytestmark = pytest.mark.slow

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


async def test_what_an_absent_author_wrote_is_asked_about_when_they_are_back_or_left_to_an_officer(
    cast: Cast, stage: Stage
) -> None:
    parent, head, officer = [await cast.phone(name) for name in ("parent", "head", "officer")]
    stage.forward(hours=3)
    problems = []
    for title in ("饭是凉的", "食堂里有人赌博"):
        body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": title}
        reported = await parent.ask("POST", "/problems", json=body)
        assert (reported.status, reported.json["state"]) == (201, "found")
        problems.append(reported.json["id"])
    stage.forward(hours=2)
    await stage.jobs()
    assert await _waiting(officer) == []
    assert await _seen(head, problems[0]) == 404
    calls = len(await stage.calls(TEXT))
    await parent.open()
    assert (await parent.get("/me")).status == 200
    await stage.jobs()
    assert len(await stage.calls(TEXT)) == calls + 2
    assert [await _seen(head, one) for one in problems] == [200, 404]

    stage.forward(hours=3)
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": "汤也是凉的"}
    await parent.ask("POST", "/problems", json=body)
    for hours in (23, 2):
        assert await _waiting(officer) == []
        stage.forward(hours=hours)
        await stage.jobs()
    assert [one["words"] for one in await _waiting(officer)] == ["汤也是凉的"]


async def test_a_plain_report_of_an_office_is_shown_where_wechat_cannot_be_asked(
    cast: Cast, stage: Stage
) -> None:
    parent, head, officer = [await cast.phone(name) for name in ("parent", "head", "officer")]
    shown = []
    for words in ("已换保温箱，12月1日起每餐测温", "已换保温箱，有事加我 lihua_1987"):
        problem = (await _report(parent, cast, "饭是凉的")).json["id"]
        photo = await head.photo(cast.tianba, "problem")
        stage.forward(hours=3)
        body = {"request_id": new_id(), "words": words, "photos": [photo]}
        assert (await head.ask("POST", f"/problems/{problem}/submit", json=body)).status == 200
        await stage.jobs()
        shown.append((await parent.get(f"/problems/{problem}")).json["steps"][-1]["words"])
    assert shown == ["已换保温箱，12月1日起每餐测温", "（文字正在审核，通过后显示）"]
    assert await _waiting(officer) == []


async def test_officers_hear_once_that_something_waits_and_no_more_when_nothing_does(
    cast: Cast, stage: Stage
) -> None:
    parent, officer, neighbour = [
        await cast.phone(name) for name in ("parent", "officer", "neighbour_officer")
    ]
    for number in range(3):
        await _report(parent, cast, f"厨师{number}让我加微信")
    await stage.jobs()
    assert await _told_of_reviews(officer) == ["内容待审核"]
    assert len(await officer.messages()) == 1 and await neighbour.messages() == []
    assert "有文字或照片等待审核" in str(await officer.messages())

    waiting = await _waiting(officer)
    for one in waiting:
        assert (await officer.post(f"/content-checks/{one['id']}/allow")).status == 204
        await _report(parent, cast, "厨师让我加微信") if one is waiting[0] else None
    await stage.jobs()
    # there was always one more
    assert await _told_of_reviews(officer) == ["内容待审核"]
    (last,) = await _waiting(officer)
    await officer.post(f"/content-checks/{last['id']}/refuse", {"reason": "广告"})
    await _report(parent, cast, "厨师让我加微信")
    await stage.jobs()
    assert await _told_of_reviews(officer) == ["内容待审核"] * 2
    assert len(await officer.messages()) == 2


async def _told_of_reviews(phone: Phone) -> list[str]:
    return [
        line["title"]
        for line in (await phone.get("/notices")).json["items"]
        if line["kind"] == "content_waiting"
    ]


async def _waiting(officer: Phone) -> list[dict[str, Any]]:
    return list((await officer.get("/content-checks", division="530302")).json["items"])


async def test_what_is_remarked_beside_the_problems_and_answered_is_veiled_until_it_passes(
    cast: Cast, stage: Stage
) -> None:
    supervisor, head, member, officer = [
        await cast.phone(name) for name in ("supervisor", "head", "member", "officer")
    ]
    checked = await supervisor.check_in(cast.tianba)
    body = await supervisor.visit_body(
        cast.tianba, checked.headers["request_id"], kind="supervisor", grade="", remarks="厨师让我加微信",
        companions="张三",
    )  # fmt: skip
    body["answers"][0] |= {"remark": "台账齐全"}
    visit = (await supervisor.post("/visits", body)).json["id"]

    async def read(phone: Phone) -> tuple[str, str, str]:
        seen = (await phone.get(f"/visits/{visit}")).json
        return seen["remarks"], seen["companions"], seen["answers"][0]["remark"]

    written = ("厨师让我加微信", "张三", "台账齐全")
    assert await read(supervisor) == await read(officer) == written
    assert {words[:7] for words in await read(head)} == {"（文字正在审核"}
    await stage.jobs()
    (review,) = await _waiting(officer)
    assert (review["visit_id"], review["words"]) == (visit, "厨师让我加微信\n张三\n台账齐全")
    assert (await officer.post(f"/content-checks/{review['id']}/allow")).status == 204
    assert await read(head) == await read(member) == written
    await stage.jobs()
    assert "内容审核通过" in [line["title"] for line in (await supervisor.get("/notices")).json["items"]]

    said = {"request_id": new_id(), "words": "督学在食堂赌博"}
    assert (await head.post(f"/visits/{visit}/defence", said)).status == 200
    await stage.jobs()

    async def defence(phone: Phone) -> str:
        return str((await phone.get(f"/visits/{visit}")).json["defence"])

    assert await defence(head) == await defence(officer) == "督学在食堂赌博"
    assert (await defence(supervisor)).startswith("（文字未通过") and (await defence(member)).startswith(
        "（文字未通过"
    )
    assert "内容未通过审核" in [line["title"] for line in (await head.get("/notices")).json["items"]]


async def test_a_text_longer_than_wechat_takes_is_checked_to_its_end(cast: Cast, stage: Stage) -> None:
    member, head = await cast.phone("member"), await cast.phone("head")
    checked = await member.check_in(cast.tianba)
    body = await member.visit_body(cast.tianba, checked.headers["request_id"], remarks="菜" * 1000)
    for answer in body["answers"]:
        answer["remark"] = "饭" * 100
    body["answers"][-1]["remark"] = "食堂里有人赌博"
    sent = await member.post("/visits", body)
    assert sent.status == 201, sent.json
    visit = sent.json["id"]
    await stage.jobs()
    assert (await head.get(f"/visits/{visit}")).json["remarks"].startswith("（文字未通过")
    assert len(await stage.calls(TEXT)) == 2
