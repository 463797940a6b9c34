"""Tables sent through the page: checked by a worker, written when their sender says so, within their division."""

import csv
import io
from typing import Any

import aiohttp
import openpyxl
import pytest
import xlsxwriter

from models.database import sql
from models.evidence.store import PhotoStore
from models.people.tables import Person
from models.workbooks import files
from models.workbooks.tables import ImportFile
from tests.cast import QILIN, ZHANYI, Answer, Cast, Phone, Stage

pytestmark = pytest.mark.slow

HEAD = {
    "姓名": "新负责人", "手机号": "15400090001", "岗位": "学校负责人", "学校标识码": "5303020001", "区划代码": "",
    "任职日期": "2026-09-01", "离任日期": "",
}  # fmt: skip


def table(*rows: dict[str, str]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


async def send(phone: Phone, data: bytes, kind: str = "people", name: str = "人员.csv") -> Answer:
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(data), filename=name)
    return await phone.ask("POST", "/imports", params={"kind": kind, "name": name}, data=form)


async def checked(phone: Phone, data: bytes, kind: str = "people") -> dict[str, Any]:
    """What is said of a file once a worker has looked at it."""
    sent = await send(phone, data, kind)
    assert sent.status == 202, sent.json
    await phone.stage.jobs()
    return dict((await phone.get(f"/imports/{sent.json['id']}")).json)


def said(done: dict[str, Any]) -> list[tuple[int, str, str]]:
    return [(one["row"], one["column"], one["said"]) for one in done["faults"]]


async def test_a_table_is_checked_first_and_written_when_its_sender_says_so(cast: Cast, stage: Stage) -> None:
    officer = await cast.phone("officer")
    before = await Person.all().count()
    done = await checked(officer, table(HEAD))
    assert (done["state"], done["new"], done["changed"], done["same"]) == ("checked", 1, 0, 0)
    assert await Person.all().count() == before
    asked = await officer.post(f"/imports/{done['id']}/commit")
    assert (asked.status, asked.json["state"]) == (202, "committing")
    await stage.jobs()
    done = (await officer.get(f"/imports/{done['id']}")).json
    assert (done["state"], done["new"]) == ("done", 1)
    assert await cast.stage.knows("15400090001")
    again = await officer.post(f"/imports/{done['id']}/commit")
    assert (again.status, again.json["state"]) == (202, "done")
    (step,) = await sql.rows("SELECT verb, person_id FROM journal_entry WHERE subject_kind = 'import'")
    assert step == {"verb": "import", "person_id": cast.people["officer"].id}


async def test_a_faulty_table_comes_back_marked_and_cannot_be_committed(cast: Cast) -> None:
    officer = await cast.phone("officer")
    done = await checked(
        officer, table(HEAD | {"姓名": "=1+1"}, HEAD | {"手机号": "123", "姓名": "=cmd|' /C x'!A0"})
    )
    assert (done["state"], said(done)) == ("faulty", [(3, "手机号", "应为11位手机号")])
    refused = await officer.post(f"/imports/{done['id']}/commit")
    assert (refused.status, refused.code) == (409, "import_not_ready")
    copy = await officer.get(f"/imports/{done['id']}/marked-copy")
    assert copy.status == 200
    page = openpyxl.load_workbook(io.BytesIO(copy.json)).worksheets[0]
    assert [cell.value for cell in page[1]][-1] == "问题"
    name, phone, *_, reasons = page[3]
    assert (name.value, name.data_type, phone.value) == ("=cmd|' /C x'!A0", "s", "123")
    assert phone.comment is not None and phone.comment.text == "应为11位手机号"
    assert phone.fill.fgColor.rgb == "FFFFC7CE"
    assert reasons.value == "手机号：应为11位手机号"


OUTSIDE = [
    ("people", HEAD | {"学校标识码": "5303030001"}, "学校标识码"),
    ("people", HEAD | {"岗位": "县教体局", "学校标识码": "", "区划代码": ZHANYI}, "区划代码"),
    # nobody lifts others to their own level or above it
    ("people", HEAD | {"岗位": "县教体局", "学校标识码": "", "区划代码": QILIN}, "区划代码"),
    ("people", HEAD | {"岗位": "管理员", "学校标识码": "", "区划代码": QILIN}, "区划代码"),
    ("people", HEAD | {"岗位": "省教体局", "学校标识码": "", "区划代码": "53"}, "区划代码"),
    ("schools", {"学校标识码": "5303030009", "学校名称": "新校", "县区": ZHANYI, "学段": "小学"}, "县区"),
    # a neighbour's school cannot be taken over either
    (
        "schools",
        {"学校标识码": "5303030001", "学校名称": "新校", "县区": QILIN, "学段": "小学"},
        "学校标识码",
    ),
    ("canteens", {"学校标识码": "5303030001", "食堂名称": "二食堂", "食堂模式": "自营"}, "学校标识码"),
]


@pytest.mark.parametrize(("kind", "row", "column"), OUTSIDE)
async def test_a_countys_table_writes_nothing_outside_the_county(
    kind: str, row: dict[str, str], column: str, cast: Cast
) -> None:
    done = await checked(await cast.phone("officer"), table(row), kind)
    assert said(done) == [(2, column, "不在您的管辖范围")]


async def test_somebody_of_elsewhere_is_not_renamed(cast: Cast) -> None:
    officer, province = await cast.phone("officer"), cast.people["province"]
    done = await checked(officer, table(HEAD | {"手机号": cast.stage.number(province), "姓名": "别人"}))
    assert [(row, column) for row, column, _ in said(done)] == [(2, "姓名")]
    done = await checked(
        officer, table(HEAD | {"手机号": cast.stage.number(province), "姓名": province.name})
    )
    assert done["state"] == "checked"


@pytest.mark.parametrize("who", ["head", "member", "manager", "parent", "nobody"])
async def test_only_officers_and_administrators_import(who: str, cast: Cast) -> None:
    phone = await cast.phone(who)
    assert (await send(phone, table(HEAD))).status == 403


async def test_a_file_is_its_senders_alone(cast: Cast) -> None:
    done = await checked(await cast.phone("officer"), table(HEAD | {"手机号": "1"}))
    other = await cast.phone("neighbour_officer")
    for path in ("", "/marked-copy"):
        assert (await other.get(f"/imports/{done['id']}{path}")).status == 404
    assert (await other.post(f"/imports/{done['id']}/commit")).status == 404


async def test_who_lost_the_right_meanwhile_writes_nothing(cast: Cast, stage: Stage) -> None:
    officer = await cast.phone("officer")
    done = await checked(officer, table(HEAD))
    await officer.post(f"/imports/{done['id']}/commit")
    await sql.rows(
        "UPDATE holding SET until_on = $2 WHERE person_id = $1 RETURNING id",
        cast.people["officer"].id, stage.clock().date(),
    )  # fmt: skip
    await stage.jobs()
    assert (await ImportFile.get(id=done["id"])).state == "refused"
    assert not await cast.stage.knows("15400090001")


async def test_the_very_bytes_that_were_checked_are_written(cast: Cast, stage: Stage) -> None:
    officer = await cast.phone("officer")
    done = await checked(officer, table(HEAD))
    file = await ImportFile.get(id=done["id"])
    await stage.world.context.store.put(f"imports/{file.key}", table(HEAD | {"手机号": "15499999999"}))
    await officer.post(f"/imports/{file.id}/commit")
    await stage.jobs()
    read = (await officer.get(f"/imports/{file.id}")).json
    assert (read["state"], "与上传时不一致" in read["said"]) == ("refused", True)


async def test_a_worker_that_died_is_followed_by_another(cast: Cast, stage: Stage) -> None:
    officer = await cast.phone("officer")
    done = await checked(officer, table(HEAD))
    await officer.post(f"/imports/{done['id']}/commit")
    await sql.rows(
        "UPDATE import_file SET lease_until = $2 WHERE id = $1 RETURNING id",
        done["id"], stage.clock() + files.LEASE,
    )  # fmt: skip
    await stage.jobs()
    assert (await officer.get(f"/imports/{done['id']}")).json["state"] == "committing"
    stage.forward(minutes=2)
    await stage.jobs()
    assert (await officer.get(f"/imports/{done['id']}")).json["state"] == "done"


async def test_files_with_telephone_numbers_are_thrown_away(cast: Cast, stage: Stage) -> None:
    officer = await cast.phone("officer")
    done = await checked(officer, table(HEAD | {"手机号": "1"}))
    file = await ImportFile.get(id=done["id"])
    stage.forward(days=8)
    await stage.jobs()
    assert await kept(stage.world.context.store, file.key) == []
    assert (await officer.get(f"/imports/{file.id}/marked-copy")).status == 404


async def kept(store: PhotoStore, key: str) -> list[str]:
    found = []
    for path in (f"imports/{key}", f"marked/{key}"):
        try:
            await store.get(path)
            found.append(path)
        except LookupError:
            pass
    return found


@pytest.mark.parametrize("kind", ["schools", "canteens", "people", "committees", "assignments", "guardians"])
async def test_a_template_explains_itself_and_its_example_is_no_row(kind: str, cast: Cast) -> None:
    officer = await cast.phone("officer")
    sent = await officer.get(f"/templates/{kind}")
    assert sent.status == 200
    book = openpyxl.load_workbook(io.BytesIO(sent.json))
    page = book.worksheets[0]
    assert (book.sheetnames[1], page.freeze_panes) == ("说明", "A2")
    assert all(cell.comment for cell in page[1] if cell.value)
    assert page["A2"].number_format == "@"
    example = [str(cell.value or "") for cell in page[2]]
    head = [str(cell.value) for cell in page[1]]
    done = await checked(officer, table(dict(zip(head, example, strict=True))), kind)
    assert done["state"] == "faulty"
    assert said(done) == [(2, head[0], "这是示例行，请删去后再上传")]
    if kind == "people":
        assert any("膳食家委会委员" in rule.formula1 for rule in page.data_validations.dataValidation)


MEMBER = {
    "学校标识码": "5303020001", "姓名": "甲", "手机号": "15400090001", "孩子年级": "三年级", "利益关系声明": "无",
    "任职日期": "2026-09-01",
}  # fmt: skip


async def test_a_committee_list_with_too_few_members_is_taken_with_a_reminder(cast: Cast) -> None:
    done = await checked(await cast.phone("officer"), table(MEMBER), "committees")
    assert (done["state"], done["new"]) == ("checked", 1)
    assert done["warnings"] == [
        {"row": 2, "column": "学校标识码", "said": "“麒麟区田坝小学”的委员只有3名，应不少于7名"}
    ]


async def test_who_has_an_interest_is_no_member(cast: Cast) -> None:
    done = await checked(await cast.phone("officer"), table(MEMBER | {"利益关系声明": "有"}), "committees")
    assert said(done) == [(2, "利益关系声明", "与学校、承包企业或供货商有利益关系的，不能担任委员")]


async def test_a_supervisor_has_five_schools_unless_the_county_says_more(cast: Cast, stage: Stage) -> None:
    officer = await cast.phone("officer")
    rows = [
        {"学校标识码": f"530302{n:04d}", "学校名称": f"第{n}小学", "县区": QILIN, "学段": "小学"}
        for n in range(10, 16)
    ]
    made = await checked(officer, table(*rows), "schools")
    await officer.post(f"/imports/{made['id']}/commit")
    await stage.jobs()
    assigned = table(
        *(
            {
                "姓名": "王督学",
                "手机号": "15400090009",
                "学校标识码": row["学校标识码"],
                "任职日期": "2026-09-01",
            }
            for row in rows
        )
    )
    assert said(await checked(officer, assigned, "assignments")) == [
        (7, "学校标识码", "每名责任督学最多负责5所学校，此人同期已负责5所。请换人，或先结束其他学校的任期")
    ]
    await officer.ask("PUT", f"/divisions/{QILIN}/policies/schools_per_supervisor", json={"value": 6})
    assert (await checked(officer, assigned, "assignments"))["state"] == "checked"
    # whoever is told to look at a kitchen does not work in it, and no term is longer than the county allows
    row = {"姓名": "赵锐", "手机号": "15400090010", "学校标识码": "5303020010", "任职日期": "2026-09-01"}
    works = table(row | {"岗位": "食堂管理员", "区划代码": ""})
    done = await checked(officer, works, "people")
    await officer.post(f"/imports/{done['id']}/commit")
    await stage.jobs()
    told = await checked(
        officer,
        table(row | {"离任日期": ""}, row | {"学校标识码": "5303020011", "离任日期": "2031-09-01"}),
        "assignments",
    )
    assert said(told) == [
        (2, "学校标识码", "此人在这所学校任职，不能担任该校责任督学"),
        (3, "离任日期", "责任督学每届任期不超过3年，这一任期最晚到2029-09-01，届满后可以续任"),
    ]


async def test_a_supervisor_who_must_keep_away_is_not_assigned(cast: Cast) -> None:
    recused = cast.people["recused"]
    row = {
        "姓名": recused.name,
        "手机号": cast.stage.number(recused),
        "学校标识码": "5303020001",
        "任职日期": "2026-09-01",
    }
    done = await checked(await cast.phone("officer"), table(row), "assignments")
    assert said(done) == [(2, "学校标识码", "此人应当回避这所学校（配偶为该校食堂承包人），不能担任责任督学")]


def excel(*rows: list[object], merge: str = "") -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
        if merge:
            page.merge_range(merge, "教师名册")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (excel(["x"], list(HEAD), merge="A3:C3"), "请取消合并，让表头占第一行"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "旧版 .xls 文件或加了密码"),
        (b"a,b\0c\n1,2,3", "编码无法识别"),
        (b"PK\x03\x04" + bytes(300), "打不开这个 Excel 文件"),
    ],
)
async def test_hostile_files_end_in_a_sentence(data: bytes, reason: str, cast: Cast) -> None:
    done = await checked(await cast.phone("officer"), data)
    assert (done["state"], reason in (done["said"] or "")) == ("refused", True), done["said"]
