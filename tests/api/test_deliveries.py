"""The delivery log, sending again and taking back, whom nothing reaches, and what consent is asked for."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from models.database import sql
from models.notices.tables import Delivery, DeliveryState
from models.organisations.actions import ensure_post
from models.organisations.tables import PostKind
from models.people.tables import Holding
from tests.cast import SINCE, Answer, Cast, Phone, Stage, new_id
from tests.desk_world import Desk, desk_of

pytestmark = pytest.mark.slow

COUNTY = "/divisions/530302"


@pytest.fixture
async def desk(stage: Stage) -> AsyncIterator[Desk]:
    async with desk_of(stage) as opened:
        yield opened


async def _problem(cast: Cast, parent: Phone, title: str = "餐具没有消毒") -> None:
    """Somebody finds something; head and manager are told."""
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": title}
    assert (await parent.post("/problems", body)).status == 201


async def _lines(phone: Phone, **wanted: Any) -> list[dict[str, Any]]:
    answer = await phone.get(f"{COUNTY}/deliveries", **wanted)
    assert answer.status == 200, answer.json
    return list(answer.json["items"])


async def test_the_log_is_searched_by_whatever_one_knows_of_a_notice(cast: Cast, stage: Stage) -> None:
    officer, head, parent = [await cast.phone(who) for who in ("officer", "head", "parent")]
    await _problem(cast, parent)
    await stage.jobs()
    both = await _lines(officer)
    assert {(one["person"], one["state"], one["kind_name"]) for one in both} == {
        ("张明", "sent", "限期整改通知"),
        # bound to nothing: the manager never opened the mini-program
        ("赵丽", "refused", "限期整改通知"),
    }
    heads = [one for one in both if one["person"] == "张明"]
    for wanted in (
        {"person": "张明"}, {"person_id": head.person.id}, {"state": "sent"},
        {"school": "田坝", "person": "张明"}, {"kind": "problem_assigned", "state": "sent"},
        {"school_id": cast.tianba.id, "channel": "subscribe", "state": "sent"},
        {"since_on": "2026-11-24", "until_on": "2026-11-24", "person": "张明"},
    ):  # fmt: skip
        assert await _lines(officer, **wanted) == heads, wanted
    for nothing in (
        {"person": "张"}, {"person": head.number}, {"person": "李秀英"},
        {"person": "赵丽", "person_id": head.person.id}, {"school": "望海"},
        {"school": "%"}, {"kind": "survey_open"}, {"channel": "sms"}, {"until_on": "2026-11-23"},
    ):  # fmt: skip
        wanted_of = both if nothing == {"school": "%"} else []
        assert await _lines(officer, **nothing) == wanted_of, nothing
    first = await officer.get(f"{COUNTY}/deliveries", limit=1)
    second = await officer.get(f"{COUNTY}/deliveries", limit=1, before=first.json["next"])
    assert first.json["items"] + second.json["items"] == both
    long = await officer.get(f"{COUNTY}/deliveries", since_on="2026-10-01", until_on="2026-11-24")
    assert (long.status, long.code) == (422, "too_many_days")


async def test_what_waits_for_the_end_of_the_night_says_when_it_goes(
    cast: Cast, stage: Stage, desk: Desk
) -> None:
    officer, parent = await cast.phone("officer"), await cast.phone("parent")
    stage.forward(hours=12, minutes=30)  # 23:00
    await _problem(cast, parent)
    await stage.jobs()
    (line,) = await _lines(officer, person="张明")
    assert (line["state"], line["goes_at"]) == ("held", "2026-11-24T23:00:00Z")
    inside = await desk.sign_in(officer)
    for page in ("/desk/deliveries", f"/desk/notices/{line['notice_id']}"):
        assert "安排在2026年11月25日07:00发送" in (await inside.get(page)).words.replace(" ", ""), page
    stage.forward(hours=8)
    await stage.jobs()
    assert {one["goes_at"] for one in await _lines(officer)} == {None}


async def test_somebody_is_found_by_their_number_which_no_address_holds(
    cast: Cast, stage: Stage, desk: Desk
) -> None:
    officer, head, parent = [await cast.phone(who) for who in ("officer", "head", "parent")]
    await _problem(cast, parent)
    found = await officer.post(f"{COUNTY}/people/find", {"phone": head.number})
    assert found.json == [{"person_id": head.person.id, "name": "张明"}]
    for nobody in ("15499999999", stage.number(cast.people["stranger"])):
        assert (await officer.post(f"{COUNTY}/people/find", {"phone": nobody})).json == []
    inside = await desk.sign_in(officer)
    page = await inside.post("/desk/deliveries", {"division": "530302", "number": head.number})
    assert page.status == 200 and "张明" in page.words and "赵丽" not in page.words
    assert head.number not in page.url and head.number not in page.text
    none = await inside.post("/desk/deliveries", {"division": "530302", "number": "15499999999"})
    assert "没有符合条件的记录" in none.words
    assert (
        await inside.post("/desk/deliveries", {"division": "530303", "number": head.number})
    ).status == 404


async def test_a_county_sees_what_its_own_posts_were_told(cast: Cast, stage: Stage) -> None:
    parent = await cast.phone("parent")
    await _problem(cast, parent)
    notice = (await sql.rows("SELECT MIN(id) AS id FROM notice"))[0]["id"]
    delivery = (await sql.rows("SELECT MIN(id) AS id FROM delivery"))[0]["id"]
    for who, seen in (("prefecture", 200), ("province", 200), ("neighbour_officer", 404), ("head", 404)):
        phone = await cast.phone(who, consent=False)
        assert (await phone.get(f"{COUNTY}/deliveries")).status == seen, who
        assert (await phone.get(f"/notices/{notice}/life")).status == seen, who
        if seen == 404:
            why = {"reason": "没有收到"}
            assert (await phone.post(f"/deliveries/{delivery}/resend", why)).status == 404
            assert (await phone.post(f"/notices/{notice}/withdraw", why)).status == 404
            assert (await phone.get(f"{COUNTY}/unreached")).status == 404
            person = cast.people["manager"].id
            assert (await phone.post(f"/people/{person}/phone")).status == 404
            assert (await phone.post(f"/people/{person}/called", {"notices": [notice]})).status == 404
    # of the neighbour's own county there is nothing to see
    neighbour = await cast.phone("neighbour_officer", consent=False)
    assert (await neighbour.get("/divisions/530303/deliveries")).json["items"] == []
    assert await sql.rows("SELECT id FROM journal_entry WHERE subject_kind = 'notice'") == []


async def test_what_failed_is_sent_again_once_its_cause_is_gone(cast: Cast, stage: Stage, desk: Desk) -> None:
    officer, parent = await cast.phone("officer"), await cast.phone("parent")
    await _problem(cast, parent)
    why = {"reason": "已请她绑定微信"}
    waiting = await _lines(officer, person="赵丽")
    early = await officer.post(f"/deliveries/{waiting[0]['id']}/resend", why)
    assert (early.status, early.code) == (409, "delivery_under_way")
    await stage.jobs()
    (failed,) = await _lines(officer, person="赵丽")
    assert failed["state"] == "refused" and "绑定微信" in failed["advice"]
    manager = await cast.phone("manager")
    assert (await officer.post(f"/deliveries/{failed['id']}/resend", why)).status == 204
    again = await officer.post(f"/deliveries/{failed['id']}/resend", why)
    assert again.code == "delivery_under_way"
    await stage.jobs()
    assert len(await manager.messages()) == 1
    sent = await officer.post(f"/deliveries/{failed['id']}/resend", why)
    assert (sent.status, sent.code) == (409, "delivery_sent")
    (told,) = (await manager.get("/notices")).json["items"]
    assert (told["standing"], told["resent_at"][:16]) == ("holds", "2026-11-24T02:30")
    await manager.post("/notices/read", {"ids": [failed["notice_id"]]})
    life = (await officer.get(f"/notices/{failed['notice_id']}/life")).json
    assert [(one["verb"], one["who"], one["reason"]) for one in life["handled"]] == [
        ("resend", "刘洋", "已请她绑定微信")
    ]
    assert [one["person"] for one in life["read"]] == ["赵丽"]
    (lived,) = [one for one in life["deliveries"] if one["channel"] == "subscribe"]
    assert lived["attempts"][0]["state"] == "refused"
    (step,) = await sql.rows("SELECT facts FROM journal_entry WHERE verb = 'resend'")
    assert sql.document(step["facts"])["was"] == "refused"
    page = await (await desk.sign_in(officer)).get(f"/desk/notices/{failed['notice_id']}")
    for words in ("赵丽", "食堂管理员", "已发出", "刘洋 重发：已请她绑定微信", "在站内消息中打开"):
        assert words.replace(" ", "") in page.words.replace(" ", ""), words


@pytest.mark.parametrize("state", [DeliveryState.SENDING, DeliveryState.UNKNOWN])
async def test_what_may_still_arrive_is_not_sent_again(
    cast: Cast, stage: Stage, state: DeliveryState
) -> None:
    officer, head, parent = [await cast.phone(who) for who in ("officer", "head", "parent")]
    await _problem(cast, parent)
    if state is DeliveryState.UNKNOWN:
        await stage.faults(path="/cgi-bin/message/subscribe/send", drop_reply="before", times=1)
        await stage.jobs()
    else:
        # as a worker that is at it leaves it
        await Delivery.filter(person_id=head.person.id).update(
            state=state, lease_until=stage.clock(), openid="of-the-head"
        )
    (one,) = await Delivery.filter(person_id=head.person.id)
    assert one.state is state
    said = await officer.post(f"/deliveries/{one.id}/resend", {"reason": "没有收到"})
    assert said.status == 409 and said.code in ("delivery_under_way", "delivery_unknown")


async def test_what_has_not_gone_out_is_taken_back(cast: Cast, stage: Stage, desk: Desk) -> None:
    officer, head, parent = [await cast.phone(who) for who in ("officer", "head", "parent")]
    await _problem(cast, parent)
    (line,) = await _lines(officer, person="张明")
    inside = await desk.sign_in(officer)
    page = await inside.post(f"/desk/notices/{line['notice_id']}/withdraw", {"reason": "学校写错了"})
    assert (
        page.status == 200
        and "已撤回还没有发出的通知" in page.words
        and "刘洋撤回：学校写错了" in page.words.replace(" ", "")
    )
    await stage.jobs()
    assert await head.messages() == []
    inbox = (await head.get("/notices")).json
    (seen,) = inbox["items"]
    assert (seen["standing"], seen["standing_name"], inbox["unread"]) == ("taken_back", "已撤回", 0)
    none = await officer.post(f"/notices/{line['notice_id']}/withdraw", {"reason": "再来一次"})
    assert (none.status, none.code) == (409, "nothing_to_withdraw")
    (gone,) = await _lines(officer, person="张明")
    assert gone["state_name"] == "已撤回"
    assert (
        await officer.post(f"/deliveries/{gone['id']}/resend", {"reason": "又要了"})
    ).code == "delivery_withdrawn"
    refused = await inside.post(f"/desk/notices/{line['notice_id']}/withdraw", {"reason": "再来一次"})
    assert refused.status == 409 and "已经发出的不能撤回" in refused.words
    assert (await inside.post(f"/desk/notices/{line['notice_id']}/withdraw", {"reason": ""})).status == 422


async def _board(phone: Phone) -> dict[str, dict[str, Any]]:
    answer = await phone.get(f"{COUNTY}/unreached")
    assert answer.status == 200, answer.json
    return {one["name"]: one for one in answer.json}


async def test_a_form_that_no_browser_sends_is_refused_on_a_page(cast: Cast, desk: Desk) -> None:
    inside = await desk.sign_in(await cast.phone("officer"))
    nameless = b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"
    bodies = {
        "application/x-www-form-urlencoded": b"reason=\xff\xfe",
        "application/x-www-form-urlencoded; charset=klingon": b"reason=1",
        "multipart/form-data; boundary=x": nameless,
    }
    for path in ("/desk/notices/1/withdraw", "/desk/deliveries"):
        for media, body in bodies.items():
            page = await inside.post(path, body, **{"Content-Type": media})
            assert (page.status, "提交的内容不符合要求" in page.words) == (422, True), (
                path,
                media,
                page.status,
            )


async def test_whom_nothing_reaches_is_listed_and_telephoned(cast: Cast, stage: Stage, desk: Desk) -> None:
    officer, head, parent = [await cast.phone(who) for who in ("officer", "head", "parent")]
    await cast.phone("member", consent=False)
    supervisor = await cast.phone("supervisor")
    await supervisor.consent(choice="reject")
    await _problem(cast, parent)
    await stage.jobs()
    found = await _board(officer)
    whys = {name: one["why"] for name, one in found.items()}
    assert whys == {
        "赵丽": "not_bound", "杨桂芳": "not_bound", "何平": "not_bound", "陈国华": "not_bound", "郑强": "not_bound",
        "李秀英": "no_credit", "王建国": "refused",
    }  # fmt: skip
    # whoever missed something comes first
    assert next(iter(found)) == "赵丽"
    manager = found["赵丽"]
    assert manager["posts"] == [{"post": "manager", "post_name": "食堂管理员", "school": "麒麟区田坝小学"}]
    assert [one["title"] for one in manager["missed"]] == ["餐具没有消毒"]
    number = stage.number(cast.people["manager"])
    assert manager["phone"] == number[:3] + "****" + number[-4:]
    assert number not in str(found)
    inside = await desk.sign_in(officer)
    page = await inside.get("/desk/unreached", county="530302")
    assert "没有绑定微信" in page.words and number not in page.text
    base = f"/desk/unreached/530302/{cast.people['manager'].id}"
    shown = await inside.post(f"{base}/phone")
    assert shown.status == 200 and number in shown.text
    assert stage.number(cast.people["neighbour_head"]) not in shown.text
    notice = manager["missed"][0]["notice_id"]
    told = await inside.post(f"{base}/called", {"notices": [str(notice)], "words": "本人已接听"})
    assert "已电话告知" in told.words
    person = cast.people["manager"].id
    assert (await officer.post(f"/people/{person}/called", {"notices": [notice]})).status == 204
    assert (await _board(officer))["赵丽"]["missed"][0]["called_at"] is not None
    life = (await officer.get(f"/notices/{notice}/life")).json
    assert [(one["person"], one["by"], one["words"]) for one in life["called"]] == [
        ("赵丽", "刘洋", "本人已接听")
    ]
    steps = await sql.rows(
        "SELECT verb, person_id, subject_id FROM journal_entry WHERE verb IN ('reveal_phone', 'called') ORDER BY id"
    )
    mine = cast.people["officer"].id
    assert [(step["verb"], step["person_id"], step["subject_id"]) for step in steps] == [
        ("reveal_phone", mine, person), ("called", mine, notice),
    ]  # fmt: skip
    # once the head has rectified it there is nothing to telephone about
    (problem,) = await sql.rows("SELECT id FROM problem")
    done = {"request_id": new_id(), "words": "已消毒", "photos": [await head.photo(cast.tianba, "problem")]}
    assert (await head.post(f"/problems/{problem['id']}/submit", done)).status == 200
    assert (await _board(officer))["赵丽"]["missed"] == []


async def test_a_notice_that_failed_puts_somebody_on_the_list_until_they_read_it(
    cast: Cast, stage: Stage
) -> None:
    officer, head, parent = [await cast.phone(who) for who in ("officer", "head", "parent")]
    assert "张明" not in await _board(officer)
    await stage.faults(path="/cgi-bin/message/subscribe/send", errcode=47003, times=1)
    await _problem(cast, parent)
    await stage.jobs()
    failed = (await _board(officer))["张明"]
    assert (failed["why"], failed["why_name"]) == ("failed", "最近的通知没有送到")
    await head.post("/notices/read", {"ids": [failed["missed"][0]["notice_id"]]})
    assert "张明" not in await _board(officer)


async def test_whom_something_reached_since_is_not_on_the_list(cast: Cast, stage: Stage) -> None:
    officer, head, parent = [await cast.phone(who) for who in ("officer", "head", "parent")]
    await head.consent(times=3)
    await stage.faults(path="/cgi-bin/message/subscribe/send", errcode=47003, times=1)
    await _problem(cast, parent)
    await stage.jobs()
    assert "张明" in await _board(officer)
    stage.forward(hours=1)
    await _problem(cast, parent, "饭菜不热")
    await stage.jobs()
    assert len(await head.messages()) == 1
    assert "张明" not in await _board(officer)


async def test_a_number_reaches_whom_something_is_told_by_text_and_a_way_nothing_goes_by_nobody(
    cast: Cast, stage: Stage
) -> None:
    officer = await cast.phone("officer", consent=False)
    await cast.phone("head")
    everybody = await _board(officer)
    assert {"赵丽", "杨桂芳", "何平"} <= everybody.keys() and "张明" not in everybody
    allowed = await officer.ask("PUT", f"{COUNTY}/policies/sms_allowed", json={"value": 1})
    assert allowed.status == 204
    # the manager and the neighbouring head are told by text what is overdue, a committee member nothing
    texted = await _board(officer)
    assert everybody.keys() - texted.keys() >= {"赵丽", "何平"} and texted["杨桂芳"]["why"] == "not_bound"
    for group in ("task", "deadline", "escalation", "result", "survey"):
        body = {"channels": ["wecom"]}
        assert (await officer.ask("PUT", f"{COUNTY}/channels/{group}", json=body)).status == 204
    found = await _board(officer)
    assert found["张明"]["why_name"] == "有能用的渠道，但通知不走这些渠道"
    assert found["赵丽"]["why"] == "not_bound"


async def test_consent_is_asked_for_what_ones_posts_are_told_and_no_more(cast: Cast, stage: Stage) -> None:
    head = await cast.phone("head", consent=False)
    member = await cast.phone("member", consent=False)

    async def asked(phone: Phone) -> list[str]:
        answer: Answer = await phone.get("/me/subscriptions")
        return list(answer.json["templates"])

    def names(*wanted: str) -> list[str]:
        return sorted(stage.world.settings.wechat.templates[name] for name in wanted)

    assert sorted(await asked(head)) == names("digest", "rectify", "survey", "verify")
    assert await asked(member) == names("digest", "verify")
    verify = names("verify")[0]
    await head.wx("POST", "/subscribe", {"choices": {verify: "accept"}})
    await member.wx("POST", "/subscribe", {"choices": {verify: "reject"}})
    await stage.jobs()
    # the fewest left first; whoever refused is left alone for a month
    assert (await asked(head))[-1] == verify
    assert await asked(member) == names("digest")
    for _ in range(4):
        await head.wx("POST", "/subscribe", {"choices": {verify: "accept"}})
    await stage.jobs()
    assert sorted(await asked(head)) == names("digest", "rectify", "survey")
    stage.forward(days=30)
    again = await cast.phone("member", consent=False)
    assert await asked(again) == names("digest", "verify")
    assert await asked(await cast.phone("nobody", consent=False)) == []
    # a second post adds what it is told
    post = await ensure_post(PostKind.HEAD, school_id=cast.wanghai.id)
    await Holding.create(person=cast.people["member"], post=post, since_on=SINCE)
    assert len(await asked(again)) == 4
