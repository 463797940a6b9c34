"""A division's figures, from the province down to the school, each with what it is counted over."""

from typing import Any

import pytest

from tests.api.test_surveys import answered, closed, parents, plan
from tests.cast import Cast, Phone, new_id

pytestmark = pytest.mark.slow


async def read(phone: Phone, code: str, **query: Any) -> dict[str, Any]:
    said = await phone.get(f"/divisions/{code}/figures", **query)
    assert said.status == 200, said.json
    return dict(said.json)


def only(figures: dict[str, Any], *names: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(one["name"], tuple(one["count"][name] for name in names)) for one in figures["below"]]


async def test_figures_add_up_from_the_school_to_the_province(cast: Cast) -> None:
    member, head, officer = (
        await cast.phone("member"),
        await cast.phone("head"),
        await cast.phone("officer"),
    )
    check_in = await member.check_in(cast.tianba)
    visit = await member.visit(cast.tianba, check_in.headers["request_id"], failing="C06")
    (problem,) = visit.json["problems"]
    county = await read(officer, "530302")
    assert (county["month"], county["term"], county["name"]) == ("2026-11", "2026-autumn", "麒麟区")
    assert only(county, "schools", "owed", "done", "open", "found") == [
        ("麒麟区田坝小学", (1, 2, 1, 1, 1)),
        ("麒麟区望海小学", (1, 1, 0, 0, 0)),
        ("麒麟区金江小学", (1, 1, 0, 0, 0)),
    ]
    assert [one["school_id"] for one in county["below"]][:2] == [cast.tianba.id, cast.wanghai.id]
    assert (county["count"]["schools"], county["count"]["owed"], county["count"]["done"]) == (3, 4, 1)

    proof = [await head.photo(cast.tianba, "problem")]
    body = {"request_id": new_id(), "words": "已贴标签", "photos": proof}
    assert (await head.post(f"/problems/{problem}/submit", body)).status == 200
    assert (await read(officer, "530302"))["count"]["submitted"] == 1
    closing = {"request_id": new_id(), "words": "看过了"}
    assert (await officer.post(f"/problems/{problem}/close", closing)).status == 200

    prefecture = await read(await cast.phone("prefecture"), "5303")
    assert ("麒麟区", (3, 4, 1, 0, 1)) in only(prefecture, "schools", "owed", "done", "open", "closed")
    assert ("沾益区", (1, 1, 0, 0, 0)) in only(prefecture, "schools", "owed", "done", "open", "closed")
    province = await read(await cast.phone("province"), "53")
    assert len(province["below"]) == 16
    assert province["count"] == prefecture["count"]
    december = await read(officer, "530302", month="2026-12")
    assert (december["count"]["owed"], december["count"]["closed"]) == (0, 0)


async def test_nothing_answered_is_no_figure(cast: Cast) -> None:
    figures = await read(await cast.phone("officer"), "530302")
    assert (figures["count"]["answers"], figures["count"]["mean"]) == (0, None)
    assert figures["decides"] is True


async def test_satisfaction_is_this_terms_or_the_last_ones_and_says_which(cast: Cast) -> None:
    number = await plan(cast)
    await answered(await parents(cast, cast.tianba, 5), cast.tianba, number)
    assert (await read(await cast.phone("officer"), "530302"))["count"]["answers"] == 0
    await closed(cast.stage)
    figures = await read(await cast.phone("officer"), "530302")
    assert (figures["term_name"], figures["count"]["answers"]) == ("2026年秋季学期", 5)
    assert (figures["count"]["mean"], figures["count"]["top_share"]) == (80.0, 1.0)
    assert [one["count"]["answers"] for one in figures["below"]] == [5, 0, 0]
    cast.stage.forward(days=100)
    later = await read(await cast.phone("officer"), "530302")
    assert (later["term_name"], later["count"]["answers"]) == ("2026年秋季学期", 5)
    assert (later["month"], later["count"]["owed"]) == ("2027-03", 4)
