"""Records that come before their photos: kept, marked, and completed by each photo as it comes."""

from typing import Any

import pytest

from models.evidence.tables import AwaitedPhoto, Photo
from models.journal.tables import JournalEntry
from tests.api.test_uploads import begin
from tests.cast import Answer, Cast, Phone, Stage, jpeg, new_id

pytestmark = pytest.mark.slow


async def early_visit(cast: Cast, member: Phone, *ids: str, **changes: Any) -> tuple[Answer, dict[str, Any]]:
    """A visit that names photos by the ids they will be sent with."""
    checked = await member.check_in(cast.tianba)
    body = await member.visit_body(
        cast.tianba, checked.headers["request_id"], photos=[f"request:{one}" for one in ids], **changes
    )
    return await member.post("/visits", body), body


async def test_a_visit_waits_for_its_photos_and_each_completes_it(cast: Cast, stage: Stage) -> None:
    member, officer = [await cast.phone(who, consent=False) for who in ("member", "officer")]
    ids = [new_id(), new_id()]
    sent, body = await early_visit(cast, member, *ids)
    assert sent.status == 201, sent.json
    again = await member.post("/visits", body)
    assert (again.status, again.json) == (200, sent.json)
    other = await member.post("/visits", body | {"photos": [f"request:{ids[0]}"]})
    assert (other.status, other.code) == (409, "request_reused")

    path = f"/visits/{sent.json['id']}"
    seen = (await officer.get(path)).json
    assert (seen["photo_mark"], seen["photos"]) == ("等待照片2张", [])
    assert [one["request_id"] for one in seen["awaited"]] == ids
    (line,) = (await officer.get(f"/schools/{cast.tianba.id}/visits")).json["items"]
    assert line["photo_mark"] == "等待照片2张"

    first = await member.photo(cast.tianba, request_id=ids[0])
    seen = (await officer.get(path)).json
    assert (seen["photo_mark"], seen["photos"]) == ("等待照片1张", [first])
    second = await member.photo(cast.tianba, request_id=ids[1])
    seen = (await officer.get(path)).json
    assert (seen["photo_mark"], seen["photos"], seen["awaited"]) == ("", [first, second], [])
    assert await JournalEntry.filter(subject_kind="awaited_photo", verb="arrived").count() == 2


async def test_a_bad_photo_marks_the_visit_and_another_takes_its_place(cast: Cast) -> None:
    member, officer = [await cast.phone(who, consent=False) for who in ("member", "officer")]
    request_id = new_id()
    sent, _ = await early_visit(cast, member, request_id)
    path = f"/visits/{sent.json['id']}"
    refused = await member.send_photo(cast.tianba, "visit", jpeg()[:-300], request_id)
    assert refused.status == 422
    seen = (await officer.get(path)).json
    assert seen["photo_mark"] == "照片有误1张"
    assert seen["awaited"][0]["reason"] == refused.said
    key = await member.photo(cast.tianba, request_id=request_id)
    seen = (await officer.get(path)).json
    assert (seen["photo_mark"], seen["photos"]) == ("", [key])


async def test_announced_photos_count_and_prove_failed_items(cast: Cast) -> None:
    member, officer = [await cast.phone(who, consent=False) for who in ("member", "officer")]
    none, _ = await early_visit(cast, member)
    assert (none.status, none.code) == (422, "photo_count")
    scene, item = new_id(), new_id()
    checked = await member.check_in(cast.tianba)
    body = await member.visit_body(cast.tianba, checked.headers["request_id"], failing="C06")
    for answer in body["answers"]:
        if answer["item"] == "C06":
            answer["photos"] = [f"request:{item}"]
    sent = await member.post("/visits", body | {"photos": [f"request:{scene}"]})
    assert sent.status == 201, sent.json
    key = await member.photo(cast.tianba, request_id=item)
    seen = (await officer.get(f"/visits/{sent.json['id']}")).json
    assert next(one for one in seen["answers"] if one["item"] == "C06")["photos"] == [key]
    problem = (await officer.get(f"/problems/{sent.json['problems'][0]}")).json
    assert problem["steps"][0]["photos"] == [key]


async def test_a_report_and_a_rectification_may_come_before_their_photos(cast: Cast) -> None:
    parent, head, officer = [await cast.phone(who, consent=False) for who in ("parent", "head", "officer")]
    ids = [new_id(), new_id()]
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": "饭菜太凉"}
    reported = await parent.post("/problems", body | {"photos": [f"request:{ids[0]}"]})
    assert (reported.status, reported.json["photo_mark"]) == (201, "等待照片1张")
    repeated = await parent.post("/problems", body | {"photos": [f"request:{ids[0]}"]})
    assert (repeated.status, repeated.json["id"]) == (200, reported.json["id"])
    path = f"/problems/{reported.json['id']}"
    submit = {"request_id": new_id(), "words": "已改", "photos": [f"request:{ids[1]}"]}
    assert (await head.post(f"{path}/submit", submit)).status == 200
    keys = [
        await phone.photo(cast.tianba, "problem", request_id=one)
        for phone, one in zip((parent, head), ids, strict=True)
    ]
    seen = (await officer.get(path)).json
    assert [step["photos"] for step in seen["steps"]] == [[keys[0]], [], [keys[1]]]
    assert seen["photo_mark"] == ""
    assert (await parent.get(f"/photos/{keys[1]}")).status == 200


async def test_a_photo_that_is_there_already_may_be_named_either_way(cast: Cast) -> None:
    member = await cast.phone("member", consent=False)
    request_id = new_id()
    key = await member.photo(cast.tianba, request_id=request_id)
    sent, _ = await early_visit(cast, member, request_id)
    assert sent.status == 201
    assert (await member.get(f"/visits/{sent.json['id']}")).json["photos"] == [key]
    # it proves one record; a second may not claim it
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": "饭菜太凉"}
    for name in (key, f"request:{request_id}"):
        taken = await member.post("/problems", body | {"photos": [name]})
        assert (taken.status, taken.code) == (422, "photo_missing")


async def test_two_records_cannot_wait_for_one_photo(cast: Cast) -> None:
    member = await cast.phone("member", consent=False)
    request_id = new_id()
    first, _ = await early_visit(cast, member, request_id)
    assert first.status == 201
    second, _ = await early_visit(cast, member, request_id)
    assert (second.status, second.code) == (422, "photo_missing")
    assert await AwaitedPhoto.all().count() == 1


async def test_a_photo_that_came_at_the_same_moment_is_tied_by_the_worker(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    request_id = new_id()
    sent, _ = await early_visit(cast, member, request_id)
    await member.photo(cast.tianba, request_id=request_id)
    # as two transactions leave it that did not see each other
    await Photo.filter(request_key=f"{member.person.id}:{request_id}").update(
        subject_kind=None, subject_id=None
    )
    await AwaitedPhoto.all().update(state="waiting")
    path = f"/visits/{sent.json['id']}"
    assert (await member.get(path)).json["photo_mark"] == "等待照片1张"
    await stage.jobs()
    seen = (await member.get(path)).json
    assert (len(seen["photos"]), seen["photo_mark"]) == (1, "")


async def test_a_photo_still_comes_to_its_record_when_the_school_was_merged_meanwhile(cast: Cast) -> None:
    member, officer = [await cast.phone(who, consent=False) for who in ("member", "officer")]
    ids = [new_id(), new_id()]
    sent, body = await early_visit(cast, member, *ids)
    merge = {"into": cast.wanghai.id, "reason": "布局调整"}
    assert (await officer.post(f"/schools/{cast.tianba.id}/merge", merge)).status == 200

    picture = jpeg()
    keys = [await member.photo(cast.tianba, data=picture, request_id=ids[0]) for _ in range(2)]
    begun = await begin(member, cast, 1000, request_id=ids[1])
    again = await member.post("/visits", body)
    others = [
        await member.send_photo(cast.tianba, "visit", jpeg(), new_id()),
        await member.send_photo(cast.tianba, "problem", jpeg(), ids[1]),
        await begin(member, cast, 1000),
    ]

    assert keys[0] == keys[1]
    assert (begun.status, again.status) == (201, 200)
    assert {(one.status, one.code) for one in others} == {(404, "not_found")}
    seen = (await officer.get(f"/visits/{sent.json['id']}")).json
    assert (seen["photos"], seen["photo_mark"]) == (keys[:1], "等待照片1张")


async def test_a_parents_late_photo_is_veiled_though_they_are_no_parent_there_any_more(cast: Cast) -> None:
    parent, officer = [await cast.phone(who, consent=False) for who in ("parent", "officer")]
    request_id = new_id()
    body = {
        "request_id": new_id(),
        "school_id": cast.tianba.id,
        "title": "饭菜太凉",
        "photos": [f"request:{request_id}"],
    }
    reported = await parent.post("/problems", body)
    merge = {"into": cast.wanghai.id, "reason": "布局调整"}
    assert (await officer.post(f"/schools/{cast.tianba.id}/merge", merge)).status == 200

    key = await parent.photo(cast.tianba, "problem", request_id=request_id)
    again = await parent.post("/problems", body)

    assert (again.status, again.json["id"]) == (200, reported.json["id"])
    follower = await cast.phone("neighbour_head", consent=False)
    seen = await follower.get(f"/photos/{key}")
    assert (seen.status, seen.code) == (404, "photo_under_review")
