"""The robot of a school's or a division's WeCom group: who gives it, what it proves, and that its key stays shut in."""

import logging
from typing import Any

import pytest

from models.database import sql
from tests.cast import Cast, Stage


async def group(stage: Stage, name: str) -> tuple[str, str]:
    """A group with a robot: the address its owner copies, and the key in it."""
    async with stage.http.put(f"/sandbox/wecom/groups/{name}") as answer:
        key = (await answer.json())["key"]
    return f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={key}", key


async def said(stage: Stage, name: str) -> list[str]:
    async with stage.http.get(f"/sandbox/wecom/groups/{name}") as answer:
        return [line["text"] for line in (await answer.json())["lines"]]


async def kept() -> Any:
    return await sql.rows("SELECT place_key, key_sealed, name FROM group_robot ORDER BY id")


async def test_a_head_and_an_officer_give_their_groups_robots_and_take_them_away(
    stage: Stage, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    head, officer = await cast.phone("head"), await cast.phone("officer")
    school, county = f"/schools/{cast.tianba.id}/robot", "/divisions/530302/robot"
    assert (await head.get(school)).json == {"robot": None}

    of_school, first = await group(stage, "食堂群")
    _, second = await group(stage, "县局群")
    given = await head.ask("PUT", school, json={"name": "田坝小学食堂群", "webhook": of_school})
    again = await officer.ask("PUT", county, json={"name": "麒麟区校餐群", "webhook": second})
    assert (given.status, given.json["robot"]["name"]) == (200, "田坝小学食堂群")
    assert given.json["robot"]["set_by"] == head.person.name
    assert again.json["robot"]["refused_at"] is None

    # it said hello, and an officer sees what the head set, but nobody the address
    assert [words[:3] for words in await said(stage, "食堂群")] == ["膳督："]
    seen = await officer.get(school)
    assert seen.json == given.json
    rows = await kept()
    assert [row["place_key"] for row in rows] == [f"school:{cast.tianba.id}", "division:530302"]
    told = "".join(
        [str(rows), str(given.json), str(again.json), str(seen.json), caplog.text]
        + [
            str(vars(record))
            for record in caplog.records
            if record.name.startswith(("shandu", "bot", "miniapp"))
        ]
        + [str(row) for row in await sql.rows("SELECT facts FROM journal_entry")]
    )
    assert first not in told
    assert second not in told
    assert stage.world.context.vault.unseal(rows[0]["key_sealed"]) == first

    for _ in range(2):
        assert (await officer.ask("DELETE", school)).status == 204
    assert (await head.get(school)).json == {"robot": None}
    verbs = await sql.rows("SELECT verb FROM journal_entry WHERE subject_kind = 'group_robot' ORDER BY id")
    assert [row["verb"] for row in verbs] == ["set_robot", "set_robot", "remove_robot"]


async def test_an_address_that_does_not_work_is_not_kept(stage: Stage, cast: Cast) -> None:
    head = await cast.phone("head")
    school = f"/schools/{cast.tianba.id}/robot"
    address, key = await group(stage, "食堂群")

    async def refused(webhook: str) -> tuple[int, str]:
        answer = await head.ask("PUT", school, json={"name": "食堂群", "webhook": webhook})
        assert key not in answer.said
        return answer.status, answer.code

    assert await refused("https://shandu.example.cn/") == (422, "no_robot_address")
    assert await refused("0" * 36) == (422, "robot_refused")
    await stage.faults(
        path="/wecom/cgi-bin/webhook/send", errcode=93000, errmsg=f"invalid key {key}", times=1
    )
    assert await refused(address) == (422, "robot_refused")
    await stage.faults(path="/wecom/cgi-bin/webhook/send", drop_reply="before", times=1)
    assert await refused(address) == (503, "robot_untried")
    assert await kept() == []
