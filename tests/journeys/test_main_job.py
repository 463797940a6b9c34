"""The product's main job as one story, through WeChat's imitation and the real API."""

from tests.cast import Cast, Stage


async def test_a_failed_key_item_is_rectified_verified_and_closed(stage: Stage, cast: Cast) -> None:
    member = await cast.phone("member")
    head = await cast.phone("head")

    checked = await member.check_in(cast.tianba)
    assert checked.status == 201
    assert checked.json["school_name"] == "麒麟区田坝小学"
    sent = await member.visit(cast.tianba, checked.headers["request_id"], failing="C06")
    assert sent.status == 201
    (problem_id,) = sent.json["problems"]

    await stage.jobs()
    (message,) = await head.messages()
    words = {field["label"]: field["value"] for field in message["fields"]}
    assert words["学校"] == "麒麟区田坝小学"
    assert words["整改期限"] == "2026年11月26日 18:00"
    assert message["page"] == f"pages/problem/index?id={problem_id}"

    problem = await head.get(f"/problems/{problem_id}")
    assert problem.json["state_name"] == "限期整改"
    assert problem.json["may"] == ["submit", "appeal"]
    photo = await head.photo(cast.tianba, "problem")
    done = await head.post(
        f"/problems/{problem_id}/submit",
        {"request_id": "rectified-1", "words": "已补贴标签", "photos": [photo]},
    )
    assert (done.status, done.json["state"]) == (200, "submitted")

    await stage.jobs()
    (message,) = await member.messages()
    assert "请核查" in str(message["fields"])
    closed = await member.post(f"/problems/{problem_id}/close", {"request_id": "verified-1"})
    assert closed.json["state"] == "closed"
    steps = [(step["move"], step["who"], len(step["photos"])) for step in closed.json["steps"]]
    assert steps == [("assign", "李秀英", 1), ("submit", "张明", 1), ("close", "李秀英", 0)]
    evidence = await member.get(f"/photos/{photo}")
    assert evidence.headers["Content-Type"] == "image/jpeg"


async def test_nobody_answers_and_head_and_county_are_told_once_each(stage: Stage, cast: Cast) -> None:
    member, head, officer = [await cast.phone(name) for name in ("member", "head", "officer")]
    checked = await member.check_in(cast.tianba)
    sent = await member.visit(cast.tianba, checked.headers["request_id"], failing="C06")
    (problem_id,) = sent.json["problems"]
    await stage.jobs()

    # Thursday 26, 8:30: its last eight working hours
    stage.forward(hours=46)
    for _ in range(2):
        await stage.jobs()
    assert _notes(await head.messages())[-1] == "即将到期，逾期11月27日报县教体局"
    assert await officer.messages() == []

    stage.forward(hours=10)
    for _ in range(2):
        await stage.jobs()
    assert _notes(await head.messages()) == [
        "请按期整改，逾期11月27日报县教体局",
        "即将到期，逾期11月27日报县教体局",
        "已超期请整改，11月27日将报县教体局",
    ]
    overdue = await head.get(f"/problems/{problem_id}")
    assert (overdue.json["state"], overdue.json["steps"][-1]["who"]) == ("overdue", None)

    # four working hours after the deadline
    stage.forward(hours=18)
    for _ in range(3):
        await stage.jobs()
    assert _notes(await officer.messages()) == ["请督促整改，11月30日将报州市教体局"]
    assert _notes(await head.messages())[3:] == ["仍未整改，11月30日将报州市教体局"]
    inbox = await officer.get("/notices")
    assert [line["kind"] for line in inbox.json["items"]] == ["problem_escalated"]


def _notes(messages: list[dict[str, object]]) -> list[str]:
    """The sentence of each message, oldest first."""
    return [field["value"] for message in messages for field in message["fields"] if field["label"] == "说明"]
