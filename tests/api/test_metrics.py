"""`/metrics`: what it counts, and who may read it."""

import re

from prometheus_client.parser import text_string_to_metric_families

from models.people.tables import Identity
from tests.cast import Cast, Stage
from tests.conftest import set_stage

TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"


async def _read(stage: Stage, **headers: str) -> tuple[int, str]:
    async with stage.http.get("/metrics", headers=headers) as answer:
        return answer.status, await answer.text()


def _figures(text: str) -> dict[str, float]:
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_a_day_at_a_school_is_counted_and_nobody_named(cast: Cast, stage: Stage) -> None:
    before = _figures((await _read(stage))[1])
    head, parent = await cast.phone("head"), await cast.phone("parent")
    body = {"request_id": "a-problem", "school_id": cast.tianba.id, "title": "餐具没有消毒"}
    assert (await parent.post("/problems", body)).status == 201
    waiting = _figures((await _read(stage))[1])
    assert waiting["shandu_backlog subscribe"] >= 1
    assert waiting["shandu_journal_unsealed"] >= 1
    await stage.jobs()
    await head.get("/notices")
    async with stage.http.request("PROPFIND", "/nothing/13900000000"):
        pass
    status, text = await _read(stage)
    figures = _figures(text)
    assert status == 200
    assert figures["shandu_http_requests_total POST /api/problems 201"] == 1
    assert figures["shandu_http_requests_total other (none) 404"] == 1
    assert figures["shandu_http_request_seconds_count GET /api/notices"] == 1
    buckets = [
        value
        for name, value in figures.items()
        if name.startswith("shandu_http_request_seconds_bucket") and "POST /api/problems" in name
    ]
    assert len(buckets) == 12 and buckets == sorted(buckets) and buckets[-1] == 1
    sent = "shandu_deliveries_total subscribe sent"
    assert figures[sent] > before.get(sent, 0)
    fetched = f"shandu_token_fetches_total {stage.world.account.appid} given"
    assert figures[fetched] > before.get(fetched, 0)
    assert "shandu_backlog subscribe" not in figures
    assert figures["shandu_inbound_waiting"] == 0 and figures["shandu_journal_unsealed"] == 0
    assert figures["process_resident_memory_bytes"] > 0
    openids = [one.openid for one in await Identity.all()]
    assert openids and not re.search("|".join([*openids, "张明", r"1[3-9]\d{9}", "15400"]), " ".join(figures))


async def test_only_this_machine_reads_the_figures_while_there_is_no_token(stage: Stage) -> None:
    assert (await _read(stage))[0] == 200
    for headers in (
        {"X-Forwarded-For": "203.0.113.9"}, {"Forwarded": "for=203.0.113.9"}, {"Via": "1.1 proxy"},
        {"Host": "rebound.example"}, {"Host": "[::1"}, {"Host": ""},
    ):  # fmt: skip
        status, text = await _read(stage, **headers)
        assert status == 404 and "shandu_" not in text, headers


async def test_with_a_token_whoever_says_it_reads_the_figures(environ: dict[str, str]) -> None:
    async with set_stage(environ | {"SHANDU_METRICS_TOKEN": TOKEN}) as stage:
        assert (await _read(stage))[0] == 404
        assert (await _read(stage, Authorization=f"Bearer {TOKEN[:-1]}x"))[0] == 404
        named = {
            "Authorization": f"Bearer {TOKEN}",
            "Host": "shandu.example.cn",
            "X-Forwarded-For": "10.0.0.1",
        }
        assert (await _read(stage, **named))[0] == 200


async def test_an_account_that_wechat_refuses_shows_in_its_breaker(cast: Cast, stage: Stage) -> None:
    def breaker(text: str) -> list[str]:
        figures, own = _figures(text), f"shandu_breaker {stage.world.account.appid} "
        return [name.removeprefix(own) for name, on in figures.items() if name.startswith(own) and on]

    parent, _ = await cast.phone("parent"), await cast.phone("head")
    assert breaker((await _read(stage))[1]) == ["closed"]
    await stage.faults(path="/cgi-bin/message/subscribe/send", errcode=40164)
    body = {"request_id": "a-problem", "school_id": cast.tianba.id, "title": "餐具没有消毒"}
    await parent.post("/problems", body)
    await stage.jobs()
    assert breaker((await _read(stage))[1]) == ["open"]
    stage.forward(minutes=1)
    assert breaker((await _read(stage))[1]) == ["half_open"]
