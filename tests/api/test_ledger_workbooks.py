"""The ledger in Excel: filled in where there is no network, sent back, judged as from the phone."""

import io
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from models.ledger.aspects import ASPECTS, BY_CODE
from models.ledger.tables import LedgerEntry, RegisterRow
from tests.api.test_import_files import checked, said
from tests.api.test_ledger import checking, sampling, supplier
from tests.cast import Cast, Phone, Stage

pytestmark = pytest.mark.slow

CHECK = {
    "学校标识码": "5303020001", "日期": "2026-11-23", "到岗人数（人）": 6, "健康人数（人）": 6, "异常离岗人数（人）": 0,
    "工作衣帽口罩整洁": "是", "检查人": "赵丽",
}  # fmt: skip
SAMPLE = {
    "学校标识码": "5303020001", "日期": "2026-11-24", "餐次": "午餐", "菜品": "洋芋焖饭", "留样量（克）": 150,
    "留样时间": "2026-11-24 11:40", "冷藏时长（小时）": 48, "留样冰箱温度（℃）": 4.5, "已贴标签": "是", "留样人": "赵丽",
}  # fmt: skip
COOK = {
    "学校标识码": "5303020001", "日期": "2026-11-24", "姓名": "李琼仙", "岗位": "厨师", "健康证编号": "滇QJ-20260001",
    "健康证发证日期": "2026-09-01", "健康证有效期至": "2027-08-31", "已培训合格上岗": "是",
}  # fmt: skip


def workbook(*rows: dict[str, Any]) -> bytes:
    """Rows under their headers, numbers as numbers."""
    out = io.BytesIO()
    heads = list(dict.fromkeys(name for row in rows for name in row))
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, heads)
        for number, row in enumerate(rows, start=1):
            for name, value in row.items():
                page.write(number, heads.index(name), value)
    return out.getvalue()


async def brought(phone: Phone, data: bytes, kind: str) -> dict[str, Any]:
    """What became of a file that was checked and, if right, written."""
    done = await checked(phone, data, kind)
    if done["state"] == "checked":
        assert (await phone.post(f"/imports/{done['id']}/commit")).status == 202
        await phone.stage.jobs()
        done = (await phone.get(f"/imports/{done['id']}")).json
    return done


def counts(done: dict[str, Any]) -> tuple[str, int, int, int]:
    return done["state"], done["new"], done["changed"], done["same"]


def warned(done: dict[str, Any]) -> list[tuple[int, str, str]]:
    return [(one["row"], one["column"], one["said"]) for one in done["warnings"]]


async def test_a_week_filled_in_offline_comes_in_once_however_often_it_is_sent(
    stage: Stage, cast: Cast
) -> None:
    manager, head = await cast.phone("manager"), await cast.phone("head")
    week = workbook(*(CHECK | {"日期": f"2026-11-{day}"} for day in range(16, 20)), CHECK)

    first = await brought(manager, week, "morning_check")
    again = await brought(manager, week, "morning_check")
    by_another = await brought(head, week, "morning_check")

    assert (counts(first), said(first)) == (("done", 5, 0, 0), [])
    assert (counts(again), counts(by_another)) == (("done", 0, 0, 5), ("done", 0, 0, 5))
    assert warned(first)[:2] == [(n, "日期", "已过填报时限，将记为迟报") for n in (2, 3)]
    rows = await LedgerEntry.all()
    assert {(one.origin, one.late, one.person_id) for one in rows[:4]} == {
        ("import", True, cast.people["manager"].id)
    }
    listed = (await manager.get(f"/schools/{cast.tianba.id}/ledger/entries")).json["items"]
    assert {one["values"]["checker"] for one in listed} == {cast.people["manager"].id}


async def test_faults_are_named_by_row_and_column_in_the_declarations_words(cast: Cast) -> None:
    manager = await cast.phone("manager")
    await manager.post("/ledger/entries", checking(cast))
    rows = [
        CHECK | {"到岗人数（人）": "六", "检查人": "无此人"},
        CHECK | {"日期": "2026-11-20", "健康人数（人）": 7},
        CHECK | {"日期": "2026-11-24"},
        CHECK | {"日期": "2026-11-19", "异常离岗人数（人）": 1.5, "工作衣帽口罩整洁": "一般"},
        CHECK | {"日期": "2026-11-25", "到岗人数（人）": ""},
        CHECK | {"日期": 46345},
        CHECK | {"日期": "2026-11-18"},
        CHECK | {"日期": "2026-11-18", "健康人数（人）": 5},
        CHECK | {"学校标识码": "5303020002"},
        CHECK | {"学校标识码": "5399990001"},
    ]

    done = await checked(manager, workbook(*rows), "morning_check")

    assert done["state"] == "faulty"
    assert said(done) == [
        (2, "到岗人数（人）", "须是数字"), (2, "检查人", "“无此人”当日在本校没有岗位"),
        (3, "健康人数（人）", "“健康人数”不能多于“到岗人数”"),
        (4, "日期", "“晨检”11月24日已经填过，请更正原来的记录"),
        (5, "异常离岗人数（人）", "须是整数"), (5, "工作衣帽口罩整洁", "只能填是、否"),
        (6, "日期", "日期不能晚于今天"), (6, "到岗人数（人）", "没有填写，应如1"),
        (7, "日期", "应为日期，如2026-09-01。这里是数字，请把这一列设为日期格式"),
        (9, "日期", "与第8行是同一天同一餐的，请只留一行"),
        (10, "学校标识码", "不是您填报的学校"), (11, "学校标识码", "不是您填报的学校"),
    ]  # fmt: skip
    copy = await manager.get(f"/imports/{done['id']}/marked-copy")
    page = openpyxl.load_workbook(io.BytesIO(copy.json)).worksheets[0]
    assert page["C2"].comment is not None and page["C2"].comment.text == "须是数字"
    assert await LedgerEntry.all().count() == 1


async def test_what_is_not_as_it_should_be_is_taken_with_a_reminder(cast: Cast) -> None:
    done = await brought(await cast.phone("manager"), workbook(SAMPLE | {"留样量（克）": 120}), "food_sample")
    assert counts(done) == ("done", 1, 0, 0)
    assert warned(done) == [(2, "留样量（克）", "“留样量”为120克，低于125克")]


@pytest.mark.parametrize(
    ("row", "grams", "hours"),
    [
        (SAMPLE | {"留样量（克）": "１５０", "学校标识码": "５３０３０２０００１"}, 150, "2026-11-24T11:40"),
        (SAMPLE | {"留样量（克）": " 150克 ", "餐次": "午餐　"}, 150, "2026-11-24T11:40"),
        (
            SAMPLE | {"留样时间": "2026/11/24  9:05", "日期": "２０２６年１１月２４日"},
            150,
            "2026-11-24T09:05",
        ),
        (SAMPLE | {"日期": 20261124}, 150, "2026-11-24T11:40"),
    ],
)
async def test_what_people_type_is_what_they_mean(
    row: dict[str, Any], grams: int, hours: str, cast: Cast
) -> None:
    done = await brought(await cast.phone("manager"), workbook(row), "food_sample")
    assert (counts(done), said(done)) == (("done", 1, 0, 0), [])
    entry = await LedgerEntry.get()
    assert (entry.items["grams"], entry.items["taken_at"], entry.meal) == (grams, hours, "lunch")


async def test_an_exported_row_with_other_words_becomes_a_revision(stage: Stage, cast: Cast) -> None:
    manager = await cast.phone("manager")
    entry = (await manager.post("/ledger/entries", sampling(cast))).json["id"]
    row = SAMPLE | {"记录编号": entry}

    same = await brought(manager, workbook(row), "food_sample")
    silent = await checked(manager, workbook(row | {"留样量（克）": 130}), "food_sample")
    moved = await checked(manager, workbook(row | {"日期": "2026-11-23", "更正原因": "记错"}), "food_sample")
    changed = workbook(row | {"留样量（克）": 130, "更正原因": "称错了"})
    corrected, again = [await brought(manager, changed, "food_sample") for _ in range(2)]
    late = await checked(manager, workbook(row | {"留样量（克）": 140, "更正原因": "又错"}), "food_sample")

    assert counts(same) == ("done", 0, 0, 1)
    assert said(silent) == [(2, "更正原因", "改动了已有记录，请写明更正原因")]
    assert said(moved) == [(2, "日期", "更正不能改日期和餐次，请撤回这条记录后重新填报")]
    assert (counts(corrected), counts(again)) == (("done", 0, 1, 0), ("done", 0, 0, 1))
    assert said(late) == [(2, "记录编号", "这条记录已被更正过，请导出最新的一版再改")]
    chain = (await manager.get(f"/ledger/entries/{entry}")).json
    assert [(one["revision"], one["values"]["grams"], one["reason"]) for one in chain] == [
        (2, 130, "称错了"), (1, 150, None),
    ]  # fmt: skip
    assert {one.origin for one in await LedgerEntry.filter(revision=2)} == {"import"}


async def test_a_masked_number_stays_and_is_no_new_one(stage: Stage, cast: Cast) -> None:
    manager, head = await cast.phone("manager"), await cast.phone("head")
    first = await brought(manager, workbook(COOK), "staff")
    again = await brought(manager, workbook(COOK), "staff")
    entry = await LedgerEntry.get()
    mask = entry.items["certificate"]["masked"]
    row = COOK | {"记录编号": entry.id, "健康证编号": mask, "岗位": "帮厨", "更正原因": "调岗"}

    fresh = await checked(manager, workbook(COOK | {"健康证编号": mask}), "staff")
    corrected = await brought(manager, workbook(row), "staff")

    assert (counts(first), counts(again)) == (("done", 1, 0, 0), ("done", 0, 0, 1))
    assert said(fresh) == [(2, "健康证编号", "隐去的号码不能用作新号码，请填完整的号码")]
    assert counts(corrected) == ("done", 0, 1, 0)
    (latest,) = await LedgerEntry.filter(current=True)
    assert (latest.items["certificate"], latest.items["job"]) == (entry.items["certificate"], "helper")
    shown = await head.post(f"/ledger/entries/{latest.id}/reveal", {"item": "certificate"})
    assert shown.json["number"] == "滇QJ-20260001"
    assert await RegisterRow.filter(register="staff").count() == 1


async def test_a_supplier_is_named_by_its_name_or_its_code(cast: Cast) -> None:
    manager = await cast.phone("manager")
    row = (await supplier(manager, cast)).json["id"]
    code = (await RegisterRow.get(id=row)).items["company_code"]
    batch = {
        "学校标识码": "5303020001", "日期": "2026-11-24", "品名规格": "香米25公斤", "食材类别": "米",
        "供应商": "曲靖爨乡粮油有限公司", "数量（克）": 500_000, "验收结论": "合格入库", "验收人": "赵丽",
        "复核人": "张明", "随货票证": "送货单、检验合格证明", "总价（元）": 128.5,
    }  # fmt: skip

    done = await brought(
        manager,
        workbook(
            batch, batch | {"供应商": code, "生产批号": "2"}, batch | {"生产批号": "3", "总价（元）": 1.005}
        ),
        "acceptance",
    )
    right = await brought(manager, workbook(batch, batch | {"供应商": code, "生产批号": "2"}), "acceptance")
    strange = await checked(manager, workbook(batch | {"供应商": "无此公司", "复核人": "赵丽"}), "acceptance")

    assert said(done) == [(4, "总价（元）", "单位是元，最多2位小数")]
    assert counts(right) == ("done", 2, 0, 0)
    entries = await LedgerEntry.all().order_by("id")
    assert [(one.items["supplier"], one.items["price_fen"], one.signers) for one in entries] == [
        (row, 12850, 2), (row, 12850, 2),
    ]  # fmt: skip
    assert entries[0].items["papers"] == ["receipt", "inspection"]
    assert said(strange) == [(2, "供应商", "“无此公司”不在名录中，请先登记")]


async def test_a_locked_month_takes_nothing(stage: Stage, cast: Cast) -> None:
    manager, officer = await cast.phone("manager"), await cast.phone("officer")
    entry = (await manager.post("/ledger/entries", checking(cast))).json["id"]
    stage.forward(days=10)
    assert (await officer.post(f"/schools/{cast.tianba.id}/ledger/months/2026-11/confirm")).status == 200
    row = CHECK | {"日期": "2026-11-24", "记录编号": entry, "到岗人数（人）": 8, "更正原因": "漏记"}

    done = await checked(manager, workbook(row, CHECK), "morning_check")

    assert said(done) == [
        (2, "日期", "2026年11月的台账县教体局已确认锁定"), (3, "日期", "2026年11月的台账县教体局已确认锁定"),
    ]  # fmt: skip


SENDERS = [
    ("head", "morning_check", 202), ("manager", "morning_check", 202), ("manager", "shared_meal", 403),
    ("manager", "finance", 403), ("officer", "morning_check", 403), ("officer", "county_supplier", 202),
    ("member", "morning_check", 403), ("supervisor", "morning_check", 403), ("nobody", "morning_check", 403),
    ("head", "county_supplier", 403),
]  # fmt: skip


@pytest.mark.parametrize(("who", "kind", "status"), SENDERS)
async def test_who_fills_an_aspect_in_by_hand_may_send_it_as_a_table(
    who: str, kind: str, status: int, cast: Cast
) -> None:
    from tests.api.test_import_files import send

    assert (await send(await cast.phone(who), workbook(CHECK), kind)).status == status


async def test_a_record_of_another_school_is_none(cast: Cast) -> None:
    manager, neighbour = await cast.phone("manager"), await cast.phone("neighbour_head")
    entry = (await manager.post("/ledger/entries", checking(cast))).json["id"]
    row = CHECK | {"日期": "2026-11-24", "学校标识码": "5303020002", "记录编号": entry, "检查人": "何平"}
    done = await checked(neighbour, workbook(row | {"更正原因": "改"}), "morning_check")
    assert said(done) == [(2, "记录编号", "没有这条记录，新记录请把这一格空着")]


async def test_a_county_keeps_its_own_ledger_in_excel_too(cast: Cast) -> None:
    officer = await cast.phone("officer")
    await supplier(await cast.phone("manager"), cast)
    contract = {
        "区划代码": "530302", "日期": "2026-11-24", "供应商": "曲靖爨乡粮油有限公司", "合同编号": "QL-2026-01",
        "供应范围": "米、油", "中标日期": "2026-08-01", "合同期自": "2026-09-01", "合同期至": "2027-08-31",
        "供应学校（所）": 84,
    }  # fmt: skip

    first, again = [await brought(officer, workbook(contract), "county_supplier") for _ in range(2)]
    other = await checked(officer, workbook(contract | {"区划代码": "530303"}), "county_supplier")

    assert (counts(first), said(first)) == (("done", 1, 0, 0), [])
    assert counts(again) == ("done", 0, 0, 1)
    assert said(other) == [(2, "区划代码", "不是您填报的县区")]
    (row,) = await RegisterRow.filter(register="contract")
    assert (row.county_code, row.school_id, row.label) == ("530302", None, "QL-2026-01")


@pytest.mark.parametrize("form", ASPECTS, ids=lambda form: form.code)
async def test_every_aspect_has_a_template_whose_example_is_no_row(form: Any, cast: Cast) -> None:
    phone = await cast.phone("officer" if form.code == "county_supplier" else "head")
    sent = await phone.get(f"/templates/{form.code}")
    book = openpyxl.load_workbook(io.BytesIO(sent.json))
    page = book.worksheets[0]
    heads = [str(cell.value) for cell in page[1] if cell.value]
    assert all(cell.comment for cell in page[1] if cell.value)
    assert not {"记录编号", "照片"} & set(heads)
    lists = {
        str(rule.sqref).split(":")[0][:-1]: rule.formula1 for rule in page.data_validations.dataValidation
    }
    chosen = [item for item in form.asked() if item.choices or item.kind == "yes_no"]
    for item in chosen:
        column = next(cell.column_letter for cell in page[1] if str(cell.value).startswith(item.name))
        assert column in lists, item
    done = await checked(phone, sent.json, form.code)
    assert (done["state"], said(done)) == ("faulty", [(2, heads[0], "这是示例行，请删去后再上传")])
    assert BY_CODE[form.code] is form
