"""People leave and take over; schools close and merge; nothing of what was is lost."""

import asyncio
import io

import openpyxl
import pypdfium2
import pytest
import zxingcpp

from models.organisations.tables import Post, PostKind
from models.people.tables import Holding, Person
from tests.cast import QILIN, Answer, Cast, Phone, Stage

pytestmark = pytest.mark.slow

REASON = {"reason": "并校调整"}


async def post_of(phone: Phone, school_id: int, person: Person) -> int:
    staff = (await phone.get(f"/schools/{school_id}/staff")).json
    return next(int(one["post_id"]) for one in staff if one["person_id"] == person.id)


async def take_over(who: Phone, post: int, leaver: Person, **changes: str) -> Answer:
    body = {
        "person_id": leaver.id,
        "name": "新校长",
        "phone": "15400090001",
        "since_on": "2026-11-24",
        **changes,
    }
    return await who.post(f"/posts/{post}/take-over", body)


async def test_who_leaves_may_do_nothing_more_and_what_they_did_stays(cast: Cast, stage: Stage) -> None:
    officer, member = await cast.phone("officer"), await cast.phone("member")
    check_in = await member.check_in(cast.tianba)
    assert (await member.visit(cast.tianba, check_in.headers["request_id"])).status == 201
    post = await post_of(officer, cast.tianba.id, cast.people["member"])
    body = {"person_id": cast.people["member"].id, "on": "2026-11-24"}
    for _ in range(2):
        assert (await officer.post(f"/posts/{post}/leave", body)).status == 204
    assert (await member.check_in(cast.tianba)).status in (403, 404)
    visits = await officer.get(f"/schools/{cast.tianba.id}/visits")
    assert len(visits.json["items"]) == 1, visits.json
    steps = await Holding.filter(person_id=cast.people["member"].id).values_list("until_on", flat=True)
    assert [str(one) for one in steps] == ["2026-11-24"]


async def test_a_head_is_followed_by_another_without_a_gap(cast: Cast) -> None:
    officer, head = await cast.phone("officer"), cast.people["head"]
    post = await post_of(officer, cast.tianba.id, head)
    done = [await take_over(officer, post, head) for _ in range(2)]
    assert [one.status for one in done] == [200, 200], done[0].json
    assert done[0].json == done[1].json
    terms = await Holding.filter(post_id=post).order_by("id").values_list("person_id", "since_on", "until_on")
    assert [(person, str(since), until and str(until)) for person, since, until in terms] == [
        (head.id, "2026-09-01", "2026-11-24"),
        (done[0].json["person_id"], "2026-11-24", None),
    ]


async def test_a_post_is_taken_over_once(cast: Cast) -> None:
    officer, head = await cast.phone("officer"), cast.people["head"]
    post = await post_of(officer, cast.tianba.id, head)
    first = await take_over(officer, post, head)
    assert first.status == 200
    assert (await take_over(officer, post, head)).json == first.json
    for since_on in ("2026-11-24", "2026-12-10"):
        second = await take_over(officer, post, head, name="另一人", phone="15400090088", since_on=since_on)
        assert (second.status, second.code) == (
            (409, "already_left") if since_on == "2026-11-24" else (404, "not_found")
        )
    staff = (await officer.get(f"/schools/{cast.tianba.id}/staff")).json
    assert [one["name"] for one in staff if one["post_id"] == post] == ["新校长"]


async def test_a_replacement_that_cannot_be_is_refused_in_a_sentence(cast: Cast) -> None:
    officer, head, other = await cast.phone("officer"), cast.people["head"], cast.people["recused"]
    post = await post_of(officer, cast.tianba.id, head)
    early = await take_over(officer, post, head, since_on="2026-08-01")
    assert (early.status, early.code) == (422, "leaves_before_begin")
    named = await take_over(officer, post, head, phone=cast.stage.number(other))
    assert (named.status, named.said) == (409, "这个手机号登记的是“郑强”，请核对姓名或手机号。")
    same = await take_over(officer, post, head, name=head.name, phone=cast.stage.number(head))
    assert (same.status, same.code) == (409, "still_holds")
    assert not await cast.stage.knows("15400090001")


@pytest.mark.parametrize(("who", "status"), [("neighbour_officer", 404), ("head", 403), ("stranger", 404)])
async def test_only_those_set_over_a_post_change_who_holds_it(who: str, status: int, cast: Cast) -> None:
    post = await post_of(await cast.phone("officer"), cast.tianba.id, cast.people["member"])
    body = {"person_id": cast.people["member"].id, "on": "2026-11-24"}
    assert (await (await cast.phone(who)).post(f"/posts/{post}/leave", body)).status == status


async def test_an_officer_does_not_replace_an_officer_of_the_same_county(cast: Cast) -> None:
    officer = await cast.phone("officer")
    me = (await officer.get("/me")).json["posts"][0]["id"]
    assert (await take_over(officer, me, cast.people["officer"])).status == 403


async def merged(cast: Cast, phone: Phone) -> Answer:
    """望海 becomes part of 田坝."""
    return await phone.post(f"/schools/{cast.wanghai.id}/merge", {"into": cast.tianba.id, **REASON})


async def test_a_merged_school_keeps_its_records_and_its_codes_name_the_other(
    cast: Cast, stage: Stage
) -> None:
    officer, supervisor = await cast.phone("officer"), await cast.phone("supervisor")
    before = await supervisor.check_in(cast.wanghai)
    assert before.status == 201
    for _ in range(2):
        done = await merged(cast, officer)
        assert (done.status, done.json["open"], done.json["merged_into"]) == (200, False, cast.tianba.id)
    refused = await supervisor.check_in(cast.wanghai)
    assert refused.said == "这所学校已并入“麒麟区田坝小学”，请扫描“麒麟区田坝小学”张贴的二维码。"
    async with stage.http.get(f"/q/{stage.code(cast.wanghai)}") as page:
        assert (page.status, "已并入“麒麟区田坝小学”" in await page.text()) == (404, True)
    assert (await officer.get(f"/schools/{cast.wanghai.id}")).status == 200
    listed = (await officer.get("/schools", division=QILIN)).json["items"]
    assert cast.wanghai.id not in [one["id"] for one in listed]


async def test_what_is_open_at_a_merged_school_is_the_other_heads_to_rectify(cast: Cast) -> None:
    officer, supervisor = await cast.phone("officer"), await cast.phone("supervisor")
    report = {
        "school_id": cast.wanghai.id, "title": "留样没有标签", "words": "三个留样盒没有标签",
        "photos": [await supervisor.photo(cast.wanghai, "problem")], "request_id": "merging-report-1",
    }  # fmt: skip
    problem = await supervisor.post("/problems", report)
    assert problem.status == 201, problem.json
    await merged(cast, officer)
    head = await cast.phone("head")
    photo = await head.photo(cast.wanghai, "problem")
    act = {"request_id": "merging-rectify-1", "words": "已补贴标签", "photos": [photo]}
    done = await head.post(f"/problems/{problem.json['id']}/submit", act)
    assert done.status == 200, done.json
    old_head = await cast.phone("neighbour_head")
    assert (await old_head.get(f"/schools/{cast.wanghai.id}")).status == 404


async def test_whoever_keeps_away_from_a_merged_school_keeps_away_from_the_other(cast: Cast) -> None:
    officer = await cast.phone("officer")
    done = await officer.post(f"/schools/{cast.tianba.id}/merge", {"into": cast.wanghai.id, **REASON})
    assert done.status == 200
    member = await cast.phone("member")
    assert (await member.check_in(cast.wanghai)).status == 201
    recused = await cast.phone("recused")
    assert (await recused.check_in(cast.wanghai)).code == "recused"


async def test_merging_what_cannot_be_merged_is_refused(cast: Cast) -> None:
    officer = await cast.phone("officer")
    into_itself = await officer.post(f"/schools/{cast.tianba.id}/merge", {"into": cast.tianba.id, **REASON})
    assert (into_itself.status, into_itself.code) == (409, "merge_into_itself")
    beyond = await officer.post(f"/schools/{cast.tianba.id}/merge", {"into": cast.faraway.id, **REASON})
    assert beyond.status == 404
    await merged(cast, officer)
    back = await officer.post(f"/schools/{cast.tianba.id}/merge", {"into": cast.wanghai.id, **REASON})
    assert (back.status, back.said) == (409, "“麒麟区望海小学”已停办或已并入其他学校，不能再办理。")


async def test_a_school_that_ends_meanwhile_gets_no_supervisor(cast: Cast) -> None:
    officer = await cast.phone("officer", consent=False)
    path = f"/schools/{cast.wanghai.id}/supervisors"
    body = {"person_id": cast.people["stand_in"].id, "since_on": "2026-12-01"}
    merging, assigned = await asyncio.gather(merged(cast, officer), officer.post(path, body))
    assert merging.status == 200
    # whichever was first: an assignment before the merger ends with it, one after it is refused
    assert (assigned.status, assigned.json.get("code")) in [(201, None), (409, "school_shut")]
    later = await officer.post(path, body)
    assert (later.status, later.code) == (409, "school_shut")
    post = await Post.get(kind=PostKind.SUPERVISOR, school_id=cast.wanghai.id)
    assert not await Holding.filter(post_id=post.id).exclude(until_on__lte="2026-11-24").exists()


async def test_a_closed_school_owes_no_visits_and_its_code_says_so(cast: Cast, stage: Stage) -> None:
    officer, member = await cast.phone("officer"), await cast.phone("member")
    for _ in range(2):
        closed = await officer.post(f"/schools/{cast.tianba.id}/close", {"reason": "学校停办"})
        assert (closed.status, closed.json["closed_on"]) == (200, "2026-11-24")
    duties = (await officer.get(f"/schools/{cast.tianba.id}/duties", month="2026-11")).json
    assert {one["state"] for one in duties} == {"excused"}
    assert (await member.check_in(cast.tianba)).status >= 400
    term = {"person_id": cast.people["member"].id, "since_on": "2026-12-01"}
    assert (await officer.post(f"/schools/{cast.tianba.id}/supervisors", term)).code == "school_shut"
    async with stage.http.get(f"/q/{stage.code(cast.tianba)}") as page:
        assert "已停办" in await page.text()


async def test_a_schools_slips_bind_everybody_once(cast: Cast, stage: Stage) -> None:
    officer = await cast.phone("officer")
    sheet = await officer.post(f"/schools/{cast.wanghai.id}/invitations.pdf")
    assert sheet.status == 200, sheet.json
    with pypdfium2.PdfDocument(sheet.json) as document:
        found = [code.text for code in zxingcpp.read_barcodes(document[0].render(scale=3).to_pil())]
        words = document[0].get_textpage().get_text_range()
    # the supervisor too, whose schools are all in the county
    assert "何平" in words and "王建国" in words and len(found) == 2
    async with stage.http.get(found[0].removeprefix(stage.world.settings.public_url)) as page:
        assert (page.status, "打开微信" in await page.text()) == (200, True)
    phone = await cast.phone("neighbour_head", bind=False)
    code = found[0].rsplit("/", 1)[1]
    assert (await phone.post("/me/invitation", {"code": code})).json["name"] == "何平"
    again = await officer.post(f"/schools/{cast.wanghai.id}/invitations.pdf")
    assert again.status in (200, 409)


async def test_a_list_to_telephone_names_people_with_their_codes(cast: Cast) -> None:
    officer = await cast.phone("officer")
    listed = await officer.post(f"/schools/{cast.tianba.id}/invitations.xlsx")
    rows = [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(listed.json)).active]
    assert rows[0] == ["学校或单位", "岗位", "姓名", "手机号", "邀请码", "有效期至"]
    assert {row[2] for row in rows[1:]} == {"李秀英", "杨桂芳", "王建国", "张明", "赵丽", "郑强"}
    assert len({row[4] for row in rows[1:]}) == 6
    assert rows[1][5] == "2026-12-08"


@pytest.mark.parametrize(("who", "status"), [("head", 403), ("neighbour_officer", 404), ("nobody", 404)])
async def test_only_officers_invite_a_school(who: str, status: int, cast: Cast) -> None:
    phone = await cast.phone(who)
    assert (await phone.post(f"/schools/{cast.tianba.id}/invitations.pdf")).status == status
