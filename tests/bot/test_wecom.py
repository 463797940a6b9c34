"""WeCom against the imitation: what it drops without a word, what it refuses, and what members answer."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.wechat.errors import ReplyLost, Verdict, WeChatError
from bot.wechat.wecom.cards import TextCard, cut_bytes, cut_sentences
from bot.wechat.wecom.errors import explain, verdict
from bot.wechat.wecom.robots import key_of
from tests.bot.wecom_world import CARD, SEND, TOKEN, World, buttons, refusal, wait_for, world


@pytest.fixture
async def wecom(engine: str) -> AsyncIterator[World]:
    url = os.environ.get("SHANDU_TEST_REDIS_URL") if engine == "postgres" else None
    async with world(url) as made:
        yield made


async def test_a_hundred_messages_at_once_to_one_member_all_arrive_and_none_is_dropped(wecom: World) -> None:
    """From two workers: with Redis they share the buckets, without there is one worker only."""
    userid, began = await wecom.member(), wecom.clock()
    workers = [wecom.gateway, wecom.neighbour if "SHANDU_TEST_REDIS_URL" in os.environ else wecom.gateway]
    waiting = [(began, number) for number in range(100)]
    tries = 0
    while waiting:
        wecom.clock.at = max(wecom.clock(), min(waiting)[0])
        now = wecom.clock()
        due = [number for at, number in waiting if at <= now]
        tries += len(due)
        waits = await asyncio.gather(
            *(
                wait_for(
                    workers[number % 2].send_card(
                        userid, TextCard("提醒", f"第{number}条", f"https://e.cn/{number}")
                    )
                )
                for number in due
            )
        )
        waiting = [one for one in waiting if one[1] not in due]
        waiting += [
            (now + timedelta(seconds=wait + 0.01), number)
            for number, wait in zip(due, waits, strict=True)
            if wait
        ]
    counts = await wecom.counts()
    # each was told a few times when to come again, not whenever one of the others might go
    assert tries < 500
    assert (counts["wecom_delivered"], counts.get("wecom_dropped", 0)) == (100, 0)
    # and it does not take longer than the limit asks for by much: 30 a minute would be 2 min 20 s
    assert wecom.clock() - began < timedelta(minutes=9)


async def test_the_hours_limit_is_kept_as_well(wecom: World) -> None:
    userid, sent = await wecom.member(), 0
    while sent < 1100:
        for _ in range(9):
            wait = await wait_for(wecom.gateway.send_text(userid, f"{sent}"))
            sent += not wait
            if wait:
                break
        wecom.clock.forward(seconds=max(30, wait))
    assert (await wecom.counts()).get("wecom_dropped", 0) == 0


async def test_the_imitation_drops_what_is_too_much_with_errcode_0(wecom: World) -> None:
    """By a worker that keeps no count, as after every counter was lost."""
    userid = await wecom.member()
    body = {"touser": userid, "agentid": 1000002, "msgtype": "text", "text": {"content": "好"}}
    said = [await wecom.gateway._call("/cgi-bin/message/send", body) for _ in range(32)]
    counts = await wecom.counts()
    assert {one["errcode"] for one in said} == {0}
    assert (counts["wecom_delivered"], counts["wecom_dropped"]) == (30, 2)


async def test_who_is_no_member_is_refused_whatever_the_errcode_says(wecom: World) -> None:
    userid = await wecom.member()
    assert await refusal(wecom.gateway.send_card("nobody", CARD)) == 81013
    await wecom.ask("POST", "/phones/officer/wecom/leave")
    with pytest.raises(WeChatError, match="errcode 0 with invaliduser") as hidden:
        await wecom.gateway.send_card(userid, CARD)
    assert verdict(hidden.value.errcode) is Verdict.REFUSED
    assert await wecom.calls(SEND) == [81013, 0]


async def test_the_same_card_again_shows_once_so_a_lost_reply_may_be_repeated(wecom: World) -> None:
    userid = await wecom.member()
    for send in (
        lambda: wecom.gateway.send_card(userid, CARD),
        lambda: wecom.gateway.send_buttons(userid, buttons()),
    ):
        await wecom.fault(SEND, drop_reply="after", times=1)
        with pytest.raises(ReplyLost):
            await send()
        await send()
    assert [line["kind"] for line in await wecom.lines()] == ["textcard", "template_card"]
    assert (await wecom.counts())["wecom_repeated"] == 2
    # the same name for another card, or for the same one a day later, is none
    wecom.clock.forward(hours=5)
    assert await refusal(wecom.gateway.send_buttons(userid, buttons())) == 40058
    with pytest.raises(ValueError):
        buttons("空格 不行")


async def test_a_press_comes_with_a_code_that_changes_the_card_once(wecom: World) -> None:
    userid = await wecom.member()
    await wecom.gateway.send_buttons(userid, buttons())
    (line,) = await wecom.lines()
    await wecom.ask("POST", "/phones/officer/wecom/press", {"message": line["id"], "key": "verify:1"})
    press = await wecom.heard("template_card_event")
    assert (press.appid, press.openid) == ("ww0123456789abcdef", userid)
    assert (press.fields["EventKey"], press.fields["TaskId"]) == ("verify:1", "delivery-1")
    code = press.fields["ResponseCode"]
    await wecom.gateway.close_card(userid, code, "已核查通过")
    assert await refusal(wecom.gateway.close_card(userid, code, "又一次")) == 40058
    (line,) = await wecom.lines()
    assert (line["buttons"], line["answered"]) == ([], "已核查通过")


async def test_a_press_can_be_answered_for_72_hours_and_with_another_card(wecom: World) -> None:
    userid = await wecom.member()
    first = await wecom.gateway.send_buttons(userid, buttons("a"))
    late = await wecom.gateway.send_buttons(userid, buttons("b"))
    wecom.clock.forward(hours=71)
    await wecom.gateway.replace_card(userid, first.response_code, buttons("c"))
    wecom.clock.forward(hours=2)
    assert await refusal(wecom.gateway.close_card(userid, late.response_code, "晚了")) == 40058
    assert [line["task_id"] for line in await wecom.lines()] == ["c", "b"]


async def test_what_a_member_says_and_shows_is_pushed(wecom: World) -> None:
    userid = await wecom.member()
    await wecom.ask("POST", "/phones/officer/wecom/text", {"content": "待办 ]]> <b>"})
    await wecom.ask("POST", "/phones/officer/wecom/enter")
    await wecom.ask("POST", "/phones/officer/wecom/click", {"key": "todo"})
    async with wecom.http.post(f"{wecom.base}/phones/officer/wecom/image", data=b"\xff\xd8JPEG") as answer:
        assert answer.status == 200
    picture = await wecom.heard("image")
    assert (await wecom.heard("text")).fields["Content"] == "待办 ]]> <b>"
    assert (await wecom.heard("click")).fields["EventKey"] == "todo"
    assert {one.kind for one in wecom.received} == {"subscribe", "enter_agent", "click", "text", "image"}
    assert {one.openid for one in wecom.received} == {userid}
    assert await wecom.gateway.media(picture.fields["MediaId"]) == b"\xff\xd8JPEG"
    assert await refusal(wecom.gateway.media("none")) == 40007
    async with wecom.http.get(picture.fields["PicUrl"]) as seen:
        assert await seen.read() == b"\xff\xd8JPEG"


async def test_a_member_is_found_by_number(wecom: World) -> None:
    userid = await wecom.member()
    assert await wecom.gateway.userid_of("13800138001") == userid
    assert await wecom.gateway.userid_of("13900139000") is None


async def test_a_dead_token_is_fetched_anew_once_and_the_message_sent_once_more(wecom: World) -> None:
    userid = await wecom.member()
    await wecom.gateway.send_card(userid, CARD)
    wecom.clock.forward(minutes=1)
    await wecom.ask("POST", "/control/kill-tokens")
    await wecom.gateway.send_text(userid, "又好了")
    assert await wecom.calls(SEND) == [0, 40014, 0]
    await wecom.fault(SEND, errcode=42001)
    assert await refusal(wecom.gateway.send_text(userid, "总是过期")) == 42001
    assert (await wecom.calls(SEND))[3:] == [42001, 42001]
    assert len(await wecom.calls(TOKEN)) == 2


async def test_wrong_credentials_and_a_strange_address_are_told_to_the_administrator(wecom: World) -> None:
    userid = await wecom.member()
    await wecom.fault(SEND, errcode=60020, errmsg="not allow to access from your ip, from ip: 203.0.113.7")
    with pytest.raises(WeChatError) as strange:
        await wecom.gateway.send_card(userid, CARD)
    assert verdict(60020) is Verdict.ADDRESS
    assert explain(strange.value).endswith("：203.0.113.7")
    assert verdict(45009) is Verdict.LATER
    await wecom.fault(TOKEN, errcode=40001, errmsg="invalid credential")
    wecom.clock.forward(hours=3)
    with pytest.raises(WeChatError) as wrong:
        # the first worker asks no more until it is time to look again
        await wecom.neighbour.send_card(userid, CARD)
    assert explain(wrong.value) == "企业微信应用的 Secret 不正确，请核对设置"


@pytest.mark.parametrize(
    ("words", "most", "cut"),
    [
        ("好", 3, "好"),
        ("", 10, "无"),
        ("第一句。第二句", 14, "第一句。"),
        ("没有句号的很长的话", 12, "没有句…"),
        ("a\x00\x07b\r\nc", 10, "ab\nc"),
        ("短。很长很长很长很长很长", 24, "短。很长很长很…"),
    ],
)
def test_words_are_cut_to_bytes_in_whole_sentences(words: str, most: int, cut: str) -> None:
    assert cut_bytes(words, most) == cut
    assert len(cut.encode()) <= most


def test_a_cards_words_end_with_a_clause_where_they_can() -> None:
    assert cut_sentences("如不整改：12月1日 提醒学校；12月2日 报县教体局；12月4日 报州", 32) == (
        "如不整改：12月1日 提醒学校；12月2日 报县教体局；"
    )
    assert cut_sentences("没有句号的很长的话", 5) == "没有句号…"


async def test_a_long_text_and_a_card_with_too_much_arrive_cut_by_us(wecom: World) -> None:
    userid = await wecom.member()
    await wecom.gateway.send_text(userid, "今日待办很多，请查看。" * 100)
    await wecom.gateway.send_card(
        userid, TextCard("题" * 100, "<b>学校" + "字" * 600, "https://e.cn/1", "详细情况")
    )
    text, card = await wecom.lines()
    assert text["text"].endswith("。")
    assert len(text["text"].encode()) <= 2048
    assert card["title"].endswith("…")
    assert card["words"].startswith("＜b＞学校")
    assert card["words"].endswith("…")


# --- robots ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("copied", "key"),
    [
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa", "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"),
        (" 693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa\n", "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send", None),
        ("https://e.cn/?key=../../x", None),
        ("http://[", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_robots_key_is_read_from_what_was_copied(copied: str, key: str | None) -> None:
    assert key_of(copied) == key


async def test_a_robot_speaks_no_faster_than_its_group_takes_it(wecom: World) -> None:
    key = (await wecom.ask("PUT", "/wecom/groups/县局群"))["key"]
    said = 0
    while said < 60:
        wait = await wait_for(wecom.robots.say(key, f"第{said}条"))
        said += not wait
        wecom.clock.forward(seconds=wait)
    lines = (await wecom.ask("GET", "/wecom/groups/县局群"))["lines"]
    assert [line["text"] for line in lines] == [f"第{number}条" for number in range(60)]


async def test_the_imitation_refuses_a_robot_what_wecom_refuses(wecom: World) -> None:
    key = (await wecom.ask("PUT", "/wecom/groups/县局群"))["key"]

    async def post(key: str, kind: str, words: str) -> int:
        url = f"{wecom.base}/wecom/cgi-bin/webhook/send?key={key}"
        async with wecom.http.post(url, json={"msgtype": kind, kind: {"content": words}}) as answer:
            return int((await answer.json())["errcode"])

    said: list[Any] = [await post(key, "text", "好") for _ in range(21)]
    assert said == [0] * 20 + [45009]
    assert await post(key, "text", "字" * 683) == 40058
    assert await post(key, "markdown", "字" * 1366) == 40058
    assert await post("made-up-key-of-nobody", "text", "好") == 93000
    await wecom.ask("DELETE", "/wecom/groups/县局群/robot")
    assert await post(key, "text", "好") == 93000
