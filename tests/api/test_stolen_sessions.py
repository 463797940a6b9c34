"""A token that fell into other hands: what can be seen of it, and how it is ended."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from models.people.tables import Session
from ops.wiring import web_app
from tests.bot.chatting import Chatter
from tests.cast import Cast, Phone, Stage
from tests.conftest import free_port, served

pytestmark = pytest.mark.slow


@pytest.fixture
async def elsewhere(stage: Stage) -> AsyncIterator[aiohttp.ClientSession]:
    """Another application over the same database."""
    port = free_port()
    async with (
        served(web_app(stage.world, with_sandbox=False), port),
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http,
    ):
        yield http


async def _status(http: aiohttp.ClientSession, phone: Phone) -> int:
    async with http.get("/api/me", headers={"Authorization": f"Bearer {phone.token}"}) as answer:
        return answer.status


async def test_my_phones_are_listed_with_the_day_they_were_last_used(cast: Cast, stage: Stage) -> None:
    old = await cast.phone("member", consent=False)
    stage.forward(days=3)
    new = await cast.phone("member", consent=False)
    listed = (await new.get("/sessions")).json
    assert [(one["last_seen_on"], one["current"]) for one in listed] == [
        ("2026-11-27", True),
        ("2026-11-24", False),
    ]
    assert listed[0]["device"] == "测试手机"
    await old.get("/me")
    listed = (await new.get("/sessions")).json
    assert [one["last_seen_on"] for one in listed] == ["2026-11-27", "2026-11-27"]


async def test_a_signed_out_phone_is_nobody_at_once_and_everywhere(
    cast: Cast, elsewhere: aiohttp.ClientSession
) -> None:
    lost, mine = await cast.phone("member", consent=False), await cast.phone("member", consent=False)
    assert await _status(elsewhere, lost) == 200
    (other,) = [one for one in (await mine.get("/sessions")).json if not one["current"]]
    assert (await mine.ask("DELETE", f"/sessions/{other['id']}")).status == 204
    assert await _status(elsewhere, lost) == 401
    assert (await lost.get("/me")).code == "not_signed_in"
    assert await _status(elsewhere, mine) == 200


async def test_all_other_phones_are_signed_out_in_one_go(cast: Cast) -> None:
    phones = [await cast.phone("member", consent=False) for _ in range(3)]
    bystander = await cast.phone("head", consent=False)
    assert (await phones[1].ask("DELETE", "/sessions")).status == 204
    assert [(await phone.get("/me")).status for phone in [*phones, bystander]] == [401, 200, 401, 200]


async def test_a_token_taken_before_binding_comes_into_no_rights(cast: Cast) -> None:
    early = await cast.phone("head", bind=False, consent=False)
    assert (await early.get("/me")).status == 200
    later = await cast.phone("head", consent=False)
    assert (await later.get("/me")).json["name"] == "张明"
    assert (await early.get("/me")).status == 401
    # binding again, as a phone that was reset does, signs nobody out
    again = await cast.phone("head", consent=False)
    assert [(await phone.get("/me")).status for phone in (later, again)] == [200, 200]


@pytest.mark.parametrize("name", ["token", "access_token", "authorization", "Authorization", "session"])
async def test_a_token_in_the_address_is_nobodys(cast: Cast, name: str) -> None:
    phone = await cast.phone("member", consent=False)
    stranger = Phone(phone.stage, phone.person)
    assert (await stranger.get("/me", **{name: phone.token})).status == 401
    assert (await stranger.ask("GET", "/me", cookies={name: str(phone.token)})).status == 401


@pytest.mark.parametrize(
    "device", ["x" * 101, "iPhone\nlevel=ERROR", "iPhone\r\n", "a\x1b[31mb", "a\x9bb", "a\u2028b", "\x00"]
)
async def test_a_device_is_one_short_line(cast: Cast, stage: Stage, device: str) -> None:
    phone = Phone(stage, cast.people["member"])
    await phone.wx("PUT", "", {"nickname": "李", "phone": phone.number})
    code = (await phone.wx("POST", "/login", {}))["code"]
    said = await phone.post("/sessions", {"code": code, "device": device})
    if device.strip() == "iPhone":
        assert said.status == 201
        assert (await Session.get()).device == "iPhone"
    else:
        assert (said.status, said.code) == (422, "validation")


async def test_a_token_from_before_comes_into_no_rights_when_its_wechat_is_bound_in_a_chat(
    cast: Cast,
) -> None:
    taken = await cast.phone("nobody", bind=False, consent=False)
    officer = await cast.phone("officer", consent=False)
    code = (await officer.post("/invitations", {"person_id": cast.people["manager"].id})).json["code"]
    chatter = Chatter(taken)
    await chatter.follow()
    assert "绑定成功，赵丽" in await chatter.say(f"绑定 {code}")
    assert (await taken.get("/me")).code == "not_signed_in"
    login = await taken.wx("POST", "/login", {})
    taken.token = (await taken.post("/sessions", {"code": login["code"]})).json["token"]
    assert (await taken.get("/me")).json["name"] == "赵丽"
