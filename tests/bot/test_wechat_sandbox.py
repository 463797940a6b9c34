"""The imitation refuses what WeChat refuses, remembers what WeChat remembers, and fails when told to."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from aiohttp import web
from PIL import Image

from bot.wechat.errors import WeChatError
from bot.wechat.fields import LIMITS, check, fit
from bot.wechat.sandbox import SandboxConfig, Template, openid_of, sandbox_app
from tests.bot.wechat_world import OTHER, SECRET, SEND, TOKEN, WORDS, Clock, World, asking, world


@pytest.fixture
async def wechat() -> AsyncIterator[World]:
    async with world() as made:
        yield made


async def refusal(call: Any) -> int:
    """The error code of a call; 0 when it was done."""
    try:
        await call
    except WeChatError as fault:
        return fault.errcode
    return 0


async def test_one_consent_is_one_message(wechat: World) -> None:
    openid = await wechat.person(accepts=2)
    assert [await refusal(wechat.send(openid)) for _ in range(3)] == [0, 0, 43101]
    assert len(await wechat.messages()) == 2


async def test_a_long_term_consent_is_for_any_number_but_must_be_given(wechat: World) -> None:
    openid = await wechat.person(accepts=0)

    async def news() -> int:
        return await refusal(wechat.gateway.send_subscribe(openid, "T-news", {"thing1": "公告"}, None))

    assert await news() == 43101
    await wechat.person(accepts=1)
    assert [await news() for _ in range(3)] == [0, 0, 0]
    await wechat.ask("POST", "/phones/head/settings", {"choices": {"T-news": "reject"}})
    assert await news() == 43101


async def test_a_refused_message_costs_no_credit(wechat: World) -> None:
    openid = await wechat.person()
    assert await refusal(wechat.send(openid, thing1="一" * 21)) == 47003
    assert await refusal(wechat.send(openid)) == 0


async def test_whom_what_and_where_must_exist(wechat: World) -> None:
    openid = await wechat.person(accepts=3)
    send = wechat.gateway.send_subscribe
    assert await refusal(send("o" + "0" * 27, "T-rectify", WORDS, None)) == 40003
    assert await refusal(send(openid, "T-unknown", WORDS, None)) == 40037
    assert await refusal(send(openid, "T-rectify", WORDS, "页面")) == 41030
    assert await refusal(send(openid, "T-rectify", WORDS, "pages/a/b?q=汉字")) == 0


async def test_words_are_checked_for_an_author_who_was_here_within_two_hours(wechat: World) -> None:
    openid, check = await wechat.person(), wechat.gateway.check_text
    said = ["饭菜很热", "加微信领券", "来赌博"]
    assert [await check(openid, words) for words in said] == ["pass", "review", "risky"]
    assert await refusal(check("o" + "0" * 27, "饭菜很热")) == 40003
    assert await refusal(check(openid, "好" * 2501)) == 44002
    wechat.clock.forward(hours=2, minutes=1)
    assert await refusal(check(openid, "饭菜很热")) == 61010
    await wechat.person()
    assert await check(openid, "饭菜很热") == "pass"


async def test_two_messages_at_once_to_one_person_clash_and_to_two_do_not(wechat: World) -> None:
    one, two = await wechat.person("head", accepts=3), await wechat.person("clerk", accepts=3)
    await wechat.fault(SEND, delay_s=0.1)
    sent = [refusal(wechat.send(openid)) for openid in (one, one, two)]
    assert sorted(await asyncio.gather(*sent)) == [0, 0, 43108]
    assert await refusal(wechat.send(one)) == 0


FIELD_VALUES = ["", " ", "无", "一" * 5, "一" * 20, "一" * 21, "a" * 32, "a" * 33, "12", "12.5", "¥12元", "!", "15:01",
                "2026年11月27日", "两\n行", "+86-0766", "粤A8Z888挂", "张三3", "😀" * 10, "😀" * 11]  # fmt: skip


async def test_the_sandbox_refuses_exactly_what_fitting_would_change_or_could_not_mend() -> None:
    templates = [Template(f"T-{kind}", kind, [(f"{kind}1", kind)], long_term=True) for kind in LIMITS]
    account = OTHER
    async with asking(sandbox_app(SandboxConfig([account], templates), Clock(), None)) as asked:
        await asked("POST", "/control/credits", {"openids": ["o1"], "balance": 1})
        token = await asked("POST", TOKEN, credentials(account.appid, account.secret))
        for kind in LIMITS:
            key = f"{kind}1"
            for value in [*FIELD_VALUES, *(fit(key, value) for value in FIELD_VALUES)]:
                body = {"touser": "o1", "template_id": f"T-{kind}", "data": {key: {"value": value}}}
                said = await asked("POST", f"{SEND}?access_token={token['access_token']}", body)
                assert said["errcode"] == (0 if check(key, value) is None else 47003), (key, value)
                assert said["errcode"] == 0 or f"data.{key}.value" in said["errmsg"]


@pytest.mark.parametrize("data", [{}, {"thing1": "词"}, {"thing1": {"value": 5}}, {"thing1": {}}])
async def test_a_missing_field_is_named(wechat: World, data: Any) -> None:
    openid = await wechat.person()
    token = await wechat.tokens.get()
    body = {"touser": openid, "template_id": "T-rectify", "data": data}
    said = await wechat.ask("POST", SEND, body, access_token=token)
    assert (said["errcode"], "data.thing1.value" in said["errmsg"]) == (47003, True)


async def test_a_login_code_works_once_and_for_five_minutes(wechat: World) -> None:
    async def code(kind: str = "login") -> str:
        return str((await wechat.ask("POST", f"/phones/head/{kind}"))["code"])

    gateway = wechat.gateway
    used = await code()
    assert [await refusal(gateway.code_to_session(used)) for _ in range(2)] == [0, 40029]
    late = await code()
    wechat.clock.forward(minutes=5)
    assert await refusal(gateway.code_to_session(late)) == 40029
    assert await refusal(gateway.code_to_session(await code("phone-number"))) == 40029
    assert await refusal(gateway.phone_number(await code("login"))) == 40029
    assert await refusal(gateway.code_to_session("made-up")) == 40029


def credentials(appid: str, secret: str, **more: Any) -> dict[str, Any]:
    return {"grant_type": "client_credential", "appid": appid, "secret": secret, **more}


async def test_wrong_credentials_have_their_codes(wechat: World) -> None:
    appid = wechat.account.appid
    for given, errcode in (
        (credentials(appid, "wrong"), 40125),
        (credentials("wx1", SECRET), 40013),
        (credentials(appid, OTHER.secret), 40125),
        (credentials("", SECRET), 41002),
        (credentials(appid, ""), 41004),
        ({**credentials(appid, SECRET), "grant_type": ""}, 40002),
    ):
        assert (await wechat.ask("POST", TOKEN, given))["errcode"] == errcode
        assert (await wechat.ask("GET", "/cgi-bin/token", **given))["errcode"] == errcode


async def works(wechat: World, token: str) -> int:
    said = await wechat.ask("POST", "/wxa/getwxacodeunlimit", {"scene": ""}, access_token=token)
    return 0 if said["errcode"] == 40169 else int(said["errcode"])


async def test_a_stable_token_is_the_same_until_its_end_and_overlaps_the_next(wechat: World) -> None:
    async def token(*, force: bool = False) -> str:
        asked = credentials(wechat.account.appid, SECRET, force_refresh=force)
        return str((await wechat.ask("POST", TOKEN, asked))["access_token"])

    first = await token()
    assert await token() == first
    # force within 30 s of the last token changes nothing
    assert await token(force=True) == first
    wechat.clock.forward(seconds=31)
    second = await token(force=True)
    assert second != first
    assert [await works(wechat, one) for one in (first, second)] == [0, 0]
    wechat.clock.forward(minutes=5)
    assert [await works(wechat, one) for one in (first, second)] == [40001, 0]
    wechat.clock.forward(hours=2)
    assert await works(wechat, second) == 42001
    assert [await works(wechat, one) for one in ("", "made-up")] == [41001, 40001]


async def test_force_is_for_twenty_times_a_day(wechat: World) -> None:
    said = {}
    for _ in range(21):
        wechat.clock.forward(seconds=31)
        said = await wechat.ask("POST", TOKEN, credentials(wechat.account.appid, SECRET, force_refresh=True))
    assert said["errcode"] == 45009


async def test_the_two_kinds_of_token_know_nothing_of_each_other(wechat: World) -> None:
    stable = await wechat.tokens.get()
    plain = [
        (await wechat.ask("GET", "/cgi-bin/token", **credentials(wechat.account.appid, SECRET)))[
            "access_token"
        ]
        for _ in range(2)
    ]
    wechat.clock.forward(minutes=5)
    assert [await works(wechat, one) for one in (stable, *plain)] == [0, 40001, 0]


async def test_the_stand_in_code_says_where_it_leads(wechat: World, tmp_path: Path) -> None:
    picture = tmp_path / "code.jpg"
    picture.write_bytes(await wechat.gateway.code_image("1.abc~", "pages/q/index", width=600))
    (read,) = zxingcpp.read_barcodes(Image.open(picture))
    assert read.text == "pages/q/index?scene=1.abc~"


@pytest.mark.parametrize(
    ("scene", "page", "how", "errcode"),
    [
        ("", "pages/q/index", {}, 40169),
        ("a" * 33, "pages/q/index", {}, 40169),
        ("a b", "pages/q/index", {}, 40169),
        ("a%20", "pages/q/index", {}, 40169),
        ("a", "pages/q/index?q=1", {}, 41030),
        ("a", "/pages/q/index", {}, 41030),
        ("a", "pages/q/index", {"width": 100}, 40097),
        ("a", "pages/q/index", {"env_version": "beta"}, 40097),
    ],
)
async def test_a_code_that_wechat_would_not_draw(
    wechat: World, scene: str, page: str, how: dict[str, Any], errcode: int
) -> None:
    assert await refusal(wechat.gateway.code_image(scene, page, **how)) == errcode


async def test_a_fault_happens_as_often_as_it_was_told(wechat: World) -> None:
    openid = await wechat.person(accepts=3)
    await wechat.fault(SEND, errcode=-1, times=2)
    assert [await refusal(wechat.send(openid)) for _ in range(3)] == [-1, -1, 0]


@pytest.mark.parametrize(
    "fault",
    [{}, {"path": "/nowhere"}, {"path": SEND, "times": 0}, {"path": SEND, "delay_s": "1"},
     {"path": SEND, "drop_reply": "never"}, {"path": SEND, "colour": "red"}],
)  # fmt: skip
async def test_a_fault_that_makes_no_sense_is_refused(wechat: World, fault: dict[str, Any]) -> None:
    async with wechat.http.post(f"{wechat.base}/control/faults", json=fault) as answer:
        assert answer.status == 400


async def test_what_was_asked_can_be_counted(wechat: World) -> None:
    openid = await wechat.person()
    await wechat.send(openid)
    stats = await wechat.ask("GET", "/control/stats")
    assert (stats["token_fetches"], stats["delivered"], stats[SEND]) == (1, 1, 1)
    last = (await wechat.ask("GET", "/control/log"))[-1]
    assert {**last, "at": ""} == {"path": SEND, "errcode": 0, "openid": openid, "at": ""}
    await wechat.ask("POST", "/control/reset")
    assert await wechat.ask("GET", "/phones") == []
    assert await wechat.ask("GET", "/control/log") == []


async def test_a_consent_sheet_can_name_every_template(wechat: World) -> None:
    titles = {one["id"]: one["title"] for one in await wechat.ask("GET", "/templates")}
    assert titles["T-rectify"] == "整改通知"
    assert titles["T-news"] == "食堂公告"


async def test_the_page_lists_whoever_has_unread_messages_first(wechat: World) -> None:
    for user in ("b-read", "a-read"):
        await wechat.ask("PUT", f"/phones/{user}", {"nickname": user})
    await wechat.send(await wechat.person(accepts=1))
    async with wechat.http.get(f"{wechat.base}/") as answer:
        page = await answer.text()
    assert page.index("user=head") < page.index("user=a-read") < page.index("user=b-read")


async def test_a_phone_shows_what_is_new(wechat: World) -> None:
    openid = await wechat.person(accepts=3)
    ids = [int(await wechat.send(openid)) for _ in range(3)]
    newer = await wechat.ask("GET", "/phones/head/messages", after=ids[0])
    assert [message["id"] for message in newer["messages"]] == ids[1:]
    assert (await wechat.ask("GET", "/phones/head"))["unread"] == 3
    await wechat.ask("GET", "/phones/head/messages", read=1)
    phone = await wechat.ask("GET", "/phones/head")
    assert (phone["unread"], phone["nickname"], phone["openid"]) == (0, "张明", openid_of("head"))


async def test_a_phone_keeps_the_latest_two_hundred_messages(wechat: World) -> None:
    openid = await wechat.person()
    for number in range(205):
        await wechat.gateway.send_subscribe(openid, "T-news", {"thing1": f"第{number}条"}, None)
    messages = await wechat.messages()
    assert len(messages) == 200
    assert messages[-1]["fields"][0]["value"] == "第204条"


async def test_the_page_shows_the_cards_and_runs_nothing_people_wrote(wechat: World) -> None:
    openid = await wechat.person()
    await wechat.send(openid, thing1="<script>alert(1)")
    for query in ("", "?user=head", "?user=nobody"):
        async with wechat.http.get(f"{wechat.base}/{query}") as answer:
            text = await answer.text()
        for words in (
            "张明",
            "整改通知",
            "整改期限",
            "2026年11月27日 18:00",
            "2026年11月24日 10:30",
            "&lt;script&gt;alert",
        ):
            assert words in text
        assert "<script" not in text
        assert "http" not in text.replace("http-equiv", "")


async def test_phones_credits_and_messages_survive_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "home" / "sandbox.json"
    async with world(state_file=file) as wechat:
        openid = await wechat.person(accepts=2)
        first = await wechat.send(openid)
    async with world(state_file=file) as wechat:
        assert [message["id"] for message in await wechat.messages()] == [int(first)]
        assert (await wechat.ask("GET", "/phones/head"))["openid"] == openid
        assert int(await wechat.send(openid)) > int(first)
        assert await refusal(wechat.send(openid)) == 43101
    assert [path.name for path in file.parent.iterdir()] == ["sandbox.json"]


async def test_the_state_is_on_disk_soon_after_a_change(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.json"
    async with world(state_file=file) as wechat:
        await wechat.person()
        async with asyncio.timeout(3):
            while not file.exists() or "张明" not in file.read_text():
                await asyncio.sleep(0.05)


async def test_it_can_be_mounted_beside_the_api() -> None:
    app = web.Application()
    app.add_subapp("/sandbox", sandbox_app(SandboxConfig([OTHER], []), Clock(), None))
    async with asking(app, "/sandbox") as asked:
        said = await asked("POST", TOKEN, credentials(OTHER.appid, OTHER.secret))
        assert said["access_token"]
