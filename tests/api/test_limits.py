"""How often somebody may ask, and what becomes of guessing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest

from bot.wechat.buckets import Allowance, Buckets, SharedBuckets
from miniapp_api.app import ROUTES
from miniapp_api.limits import Limits
from models.journal.queries import steps
from models.people.tables import Session
from ops.wiring import web_app
from qr import Keyring, Place, PlaceKind, sign_short
from tests.cast import Cast, Phone, Stage
from tests.conftest import START, free_port, served

pytestmark = pytest.mark.slow

FORWARDED = "X-Forwarded-For"


@pytest.fixture
def limits() -> str:
    """What is limited; each test says how."""
    return "default"


@pytest.fixture
def environ(environ: dict[str, str], limits: str) -> dict[str, str]:
    # the tests come from behind one proxy that is trusted, so that they can come from several addresses
    return {**environ, "SHANDU_LIMITS": limits, "SHANDU_TRUSTED_PROXIES": "1"}


@pytest.fixture
async def second(stage: Stage) -> AsyncIterator[str]:
    """Where another process serves, with nothing in common but the database and Redis."""
    limits = Limits(stage.world.settings.limits, SharedBuckets(stage.world.redis), 1)
    other = replace(stage.world, context=replace(stage.world.context, limits=limits))
    port = free_port()
    async with served(web_app(other, with_sandbox=False), port):
        yield f"http://127.0.0.1:{port}"


async def statuses(phone: Phone, times: int, path: str = "/me") -> list[int]:
    return [(await phone.get(path)).status for _ in range(times)]


@pytest.mark.parametrize("limits", ["ordinary=5/3000"])
async def test_a_phone_that_asks_too_often_is_told_how_long_to_wait(cast: Cast, stage: Stage) -> None:
    member, other = await cast.phone("member", consent=False), await cast.phone("head", consent=False)
    assert await statuses(member, 5) == [200] * 5
    refused = await member.get("/me")
    assert (refused.status, refused.code) == (429, "too_many_requests")
    assert refused.said == "操作太频繁，请10分钟后再试。已填写的内容会保留在手机里。"
    assert 540 < int(refused.headers["Retry-After"]) <= 600
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    assert await statuses(other, 1) == [200]
    stage.forward(minutes=10)
    assert await statuses(member, 2) == [200, 429]


@pytest.mark.parametrize("limits", ["ordinary-address=3/3000"])
async def test_an_address_is_what_the_trusted_proxy_saw(stage: Stage) -> None:
    async def ask(said: str) -> int:
        async with stage.http.get("/api/forms", headers={FORWARDED: said}) as answer:
            return answer.status

    # what stands to the left is the client's own word: inventing a new one each time does not help
    assert [await ask(f"10.0.0.{n}, 203.0.113.7") for n in range(4)] == [200, 200, 200, 429]
    assert await ask("203.0.113.8") == 200
    # one customer has a network of addresses
    assert [await ask(f"2001:db8:1:2::{n}") for n in range(4)] == [200, 200, 200, 429]
    assert await ask("2001:db8:1:3::1") == 200
    assert await ask("nonsense") == 200


async def test_a_whole_school_behind_one_address_gets_through(cast: Cast) -> None:
    parents = [await cast.phone(name, consent=False) for name in ("parent", "other_parent", "member")]
    every = await asyncio.gather(*(statuses(phone, 100) for phone in parents * 5))
    assert {status for each in every for status in each} == {200}


async def test_every_operation_names_the_refusal(stage: Stage) -> None:
    async with stage.http.get("/api/openapi.json") as answer:
        document = await answer.json()
    for route in ROUTES:
        said = document["paths"][route.path][route.method.lower()]["responses"]["429"]
        assert "application/problem+json" in said["content"], route.path
        assert "Retry-After" in said["headers"], route.path


@pytest.mark.parametrize("limits", ["export=2/3000"])
async def test_what_is_dear_is_counted_over_all_processes(cast: Cast, stage: Stage, second: str) -> None:
    if stage.world.redis is None:
        pytest.skip("processes share limits through Redis: --engine postgres")
    head = await cast.phone("head", consent=False)
    path = f"/schools/{cast.tianba.id}/mini-program-code"
    assert await statuses(head, 2, path) == [200, 200]
    headers = {"Authorization": f"Bearer {head.token}"}
    async with (
        aiohttp.ClientSession(second) as elsewhere,
        elsewhere.get(f"/api{path}", headers=headers) as answer,
    ):
        assert answer.status == 429


async def _guess(phone: Phone, address: str, number: int) -> int:
    code = f"WR{number:08d}"
    headers = {"Authorization": f"Bearer {phone.token}", FORWARDED: address}
    url = "/api/me/invitation"
    async with phone.stage.http.post(url, json={"code": code}, headers=headers) as answer:
        return answer.status


@pytest.mark.parametrize("limits", ["default", "off"])
async def test_guessing_invitations_is_stopped_and_the_honest_holder_gets_in(
    cast: Cast, stage: Stage, limits: str
) -> None:
    officer = await cast.phone("officer", consent=False)
    made = await officer.post("/invitations", {"person_id": cast.people["member"].id})
    guesser = await cast.phone("nobody", bind=False, consent=False)
    holder = await cast.phone("member", bind=False, consent=False)

    assert [await _guess(guesser, "203.0.113.7", n) for n in range(7)] == [422] * 5 + [429] * 2
    # from another address, and with the right code: too late for this WeChat
    refused = await guesser.ask("POST", "/me/invitation", json={"code": made.json["code"]})
    assert (refused.status, refused.code) == (429, "too_many_guesses")
    assert refused.said == "邀请码输错次数太多，请12分钟后再试，或请发码的人当面核对。"
    assert (await holder.post("/me/invitation", {"code": made.json["code"]})).json["name"] == "李秀英"

    rows = await steps("identity", await _identity(guesser))
    assert [step.verb for step in rows] == ["guessing_stopped"]
    stage.forward(minutes=13)
    assert await _guess(guesser, "203.0.113.7", 99) == 422


async def _identity(phone: Phone) -> int:
    (mine,) = (await phone.get("/sessions")).json
    return (await Session.get(id=mine["id"])).identity_id


async def test_a_hundred_guesses_at_once_are_counted_like_one_by_one(cast: Cast) -> None:
    guesser = await cast.phone("nobody", bind=False, consent=False)
    found = await asyncio.gather(*(_guess(guesser, "203.0.113.7", n) for n in range(100)))
    assert found.count(422) <= 5
    assert set(found) == {422, 429}


async def test_many_wechats_behind_one_address_guess_no_more_than_it_may(cast: Cast, stage: Stage) -> None:
    names = list(cast.people)[:14]
    guessers = [await cast.phone(name, bind=False, consent=False) for name in names]
    found = [await _guess(phone, "203.0.113.7", n) for phone in guessers for n in range(5)]
    assert found == [422] * 60 + [429] * 10
    assert await _guess(guessers[-1], "203.0.113.8", 1) == 422


async def test_right_codes_are_not_counted_as_guesses(cast: Cast) -> None:
    officer = await cast.phone("officer", consent=False)
    holder = await cast.phone("member", bind=False, consent=False)
    assert [await _guess(holder, "203.0.113.7", n) for n in range(4)] == [422] * 4
    made = await officer.post("/invitations", {"person_id": cast.people["member"].id})
    assert (await holder.post("/me/invitation", {"code": made.json["code"]})).status == 200
    # four of five were wrong and one was right: one more may be wrong
    assert [await _guess(holder, "203.0.113.7", n) for n in (4, 5)] == [422, 429]
    for name in ("second_member", "head", "manager", "parent", "other_parent", "supervisor"):
        made = await officer.post("/invitations", {"person_id": cast.people[name].id})
        holder = await cast.phone(name, bind=False, consent=False)
        assert (await holder.post("/me/invitation", {"code": made.json["code"]})).status == 200


async def test_logging_in_with_made_up_codes_is_stopped_and_logging_in_is_not(
    stage: Stage, cast: Cast
) -> None:
    async def made_up(address: str) -> int:
        body = {"code": "made-up"}
        async with stage.http.post("/api/sessions", json=body, headers={FORWARDED: address}) as answer:
            return answer.status

    # one more is allowed every two seconds meanwhile
    found = [await made_up("203.0.113.7") for _ in range(400)]
    assert found[:300] == [422] * 300
    assert 429 in found
    assert await made_up("203.0.113.8") == 422
    await cast.phone("member")


def test_a_process_keeps_no_more_buckets_than_it_may() -> None:
    buckets = Buckets(most=100)
    for number in range(10_000):
        assert buckets.take([(f"address:{number}", Allowance(1, 60))], START) == 0
    assert len(buckets) == 100
    assert buckets.take([("address:9999", Allowance(1, 60))], START) > 0


async def test_limits_hold_in_the_process_while_redis_is_away(cast: Cast, stage: Stage) -> None:
    if stage.world.redis is None:
        pytest.skip("there is no Redis to be away: --engine postgres")
    guesser = await cast.phone("nobody", bind=False, consent=False)
    await stage.world.redis.execute_command("CLIENT", "PAUSE", "3000", "ALL")
    found = [await _guess(guesser, "203.0.113.7", n) for n in range(7)]
    assert found == [422] * 5 + [429] * 2


@pytest.mark.parametrize("limits", ["default", "off"])
async def test_guessing_typed_codes_is_stopped_and_slips_and_scans_are_not(
    cast: Cast, stage: Stage, limits: str
) -> None:
    member = await cast.phone("member")
    right = stage.short_code(cast.tianba)
    slip = right[:-1] + ("2" if right[-1] != "2" else "3")
    guess = sign_short(Keyring({1: b"another key, 16+ bytes"}, 1), Place(PlaceKind.SCHOOL, cast.tianba.id), 1)
    assert [(await member.check_in(cast.tianba, slip)).status for _ in range(7)] == [422] * 7
    found = [(await member.check_in(cast.tianba, guess)).status for _ in range(7)]
    assert found == [422] * 5 + [429] * 2
    stopped = await member.check_in(cast.tianba, right)
    assert (stopped.status, stopped.code) == (429, "too_many_codes")
    assert "扫海报上的二维码" in stopped.said
    assert (await member.check_in(cast.tianba)).status == 201
    stage.forward(minutes=13)
    assert (await member.check_in(cast.tianba, right)).status == 201
