"""From channel to channel: who is told by which way, what moves a notice on, and that nobody is told twice."""

import asyncio
import os
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from bot import jobs, outbox
from bot.channels import CHANNELS, subscribe
from bot.wechat.errors import WeChatError
from models.database import sql
from models.notices import attempts
from models.notices import outbox as deliveries
from models.problems import actions
from tests.bot.wechat_world import sealed
from tests.cast import Cast, Phone, Stage, new_id

pytestmark = pytest.mark.slow

SUBSCRIBE = "/cgi-bin/message/subscribe/send"
TEMPLATE = "/cgi-bin/message/template/send"
CUSTOM = "/cgi-bin/message/custom/send"
SMS = "/sms/messages"


@dataclass
class Story:
    """A parent who reports, and the head of the school, who is told. The manager has no WeChat at all."""

    stage: Stage
    cast: Cast
    parent: Phone
    head: Phone

    async def report(self, title: str = "孩子说饭是凉的") -> int:
        body = {"request_id": new_id(), "school_id": self.cast.tianba.id, "title": title}
        return int((await self.parent.post("/problems", body)).json["id"])

    async def follow(self) -> str:
        """The head follows the official account; returns the openid there."""
        chat = await self.head.wx("POST", "/official/follow", {})
        await self.stage.jobs()
        return str(chat["openid"])

    async def says(self, openid: str, words: str = "在吗") -> None:
        """A word in the chat, as WeChat pushes it: for 48 hours it may be answered."""
        account = self.stage.world.official
        assert account is not None
        now = self.stage.clock()
        plain = (
            f"<xml><ToUserName>gh</ToUserName><FromUserName>{openid}</FromUserName><CreateTime>{int(now.timestamp())}"
            f"</CreateTime><MsgType>text</MsgType><Content>{words}</Content><MsgId>{new_id()}</MsgId></xml>"
        )
        query, body = sealed(account, plain, now)
        async with self.stage.http.post("/wechat/official", params=query, data=body) as answer:
            assert answer.status == 200, await answer.text()

    async def told(self, problem: int, kind: str | None = None) -> list[tuple[str, str, int | None, str]]:
        """What became of the pushes to the head, in order: channel, state, errcode, receipt."""
        rows = await sql.rows(
            "SELECT d.channel, d.state, d.errcode, d.receipt FROM delivery d JOIN notice n ON n.id = d.notice_id"
            " WHERE n.subject_id = $1 AND d.person_id = $2 AND ($3::text IS NULL OR n.kind = $3::text) ORDER BY d.id",
            problem, self.head.person.id, kind,
        )  # fmt: skip
        return [(row["channel"], row["state"], row["errcode"], row["receipt"]) for row in rows]

    async def ways(self, problem: int, kind: str | None = None) -> list[tuple[str, str]]:
        return [line[:2] for line in await self.told(problem, kind)]

    async def chat(self) -> list[dict[str, Any]]:
        return list((await self.head.wx("GET", "/official"))["lines"])

    async def overdue(self, problem: int) -> None:
        """The deadline passes: an urgent notice is put, and not delivered yet."""
        rows = await sql.rows("SELECT due_at FROM problem WHERE id = $1", problem)
        due = sql.instant(rows[0]["due_at"])
        assert due is not None
        await self.stage.jobs()
        self.stage.forward(seconds=(due - self.stage.clock()).total_seconds() + 60)
        await actions.expire(self.stage.clock())


@pytest.fixture
async def story(cast: Cast, stage: Stage) -> Story:
    parent, head = await cast.phone("parent", consent=False), await cast.phone("head", consent=False)
    return Story(stage, cast, parent, head)


async def test_without_credit_a_follower_is_told_by_the_official_account(story: Story) -> None:
    await story.follow()
    problem = await story.report()
    for _ in range(3):
        await story.stage.jobs()

    (first, second) = await story.told(problem)
    said = "对方未订阅、已拒收或订阅次数已用完；改用公众号模板消息"
    assert first == ("subscribe", "refused", 43101, said)
    assert second[:2] == ("official", "sent")
    (line,) = [one for one in await story.chat() if one["kind"] == "template"]
    assert (line["title"], line["page"]) == ("整改通知", f"pages/problem/index?id={problem}")
    assert "请按期整改，逾期" in str(line["fields"])
    assert await story.head.messages() == []


async def test_a_policy_and_a_persons_choice_change_the_order(story: Story) -> None:
    await story.head.consent(times=5)
    await story.follow()
    officer = await story.cast.phone("officer", consent=False)
    path = "/divisions/530302/channels/task"
    assert (await officer.ask("PUT", path, json={"channels": ["official", "subscribe"]})).status == 204
    first = await story.report("先公众号")
    assert (await story.head.ask("PUT", "/me/channels/task", json={"channels": ["subscribe"]})).status == 204
    second = await story.report("先小程序")
    await story.stage.jobs()

    assert await story.ways(first) == [("official", "sent")]
    assert await story.ways(second) == [("subscribe", "sent")]
    manager = story.cast.people["manager"].id
    rows = await sql.rows(
        "SELECT d.channel, d.receipt FROM delivery d WHERE d.person_id = $1 ORDER BY d.id", manager
    )
    # by policy the official account comes first; there is nobody of that name, and no WeChat either
    assert [row["channel"] for row in rows] == ["official", "official"]
    assert rows[0]["receipt"] == "未关注公众号；小程序订阅消息：未绑定微信；仅站内可见"
    steps = await sql.rows("SELECT facts FROM journal_entry WHERE verb = 'set_route'")
    assert len(steps) == 1
    shown = {one["group"]: one for one in (await story.head.get("/me/channels")).json["groups"]}
    assert (shown["task"]["channels"], shown["task"]["own"]) == (["subscribe"], True)
    assert not shown["result"]["own"]
    wrong = await story.head.ask("PUT", "/me/channels/task", json={"channels": ["wecom_group"]})
    assert (wrong.status, wrong.code) == (422, "wrong_route")


@pytest.mark.parametrize(
    ("path", "errcode", "ways"),
    [
        (SUBSCRIBE, 43101, [("subscribe", "refused"), ("official", "sent")]),
        (SUBSCRIBE, 47003, [("subscribe", "given_up"), ("official", "sent")]),
        (SUBSCRIBE, 40003, [("subscribe", "given_up"), ("official", "sent")]),
        (TEMPLATE, 43004, [("official", "refused"), ("subscribe", "sent")]),
        (TEMPLATE, 43101, [("official", "refused"), ("service", "sent")]),
        (CUSTOM, 45015, [("service", "refused"), ("subscribe", "sent")]),
        (CUSTOM, 45047, [("service", "refused"), ("subscribe", "sent")]),
    ],
)
async def test_what_a_channel_cannot_the_next_one_does(
    story: Story, path: str, errcode: int, ways: list[tuple[str, str]]
) -> None:
    await story.head.consent(times=2)
    await story.says(await story.follow())
    await story.stage.jobs()
    order = [ways[0][0], ways[1][0]]
    await story.head.ask("PUT", "/me/channels/task", json={"channels": order})
    await story.stage.faults(path=path, errcode=errcode)
    problem = await story.report()
    for _ in range(2):
        await story.stage.jobs()
        story.stage.forward(hours=1)

    told = await story.told(problem)
    assert [line[:2] for line in told] == ways
    assert told[0][2] == errcode
    assert "；改用" in told[0][3]
    # what the chat answers goes the same way
    assert [call["errcode"] for call in await story.stage.calls(path)].count(errcode) == 1
    heard = await attempts.of_deliveries([row["id"] for row in await sql.rows("SELECT id FROM delivery")])
    states = [one.state for lines in heard.values() for one in lines if one.errcode == errcode]
    assert states == [ways[0][1]]


async def test_a_used_up_quota_stops_a_channel_until_the_next_day(story: Story) -> None:
    await story.head.consent(times=5)
    await story.follow()
    await story.stage.faults(path=SUBSCRIBE, errcode=45009, times=1)
    problems = [await story.report("第一件")]
    await story.stage.jobs()
    problems.append(await story.report("第二件"))
    await story.stage.jobs()
    story.stage.forward(hours=1)
    await story.stage.jobs()

    assert len(await story.stage.calls(SUBSCRIBE)) == 1
    assert [await story.ways(one) for one in problems] == [[("subscribe", "waiting")]] * 2
    # the new day begins at midnight, but nobody is woken for it
    for hours, state in ((14, "waiting"), (6, "sent")):
        story.stage.forward(hours=hours)
        await story.stage.jobs()
        assert [await story.ways(one) for one in problems] == [[("subscribe", state)]] * 2
    assert len(await story.head.messages()) == 2


async def test_what_another_channel_takes_over_at_night_waits_for_the_morning_unless_it_may_wake(
    story: Story,
) -> None:
    supervisor = await story.cast.phone("supervisor", consent=False)
    await story.follow()
    story.stage.forward(hours=11, minutes=25)  # 21:55
    checked = await supervisor.check_in(story.cast.tianba)
    body = await supervisor.visit_body(
        story.cast.tianba, checked.headers["request_id"], kind="supervisor", grade=""
    )
    photos = [await supervisor.photo(story.cast.tianba)]
    body["answers"][4] |= {
        "verdict": "problem", "remark": "冷藏库温度偏高", "severity": "major", "handling": "deadline",
        "photos": photos,
    }  # fmt: skip
    (major,) = (await supervisor.post("/visits", body)).json["problems"]
    general = await story.report()
    await story.stage.deliver()
    for problem in (major, general):
        assert await story.ways(problem, "problem_assigned") == [
            ("subscribe", "refused"),
            ("official", "waiting"),
        ]
    story.stage.forward(minutes=10)
    await story.stage.jobs()
    assert (await story.ways(major, "problem_assigned"))[-1] == ("official", "sent")
    assert (await story.ways(general))[-1] == ("official", "waiting")
    story.stage.forward(hours=8, minutes=54)
    await story.stage.jobs()
    assert (await story.ways(general))[-1] == ("official", "waiting")
    story.stage.forward(minutes=1)
    await story.stage.jobs()
    assert (await story.ways(general))[-1] == ("official", "sent")


async def test_who_has_left_the_post_meanwhile_is_not_told(story: Story) -> None:
    await story.head.consent(times=5)
    officer = await story.cast.phone("officer", consent=False)
    story.stage.forward(hours=12)  # 22:30: it waits for the morning
    problem = await story.report()
    await story.stage.jobs()
    (post,) = await sql.rows("SELECT post_id FROM holding WHERE person_id = $1", story.head.person.id)
    body = {"person_id": story.head.person.id, "on": "2026-11-25"}
    left = await officer.post(f"/posts/{post['post_id']}/leave", body)
    assert left.status == 204, left.json
    story.stage.forward(hours=9)
    await story.stage.jobs()
    (line,) = await story.told(problem)
    assert (line[1], line[3]) == ("withdrawn", "任职已结束，不再发送")
    assert await story.head.messages() == []


@pytest.mark.parametrize("errcode", [43108, 43117])
async def test_too_much_at_once_waits_and_stays_in_its_channel(story: Story, errcode: int) -> None:
    await story.head.consent(times=2)
    await story.follow()
    await story.stage.faults(path=SUBSCRIBE, errcode=errcode, times=1)
    problem = await story.report()
    await story.stage.jobs()
    assert await story.ways(problem) == [("subscribe", "waiting")]
    story.stage.forward(minutes=10)
    await story.stage.jobs()

    assert await story.ways(problem) == [("subscribe", "sent")]
    officer = await story.cast.phone("officer", consent=False)
    (notice,) = await sql.rows(
        "SELECT DISTINCT notice_id FROM delivery WHERE person_id = $1", story.head.person.id
    )
    life = (await officer.get(f"/notices/{notice['notice_id']}/life")).json
    (one,) = life["deliveries"]
    assert [(line["number"], line["state_name"], line["errcode"]) for line in one["attempts"]] == [
        (1, "排队待发", errcode),
        (2, "已发出", 0),
    ]


async def test_a_lost_reply_moves_on_only_what_is_urgent_and_nothing_is_doubled(story: Story) -> None:
    await story.head.consent(times=5)
    await story.follow()
    await story.stage.faults(path=SUBSCRIBE, drop_reply="after")
    problem = await story.report()
    await story.stage.deliver()
    assert await story.ways(problem) == [("subscribe", "unknown")]
    await story.stage.no_faults()
    for _ in range(3):
        await story.stage.jobs()
    assert await story.ways(problem) == [("subscribe", "sent")]

    await story.overdue(problem)
    await story.stage.faults(path=SUBSCRIBE, drop_reply="before")
    await story.stage.deliver()
    assert await story.ways(problem, "problem_overdue") == [("subscribe", "unknown"), ("official", "waiting")]
    await story.stage.no_faults()
    # later events show that WeChat never took it: the official account has told it already
    other = await story.report("别的事")
    story.stage.forward(minutes=10)
    for _ in range(4):
        await story.stage.jobs()
        story.stage.forward(minutes=3)
    assert await story.ways(other) == [("subscribe", "sent")]
    assert await story.ways(problem, "problem_overdue") == [("subscribe", "unknown"), ("official", "sent")]
    urgent = [one for one in await story.chat() if "已超期" in str(one)]
    assert len(urgent) == 1
    assert not [one for one in await story.head.messages() if "已超期" in str(one)]


async def test_while_a_platform_refuses_everything_only_what_is_urgent_takes_another_way(
    story: Story,
) -> None:
    await story.head.consent(times=5)
    await story.follow()
    late = await story.report()
    await story.overdue(late)
    await story.stage.faults(path=SUBSCRIBE, errcode=40001)
    other = await story.report("别的事")
    await story.stage.jobs()
    # a moment's trouble costs no other channel
    assert await story.ways(late, "problem_overdue") == [("subscribe", "waiting")]
    story.stage.forward(minutes=2)
    for _ in range(2):
        await story.stage.jobs()
    assert await story.ways(late, "problem_overdue") == [("subscribe", "refused"), ("official", "sent")]
    assert "暂时中断；改用公众号模板消息" in (await story.told(late, "problem_overdue"))[0][3]
    assert await story.ways(other) == [("subscribe", "waiting")]
    await story.stage.no_faults()
    story.stage.forward(minutes=5)
    await story.stage.jobs()
    assert await story.ways(other) == [("subscribe", "sent")]
    assert len([one for one in await story.chat() if "已超期" in str(one)]) == 1
    assert not [one for one in await story.head.messages() if "已超期" in str(one)]


async def test_a_worker_killed_between_claim_and_receipt_leaves_each_told_once(story: Story) -> None:
    await story.head.consent(times=5)
    await story.follow()
    post = story.stage.world.post
    problem = await story.report()
    await story.overdue(problem)
    await jobs.merge_waiting(post)
    lane = subscribe.lane(post)
    taken = await deliveries.claim(lane, story.stage.clock(), 100)
    assert {due.kind for due in taken if due.openid} == {"problem_overdue"}
    story.stage.forward(minutes=2)
    await outbox.tend(post)

    # nobody can say whether it went out: urgent, so the official account tells it, once
    assert await story.ways(problem, "problem_overdue") == [("subscribe", "unknown"), ("official", "waiting")]
    for _ in range(3):
        await story.stage.jobs()
        story.stage.forward(minutes=3)
    assert await story.ways(problem, "problem_overdue") == [("subscribe", "unknown"), ("official", "sent")]
    # the manager has no WeChat: no call had begun, so it waits again and ends as refused
    states = await sql.rows("SELECT DISTINCT state FROM delivery WHERE openid IS NULL")
    assert [row["state"] for row in states] == ["refused"]


async def test_a_short_message_goes_only_where_policy_pays_for_it_and_only_urgently(story: Story) -> None:
    problem = await story.report()
    await story.overdue(problem)
    await story.stage.jobs()
    (line,) = await story.told(problem, "problem_overdue")
    assert "短信：本地区没有开通短信" in line[3]
    assert await story.stage.calls(SMS) == []

    officer = await story.cast.phone("officer", consent=False)
    await officer.ask("PUT", "/divisions/530302/policies/sms_allowed", json={"value": 1})
    again = await story.report("油桶没有盖")
    await story.overdue(again)
    await story.stage.jobs()
    assert await story.ways(again, "problem_assigned") == [("subscribe", "refused")]
    assert await story.ways(again, "problem_overdue") == [("subscribe", "refused"), ("sms", "sent")]
    texts = (await story.head.wx("GET", "/texts"))["texts"]
    (text,) = [one["text"] for one in texts if "油桶" in one["text"]]
    assert text.startswith("【膳督】麒麟区田坝小学：“油桶没有盖”，")


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ({"code": "phone_invalid"}, "refused"),
        ({"code": "no_balance"}, "given_up"),
        ({"code": "too_frequent"}, "waiting"),
        ({"drop_reply": "after"}, "unknown"),
    ],
)
async def test_what_the_sender_of_short_messages_says_is_understood(
    story: Story, fault: dict[str, Any], state: str
) -> None:
    officer = await story.cast.phone("officer", consent=False)
    await officer.ask("PUT", "/divisions/530302/policies/sms_allowed", json={"value": 1})
    await story.head.ask("PUT", "/me/channels/deadline", json={"channels": ["sms"]})
    problem = await story.report()
    await story.overdue(problem)
    await story.stage.faults(path=SMS, **fault)
    await story.stage.deliver("sms")
    assert await story.ways(problem, "problem_overdue") == [("sms", state)]


async def test_a_follower_is_found_by_unionid_whichever_account_comes_first(story: Story) -> None:
    """The head binds first and follows later; the manager follows first and binds later."""
    openid = await story.follow()
    manager = Phone(story.stage, story.cast.people["manager"])
    await manager.wx("PUT", "", {"nickname": "赵丽", "phone": manager.number})
    theirs = (await manager.wx("POST", "/official/follow", {}))["openid"]
    await story.stage.jobs()
    await manager.turn_on(consent=False)

    bound = await sql.rows("SELECT openid, person_id FROM identity WHERE person_id IS NOT NULL")
    of = {row["openid"]: row["person_id"] for row in bound}
    assert (of[openid], of[theirs]) == (story.head.person.id, manager.person.id)
    # whoever stops following is told in another way
    await story.head.wx("POST", "/official/unfollow", {})
    await story.stage.jobs()
    problem = await story.report()
    await story.stage.jobs()
    assert "公众号模板消息：未关注公众号" in (await story.told(problem))[0][3]


async def test_a_channel_that_is_not_there_is_passed_over(story: Story) -> None:
    await story.head.consent(times=2)
    officer = await story.cast.phone("officer", consent=False)
    body = {"channels": ["wecom_group", "subscribe"]}
    await officer.ask("PUT", "/divisions/530302/channels/task", json=body)
    problem = await story.report()
    await story.stage.jobs()
    assert await story.ways(problem) == [("wecom_group", "refused"), ("subscribe", "sent")]


async def test_a_message_the_person_refused_after_all_goes_another_way(story: Story) -> None:
    """TEMPLATESENDJOBFINISH may say that the person has blocked the account."""
    await story.head.consent(times=2)
    await story.says(openid := await story.follow())
    await story.head.ask("PUT", "/me/channels/task", json={"channels": ["official", "subscribe"]})
    problem = await story.report()
    await story.stage.deliver("official")
    (row,) = await sql.rows("SELECT message_id FROM delivery WHERE channel = 'official' AND state = 'sent'")
    account, now = story.stage.world.official, story.stage.clock()
    assert account is not None
    plain = (
        f"<xml><ToUserName>gh</ToUserName><FromUserName>{openid}</FromUserName><CreateTime>{int(now.timestamp())}"
        "</CreateTime><MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event>"
        f"<MsgID>{row['message_id']}</MsgID><Status>failed:user block</Status></xml>"
    )
    query, body = sealed(account, plain, now)
    async with story.stage.http.post("/wechat/official", params=query, data=body) as answer:
        assert answer.status == 200
    for _ in range(3):
        await story.stage.jobs()
    told = await story.told(problem)
    assert [line[0] for line in told] == ["official", "subscribe"]
    assert told[1][1] == "sent"


@pytest.mark.slow
async def test_check_wechat_holds_the_catalogue_against_the_accounts(
    story: Story, environ: dict[str, str]
) -> None:
    async def check(**changes: str) -> tuple[int | None, str]:
        given = {**os.environ, **environ, **changes}
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ops.cli", "check", "wechat", env=given, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await running.communicate()
        return running.returncode, said.decode()

    right, wrong = await asyncio.gather(
        check(), check(SHANDU_OFFICIAL_TEMPLATES='{"rectify": "T-gone"}', SHANDU_LONG_TERM_TEMPLATES="verify")
    )
    assert right == (0, "✓ 小程序：模板与目录一致\n✓ 公众号：模板与目录一致\n")
    assert wrong[0] == 1
    assert "✗ 小程序：小程序模板“整改核查提醒”（verify）是一次性订阅模板，设置不是这样写的" in wrong[1]
    assert (
        "✗ 公众号：公众号模板“整改通知”（rectify）的编号 T-gone 在账号里没有\n  → 请核对 SHANDU_OFFICIAL_TEMPLATES"
        in wrong[1]
    )


@pytest.mark.parametrize(
    ("fault", "ended", "said"),
    [
        ({"errcode": 43117}, "withdrawn", "；事项已有变化，不再发送"),
        ({"errcode": 43101}, "refused", "；事项已有变化，不再发送"),
        ({"drop_reply": "before"}, "withdrawn", "事项已有变化，不再发送"),
    ],
)
async def test_what_moves_on_while_its_notice_is_being_sent_is_not_told_later_or_otherwise(
    story: Story, fault: dict[str, Any], ended: str, said: str
) -> None:
    await story.head.consent(times=5)
    await story.follow()
    problem = await story.report()
    await story.overdue(problem)
    photo = await story.head.photo(story.cast.tianba, "problem")
    await story.stage.faults(path=SUBSCRIBE, delay_s=0.4, **fault)
    sending = asyncio.create_task(story.stage.deliver())
    while ("subscribe", "sending") not in await story.ways(problem, "problem_overdue"):
        await asyncio.sleep(0.01)
    done = {"request_id": new_id(), "words": "换了", "photos": [photo]}
    assert (await story.head.post(f"/problems/{problem}/submit", done)).status == 200
    await sending
    await story.stage.no_faults()
    await story.report("别的事")
    for _ in range(4):
        await story.stage.jobs()
        story.stage.forward(minutes=3)

    (line,) = await story.told(problem, "problem_overdue")
    assert (line[0], line[1]) == ("subscribe", ended)
    assert line[3].endswith(said)
    assert not [one for one in await story.chat() if "已超期" in str(one)]
    if ended == "refused":
        officer = await story.cast.phone("officer", consent=False)
        found = await sql.rows(
            "SELECT d.id FROM delivery d JOIN notice n ON n.id = d.notice_id WHERE n.kind = 'problem_overdue'"
            " AND d.person_id = $1",
            story.head.person.id,
        )
        again = await officer.post(f"/deliveries/{found[0]['id']}/resend", {"reason": "没有收到"})
        assert (again.status, again.code) == (409, "delivery_withdrawn")


async def test_what_an_officer_takes_back_while_a_worker_dies_over_it_is_not_sent_again(story: Story) -> None:
    await story.head.consent(times=5)
    await story.follow()
    officer = await story.cast.phone("officer", consent=False)
    post = story.stage.world.post
    problem = await story.report()
    await story.overdue(problem)
    await jobs.merge_waiting(post)
    taken = await deliveries.claim(subscribe.lane(post), story.stage.clock(), 100)
    (notice,) = {due.notice_id for due in taken if due.kind == "problem_overdue" and due.openid}
    why = {"reason": "填错了学校"}
    assert (await officer.post(f"/notices/{notice}/withdraw", why)).status == 204
    story.stage.forward(minutes=2)
    await outbox.tend(post)
    assert await story.ways(problem, "problem_overdue") == [("subscribe", "unknown")]
    await story.report("别的事")
    for _ in range(4):
        await story.stage.jobs()
        story.stage.forward(minutes=3)
    assert await story.ways(problem, "problem_overdue") == [("subscribe", "withdrawn")]
    assert not [one for one in await story.head.messages() if "已超期" in str(one)]
    late = await officer.post(f"/notices/{notice}/withdraw", why)
    assert (late.status, late.code) == (409, "nothing_to_withdraw")


async def test_what_waits_for_five_slow_channels_keeps_nobody_out_of_the_sixth(stage: Stage) -> None:
    gateway = stage.world.post.gateway
    await gateway.reachable()
    await stage.faults(path=SUBSCRIBE, delay_s=3)
    crowd = [
        asyncio.create_task(gateway.send_subscribe(f"o{number}", "T", {}, None))
        for number in range((len(CHANNELS) - 1) * jobs.LANES * outbox.IN_FLIGHT)
    ]
    await asyncio.sleep(1)
    with pytest.raises(WeChatError):
        await gateway.code_to_session("no code")
    assert not any(one.done() for one in crowd)
    assert all(isinstance(one, WeChatError) for one in await asyncio.gather(*crowd, return_exceptions=True))
