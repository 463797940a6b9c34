"""The morning list, the Monday summary and the end of the month: once each, and when there is something to say."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.database import sql
from models.digests import mornings
from models.policies.calendar import BEIJING
from models.policies.tables import Policy
from models.visits import duties
from tests.bot.axe import Axe
from tests.cast import Cast, Phone, Stage, new_id
from tests.desk_world import desk_of

pytestmark = pytest.mark.slow


@pytest.fixture
async def digests(cast: Cast) -> Cast:
    """The cast, with digests."""
    await Policy.filter(key="digests").delete()
    return cast


def _at(month: int, day: int, hour: int, minute: int) -> datetime:
    """A Beijing time of 2026."""
    return datetime(2026, month, day, hour, minute, tzinfo=BEIJING).astimezone(UTC)


def _to(stage: Stage, month: int, day: int, hour: int, minute: int) -> None:
    stage.clock.forward(_at(month, day, hour, minute) - stage.clock())


async def _inbox(phone: Phone, kind: str = "morning_list") -> list[dict[str, Any]]:
    found = (await phone.get("/notices", limit=50)).json["items"]
    return [line for line in found if line["kind"] == kind]


async def _found(cast: Cast, item: str = "C06") -> int:
    """A problem at 田坝, due on Thursday 26 November at 18:00."""
    member = await cast.phone("member")
    checked = await member.check_in(cast.tianba)
    sent = await member.visit(cast.tianba, checked.headers["request_id"], failing=item)
    return int(sent.json["problems"][0])


async def test_a_head_learns_in_the_morning_what_is_due_today_and_never_again(
    digests: Cast, stage: Stage
) -> None:
    head, manager, other = [await digests.phone(name) for name in ("head", "manager", "neighbour_head")]
    problem = await _found(digests)
    await stage.jobs()
    _to(stage, 11, 25, 6, 45)
    await stage.jobs()
    # Wednesday: its own notice has told of it, and nothing is due
    assert await _inbox(head) == []
    _to(stage, 11, 26, 6, 39)
    await stage.jobs()
    assert await _inbox(head) == []
    _to(stage, 11, 26, 6, 41)
    for _ in range(3):
        await stage.jobs()
    (told,) = await _inbox(head)
    assert told["facts"]["title"] == "待办1件，今天到期1件"
    assert "今天18:00前" in told["facts"]["text"]
    message = [m for m in await head.messages() if m["title"] == "待办汇总提醒"]
    assert [[f["value"] for f in m["fields"]][:2] for m in message] == [
        [told["facts"]["title"], told["facts"]["names"]]
    ]
    assert message[0]["page"].startswith("pages/today/index?id=")
    assert len(await _inbox(manager)) == 1
    assert await _inbox(other) == []
    # on Friday it is overdue, which is news once
    for day in (27, 30):
        _to(stage, 11, day, 6, 45)
        await stage.jobs()
    titles = [line["facts"]["title"] for line in await _inbox(head)]
    assert titles == ["待办1件，超期1件", "待办1件，今天到期1件"]
    # returned, it begins anew
    photo = await head.photo(digests.tianba, "problem")
    await head.post(f"/problems/{problem}/submit", {"request_id": new_id(), "photos": [photo]})
    officer = await digests.phone("officer")
    await officer.post(f"/problems/{problem}/return", {"request_id": new_id(), "words": "没有改"})
    _to(stage, 12, 2, 6, 45)
    await stage.jobs()
    assert len(await _inbox(head)) == 3


@pytest.mark.parametrize(
    ("day", "hour", "minute", "lists", "why"),
    [
        (26, 8, 30, 1, "a worker woke at half past eight: still in time"),
        (26, 9, 0, 0, "and at nine: too late for today"),
        (28, 6, 45, 1, "Saturday: no school teaches, but it has become overdue"),
        (28, 2, 0, 0, "02:00"),
        (30, 6, 45, 1, "two days asleep: Monday's list tells that it is overdue"),
    ],
)
async def test_a_worker_that_slept_does_not_ring_late(
    digests: Cast, stage: Stage, day: int, hour: int, minute: int, lists: int, why: str
) -> None:
    head = await digests.phone("head", consent=False)
    await _found(digests)
    _to(stage, 11, day, hour, minute)
    await mornings.send_lists(stage.clock())
    assert len(await _inbox(head)) == lists, why


@pytest.mark.parametrize(
    ("hour", "day", "wanted", "lists", "why"),
    [
        (18, 26, 1, 1, "overdue since Thursday"),
        (18, 26, 0, 0, "overdue, and the county wants no lists on days off"),
        (12, 28, 1, 0, "due on Saturday noon itself: Monday's list tells it"),
    ],
)
async def test_on_a_day_off_only_what_is_overdue_is_told_and_not_before_seven(
    digests: Cast, stage: Stage, hour: int, day: int, wanted: int, lists: int, why: str
) -> None:
    head, officer = await digests.phone("head"), await digests.phone("officer", consent=False)
    problem = await _found(digests)
    due = _at(11, day, hour, 0)
    await sql.rows(
        "UPDATE problem SET due_at = $1, ladder_at = NULL WHERE id = $2 RETURNING id", due, problem
    )
    path = "/divisions/530302/policies/morning_off_days"
    assert (await officer.ask("PUT", path, json={"value": wanted})).status < 300
    _to(stage, 11, 28, 6, 45)
    await stage.jobs()
    told = [one for one in await head.messages() if one["title"] == "待办汇总提醒"]
    assert (len(await _inbox(head)), told) == (lists, []), why
    _to(stage, 11, 28, 7, 1)
    await stage.jobs()
    told = [one for one in await head.messages() if one["title"] == "待办汇总提醒"]
    assert len(told) == lists, why


async def test_after_two_days_asleep_several_workers_send_one_list_of_today(
    digests: Cast, stage: Stage
) -> None:
    head, manager = [await digests.phone(name, consent=False) for name in ("head", "manager")]
    await _found(digests)
    _to(stage, 11, 25, 6, 45)
    await mornings.send_lists(stage.clock())
    _to(stage, 11, 27, 6, 45)
    sent = await asyncio.gather(*(mornings.send_lists(stage.clock()) for _ in range(4)))
    sent += [await mornings.send_lists(stage.clock())]
    assert sum(sent) == 2
    for phone in (head, manager):
        (told,) = await _inbox(phone)
        assert told["facts"]["title"] == "待办1件，超期1件"


async def test_killed_at_any_statement_everybody_gets_their_list_once(digests: Cast, stage: Stage) -> None:
    head, manager = [await digests.phone(name, consent=False) for name in ("head", "manager")]
    await _found(digests)
    _to(stage, 11, 26, 6, 45)
    with Axe() as axe:
        for point in range(1, 40):
            if not await axe.falls(point, mornings.send_lists(stage.clock())):
                break
        assert axe.killed >= 8
    # nobody had theirs twice, and the run that lived told those left over
    assert [len(await _inbox(phone)) for phone in (head, manager)] == [1, 1]
    for table, count in (("digest", 2), ("delivery", 2)):
        rows = await sql.rows(
            f"SELECT COUNT(*) AS n FROM {table} WHERE "
            + (
                "kind = 'morning'"
                if table == "digest"
                else "notice_id IN (SELECT id FROM notice WHERE kind = 'morning_list')"
            )
        )
        assert rows[0]["n"] == count


async def test_a_clock_put_back_and_a_policy_changed_half_way_tell_nobody_twice(
    digests: Cast, stage: Stage
) -> None:
    head = await digests.phone("head", consent=False)
    officer = await digests.phone("officer", consent=False)
    await _found(digests)
    _to(stage, 11, 26, 6, 45)
    assert await mornings.send_lists(stage.clock()) == 2
    later = {"value": 420}
    assert (await officer.ask("PUT", "/divisions/530302/policies/morning_at_min", json=later)).status < 300
    for hour, minute in ((6, 50), (7, 5), (6, 41), (7, 1)):
        assert await mornings.send_lists(_at(11, 26, hour, minute)) == 0
    assert len(await _inbox(head)) == 1


async def test_people_turn_the_list_off_and_choose_their_hour(digests: Cast, stage: Stage) -> None:
    head, manager = [await digests.phone(name, consent=False) for name in ("head", "manager")]
    assert (await head.get("/me/morning")).json == {"wanted": True, "at": None}
    off = await head.ask("PUT", "/me/morning", json={"wanted": False, "at": None})
    assert (off.status, off.json) == (200, {"wanted": False, "at": None})
    late = await manager.ask("PUT", "/me/morning", json={"wanted": True, "at": "07:30"})
    assert late.json["at"] == "07:30"
    odd = await manager.ask("PUT", "/me/morning", json={"wanted": True, "at": "03:07"})
    assert (odd.status, odd.code) == (422, "morning_hour")
    await _found(digests)
    _to(stage, 11, 26, 6, 45)
    assert await mornings.send_lists(stage.clock()) == 0
    _to(stage, 11, 26, 7, 31)
    assert await mornings.send_lists(stage.clock()) == 1
    assert (len(await _inbox(head)), len(await _inbox(manager))) == (0, 1)


async def test_what_rings_after_the_quiet_hours_is_in_the_list_already(digests: Cast, stage: Stage) -> None:
    head = await digests.phone("head")
    problem = await _found(digests)
    await stage.jobs()
    photo = await head.photo(digests.tianba, "problem")
    await head.post(f"/problems/{problem}/submit", {"request_id": new_id(), "photos": [photo]})
    _to(stage, 11, 24, 23, 0)
    member = await digests.phone("member")
    await member.post(f"/problems/{problem}/return", {"request_id": new_id(), "words": "还是没有"})
    await sql.rows("UPDATE problem SET due_at = $1 RETURNING id", stage.clock() + timedelta(hours=12))
    _to(stage, 11, 25, 6, 45)
    await stage.jobs()
    before = len(await head.messages())
    _to(stage, 11, 25, 7, 30)
    await stage.jobs()
    assert len(await head.messages()) == before
    receipts = (await head.get(f"/problems/{problem}/receipts")).json
    merged = {one["receipt"][:14] for one in receipts if one["state"] == "merged"}
    assert merged == {"已列入当天的待办清单（通知编"}


async def test_officers_read_on_monday_what_the_week_was(digests: Cast, stage: Stage) -> None:
    officer, prefecture, neighbour, province = [
        await digests.phone(name) for name in ("officer", "prefecture", "neighbour_officer", "province")
    ]
    await _found(digests)
    # it is Tuesday, and nobody was there on Monday: last week's summary came today
    await stage.jobs()
    assert [line["facts"]["title"] for line in await _inbox(officer, "week_summary")] == ["麒麟区上周小结"]
    # overdue since Thursday evening
    _to(stage, 11, 27, 9, 0)
    await stage.jobs()
    _to(stage, 11, 30, 8, 0)
    await stage.jobs()
    assert len(await _inbox(officer, "week_summary")) == 1
    _to(stage, 11, 30, 8, 21)
    for _ in range(2):
        await stage.jobs()
    told, _ = await _inbox(officer, "week_summary")
    page = (await officer.get(f"/digests/{told['subject_id']}")).json
    assert page["title"] == "麒麟区每周小结（11月23日至11月29日）"
    figures = {one["name"]: (one["now"], one["before"]) for one in page["figures"]}
    assert figures["入校"] == ("1次", "0次")
    assert figures["当月入校覆盖"][0].startswith("1/")
    assert figures["新增问题"] == ("1个", "0个")
    assert figures["周末仍超期"] == ("1个", "0个")
    assert [line["text"] for line in page["sections"][0]["lines"]] == [
        "麒麟区田坝小学：现超期1个，上周新增1个"
    ]
    # each sees their own place, and no other's
    theirs, _ = await _inbox(neighbour, "week_summary")
    assert (await neighbour.get(f"/digests/{theirs['subject_id']}")).json["sections"] == []
    assert (await neighbour.get(f"/digests/{told['subject_id']}")).status == 404
    assert (await prefecture.get(f"/digests/{told['subject_id']}")).status == 200
    assert (
        await officer.get(f"/digests/{(await _inbox(province, 'week_summary'))[0]['subject_id']}")
    ).status == 404
    assert len(await _inbox(prefecture, "week_summary")) == 2
    _to(stage, 12, 1, 9, 0)
    await stage.jobs()
    assert len(await _inbox(officer, "week_summary")) == 2
    # its page at the desk, which has neither a school nor a deadline to show
    async with desk_of(stage) as desk:
        page = await (await desk.sign_in(officer)).get(f"/desk/notices/{told['id']}")
    assert (page.status, "新增1，超期1" in page.words) == (200, True)


async def test_a_few_working_days_before_its_end_the_month_names_who_was_not_visited(
    digests: Cast, stage: Stage
) -> None:
    officer, supervisor, member, recused = [
        await digests.phone(name) for name in ("officer", "supervisor", "member", "recused")
    ]
    await _found(digests)
    await duties.open_month("2026-11")
    _to(stage, 11, 25, 9, 0)
    await stage.jobs()
    assert await _inbox(officer, "month_coverage") == []
    _to(stage, 11, 26, 9, 0)
    for _ in range(2):
        await stage.jobs()
    (told,) = await _inbox(officer, "month_coverage")
    page = (await officer.get(f"/digests/{told['subject_id']}")).json
    assert {
        section["title"]: [line["text"] for line in section["lines"]] for section in page["sections"]
    } == {"责任督学尚未入校": ["麒麟区望海小学", "麒麟区田坝小学", "麒麟区金江小学"]}
    (mine,) = await _inbox(supervisor, "month_coverage")
    assert mine["facts"]["title"] == "您本月还有2所学校未入校"
    assert (await supervisor.get(f"/digests/{mine['subject_id']}")).status == 200
    # the committee has been there, and who must keep away owes nothing
    assert (await _inbox(member, "month_coverage"), await _inbox(recused, "month_coverage")) == ([], [])
    assert (await officer.get(f"/digests/{mine['subject_id']}")).status == 404
