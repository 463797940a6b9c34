"""Told by WeCom: a card that can be answered, a crowd that waits its turn, and a group that hears once."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from bot.channels.wecom_words import ANSWERS, card, line
from bot.wechat.wecom.cards import ButtonCard, TextCard
from bot.wording import WORDINGS
from models.database import sql
from models.groups import actions as groups
from models.notices.outbox import Due
from tests.cast import Cast, Phone, Stage, new_id
from tests.conftest import START

pytestmark = pytest.mark.slow

SEND = "/wecom/cgi-bin/message/send"
UPDATE = "/wecom/cgi-bin/message/update_template_card"
ROBOT = "/wecom/cgi-bin/webhook/send"


@dataclass
class Story:
    """A parent who reports, and the head of the school, who is a member of the enterprise."""

    stage: Stage
    cast: Cast
    parent: Phone
    head: Phone

    async def report(self, title: str = "孩子说饭是凉的") -> int:
        body = {"request_id": new_id(), "school_id": self.cast.tianba.id, "title": title}
        return int((await self.parent.post("/problems", body)).json["id"])

    async def route(self, *channels: str) -> None:
        """By which channels the county's schools are told of what they have to do."""
        officer = await self.cast.phone("officer", consent=False)
        path = "/divisions/530302/channels/task"
        assert (await officer.ask("PUT", path, json={"channels": list(channels)})).status == 204

    async def told(self, problem: int) -> list[tuple[str, str, str]]:
        """What became of the pushes to the head, in order."""
        rows = await sql.rows(
            "SELECT d.channel, d.state, d.receipt FROM delivery d JOIN notice n ON n.id = d.notice_id"
            " WHERE n.subject_id = $1 AND d.person_id = $2 ORDER BY d.id",
            problem, self.head.person.id,
        )  # fmt: skip
        return [(row["channel"], row["state"], row["receipt"]) for row in rows]

    async def chat(self) -> list[dict[str, Any]]:
        """The cards in the head's chat."""
        lines = (await self.head.wx("GET", "/wecom"))["lines"]
        return [shown for shown in lines if shown["kind"] == "template_card"]

    async def words(self) -> list[str]:
        return [shown["text"] for shown in (await self.head.wx("GET", "/wecom"))["lines"] if "text" in shown]

    async def counts(self) -> Any:
        async with self.stage.http.get("/sandbox/control/stats") as answer:
            return await answer.json()


@pytest.fixture
async def story(cast: Cast, stage: Stage) -> Story:
    parent, head = await cast.phone("parent", consent=False), await cast.phone("head", consent=False)
    await head.wx("POST", "/wecom/join", {})
    await stage.jobs()
    made = Story(stage, cast, parent, head)
    await made.route("wecom", "subscribe")
    return made


async def test_a_head_is_told_by_a_card_with_buttons_and_the_press_is_answered_once(
    story: Story,
) -> None:
    problem = await story.report()
    await story.stage.jobs()
    assert await story.told(problem) == [("wecom", "sent", "已发送")]
    (shown,) = await story.chat()
    assert (shown["title"], shown["fields"][0]) == (
        "限期整改通知",
        {"label": "学校", "value": "麒麟区田坝小学"},
    )
    assert [button["words"] for button in shown["buttons"]] == ["查看", "去整改"]
    async with story.stage.http.get(shown["buttons"][0]["url"]) as page:
        assert (page.status, "请在小程序里查看" in await page.text()) == (200, True)

    press = {"message": shown["id"], "key": f"problem:{problem}:rectify"}
    await story.head.wx("POST", "/wecom/press", press)
    for _ in range(100):
        kept = await sql.rows(
            "SELECT appid, openid, body FROM inbound_event WHERE kind = 'template_card_event'"
        )
        if kept:
            break
        await asyncio.sleep(0.02)
    (event,) = kept
    account = story.stage.world.post.wecom
    assert account is not None
    assert (event["appid"], event["openid"]) == (account.corpid, story.head.user)
    body = sql.document(event["body"])
    assert body["EventKey"] == press["key"]
    # the conversation closes the card, once, and answers in words
    await story.stage.jobs()
    (shown,) = await story.chat()
    assert (shown["buttons"], shown["answered"]) == ([], "已收到，见对话")
    assert "孩子说饭是凉的" in (await story.words())[-1]
    assert [line["errcode"] for line in await story.stage.calls(UPDATE)] == [0]


async def test_forty_notices_at_once_wait_their_turn_and_none_is_dropped(story: Story) -> None:
    for number in range(40):
        await story.report(f"第{number}个问题")
    rounds = 0
    while await sql.rows(
        "SELECT id FROM delivery WHERE channel = 'wecom' AND state IN ('held', 'waiting') LIMIT 1"
    ):
        await story.stage.jobs()
        story.stage.forward(seconds=20)
        rounds += 1
        assert rounds < 20
    titles = [
        one["value"] for shown in await story.chat() for one in shown["fields"] if one["label"] == "问题"
    ]
    assert titles == [f"第{number}个问题" for number in range(40)]
    assert (await story.counts()).get("wecom_dropped", 0) == 0
    # waiting is no attempt
    attempts = await sql.rows("SELECT MAX(attempts) AS most FROM delivery WHERE channel = 'wecom'")
    assert attempts[0]["most"] == 1


async def test_who_may_not_see_the_application_is_told_by_the_next_channel(story: Story) -> None:
    await story.head.consent()
    await story.head.wx("POST", "/wecom/leave", {})
    problem = await story.report()
    await story.stage.jobs()
    (first, second) = await story.told(problem)
    assert first[:2] == ("wecom", "refused")
    assert "不在应用可见范围内" in first[2]
    assert second[:2] == ("subscribe", "sent")
    assert len(await story.head.messages()) == 1


async def test_a_lost_reply_is_repeated_and_shows_once(story: Story) -> None:
    await story.stage.faults(path=SEND, drop_reply="after", times=1)
    problem = await story.report()
    await story.stage.jobs()
    assert [one[:2] for one in await story.told(problem)] == [("wecom", "unknown")]
    story.stage.forward(minutes=3)
    await story.stage.jobs()
    assert [one[:2] for one in await story.told(problem)] == [("wecom", "sent")]
    assert len(await story.chat()) == 1
    assert (await story.counts())["wecom_repeated"] == 1


async def test_a_schools_group_hears_of_a_problem_once_and_of_no_more_when_the_robot_is_gone(
    story: Story,
) -> None:
    await story.route("wecom_group", "wecom")
    async with story.stage.http.put("/sandbox/wecom/groups/食堂群") as answer:
        key = (await answer.json())["key"]
    place = f"/schools/{story.cast.tianba.id}/robot"
    assert (await story.head.ask("PUT", place, json={"name": "食堂群", "webhook": key})).status == 200
    await story.stage.faults(path=ROBOT, errcode=45009, errmsg="api freq out of limit", times=1)
    problem = await story.report()
    # refused, said, and heard of by who waited meanwhile
    for _ in range(3):
        await story.stage.jobs()
        story.stage.forward(minutes=1)

    async def heard() -> list[str]:
        async with story.stage.http.get("/sandbox/wecom/groups/食堂群") as answer:
            return [one["text"] for one in (await answer.json())["lines"]]

    # the head and the manager were both told; the group heard it once, after WeCom had refused it once
    assert [words.split("\n")[0] for words in (await heard())[1:]] == ["【限期整改通知】"]
    receipts = await sql.rows("SELECT state, receipt FROM delivery WHERE channel = 'wecom_group'")
    assert {row["state"] for row in receipts} == {"sent"}
    assert "群里已通知" in {row["receipt"] for row in receipts}

    async with story.stage.http.delete("/sandbox/wecom/groups/食堂群/robot") as gone:
        assert gone.status == 200
    other = await story.report("又一个问题")
    for _ in range(3):
        await story.stage.jobs()
        story.stage.forward(minutes=1)
    assert [one[:2] for one in await story.told(other)] == [("wecom_group", "refused"), ("wecom", "sent")]
    assert (await story.head.get(place)).json["robot"]["refused_at"] is not None
    assert len(await heard()) == 2
    assert [one[:2] for one in await story.told(problem)] == [("wecom_group", "sent")]


async def test_what_a_group_was_not_told_after_all_nobody_takes_for_told(stage: Stage) -> None:
    seen = set()

    async def speak() -> None:
        for _ in range(20):
            telling = await groups.tell("school:1", "problem_assigned:1", stage.clock())
            seen.add(telling)
            if telling is groups.Telling.OURS:
                # WeCom refuses it
                await groups.untold("school:1", "problem_assigned:1")

    await asyncio.gather(*(speak() for _ in range(8)))
    assert seen == {groups.Telling.OURS, groups.Telling.UNDER_WAY}


async def test_while_wecom_refuses_every_robot_groups_wait_and_nobody_asks(story: Story) -> None:
    await story.route("wecom_group", "wecom")
    async with story.stage.http.put("/sandbox/wecom/groups/食堂群") as answer:
        key = (await answer.json())["key"]
    place = f"/schools/{story.cast.tianba.id}/robot"
    assert (await story.head.ask("PUT", place, json={"name": "食堂群", "webhook": key})).status == 200
    before = len(await story.stage.calls(ROBOT))
    await story.stage.faults(path=ROBOT, errcode=60020, errmsg="not allow to access from your ip")
    problems = [await story.report(f"第{number}个问题") for number in range(3)]
    await story.stage.jobs()
    assert len(await story.stage.calls(ROBOT)) == before + 1
    assert [(await story.told(one))[0][:2] for one in problems] == [("wecom_group", "waiting")] * 3
    broken = await sql.rows("SELECT facts FROM notice WHERE kind = 'channel_broken'")
    assert {sql.document(row["facts"])["title"].split("：")[0] for row in broken} == {"企业微信群机器人"}

    await story.stage.no_faults()
    for _ in range(8):
        story.stage.forward(minutes=1)
        await story.stage.jobs()
    assert [(await story.told(one))[0][:2] for one in problems] == [("wecom_group", "sent")] * 3
    async with story.stage.http.get("/sandbox/wecom/groups/食堂群") as answer:
        heard = [one["text"] for one in (await answer.json())["lines"]]
    assert [sum(f"第{number}个问题" in words for words in heard) for number in range(3)] == [1] * 3
    assert await sql.rows("SELECT id FROM notice WHERE kind = 'channel_mended'")


@pytest.mark.parametrize("kind", [wording.kind for wording in WORDINGS])
def test_every_kind_has_a_card_and_a_line_for_the_group(kind: str) -> None:
    facts = {"school": "麒麟区第一小学", "title": "食品留样不足", "due": "2026年11月27日 18:00"}
    due = Due(7, "wecom", "", 1, 5, 3, kind, "problem", 12, 1, facts, START, "lihua", "")
    made = card(due, "https://shandu.example.cn")
    assert isinstance(made, ButtonCard if kind in ANSWERS else TextCard)
    assert facts["title"] in str(made)
    assert made == card(due, "https://shandu.example.cn")
    assert line(due).startswith("【")
    assert "无" not in [words for _, words in getattr(made, "lines", ())]
