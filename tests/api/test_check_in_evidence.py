"""Evidence, not a gate: everybody is let in, and the county sees what each check-in proves, and why."""

import hashlib
import logging
from datetime import UTC, date, datetime
from typing import Any

import pytest

from models.checkins import weighing
from models.checkins.tables import CheckIn, CheckInEvidence
from models.database import sql
from models.organisations.actions import ensure_post
from models.organisations.tables import PostKind, School
from models.people.tables import Holding
from tests.cast import Cast, Phone, Stage

pytestmark = pytest.mark.slow

HONEST_FLOOR = 50
SINCE_THEN = datetime(2026, 11, 1, tzinfo=UTC)
PHONE = "0123456789abcdef0123456789abcdef"
AT_THE_GATE = {"quality": "precise", "longitude": 103.8002, "latitude": 25.4901, "accuracy_m": 25}


async def evidence_of(officer: Phone, school_id: int, number: int = 0) -> dict[str, Any]:
    """What the officer sees of one of a school's check-ins, the newest first."""
    await officer.stage.jobs()
    lines = (await officer.get(f"/schools/{school_id}/check-ins")).json["items"]
    found: dict[str, Any] = lines[number]["evidence"]
    return found


def codes(seen: dict[str, Any]) -> set[str]:
    return {reason["code"] for reason in seen["reasons"]}


async def test_an_honest_member_without_location_is_let_in_and_well_thought_of(cast: Cast) -> None:
    member, officer = await cast.phone("member"), await cast.phone("officer")
    answer = await member.check_in(cast.tianba)
    assert (answer.status, answer.json["distance_m"]) == (201, None)
    seen = await evidence_of(officer, cast.tianba.id)
    assert seen["score"] >= HONEST_FLOOR
    assert [reason["said"] for reason in seen["reasons"]] == [
        "扫码后及时送达（0分钟）", "扫的是张贴的静态码，拍照也能扫", "没有提供定位",
    ]  # fmt: skip
    weak = await officer.get("/divisions/530302/check-ins")
    assert weak.json == {"items": [], "next": None}


async def test_at_the_gate_with_the_screens_code_and_a_known_phone_proves_most(
    cast: Cast, stage: Stage
) -> None:
    member, officer = await cast.phone("member"), await cast.phone("officer")
    await member.check_in(cast.tianba, place=AT_THE_GATE, device=PHONE)
    stage.forward(days=2)
    code = stage.rotating_code(cast.tianba)
    moved = AT_THE_GATE | {"longitude": 103.8003, "speed_mps": 0.4, "altitude_m": 1880}
    await member.check_in(cast.tianba, code, place=moved, device=PHONE)
    assert (await evidence_of(officer, cast.tianba.id))["score"] == 100


FORGED: list[tuple[dict[str, Any], str, str]] = [
    ({"longitude": 102.70, "latitude": 25.04}, "far", "定位距学校12"),
    ({"longitude": 103.80, "latitude": 25.49}, "exact", "定位与学校登记的坐标完全重合，疑似模拟定位"),
    ({"accuracy_m": 0}, "accuracy", "定位精度报为0米，真实手机做不到，疑似模拟定位"),
    ({"accuracy_m": -1}, "accuracy", "定位精度报为-1米，真实手机做不到，疑似模拟定位"),
    ({"horizontal_accuracy_m": 0}, "accuracy", "定位精度报为0米，真实手机做不到，疑似模拟定位"),
    (
        {"altitude_m": 0, "vertical_accuracy_m": 65, "speed_mps": 30},
        "altitude",
        "海拔报为0米，低于本地最低处，疑似模拟定位",
    ),
]


@pytest.mark.parametrize(("place", "code", "said"), FORGED, ids=[code for _, code, _ in FORGED])
async def test_a_forged_place_is_let_in_and_the_county_sees_why(
    cast: Cast, place: dict[str, Any], code: str, said: str
) -> None:
    member, officer = await cast.phone("member"), await cast.phone("officer")
    assert (await member.check_in(cast.tianba, place=AT_THE_GATE | place)).status == 201
    await officer.stage.jobs()
    (line,) = (await officer.get("/divisions/530302/check-ins")).json["items"]
    assert line["evidence"]["score"] < 40
    assert (line["who"], line["school_name"]) == ("李秀英", "麒麟区田坝小学")
    words = {reason["code"]: reason for reason in line["evidence"]["reasons"]}
    assert words[code]["said"].startswith(said)
    assert (words[code]["side"], words[code]["points"] < 0) == ("against", True)


async def test_a_place_of_chinese_maps_is_converted_before_it_is_measured(cast: Cast) -> None:
    member = await cast.phone("member")
    place = {"quality": "precise", "longitude": 103.802017, "latitude": 25.486993, "accuracy_m": 20}
    told = await member.check_in(cast.tianba, place=place | {"coordinates": "gcj02"})
    assert told.json["distance_m"] < 2
    # what getLocation gives to who asks for no type
    untold = await member.check_in(cast.tianba, place=place)
    assert 370 < untold.json["distance_m"] < 400
    assert (await member.check_in(cast.tianba, place=place | {"coordinates": "bd09"})).status == 422


async def test_two_schools_ten_kilometres_and_two_minutes_apart(cast: Cast, stage: Stage) -> None:
    supervisor, officer = await cast.phone("supervisor"), await cast.phone("officer")
    await School.filter(id=cast.wanghai.id).update(longitude=103.90)
    await supervisor.check_in(cast.tianba)
    assert (await evidence_of(officer, cast.tianba.id))["score"] >= HONEST_FLOOR
    stage.forward(minutes=2)
    await supervisor.check_in(cast.wanghai)
    for school, other in ((cast.tianba, "望海小学"), (cast.wanghai, "田坝小学")):
        seen = await evidence_of(officer, school.id)
        assert seen["score"] < 40
        assert seen["reasons"][0]["said"].endswith(f"{other}”的签到只隔2分钟，相距10公里，来不及到达")


async def test_the_same_digits_on_three_days(cast: Cast, stage: Stage) -> None:
    member, officer = await cast.phone("member"), await cast.phone("officer")
    for _ in range(3):
        await member.check_in(cast.tianba, place=AT_THE_GATE)
        stage.forward(days=1)
    seen = await evidence_of(officer, cast.tianba.id)
    assert seen["reasons"][0]["said"] == "与本人另外2天签到的坐标一字不差，疑似模拟定位"


async def test_one_phone_for_three_people(cast: Cast) -> None:
    officer = await cast.phone("officer")
    for name in ("supervisor", "member", "second_member"):
        await (await cast.phone(name)).check_in(cast.tianba, device=PHONE)
    seen = await evidence_of(officer, cast.tianba.id)
    assert "这部手机近期还为另外2人签到" in [reason["said"] for reason in seen["reasons"]]
    kept = {row.device_hash for row in await CheckIn.all()}
    assert kept == {hashlib.sha256(PHONE.encode()).hexdigest()}


async def test_the_visit_makes_the_check_in_better_proven(cast: Cast, stage: Stage) -> None:
    member, officer = await cast.phone("member"), await cast.phone("officer")
    body = (await member.check_in(cast.tianba)).headers
    before = (await evidence_of(officer, cast.tianba.id))["score"]
    stage.forward(minutes=25)
    assert (await member.visit(cast.tianba, body["request_id"])).status == 201
    after = await evidence_of(officer, cast.tianba.id)
    assert (after["score"], codes(after) >= {"stayed"}) == (before + 10, True)
    assert "签到25分钟之后提交了入校记录" in [reason["said"] for reason in after["reasons"]]
    stage.forward(days=5)
    assert await evidence_of(officer, cast.tianba.id) == after


async def test_a_form_sent_at_once_was_not_filled_in_at_the_school(cast: Cast) -> None:
    member, officer = await cast.phone("member"), await cast.phone("officer")
    body = (await member.check_in(cast.tianba)).headers
    await member.visit(cast.tianba, body["request_id"])
    assert "hasty" in codes(await evidence_of(officer, cast.tianba.id))


async def test_what_was_queued_without_a_network_is_not_called_hasty(cast: Cast, stage: Stage) -> None:
    member, officer = await cast.phone("member"), await cast.phone("officer")
    then = stage.clock()
    stage.forward(hours=9)
    body = (await member.check_in(cast.tianba, scanned_at=then.isoformat())).headers
    await member.visit(cast.tianba, body["request_id"])
    seen = await evidence_of(officer, cast.tianba.id)
    assert not codes(seen) & {"hasty", "stayed"}
    assert seen["score"] >= 45


async def test_after_three_days_without_a_visit_the_check_in_proves_less(cast: Cast, stage: Stage) -> None:
    member, officer = await cast.phone("member"), await cast.phone("officer")
    await member.check_in(cast.tianba)
    before = (await evidence_of(officer, cast.tianba.id))["score"]
    stage.forward(days=3, minutes=1)
    after = await evidence_of(officer, cast.tianba.id)
    assert (after["score"], "no_visit" in codes(after)) == (before - 15, True)


async def test_a_county_sets_its_own_weights_and_the_months_scores_follow(cast: Cast) -> None:
    member, officer = await cast.phone("member"), await cast.phone("officer")
    stranger, neighbour = await cast.phone("stranger"), await cast.phone("neighbour_officer")
    await member.check_in(cast.tianba)
    await stranger.check_in(cast.faraway)
    assert (await evidence_of(officer, cast.tianba.id))["score"] == 60
    for key, value in (("fresh_points", 0), ("evidence_base", 70)):
        done = await officer.ask("PUT", f"/divisions/530302/policies/{key}", json={"value": value})
        assert done.status == 204
    assert (await evidence_of(officer, cast.tianba.id))["score"] == 70
    assert (await evidence_of(neighbour, cast.faraway.id))["score"] == 60
    for key, value in (("far_points", -5), ("far_points", 101), ("evidence_base", 101)):
        refused = await officer.ask("PUT", f"/divisions/530302/policies/{key}", json={"value": value})
        assert refused.status == 422


@pytest.mark.parametrize("name", ["head", "manager", "member", "supervisor"])
async def test_those_who_could_learn_from_it_how_to_forge_see_no_evidence(cast: Cast, name: str) -> None:
    member, other = await cast.phone("member"), await cast.phone(name)
    await member.check_in(cast.tianba, place=AT_THE_GATE | {"accuracy_m": 0})
    await other.stage.jobs()
    (line,) = (await other.get(f"/schools/{cast.tianba.id}/check-ins")).json["items"]
    assert (line["distance_m"] is not None, line["evidence"]) == (True, None)
    assert (await other.get("/divisions/530302/check-ins")).status == 404


@pytest.mark.parametrize(
    ("name", "division", "status"),
    [
        ("officer", "530302", 200),
        ("officer", "5303", 404),
        ("prefecture", "5303", 200),
        ("province", "53", 200),
        ("neighbour_officer", "530302", 404),
        ("neighbour_officer", "530303", 200),
        ("nobody", "530302", 404),
    ],
)
async def test_who_may_read_a_divisions_check_ins(cast: Cast, name: str, division: str, status: int) -> None:
    member = await cast.phone("member")
    await member.check_in(cast.tianba)
    await member.stage.jobs()
    answer = await (await cast.phone(name)).get(f"/divisions/{division}/check-ins", below=101)
    assert answer.status == status
    if status == 200:
        expected = 0 if division == "530303" else 1
        assert len(answer.json["items"]) == expected


async def test_people_are_told_a_month_later_and_in_words_how_their_check_ins_were_weighed(
    cast: Cast, stage: Stage
) -> None:
    member, officer = await cast.phone("member"), await cast.phone("officer")
    await member.check_in(cast.tianba)

    async def told() -> dict[str, Any]:
        sections = (await member.get("/me/data")).json["sections"]
        (row,) = next(one["rows"] for one in sections if one["table"] == "check_in")
        return dict(row["evidence"] or {})

    assert await told() == {}
    seen = await evidence_of(officer, cast.tianba.id)
    early = await told()
    assert (early["score"], early["reasons"], early["from_at"][:10]) == (None, [], "2026-12-24")
    await officer.ask("PUT", "/divisions/530302/policies/evidence_told_days", json={"value": 0})
    late = await told()
    assert late["score"] == seen["score"]
    assert late["reasons"] == [reason["said"] for reason in seen["reasons"]]


async def test_a_market_regulator_reads_the_school_and_not_its_evidence(cast: Cast) -> None:
    post = await ensure_post(PostKind.REGULATOR, division_code="530302")
    await Holding.create(person=cast.people["nobody"], post=post, since_on=date(2026, 9, 1))
    member, regulator = await cast.phone("member"), await cast.phone("nobody")
    await member.check_in(cast.tianba)
    await member.stage.jobs()
    (line,) = (await regulator.get(f"/schools/{cast.tianba.id}/check-ins")).json["items"]
    assert line["evidence"] is None
    assert (await regulator.get("/divisions/530302/check-ins", below=101)).status == 403


async def test_the_neighbouring_county_does_not_learn_of_the_school(cast: Cast) -> None:
    neighbour = await cast.phone("neighbour_officer")
    assert (await neighbour.get(f"/schools/{cast.tianba.id}/check-ins")).status == 404


async def test_a_division_is_read_page_by_page_from_the_weakest_on(cast: Cast, stage: Stage) -> None:
    member, officer = await cast.phone("member"), await cast.phone("officer")
    for n in range(7):
        place = AT_THE_GATE | {"longitude": 103.8 + n / 100, "latitude": 25.49 + n / 1000}
        await member.check_in(cast.tianba, place=place)
        stage.forward(days=0, minutes=20)
    await stage.jobs()
    path, seen, after = "/divisions/530302/check-ins", [], {}
    for _ in range(4):
        page = (await officer.get(path, below=101, limit=2, **after)).json
        seen += [(line["evidence"]["score"], line["id"]) for line in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert (seen, len(set(seen))) == (sorted(seen), 7)
    below = (await officer.get(path, below=60)).json["items"]
    assert [line["id"] for line in below] == [number for score, number in seen if score < 60]
    assert (await officer.get(path, month="2026-10", below=101)).json["items"] == []
    assert (await officer.get(path, after="x")).status == 422


def _old_hash(code: str, scanned_at: str, place: dict[str, Any] | None) -> str:
    """As it was written before phones said more of themselves."""
    quality = f"<PlaceQuality.{'PRECISE' if place else 'NONE'}: '{'precise' if place else 'none'}'>"
    longitude, latitude, accuracy = (
        (place["longitude"], place["latitude"], float(place["accuracy_m"])) if place else (None, None, None)
    )
    said = f"({code!r}, {scanned_at!r}, {quality}, {longitude!r}, {latitude!r}, {accuracy!r})"
    return hashlib.sha256(said.encode()).hexdigest()


@pytest.mark.parametrize("place", [None, AT_THE_GATE])
async def test_an_older_phones_body_is_known_again(cast: Cast, stage: Stage, place: Any) -> None:
    member = await cast.phone("member")
    first = await member.check_in(cast.tianba, **({"place": place} if place else {}))
    (row,) = await CheckIn.all()
    assert row.body_hash == _old_hash(first.headers["code"], first.headers["scanned_at"], place)
    again = await member.post("/check-ins", first.headers)
    assert (again.status, again.json["id"]) == (200, first.json["id"])


NEWER = {
    "coordinates": "gcj02",
    "altitude_m": 1880.5,
    "vertical_accuracy_m": 3,
    "horizontal_accuracy_m": 25,
    "speed_mps": 0,
}


async def test_a_newer_phones_body_is_known_again_and_each_word_of_it_counts(cast: Cast) -> None:
    member = await cast.phone("member")
    first = await member.check_in(cast.tianba, place=AT_THE_GATE | NEWER, device=PHONE)
    again = await member.post("/check-ins", first.headers)
    assert (again.status, again.json) == (200, first.json)
    for name in NEWER:
        place = {key: value for key, value in first.headers["place"].items() if key != name}
        other = await member.post("/check-ins", first.headers | {"place": place})
        assert (name, other.status, other.code) == (name, 409, "request_reused")
    other = await member.post("/check-ins", first.headers | {"device": PHONE[::-1]})
    assert (other.status, other.code) == (409, "request_reused")
    assert await CheckIn.all().count() == 1


async def test_weighing_again_changes_nothing_and_doubles_nothing(cast: Cast, stage: Stage) -> None:
    supervisor, member = await cast.phone("supervisor"), await cast.phone("member")
    await supervisor.check_in(cast.tianba, device=PHONE)
    await supervisor.check_in(cast.wanghai, device=PHONE)
    await member.check_in(cast.tianba, device=PHONE, place=AT_THE_GATE)
    await stage.jobs()
    first = await CheckInEvidence.all().order_by("check_in_id").values("check_in_id", "score", "reasons")
    assert await weighing.weigh_again("530302", SINCE_THEN, stage.clock()) == 3
    await stage.jobs()
    again = await CheckInEvidence.all().order_by("check_in_id").values("check_in_id", "score", "reasons")
    assert (len(first), again) == (3, first)


async def test_sixty_are_weighed_with_the_statements_of_two(
    cast: Cast, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    members = [await cast.phone(name) for name in ("member", "second_member")]
    statements = []
    for number in (1, 30):
        for member in members * number:
            assert (await member.check_in(cast.tianba, device=PHONE)).status == 201
        with caplog.at_level(logging.DEBUG, "tortoise.db_client"):
            caplog.clear()
            assert await weighing.weigh_due(stage.clock()) == 2 * number
            statements.append(len([line for line in caplog.records if line.name == "tortoise.db_client"]))
    assert await CheckInEvidence.all().count() == 62
    assert 0 < statements[1] <= statements[0] <= 10


FILL = [
    "INSERT INTO check_in (person_id, request_id, body_hash, post_id, school_id, at, scanned_at, received_at,"
    " generation, place, device_hash) {numbers} SELECT i / 9, CAST(i AS TEXT), '', 1, i / 9, {at}, {at}, {at}, 1,"
    " 'none', CAST(i AS TEXT) FROM n",
    "INSERT INTO check_in_evidence {numbers} SELECT i, i / 9, CAST(530301 + i / 400 AS TEXT), CAST(2015 + i % 12 AS TEXT) || '-11', i % 100,"
    " '[]', {at} FROM n",
]
QUESTIONS = {
    "idx_check_in_weigh": "SELECT id FROM check_in WHERE weigh_at <= {at} ORDER BY weigh_at, id LIMIT 9",
    "idx_check_in_person": "SELECT id FROM check_in WHERE person_id IN (1, 2) AND at >= {at} AND at <= {at}",
    "idx_check_in_device": "SELECT person_id FROM check_in WHERE device_hash IN ('7') AND at >= {at}",
    "idx_visit_untold": "SELECT id FROM visit WHERE NOT check_in_told ORDER BY id LIMIT 9",
    "idx_evidence_county": (
        "SELECT score FROM check_in_evidence WHERE county_code = '530302' AND month = '2026-11' AND score < 40"
        " AND (score, check_in_id) > (3, 1) ORDER BY score, check_in_id LIMIT 20"
    ),
    "idx_evidence_month": (
        "SELECT score FROM check_in_evidence WHERE county_code >= '530301' AND county_code < '530340'"
        " AND month = '2026-11' AND score < 40 ORDER BY score, check_in_id LIMIT 20"
    ),
}


async def test_the_lists_and_the_job_read_their_indexes(cast: Cast, engine: str) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
    at = (
        "CAST('2026-11-24 02:30:00+00:00' AS TIMESTAMPTZ)"
        if engine == "postgres"
        else "'2026-11-24 02:30:00'"
    )
    for statement in FILL:
        await sql.rows(f"{statement.format(numbers=numbers, at=at)} RETURNING 1 AS done")
    await sql.rows("ANALYZE")
    explain = "EXPLAIN" if engine == "postgres" else "EXPLAIN QUERY PLAN"
    for index, question in QUESTIONS.items():
        if engine == "postgres" and index == "idx_visit_untold":
            continue  # the table is empty, and an empty one is read whole
        lines = await sql.rows(f"{explain} {question.format(at=at)}")
        plan = "\n".join(str(line.get("detail") or line.get("QUERY PLAN")) for line in lines)
        assert index in plan, plan
        assert "Sort" not in plan and "TEMP B-TREE" not in plan, plan
