"""Guardians: a school's table of them, their codes from its head, and the link to the survey in their hands."""

import io
from datetime import timedelta

import openpyxl
import pytest
import zxingcpp
from PIL import Image

from models.database import sql
from models.organisations.actions import ensure_post
from models.organisations.tables import PostKind
from models.people.tables import Holding, Person
from models.privacy import retention
from tests.api.test_import_files import checked, said, table
from tests.api.test_surveys import closed, plan
from tests.cast import SINCE, Cast, Phone, Stage, new_id

pytestmark = pytest.mark.slow

ROW = {
    "学校标识码": "5303020001", "姓名": "陆芳", "手机号": "15400090021", "孩子年级": "三年级", "班级": "2班",
}  # fmt: skip
SECOND = ROW | {"孩子年级": "五年级", "班级": ""}


async def imported(officer: Phone, *rows: dict[str, str]) -> dict[str, object]:
    done = await checked(officer, table(*rows), "guardians")
    assert done["state"] == "checked", said(done)
    await officer.post(f"/imports/{done['id']}/commit")
    await officer.stage.jobs()
    answer: dict[str, object] = (await officer.get(f"/imports/{done['id']}")).json
    return {name: answer[name] for name in ("state", "new", "changed", "same")}


async def guardian(cast: Cast, phone: str = ROW["手机号"]) -> Phone:
    """Whoever was registered with the number, signed in."""
    digests = cast.stage.world.context.vault.digests(phone)
    return await Phone(cast.stage, await Person.get(phone_digest__in=digests)).turn_on(consent=False)


async def names_of(phone: Phone) -> list[str]:
    return [one["grade_name"] + one["class_name"] for one in (await phone.get("/me/children")).json]


async def test_a_tables_children_are_registered_when_their_guardian_agrees(cast: Cast) -> None:
    officer = await cast.phone("officer")
    assert await imported(officer, ROW, SECOND) == {"state": "done", "new": 1, "changed": 0, "same": 0}
    parent = await guardian(cast)
    assert [post["kind"] for post in (await parent.get("/me")).json["posts"]] == ["parent"]
    assert await names_of(parent) == []
    sections = {one["table"]: one["rows"] for one in (await parent.get("/me/data")).json["sections"]}
    assert (len(sections["awaited_child"]), sections["guardian"]) == (2, [])
    await parent.agree("child_data")
    assert await names_of(parent) == ["三年级2班", "五年级"]
    assert await sql.rows("SELECT 1 AS yes FROM awaited_child") == []
    # a table that comes again doubles nothing and brings nothing back that the guardian took away
    (first, _) = (await parent.get("/me/children")).json
    assert (await parent.ask("DELETE", f"/me/children/{first['id']}")).status == 204
    assert await imported(officer, ROW, SECOND) == {"state": "done", "new": 0, "changed": 0, "same": 1}
    assert await names_of(parent) == ["五年级"]
    # whoever has agreed already has a further child at once
    third = ROW | {"孩子年级": "一年级"}
    assert await imported(officer, ROW, third) == {"state": "done", "new": 0, "changed": 1, "same": 0}
    assert await names_of(parent) == ["五年级", "一年级2班"]


async def test_who_declares_what_the_table_says_has_one_child(cast: Cast) -> None:
    await imported(await cast.phone("officer"), ROW)
    parent = await guardian(cast)
    await parent.agree("child_data")
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "grade": 3, "class_name": ""}
    (known,) = (await parent.get("/me/children")).json
    for _ in range(2):
        declared = await parent.post("/me/children", body)
        assert (declared.status, declared.json["id"]) == (201, known["id"])
    # a twin is declared once more
    assert (await parent.post("/me/children", body | {"request_id": new_id()})).json["id"] != known["id"]


async def test_a_consent_given_before_binding_counts(cast: Cast) -> None:
    phone = await cast.phone("nobody", bind=False, consent=False)
    await phone.agree("child_data")
    assert (await phone.ask("DELETE", "/me/consents/child_data")).status == 204
    row = ROW | {"姓名": cast.people["nobody"].name, "手机号": phone.number}
    await imported(await cast.phone("officer"), row)
    number = await phone.wx("POST", "/phone-number", {})
    assert (await phone.post("/me/phone", {"code": number["code"]})).status == 200
    # taken back, it counts no more
    assert await names_of(phone) == []
    assert (await phone.post("/me/unbind")).status == 204
    phone = await cast.phone("nobody", bind=False, consent=False)
    await phone.agree("child_data")
    number = await phone.wx("POST", "/phone-number", {})
    assert (await phone.post("/me/phone", {"code": number["code"]})).status == 200
    assert await names_of(phone) == ["三年级2班"]


async def test_who_never_agrees_is_forgotten_as_a_guardian(cast: Cast, stage: Stage) -> None:
    await imported(await cast.phone("officer"), ROW)
    for days, left in ((89, 1), (91, 0)):
        async for _ in retention.remove(stage.clock() + timedelta(days=days)):
            pass
        assert len(await sql.rows("SELECT id FROM awaited_child")) == left


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        ([ROW | {"孩子年级": "七年级"}], [(2, "孩子年级", "“麒麟区田坝小学”没有这个年级")]),
        ([ROW | {"孩子年级": "3"}], [(2, "孩子年级", None)]),
        ([ROW | {"学校标识码": "5303030001"}], [(2, "学校标识码", "不在您的管辖范围")]),
        ([ROW | {"手机号": "15400000014", "姓名": "别人"}], [(2, "姓名", None)]),
        (
            [ROW | {"孩子年级": f"{word}年级"} for word in "一二三四五六"],
            [(7, "手机号", "一位家长最多登记5个孩子（删除过的也计算在内）")],
        ),
    ],
    ids=["no such grade", "no grade", "another county", "somebody else's number", "a sixth child"],
)
async def test_a_table_of_guardians_is_taken_whole_or_not_at_all(
    rows: list[dict[str, str]], faults: list[tuple[int, str, str | None]], cast: Cast
) -> None:
    if rows[0]["手机号"] == "15400000014":
        rows = [rows[0] | {"手机号": cast.stage.number(cast.people["stranger"])}]
    told = said(await checked(await cast.phone("officer"), table(*rows), "guardians"))
    assert [(row, column) for row, column, _ in told] == [(row, column) for row, column, _ in faults]
    assert all(words in (None, heard[2]) for heard, (_, _, words) in zip(told, faults, strict=True)), told


async def test_a_head_invites_the_parents_of_the_school_and_nobody_else(cast: Cast) -> None:
    head, parent = await cast.phone("head"), cast.people["parent"]
    made = await head.post("/invitations", {"person_id": parent.id})
    assert made.status == 201, made.json
    # of a post below the head's, of another school, of a parent who is more than that
    post = await ensure_post(PostKind.PARENT, school_id=cast.wanghai.id)
    await Holding.create(person=cast.people["nobody"], post=post, since_on=SINCE)
    at_home = await ensure_post(PostKind.PARENT, school_id=cast.tianba.id)
    await Holding.create(person=cast.people["second_member"], post=at_home, since_on=SINCE)
    for name in ("manager", "nobody", "second_member"):
        refused = await head.post("/invitations", {"person_id": cast.people[name].id})
        assert refused.status == 404, name
    sheet = await head.ask("POST", f"/schools/{cast.tianba.id}/parent-invitations.xlsx")
    assert sheet.status == 200
    page = openpyxl.load_workbook(io.BytesIO(sheet.json)).worksheets[0]
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=2)]
    assert {row[2] for row in rows} == {"周敏", "吴娟"}
    # the code before is void, this one is good
    phone = await cast.phone("parent", bind=False, consent=False)
    assert (await phone.post("/me/invitation", {"code": made.json["code"]})).status == 422
    code = next(str(row[4]) for row in rows if row[2] == "周敏")
    assert (await phone.post("/me/invitation", {"code": code})).status == 200
    for sort in ("", "parent-"):
        path = f"/schools/{cast.wanghai.id}/{sort}invitations.xlsx"
        assert (await head.ask("POST", path)).status == 404
    assert (await head.ask("POST", f"/schools/{cast.tianba.id}/invitations.xlsx")).status == 403


async def test_a_surveys_poster_leads_parents_to_its_page(cast: Cast, stage: Stage) -> None:
    number, head = await plan(cast), await cast.phone("head")
    path = f"/schools/{cast.tianba.id}/surveys/{number}/poster"
    picture = await head.get(f"{path}.png")
    assert picture.status == 200
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture.json)))
    assert code.text.endswith(f"/s/{number}/{cast.tianba.id}")
    assert (await head.get(f"{path}.pdf")).json.startswith(b"%PDF")
    assert (await head.get(f"/schools/{cast.wanghai.id}/surveys/{number}/poster.png")).status == 404
    assert (await (await cast.phone("manager")).get(f"{path}.png")).status == 403

    async def read(school: int) -> tuple[int, str]:
        async with stage.http.get(f"/s/{number}/{school}") as answer:
            return answer.status, await answer.text()

    status, text = await read(cast.tianba.id)
    assert (status, "麒麟区田坝小学" in text, "答卷不记名" in text) == (200, True, True)
    assert (await read(cast.wanghai.id))[0] == 404
    await closed(stage)
    assert "已经结束" in (await read(cast.tianba.id))[1]
    over = await head.get(f"{path}.png")
    assert (over.status, over.code) == (409, "survey_not_to_come")
