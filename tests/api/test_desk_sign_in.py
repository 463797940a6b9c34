"""Signing a browser in by scanning, and the attacks on it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from models.database import sql
from models.people.tables import DeskTicket, Session
from tests.cast import Cast, Phone, Stage, make_cast
from tests.conftest import set_stage
from tests.desk_world import Desk, desk_of

pytestmark = pytest.mark.slow

INSIDE = "通知送达记录"


@pytest.fixture
async def desks(stage: Stage) -> AsyncIterator[list[Desk]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(desk_of(stage)) for _ in range(2)]


async def _officer(cast: Cast) -> Phone:
    return await cast.phone("officer", consent=False)


async def test_an_officer_scans_sees_which_browser_it_is_and_is_let_in(cast: Cast, desks: list[Desk]) -> None:
    officer, (desk, _) = await _officer(cast), desks
    outside = await desk.get("/desk/deliveries")
    assert outside.status == 401 and "扫码登录" in outside.words and "张明" not in outside.text
    made = await desk.post("/desk/tickets")
    ticket = {"ticket": made.json["url"].rsplit("/", 1)[1]}
    assert "<svg" in made.json["picture"] and await desk.standing() == "waiting"
    seen = await officer.post("/desk-tickets/scan", ticket)
    assert seen.json["browser"] == "Chrome（Windows）"
    assert seen.json["check"] == made.json["check"] and len(seen.json["check"]) == 4
    assert (seen.json["address"], seen.json["same_network"]) == ("127.0.0.1", True)
    assert await desk.standing() == "scanned"
    assert (await desk.get("/desk/")).status == 401
    assert (await officer.post("/desk-tickets/confirm", ticket)).status == 204
    assert await desk.standing() == "entered"
    home = await desk.get("/desk/")
    assert home.status == 200 and "刘洋，您好" in home.words and INSIDE in home.words
    assert home.headers["Cache-Control"] == "no-store"
    # whoever comes by a link from elsewhere is told at once that they are in
    assert await desk.standing() == "entered"
    steps = await sql.rows("SELECT person_id FROM journal_entry WHERE verb = 'desk_sign_in'")
    assert [step["person_id"] for step in steps] == [cast.people["officer"].id]


async def test_nothing_that_opens_a_session_is_kept_in_clear(cast: Cast, desks: list[Desk]) -> None:
    desk = desks[0]
    ticket = await desk.ticket()
    holder = desk.cookie("shandu-desk-ticket")
    await desk.sign_in(await _officer(cast))
    kept = str(await sql.rows("SELECT * FROM session") + await sql.rows("SELECT * FROM desk_ticket"))
    for secret in (ticket, holder, desk.cookie("shandu-desk")):
        assert secret and secret not in kept


async def test_a_code_is_worth_nothing_twice_nor_in_another_browser(cast: Cast, desks: list[Desk]) -> None:
    officer, (mine, theirs) = await _officer(cast), desks
    ticket = {"ticket": await mine.ticket()}
    await theirs.ticket()
    await officer.post("/desk-tickets/scan", ticket)
    await officer.post("/desk-tickets/confirm", ticket)
    # whoever saw the screen has the code, and not the cookie
    assert await theirs.standing() == "waiting"
    theirs.plant("shandu-desk-ticket", ticket["ticket"])
    assert await theirs.standing() == "over"
    held = str(mine.cookie("shandu-desk-ticket"))
    assert await mine.standing() == "entered"
    theirs.plant("shandu-desk-ticket", held)
    assert await theirs.standing() == "over"
    assert (await theirs.get("/desk/")).status == 401
    for verb in ("scan", "confirm", "refuse"):
        again = await officer.post(f"/desk-tickets/{verb}", ticket)
        assert (again.status, again.code) == (422, "ticket_invalid"), verb
    assert await Session.filter(device__startswith="网页").count() == 1


async def test_only_the_phone_that_scanned_a_code_answers_it(cast: Cast, desks: list[Desk]) -> None:
    officer, other = await _officer(cast), await cast.phone("prefecture", consent=False)
    ticket = {"ticket": await desks[0].ticket()}
    assert (await officer.post("/desk-tickets/confirm", ticket)).code == "ticket_invalid"
    assert (await officer.post("/desk-tickets/scan", ticket)).status == 200
    for verb in ("scan", "confirm", "refuse"):
        assert (await other.post(f"/desk-tickets/{verb}", ticket)).code == "ticket_invalid"
    assert (await officer.post("/desk-tickets/refuse", ticket)).status == 204
    assert await desks[0].standing() == "over"
    assert (await officer.post("/desk-tickets/confirm", ticket)).code == "ticket_invalid"


async def test_a_code_lives_two_minutes_and_a_browser_twelve_hours(
    cast: Cast, desks: list[Desk], stage: Stage
) -> None:
    officer, (desk, late) = await _officer(cast), desks
    ticket = {"ticket": await late.ticket()}
    await officer.post("/desk-tickets/scan", ticket)
    await officer.post("/desk-tickets/confirm", ticket)
    await desk.sign_in(officer)
    stage.forward(minutes=2, seconds=1)
    assert await late.standing() == "over"
    stage.forward(hours=11, minutes=57)
    assert (await desk.get("/desk/")).status == 200
    stage.forward(minutes=1)
    assert (await desk.get("/desk/")).status == 401


async def test_a_cookie_planted_beforehand_never_becomes_a_session(cast: Cast, desks: list[Desk]) -> None:
    desk, planted = desks[0], "A" * 43
    desk.plant("shandu-desk", planted)
    await desk.sign_in(await _officer(cast))
    assert desk.cookie("shandu-desk") not in (None, planted)
    desks[1].plant("shandu-desk", planted)
    assert (await desks[1].get("/desk/")).status == 401


async def test_a_cookie_is_no_token_and_a_token_no_cookie(
    cast: Cast, desks: list[Desk], stage: Stage
) -> None:
    officer, (desk, other) = await _officer(cast), desks
    await desk.sign_in(officer)
    assert (await desk.get("/api/me")).status == 401
    assert (await Phone(stage, officer.person, desk.cookie("shandu-desk")).get("/me")).status == 401
    other.plant("shandu-desk", str(officer.token))
    assert (await other.get("/desk/")).status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://other.example.cn", "Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
    ],
)
async def test_another_sites_page_can_do_nothing_here(
    cast: Cast, desks: list[Desk], headers: dict[str, str]
) -> None:
    desk = await desks[0].sign_in(await _officer(cast))
    doors = ["/desk/tickets", "/desk/tickets/standing", "/desk/sign-out", "/desk/notices/1/withdraw"]
    for path in doors:
        async with desk.http.post(path, data={"reason": "无"}, headers=headers) as answer:
            assert answer.status == 403, path
    assert (await desk.get("/desk/")).status == 200
    assert await DeskTicket.all().count() == 1


async def test_the_desk_is_for_those_who_manage(cast: Cast, desks: list[Desk]) -> None:
    for who in ("head", "member"):
        phone = await cast.phone(who, consent=False)
        refused = await phone.post("/desk-tickets/scan", {"ticket": await desks[0].ticket()})
        assert (refused.status, refused.code) == (403, "no_desk"), who
    # a post that ends takes the desk with it
    desk = await desks[0].sign_in(await _officer(cast))
    await sql.rows(
        "UPDATE holding SET until_on = $1 WHERE person_id = $2 RETURNING id",
        cast.stage.clock().date(), cast.people["officer"].id,
    )  # fmt: skip
    gone = await desk.get("/desk/deliveries")
    assert gone.status == 403 and "您的岗位请继续使用小程序" in gone.words


async def test_a_browser_is_listed_among_ones_devices_and_signed_out_from_any(
    cast: Cast, desks: list[Desk]
) -> None:
    officer, (one, two) = await _officer(cast), desks
    await one.sign_in(officer)
    await two.sign_in(officer)
    listed = (await officer.get("/sessions")).json
    assert [each["device"] for each in listed] == ["网页工作台 Chrome（Windows）"] * 2 + ["测试手机"]
    page = await two.get("/desk/devices")
    assert page.words.count("网页工作台 Chrome（Windows）") == 2 and "这台电脑" in page.words
    signed_out = await two.post(f"/desk/devices/{listed[1]['id']}/sign-out")
    assert "已退出那台设备" in signed_out.words
    assert (await one.get("/desk/")).status == 401
    # somebody else's is nobody's
    head = await cast.phone("head", consent=False)
    (theirs,) = (await head.get("/sessions")).json
    assert (await two.post(f"/desk/devices/{theirs['id']}/sign-out")).status == 404
    kept = two.cookie("shandu-desk")
    await two.post("/desk/sign-out")
    two.plant("shandu-desk", str(kept))
    assert (await two.get("/desk/")).status == 401
    await one.sign_in(officer)
    assert (await officer.ask("DELETE", "/sessions")).status == 204
    assert (await one.get("/desk/")).status == 401


async def test_guessing_codes_is_stopped(cast: Cast, desks: list[Desk]) -> None:
    officer = await _officer(cast)
    right = {"ticket": await desks[0].ticket()}
    said = [await officer.post("/desk-tickets/scan", {"ticket": f"{number:032d}"}) for number in range(12)]
    assert [one.status for one in said] == [422] * 10 + [429] * 2
    assert (await officer.post("/desk-tickets/scan", right)).status == 429


async def test_codes_are_not_made_without_end(environ: dict[str, str]) -> None:
    limited = environ | {"SHANDU_LIMITS": "desk-ticket-address=2/60"}
    async with set_stage(limited) as stage, desk_of(stage) as desk:
        assert [(await desk.post("/desk/tickets")).status for _ in range(3)] == [200, 200, 429]


async def test_on_https_cookies_are_secure_and_no_sibling_host_sets_them(environ: dict[str, str]) -> None:
    async with (
        set_stage(environ | {"SHANDU_PUBLIC_URL": "https://shandu.example.cn"}) as stage,
        desk_of(stage) as desk,
    ):
        cast = await make_cast(stage)
        officer = await cast.phone("officer", consent=False)
        made = await desk.post("/desk/tickets")
        cookie = made.headers["Set-Cookie"]
        ticket = {"ticket": made.json["url"].rsplit("/", 1)[1]}
        await officer.post("/desk-tickets/scan", ticket)
        await officer.post("/desk-tickets/confirm", ticket)
        # the test speaks http, on which no client sends a Secure cookie by itself
        held = cookie.split(";")[0]
        entered = await desk.post("/desk/tickets/standing", Cookie=held)
        assert entered.json == {"standing": "entered"}
        for name, said in (("desk-ticket", cookie), ("desk", entered.headers.getall("Set-Cookie")[0])):
            assert said.startswith(f"__Host-shandu-{name}=")
            for word in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
                assert word in said, said
            assert "Domain" not in said
