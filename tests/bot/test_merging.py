"""Many small notices become one message; none is lost, none is doubled, and each keeps its line in the inbox."""

import asyncio
from typing import Any

import pytest

from bot import jobs, outbox
from bot.channels import subscribe
from models.alerts.running import judge_due
from models.database import sql
from models.notices import actions as notices
from models.notices import outbox as deliveries
from models.notices.actions import Subject, Telling
from models.organisations.actions import ensure_post
from models.organisations.tables import PostKind
from models.policies.calendar import beijing_date
from models.policies.tables import Policy
from tests.api.test_alerts import switched_on
from tests.bot.axe import Axe
from tests.cast import Cast, Phone, Stage, new_id

pytestmark = pytest.mark.slow

SEND = "/cgi-bin/message/subscribe/send"


@pytest.fixture
async def merges(cast: Cast) -> Cast:
    """The cast, with policy's defaults: two make one message; after three within five minutes others wait."""
    await Policy.filter(key__in=["merge_min", "merge_least"]).delete()
    return cast


async def _report(parent: Phone, cast: Cast, *titles: str) -> list[int]:
    found = []
    for title in titles:
        body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": title}
        found.append(int((await parent.post("/problems", body)).json["id"]))
    return found


def _words(message: dict[str, Any]) -> list[str]:
    return [field["value"] for field in message["fields"]]


async def _states(person: int) -> list[str]:
    rows = await sql.rows(
        "SELECT d.state FROM delivery d JOIN notice n ON n.id = d.notice_id"
        " WHERE d.person_id = $1 AND n.kind NOT LIKE 'merged%' ORDER BY d.id",
        person,
    )
    return [row["state"] for row in rows]


async def test_five_at_once_are_one_message_and_five_lines_in_the_inbox(merges: Cast, stage: Stage) -> None:
    parent, head = await merges.phone("parent"), await merges.phone("head")
    problems = await _report(parent, merges, *[f"问题{n}" for n in range(1, 6)])
    await stage.jobs()
    (message,) = await head.messages()
    assert message["title"] == "待办汇总提醒"
    assert _words(message)[:2] == ["您有5条待办", "问题1、问题2、问题3等"]
    assert len((await head.get("/notices")).json["items"]) == 5
    receipts = (await head.get(f"/problems/{problems[0]}/receipts")).json
    assert "merged" in {one["state"] for one in receipts}
    assert await _states(head.person.id) == ["merged"] * 5
    # which message that was, and what became of it
    rows = await sql.rows(
        "SELECT DISTINCT n.kind, m.state FROM delivery d JOIN notice n ON n.id = d.merged_into"
        " JOIN delivery m ON m.notice_id = n.id AND m.person_id = d.person_id WHERE d.person_id = $1",
        head.person.id,
    )
    assert [(row["kind"], row["state"]) for row in rows] == [("merged", "sent")]


async def test_an_alert_of_several_matters_is_said_by_their_names_among_others(
    merges: Cast, stage: Stage
) -> None:
    parent, head = await merges.phone("parent"), await merges.phone("head")
    await switched_on(merges, "committee_filed", "fly_proof", "site_meeting")
    await _report(parent, merges, "饭菜不热")
    await judge_due(stage.clock())
    await stage.jobs()
    (message,) = await head.messages()
    # fitted to twenty characters
    assert _words(message)[:2] == ["您有2条待办", "饭菜不热、家委会未备案、当月未开现场办…"]


async def test_the_first_few_go_at_once_and_those_that_follow_wait_for_each_other(
    merges: Cast, stage: Stage
) -> None:
    parent, head = await merges.phone("parent"), await merges.phone("head")
    await head.consent(times=5)
    for title in ("第一件", "第二件", "第三件"):
        await _report(parent, merges, title)
        await stage.jobs()
        stage.forward(seconds=30)
    # three are no flood
    assert [_words(message)[1] for message in await head.messages()] == ["第一件", "第二件", "第三件"]
    for title in ("第四件", "第五件"):
        await _report(parent, merges, title)
        await stage.jobs()
        stage.forward(minutes=1)
    assert len(await head.messages()) == 3
    async with stage.http.get("/metrics") as answer:
        figures = await answer.text()
    # the manager has no WeChat, and is told nothing that could wait
    assert 'shandu_held{channel="subscribe"} 2.0' in figures
    assert "shandu_backlog{" not in figures
    stage.forward(minutes=2)
    await stage.jobs()
    assert [_words(message)[:2] for message in await head.messages()][3:] == [
        ["您有2条待办", "第四件、第五件"]
    ]
    stage.forward(minutes=6)
    await _report(parent, merges, "第六件")
    await stage.jobs()
    assert _words((await head.messages())[-1])[1] == "第六件"


async def _tell(
    cast: Cast, stage: Stage, kind: str, *titles: str, severity: str = "general"
) -> list[Subject]:
    """A notice for the head about each of some problems."""
    post = await ensure_post(PostKind.HEAD, school_id=cast.tianba.id)
    now, told = stage.clock(), []
    for title in titles:
        subject = Subject(
            "problem", 1_000 + len(title) * 100 + ord(title[-2]), cast.tianba.id, cast.tianba.county_code
        )
        facts = {
            "school": cast.tianba.name,
            "title": title,
            "due": "2026年11月27日 18:00",
            "severity": severity,
        }
        key = f"test:{kind}:{title}"
        told.append(Telling(kind, key, subject, (), facts, post_id=post.id))
    await notices.put_all(told, now, beijing_date(now))
    return [one.subject for one in told]


async def test_workers_that_decide_at_once_make_one_message_between_them(merges: Cast, stage: Stage) -> None:
    head, worker = await merges.phone("head"), stage.world.post
    titles = [f"第{chr(ord('一') + n)}件" for n in range(40)]

    async def tell() -> None:
        for title in titles:
            await _tell(merges, stage, "problem_assigned", title)

    telling = asyncio.create_task(tell())

    async def decide() -> None:
        while not telling.done():
            await jobs.merge_waiting(worker)

    await asyncio.gather(telling, *(decide() for _ in range(4)))
    await jobs.merge_waiting(worker)
    assert await _states(head.person.id) == ["merged"] * len(titles)
    waiting = "SELECT COUNT(*) AS n FROM delivery WHERE person_id = $1 AND state = 'waiting'"
    assert (await sql.rows(waiting, head.person.id))[0]["n"] == 1


@pytest.mark.parametrize(
    ("kind", "severity", "goes"),
    [
        ("problem_overdue", "general", True),
        ("problem_assigned", "serious", True),
        ("problem_assigned", "general", False),
        ("problem_closed", "serious", False),
    ],
)
async def test_what_presses_waits_for_nothing(
    merges: Cast, stage: Stage, kind: str, severity: str, goes: bool
) -> None:
    parent, head = await merges.phone("parent"), await merges.phone("head")
    for title in ("第一件", "第二件", "第三件"):
        await _report(parent, merges, title)
        await stage.jobs()
    await _tell(merges, stage, kind, "要紧事", severity=severity)
    await stage.jobs()
    assert ("要紧事" in [_words(message)[1] for message in await head.messages()]) is goes


async def test_several_urgent_ones_are_one_message_that_is_as_urgent(merges: Cast, stage: Stage) -> None:
    head = await merges.phone("head")
    await head.wx("POST", "/official/follow", {})
    await stage.jobs()
    await _tell(merges, stage, "problem_overdue", "留样没有", "消毒没有")
    await stage.faults(path=SEND, drop_reply="before")
    await stage.deliver()
    await stage.no_faults()
    await stage.jobs()
    # nobody can say whether the first arrived: the next channel tells it
    rows = await sql.rows(
        "SELECT n.kind, d.channel, d.state FROM delivery d JOIN notice n ON n.id = d.notice_id"
        " WHERE n.kind LIKE 'merged%' AND d.person_id = $1 ORDER BY d.id",
        head.person.id,
    )
    assert [tuple(row.values()) for row in rows] == [
        ("merged_urgent", "subscribe", "unknown"),
        ("merged_urgent", "official", "sent"),
    ]
    (line,) = [one for one in (await head.wx("GET", "/official"))["lines"] if one["kind"] == "template"]
    assert "您有2条待办，其中2条紧急" in str(line["fields"])
    assert [one["kind"] for one in (await head.get("/notices")).json["items"]] == ["problem_overdue"] * 2


async def test_after_two_hours_without_wechat_there_is_one_message(merges: Cast, stage: Stage) -> None:
    parent, head = await merges.phone("parent"), await merges.phone("head")
    await stage.faults(path=SEND, errcode=-1)
    for number in range(6):
        await _report(parent, merges, f"问题{number}")
        await stage.jobs()
        stage.forward(minutes=20)
        await stage.jobs()
    assert await head.messages() == []
    await stage.no_faults()
    stage.forward(minutes=60)
    for _ in range(2):
        await stage.jobs()
    (message,) = await head.messages()
    assert _words(message)[:2] == ["您有6条待办", "问题0、问题1、问题2等"]
    assert await _states(head.person.id) == ["merged"] * 6


async def test_a_problem_that_is_closed_leaves_the_message_that_has_not_gone(
    merges: Cast, stage: Stage
) -> None:
    parent, head = await merges.phone("parent"), await merges.phone("head")
    problems = await _report(parent, merges, "第一件", "第二件", "第三件")
    await stage.faults(path=SEND, errcode=-1)
    await stage.jobs()
    subject = [Subject("problem", one, merges.tianba.id, merges.tianba.county_code) for one in problems]
    await notices.withdraw(subject[0], ["problem_assigned"], stage.clock())
    await stage.jobs()
    assert await _states(head.person.id) == ["withdrawn", "merged", "merged"]
    await notices.withdraw(subject[1], ["problem_assigned"], stage.clock())
    await stage.no_faults()
    stage.forward(minutes=30)
    await stage.jobs()
    assert [_words(message)[1] for message in await head.messages()] == ["第三件"]
    assert await _states(head.person.id) == ["withdrawn", "withdrawn", "sent"]
    open_ones = await sql.rows("SELECT id FROM delivery WHERE state IN ('held', 'waiting', 'sending')")
    assert open_ones == []


@pytest.mark.parametrize(
    "fault",
    [{"errcode": 43117}, {"errcode": 43101}, {"errcode": 47003}, {"drop_reply": "before"}],
    ids=["too much at once", "consent spent", "wrong field", "no reply"],
)
async def test_what_is_withdrawn_of_a_message_under_way_is_never_sent_and_the_others_are(
    merges: Cast, stage: Stage, fault: dict[str, Any]
) -> None:
    parent, head = await merges.phone("parent"), await merges.phone("head")
    chat = await head.wx("POST", "/official/follow", {})
    assert chat["openid"]
    await stage.jobs()
    problems = await _report(parent, merges, "第一件", "第二件", "第三件")
    await stage.faults(path=SEND, delay_s=0.4, times=1, **fault)
    sending = asyncio.create_task(stage.deliver())
    while not await sql.rows("SELECT 1 AS yes FROM delivery WHERE state = 'sending' AND openid IS NOT NULL"):
        await asyncio.sleep(0.01)
    subject = Subject("problem", problems[1], merges.tianba.id, merges.tianba.county_code)
    await notices.withdraw(subject, ["problem_assigned"], stage.clock())
    await sending
    await stage.no_faults()
    for number in range(4):
        await stage.jobs()
        stage.forward(minutes=10)
        await _report(parent, merges, f"旁的事{number}")
    await stage.jobs()
    pushed = [_words(message)[1] for message in await head.messages()]
    lines = [one for one in (await head.wx("GET", "/official"))["lines"] if one["kind"] == "template"]
    said = " ".join([*pushed, *(str(line["fields"]) for line in lines)])
    assert [said.count(title) for title in ("第一件", "第二件", "第三件")] == [1, 0, 1], said
    assert not await sql.rows("SELECT id FROM delivery WHERE state IN ('held', 'waiting', 'sending')")


async def test_what_an_officer_takes_back_of_a_message_whose_worker_dies_is_not_sent(
    merges: Cast, stage: Stage
) -> None:
    parent, head, officer = [await merges.phone(name) for name in ("parent", "head", "officer")]
    problems = await _report(parent, merges, "第一件", "第二件", "第三件")
    post = stage.world.post
    await jobs.merge_waiting(post)
    taken = await deliveries.claim(subscribe.lane(post), stage.clock(), 100)
    (message,) = {due.notice_id for due in taken if due.openid}
    about = "SELECT id FROM notice WHERE subject_kind = 'problem' AND subject_id = $1 AND post_id IN"
    about += " (SELECT post_id FROM holding WHERE person_id = $2)"
    (notice,) = [row["id"] for row in await sql.rows(about, problems[0], head.person.id)]
    why = {"reason": "填错了学校"}
    whole = await officer.post(f"/notices/{message}/withdraw", why)
    assert (whole.status, whole.code) == (409, "message_of_several")
    assert (await officer.post(f"/notices/{notice}/withdraw", why)).status == 204
    stage.forward(minutes=2)
    await outbox.tend(post)
    # events of later messages show that WeChat never had it
    for number in range(4):
        await _report(parent, merges, f"旁的事{number}")
        await stage.jobs()
        stage.forward(minutes=6)
    said = " ".join(_words(one)[1] for one in await head.messages())
    assert [said.count(title) for title in ("第一件", "第二件", "第三件")] == [0, 1, 1], said
    late = await officer.post(f"/notices/{notice}/withdraw", why)
    assert (late.status, late.code) == (409, "nothing_to_withdraw")


async def test_who_has_left_one_of_two_schools_hears_of_the_other_alone(merges: Cast, stage: Stage) -> None:
    supervisor = await merges.phone("supervisor")
    now, told = stage.clock(), []
    for school in (merges.tianba, merges.wanghai):
        post = await ensure_post(PostKind.SUPERVISOR, school_id=school.id)
        facts = {"school": school.name, "title": f"{school.name}的事", "due": "2026年11月27日 18:00"}
        subject = Subject("problem", school.id, school.id, school.county_code)
        told.append(Telling("problem_submitted", f"test:{school.id}", subject, (), facts, post_id=post.id,
                            person_id=supervisor.person.id))  # fmt: skip
    await notices.put_all(told, now, beijing_date(now))
    await stage.faults(path=SEND, errcode=-1)
    await stage.jobs()
    await stage.no_faults()
    await sql.rows(
        "UPDATE holding SET until_on = $1 WHERE person_id = $2 AND post_id IN"
        " (SELECT id FROM post WHERE school_id = $3) RETURNING id",
        beijing_date(now), supervisor.person.id, merges.tianba.id,
    )  # fmt: skip
    stage.forward(minutes=30)
    # found when it is claimed, put together anew, sent
    for _ in range(2):
        await stage.jobs()
    assert [_words(message)[1] for message in await supervisor.messages()] == ["麒麟区望海小学的事"]
    assert await _states(supervisor.person.id) == ["withdrawn", "sent"]


async def test_who_has_no_consent_for_several_as_one_is_told_each_by_itself(
    merges: Cast, stage: Stage
) -> None:
    parent, head = await merges.phone("parent"), await merges.phone("head", consent=False)
    templates = stage.world.settings.wechat.templates
    for _ in range(5):
        await head.wx("POST", "/subscribe", {"choices": {templates["rectify"]: "accept"}})
    await stage.jobs()
    await _report(parent, merges, "第一件", "第二件")
    await stage.jobs()
    assert [_words(message)[1] for message in await head.messages()] == ["第一件", "第二件"]
    # our ledger says that one is left, and WeChat that none is: each goes by its own consent
    await head.wx("POST", "/subscribe", {"choices": {templates["digest"]: "accept"}})
    await stage.jobs()
    stage.forward(minutes=10)
    await _report(parent, merges, "第三件", "第四件")
    await stage.faults(path=SEND, errcode=43101, times=1)
    await stage.jobs()
    assert [_words(message)[1] for message in await head.messages()][2:] == ["第三件", "第四件"]
    assert await _states(head.person.id) == ["sent"] * 4
    assert len(await stage.calls(SEND)) == 5


async def test_the_same_ones_are_put_together_again_when_consent_comes_after_all(
    merges: Cast, stage: Stage
) -> None:
    parent, head = await merges.phone("parent"), await merges.phone("head", consent=False)
    digest = stage.world.settings.wechat.templates["digest"]
    post = stage.world.post

    async def choose(choice: str) -> None:
        await head.wx("POST", "/subscribe", {"choices": {digest: choice}})
        while not await jobs.read_events(post):
            await asyncio.sleep(0.01)

    await choose("accept")
    await _report(parent, merges, "第一件", "第二件")
    await jobs.merge_waiting(post)
    await choose("reject")
    await outbox.deliver_due(post)
    assert await _states(head.person.id) == ["held", "held"]
    await choose("accept")
    await stage.jobs()
    assert [_words(message)[:2] for message in await head.messages()] == [["您有2条待办", "第一件、第二件"]]


async def test_a_message_of_several_that_failed_counts_as_each_of_them(merges: Cast, stage: Stage) -> None:
    parent, head, officer = [await merges.phone(name) for name in ("parent", "head", "officer")]
    await _report(parent, merges, "第一件", "第二件")
    await stage.faults(path=SEND, errcode=47003)
    await stage.jobs()

    async def missed() -> list[str]:
        board = (await officer.get("/divisions/530302/unreached")).json
        return [one["title"] for row in board if row["name"] == "张明" for one in row["missed"]]

    assert await missed() == ["第二件", "第一件"]
    lines = (await officer.get("/divisions/530302/deliveries", person="张明", state="merged")).json["items"]
    assert {(one["state_name"], one["message_state"]) for one in lines} == {
        ("已并入一条消息，发送失败", "given_up")
    }
    inbox = (await head.get("/notices")).json["items"]
    await head.post("/notices/read", {"ids": [line["id"] for line in inbox]})
    assert await missed() == []


async def test_killed_anywhere_between_merging_and_sending_nothing_is_lost_or_doubled(
    merges: Cast, stage: Stage
) -> None:
    parent, head = await merges.phone("parent"), await merges.phone("head")
    await head.consent(times=60)
    with Axe() as axe:
        for point in range(1, 40):
            stage.forward(minutes=10)
            await _report(parent, merges, f"早{point}件", f"晚{point}件")

            async def work() -> None:
                await jobs.merge_waiting(stage.world.post)
                await outbox.deliver_due(stage.world.post)

            if not await axe.falls(point, work()):
                break
            # leases of the dead run out, and WeChat's events of later messages say what had not arrived
            for later in range(2):
                stage.forward(minutes=6)
                await _report(parent, merges, f"旁{point}件{later}")
                await stage.jobs()
    for _ in range(2):
        stage.forward(minutes=6)
        await stage.jobs()
    assert axe.killed >= 10
    said = [_words(message)[1] for message in await head.messages()]
    for number in range(1, axe.killed + 2):
        assert sum(f"早{number}件、晚{number}件" in words for words in said) == 1, (number, said)
    assert set(await _states(head.person.id)) <= {"merged", "sent"}
