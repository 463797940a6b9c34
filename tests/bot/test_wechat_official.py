"""The official account against the imitation: followers, template messages, the 48 hours of the chat."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.wechat.errors import WeChatError
from bot.wechat.official import Article
from tests.bot.wechat_world import WORDS, World, world


@pytest.fixture
async def wechat() -> AsyncIterator[World]:
    async with world() as ready:
        yield ready


async def _follow(wechat: World, user: str = "head") -> str:
    return str((await wechat.ask("POST", f"/phones/{user}/official/follow"))["openid"])


async def _lines(wechat: World, user: str = "head") -> list[Any]:
    return list((await wechat.ask("GET", f"/phones/{user}/official"))["lines"])


async def _heard(wechat: World, count: int) -> list[str]:
    """The kinds of what our door was given, when so many have come."""
    for _ in range(200):
        if len(wechat.received) >= count:
            break
        await asyncio.sleep(0.01)
    return [one.kind for one in wechat.received]


async def test_a_follower_gets_a_template_message_and_we_hear_what_became_of_it(wechat: World) -> None:
    openid = await _follow(wechat)

    message_id = await wechat.official.send_template(
        openid, "O-task", WORDS, page=("wx0123456789abcdef", "pages/problem/index?id=1")
    )

    (line,) = await _lines(wechat)
    assert (line["title"], line["page"]) == ("整改通知", "pages/problem/index?id=1")
    assert [field["value"] for field in line["fields"]] == list(WORDS.values())
    assert await _heard(wechat, 2) == ["subscribe", "templatesendjobfinish"]
    finished = wechat.received[1]
    assert (finished.openid, finished.fields["MsgID"], finished.fields["Status"]) == (
        openid,
        message_id,
        "success",
    )
    assert {one.appid for one in wechat.received} == {"wx00000000000000ff"}


async def test_a_person_is_the_same_in_both_accounts_by_unionid_only(wechat: World) -> None:
    login = await wechat.ask("POST", "/phones/head/login", {})
    session = await wechat.gateway.code_to_session(login["code"])
    openid = await _follow(wechat)

    fan = await wechat.official.fan(openid)

    assert openid != session.openid
    assert (fan.following, fan.unionid) == (True, session.unionid)
    await wechat.ask("POST", "/phones/head/official/unfollow")
    assert not (await wechat.official.fan(openid)).following


@pytest.mark.parametrize(
    ("change", "errcode"),
    [
        ({"openid": "o-nobody"}, 40003),
        ({"template_id": "T-rectify"}, 40037),
        ({"data": {**WORDS, "time2": "明天"}}, 47003),
        ({"data": {"thing1": WORDS["thing1"]}}, 47003),
    ],
)
async def test_what_wechat_refuses_is_refused(wechat: World, change: dict[str, Any], errcode: int) -> None:
    said = {"openid": await _follow(wechat), "template_id": "O-task", "data": WORDS, **change}
    with pytest.raises(WeChatError) as refused:
        await wechat.official.send_template(said["openid"], said["template_id"], said["data"])
    assert refused.value.errcode == errcode
    assert await _lines(wechat) == []


async def test_only_followers_get_template_messages(wechat: World) -> None:
    openid = await _follow(wechat)
    await wechat.ask("POST", "/phones/head/official/unfollow")
    with pytest.raises(WeChatError, match="43004"):
        await wechat.official.send_template(openid, "O-task", WORDS)


async def test_a_follower_may_turn_a_template_off(wechat: World) -> None:
    openid = await _follow(wechat)
    await wechat.ask("POST", "/phones/head/official/turn-off", {"template": "O-task"})
    with pytest.raises(WeChatError, match="43101"):
        await wechat.official.send_template(openid, "O-task", WORDS)


async def test_the_account_answers_a_few_times_and_only_for_a_while(wechat: World) -> None:
    openid = await _follow(wechat)

    await wechat.official.send_text(openid, "欢迎关注膳督")
    await wechat.official.send_news(openid, Article("今日待办", "2 项", "https://shandu.example.cn"))
    await wechat.official.send_image(openid, "MEDIA")
    with pytest.raises(WeChatError, match="45047"):
        await wechat.official.send_text(openid, "第四句")
    wechat.clock.forward(minutes=2)
    with pytest.raises(WeChatError, match="45015"):
        await wechat.official.send_text(openid, "过后")

    assert [line["kind"] for line in await _lines(wechat)] == ["text", "news", "image"]


async def test_each_account_has_its_own_token_and_interfaces(wechat: World) -> None:
    openid = await _follow(wechat)
    with pytest.raises(WeChatError, match="48001"):
        await wechat.official._call("/cgi-bin/message/subscribe/send", {"touser": openid})
    with pytest.raises(WeChatError, match="48001"):
        await wechat.gateway._call("/cgi-bin/message/template/send", {"touser": openid})


async def test_a_page_shows_the_chat_as_the_person_sees_it(wechat: World) -> None:
    openid = await _follow(wechat)
    await wechat.official.send_text(openid, "<b>待办</b>")
    async with wechat.http.get(f"{wechat.base}/", params={"user": "head"}) as answer:
        page = await answer.text()
    assert "公众号" in page
    assert "&lt;b&gt;待办&lt;/b&gt;" in page
