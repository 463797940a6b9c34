"""Checking in: what is accepted, what is refused and in which words."""

import asyncio
from datetime import timedelta

import pytest

from models.checkins.tables import CheckIn
from models.database import sql
from qr import Keyring, Place, PlaceKind, sign, sign_short
from tests.cast import Cast, Phone, Stage, new_id


async def test_without_a_place_it_counts_just_the_same(cast: Cast) -> None:
    member = await cast.phone("member")
    answer = await member.check_in(cast.tianba)
    assert (answer.status, answer.json["distance_m"]) == (201, None)


@pytest.mark.parametrize("quality", ["precise", "fuzzy"])
async def test_a_place_gives_a_distance_and_is_never_a_gate(cast: Cast, quality: str) -> None:
    member = await cast.phone("member")
    place = {"quality": quality, "longitude": 103.80, "latitude": 25.50, "accuracy_m": 30}
    answer = await member.check_in(cast.tianba, place=place)
    assert answer.status == 201
    assert 1100 < answer.json["distance_m"] < 1125


async def test_sent_again_it_is_the_same_row_and_other_content_is_refused(cast: Cast) -> None:
    member = await cast.phone("member")
    first = await member.check_in(cast.tianba)
    again = await member.post("/check-ins", first.headers)
    assert (again.status, again.json) == (200, first.json)
    other = await member.post("/check-ins", first.headers | {"scanned_at": "2026-11-24T10:29:00+08:00"})
    assert (other.status, other.code) == (409, "request_reused")
    assert await CheckIn.all().count() == 1


async def test_two_hundred_at_once_make_one_row(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member")
    body = {
        "code": stage.code(cast.tianba),
        "request_id": new_id(),
        "scanned_at": stage.clock().isoformat(),
    }
    answers = await asyncio.gather(*(member.post("/check-ins", body) for _ in range(200)))
    assert sorted({answer.status for answer in answers}) == [200, 201]
    assert [answer.status for answer in answers].count(201) == 1
    assert len({answer.json["id"] for answer in answers}) == 1
    assert await CheckIn.all().count() == 1
    journal = await sql.rows("SELECT COUNT(*) AS n FROM journal_entry WHERE verb = 'check_in'")
    assert journal[0]["n"] == 1


async def test_a_rotating_code_proves_its_minute_days_later(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member")
    code, then = stage.rotating_code(cast.tianba), stage.clock()
    stage.forward(days=3)
    answer = await member.check_in(cast.tianba, code, scanned_at=then.isoformat())
    assert answer.status == 201
    assert answer.json["at"] == "2026-11-24T02:30:00Z"
    (row,) = await CheckIn.all()
    assert row.rotating_at == row.at
    assert row.received_at - row.scanned_at >= timedelta(days=3)


async def test_a_week_offline_is_accepted_and_more_is_not(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member")
    then = stage.clock().isoformat()
    stage.forward(days=6, hours=23)
    assert (await member.check_in(cast.tianba, scanned_at=then)).status == 201
    stage.forward(hours=2)
    late = await member.check_in(cast.tianba, scanned_at=then)
    assert (late.status, late.code) == (422, "too_late")
    assert late.said == "这次签到是7天前的，超过了补传期限7天，请联系县教体局登记。"


async def test_an_accepted_check_in_stays_accepted_when_it_is_sent_again_late(
    cast: Cast, stage: Stage
) -> None:
    member = await cast.phone("member")
    first = await member.check_in(cast.tianba)
    stage.forward(days=20)
    again = await member.post("/check-ins", first.headers)
    assert (again.status, again.json["id"]) == (200, first.json["id"])


async def test_the_county_can_lengthen_the_time_for_late_records(cast: Cast, stage: Stage) -> None:
    member, officer = await cast.phone("member"), await cast.phone("officer")
    then = stage.clock().isoformat()
    stage.forward(days=9)
    assert (await member.check_in(cast.tianba, scanned_at=then)).code == "too_late"
    done = await officer.ask("PUT", "/divisions/530302/policies/late_days", json={"value": 10})
    assert done.status == 204
    assert (await member.check_in(cast.tianba, scanned_at=then)).status == 201


async def test_a_phone_whose_clock_runs_ahead_is_told_to_set_it(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member")
    ahead = (stage.clock() + timedelta(minutes=40)).isoformat()
    answer = await member.check_in(cast.tianba, scanned_at=ahead)
    assert (answer.status, answer.code) == (422, "from_the_future")


async def _refused_codes(cast: Cast, stage: Stage) -> dict[str, str]:
    school = Place(PlaceKind.SCHOOL, cast.tianba.id)
    right = stage.code(cast.tianba)
    return {
        "forged": sign(Keyring({1: b"another key, 16+ bytes"}, 1), school, 1),
        "somebody_elses": "https://example.cn/pay?id=1",
        "torn": "https://shandu.example.cn/q/" + right[:-4],
        "old_generation": stage.code(cast.tianba, generation=2),
    }


@pytest.mark.parametrize(
    ("which", "code"),
    [
        ("forged", "code_foreign"),
        ("somebody_elses", "code_foreign"),
        ("torn", "code_malformed"),
        ("old_generation", "code_revoked"),
    ],
)
async def test_a_code_that_is_not_ours_is_refused(cast: Cast, stage: Stage, which: str, code: str) -> None:
    member = await cast.phone("member")
    answer = await member.check_in(cast.tianba, (await _refused_codes(cast, stage))[which])
    assert (answer.status, answer.code) == (422, code)


async def test_the_code_under_the_picture_is_typed_as_it_comes_and_proves_less(
    cast: Cast, stage: Stage
) -> None:
    member, officer = await cast.phone("member"), await cast.phone("officer")
    typed = stage.short_code(cast.tianba).lower().replace("-", " ")
    assert (await member.check_in(cast.tianba, typed)).status == 201
    await stage.jobs()
    seen = await officer.get(f"/schools/{cast.tianba.id}/check-ins")
    (line,) = seen.json["items"]
    assert "编码是手工输入的，别人报一声也能输" in str(line["evidence"])
    assert (await CheckIn.get()).typed


@pytest.mark.parametrize(
    ("which", "code"), [("slip", "code_mistyped"), ("guess", "code_wrong"), ("old", "code_revoked")]
)
async def test_a_typed_code_that_is_wrong_says_how(cast: Cast, stage: Stage, which: str, code: str) -> None:
    member = await cast.phone("member")
    right = stage.short_code(cast.tianba)
    elsewhere = Keyring({1: b"another key, 16+ bytes"}, 1)
    typed = {
        "slip": right[:-1] + ("2" if right[-1] != "2" else "3"),
        "guess": sign_short(elsewhere, Place(PlaceKind.SCHOOL, cast.tianba.id), 1),
        "old": stage.short_code(cast.tianba, 2),
    }[which]
    assert (await member.check_in(cast.tianba, typed)).code == code


async def test_a_lost_poster_is_void_and_the_new_one_works(cast: Cast, stage: Stage) -> None:
    member, officer = await cast.phone("member"), await cast.phone("officer")
    revoked = await officer.post(f"/schools/{cast.tianba.id}/posters/revoke", {"reason": "海报被人揭走"})
    assert revoked.json == {"generation": 2}
    old = await member.check_in(cast.tianba)
    assert (old.code, old.said) == ("code_revoked", "这张二维码已作废，请扫描学校现在张贴的新码。")
    assert (await member.check_in(cast.tianba, stage.code(cast.tianba, 2))).status == 201


@pytest.mark.parametrize(
    ("who", "code", "said"),
    [
        ("stranger", "no_post_here", "您不是“麒麟区田坝小学”的膳食家委会委员或责任督学，不能在这里签到。"),
        ("head", "no_post_here", "您不是“麒麟区田坝小学”的膳食家委会委员或责任督学，不能在这里签到。"),
        ("parent", "no_post_here", "您不是“麒麟区田坝小学”的膳食家委会委员或责任督学，不能在这里签到。"),
        (
            "recused",
            "recused",
            "按回避规定（配偶为该校食堂承包人），您不能在“麒麟区田坝小学”签到督查，请由他人代替。",
        ),
    ],
)
async def test_who_may_not_check_in_is_told_why(cast: Cast, who: str, code: str, said: str) -> None:
    answer = await (await cast.phone(who)).check_in(cast.tianba)
    assert (answer.status, answer.code, answer.said) == (403, code, said)


async def test_a_phone_that_is_not_bound_is_told_to_bind(cast: Cast) -> None:
    phone = await cast.phone("member", bind=False, consent=False)
    answer = await phone.check_in(cast.tianba)
    assert (answer.status, answer.code) == (403, "not_bound")


async def test_without_a_session_nothing_is_said(cast: Cast, stage: Stage) -> None:
    phone = Phone(stage, cast.people["member"])
    answer = await phone.check_in(cast.tianba)
    assert (answer.status, answer.code) == (401, "not_signed_in")


@pytest.mark.parametrize(
    "change",
    [
        {"request_id": "short"},
        {"scanned_at": "yesterday"},
        {"scanned_at": "2026-11-24T10:30:00"},
        {"code": ""},
        {"code": "x" * 600},
        {"place": {"quality": "precise", "longitude": 203, "latitude": 25}},
        {"place": {"quality": "psychic", "longitude": 103, "latitude": 25}},
        {"surplus": 1},
    ],
)
async def test_a_body_that_is_not_right_is_refused_whole(cast: Cast, change: dict[str, object]) -> None:
    member = await cast.phone("member")
    answer = await member.check_in(cast.tianba, **change)
    assert (answer.status, answer.code) == (422, "validation")
    assert await CheckIn.all().count() == 0
