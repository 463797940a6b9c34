"""Whatever WeChat does to all of us at once: nothing is lost, nothing floods, and somebody hears of it."""

from collections.abc import AsyncIterator

import pytest

from models.database import sql
from models.notices import outages
from models.policies.tables import Policy
from tests.cast import Cast, Phone, Stage, new_id
from tests.journeys.wires import Line

pytestmark = pytest.mark.slow

SEND, TOKEN = "/cgi-bin/message/subscribe/send", "/cgi-bin/stable_token"


async def report(parent: Phone, cast: Cast, title: str) -> int:
    """Something to be told to the head and the manager."""
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": title}
    return int((await parent.post("/problems", body)).json["id"])


async def titles(phone: Phone) -> list[str]:
    """The problems a phone was told of, in the order it was."""
    return [field["value"] for m in await phone.messages() for field in m["fields"] if "第" in field["value"]]


async def heard(officer: Phone) -> list[tuple[str, str]]:
    """What an officer was told of channels, oldest first."""
    lines = (await officer.get("/notices")).json["items"]
    return [
        (line["kind"], line["facts"]["title"])
        for line in reversed(lines)
        if line["subject_kind"] == "channel"
    ]


async def attempts() -> list[int]:
    return [row["attempts"] for row in await sql.rows("SELECT attempts FROM delivery ORDER BY id")]


async def test_a_token_dead_for_ever_is_tried_twice_and_told_once_until_it_works_again(
    cast: Cast, stage: Stage
) -> None:
    parent, head, province = [await cast.phone(name) for name in ("parent", "head", "province")]
    await stage.faults(path=SEND, errcode=40001)
    for number in range(1, 4):
        await report(parent, cast, f"第{number}件")
        await stage.jobs()
    assert len(await stage.calls(SEND)) == 2
    said = "访问令牌无效，请核对 AppSecret 是否已被重置"
    assert await heard(province) == [("channel_broken", f"小程序：{said}")]
    assert [outage.account for outage in await outages.running()] == [stage.world.account.appid]
    async with stage.http.get("/metrics") as answer:
        figures = await answer.text()
    account = stage.world.account.appid
    assert f'shandu_breaker{{account="{account}",state="open"}} 1.0' in figures
    assert f'shandu_outage_seconds{{account="{account}"}}' in figures
    # only the probes are attempts; the others wait as if nothing had been
    for _ in range(5):
        stage.forward(minutes=3)
        await stage.jobs()
    assert len(await stage.calls(SEND)) == 2 + 5 * 2
    assert sorted(await attempts())[:2] == [0, 0]
    await stage.no_faults()
    stage.forward(minutes=3)
    await stage.jobs()
    assert await titles(head) == ["第1件", "第2件", "第3件"]
    assert [kind for kind, _ in await heard(province)] == ["channel_broken", "channel_mended"]
    assert await outages.running() == []


async def test_tokens_dead_for_a_minute_cost_a_minute(cast: Cast, stage: Stage) -> None:
    parent, head = await cast.phone("parent"), await cast.phone("head", consent=False)
    await stage.allow(head, 10)
    await stage.faults(path=SEND, errcode=40001)
    for number in range(1, 7):
        await report(parent, cast, f"第{number}件")
        await stage.jobs()
        stage.forward(seconds=10)
    await stage.no_faults()
    stage.forward(minutes=1)
    await stage.jobs()
    assert await titles(head) == [f"第{number}件" for number in range(1, 7)]


@pytest.fixture
async def wire(environ: dict[str, str]) -> AsyncIterator[Line]:
    """The wire to WeChat, whole at first."""
    line = Line(f"http://127.0.0.1:{environ['SHANDU_PORT']}/sandbox")
    environ["SHANDU_WECHAT_BASE_URL"] = line.url
    await line.mend()
    yield line
    await line.cut()


async def test_after_two_hours_without_wechat_everybody_is_told_once_and_in_order(
    wire: Line, cast: Cast, stage: Stage
) -> None:
    parent, province = [await cast.phone(name) for name in ("parent", "province")]
    head = await cast.phone("head", consent=False)
    await stage.allow(head, 10)
    await report(parent, cast, "第1件")
    await stage.jobs()
    await wire.cut()
    for number in range(2, 8):
        await report(parent, cast, f"第{number}件")
        await stage.jobs()
        stage.forward(minutes=20)
    assert [kind for kind, _ in await heard(province)] == ["channel_broken"]
    await wire.mend()
    stage.forward(minutes=3)
    await stage.jobs()
    assert await titles(head) == [f"第{number}件" for number in range(1, 8)]
    assert [kind for kind, _ in await heard(province)] == ["channel_broken", "channel_mended"]
    assert len(await stage.calls(SEND)) == 7


async def test_what_piled_up_in_two_hours_without_wechat_comes_as_one_message(
    wire: Line, cast: Cast, stage: Stage
) -> None:
    await Policy.filter(key__in=["merge_min", "merge_least"]).delete()
    parent, other = await cast.phone("parent"), await cast.phone("supervisor")
    phones = [await cast.phone(name) for name in ("head", "neighbour_head")]
    for phone in phones:
        await phone.consent(times=3)
    await stage.jobs()
    await report(parent, cast, "第1件")
    await stage.jobs()
    await wire.cut()
    for number in range(2, 8):
        await report(parent, cast, f"第{number}件")
        if number > 6:
            body = {"request_id": new_id(), "school_id": cast.wanghai.id, "title": "第8件"}
            assert (await other.post("/problems", body)).status == 201
        await stage.jobs()
        stage.forward(minutes=20)
    await wire.mend()
    stage.forward(minutes=3)
    await stage.jobs()
    first, backlog = await phones[0].messages()
    assert [field["value"] for field in backlog["fields"]][:2] == ["您有6条待办", "第2件、第3件、第4件等"]
    assert "第1件" in str(first)
    # who has but one waiting is told of that
    assert await titles(phones[1]) == ["第8件"]
    assert len(await stage.calls(SEND)) == 3


async def test_redis_flushed_costs_one_token(cast: Cast, stage: Stage) -> None:
    if stage.world.redis is None:
        pytest.skip("there is no Redis")
    parent, head = await cast.phone("parent"), await cast.phone("head")
    await report(parent, cast, "第1件")
    await stage.jobs()
    fetched = len(await stage.calls(TOKEN))
    await stage.world.redis.flushdb()
    await report(parent, cast, "第2件")
    await stage.jobs()
    assert len(await stage.calls(TOKEN)) == fetched
    stage.forward(hours=3)
    await stage.world.redis.flushdb()
    await report(parent, cast, "第3件")
    await stage.jobs()
    assert len(await stage.calls(TOKEN)) == fetched + 1
    assert await titles(head) == ["第1件", "第2件", "第3件"]
