"""The ledger given away as Excel: what somebody may read, in the words of people, fit to be sent back."""

import io
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from models.journal.tables import JournalEntry
from models.ledger.registers import FORMS, NAMES
from models.ledger.tables import LedgerEntry, RegisterRow
from tests.api.test_ledger import checking, sampling, supplier
from tests.api.test_ledger_workbooks import COOK, brought, checked, counts, said, workbook
from tests.cast import Cast, Phone, Stage

pytestmark = pytest.mark.slow


async def given(phone: Phone, path: str, **query: Any) -> dict[str, Worksheet]:
    """The pages of a workbook by their titles."""
    sent = await phone.get(f"{path}/workbook", **query)
    assert sent.status == 200, sent.json
    return {page.title: page for page in openpyxl.load_workbook(io.BytesIO(sent.json)).worksheets}


def rows(page: Worksheet) -> list[dict[str, Any]]:
    head, *lines = page.iter_rows(values_only=True)
    return [dict(zip(head, line, strict=True)) for line in lines]  # type: ignore[arg-type]


def entries_of(cast: Cast, code: str) -> str:
    return f"/schools/{cast.tianba.id}/ledger/aspects/{code}"


async def test_a_months_samples_are_columns_with_units_in_the_words_of_people(cast: Cast) -> None:
    manager, head = await cast.phone("manager"), await cast.phone("head")
    first = (await manager.post("/ledger/entries", sampling(cast))).json["id"]
    await manager.post("/ledger/entries", sampling(cast, dish="=1+1", grams=120))
    await manager.post(
        f"/ledger/entries/{first}/correct",
        {"request_id": "again-0001", "version": 1, "values": sampling(cast)["values"] | {"grams": 130}, "reason": "称错"},
    )  # fmt: skip

    page = (await given(head, entries_of(cast, "food_sample")))["食品留样"]
    history = (await given(head, entries_of(cast, "food_sample"), history="true"))["食品留样"]
    before = await given(head, entries_of(cast, "food_sample"), month="2026-09", until="2026-10")

    evil, corrected = rows(page)
    assert corrected == {
        "学校标识码": "5303020001", "学校名称": "麒麟区田坝小学", "日期": "2026-11-24", "餐次": "午餐", "菜品": "洋芋焖饭",
        "留样量（克）": 130, "留样时间": "2026-11-24 11:40", "冷藏时长（小时）": 48, "销样时间": None,
        "留样冰箱温度（℃）": 4.5, "已贴标签": "是", "留样人": "赵丽", "留样照片": None, "更正原因": None,
        "记录编号": corrected["记录编号"], "版次": 2, "状态": "现行（称错）", "是否迟报": None, "不符合要求": None,
        "填报人": "赵丽", "填报时间": "2026-11-24 10:30",
    }  # fmt: skip
    assert (evil["菜品"], evil["不符合要求"]) == ("=1+1", "留样量")
    cell = next(cell for cell in page["E"] if cell.value == "=1+1")
    assert (cell.data_type, cell.number_format, cell.quotePrefix) == ("s", "@", True)
    assert [(one["版次"], one["状态"]) for one in rows(history)] == [
        (1, "已更正"), (1, "现行"), (2, "现行（称错）"),
    ]  # fmt: skip
    assert rows(before["食品留样"]) == []


async def test_what_was_exported_is_filled_in_and_sent_back(cast: Cast) -> None:
    manager = await cast.phone("manager")
    await manager.post("/ledger/entries", sampling(cast))
    await manager.post("/ledger/entries", sampling(cast, dish="白菜豆腐"))
    sent = (await manager.get(f"{entries_of(cast, 'food_sample')}/workbook")).json
    book = openpyxl.load_workbook(io.BytesIO(sent))
    page = book.worksheets[0]
    head = [cell.value for cell in page[1]]
    page.cell(3, head.index("留样量（克）") + 1).value = 128
    page.cell(3, head.index("更正原因") + 1).value = "漏看一位"
    page.append(
        [
            None if name in ("记录编号", "版次") else value
            for name, value in zip(head, [c.value for c in page[2]], strict=True)
        ]
    )
    page.cell(4, head.index("菜品") + 1).value = "冬瓜汤"
    out = io.BytesIO()
    book.save(out)

    untouched = await brought(manager, sent, "food_sample")
    filled = await brought(manager, out.getvalue(), "food_sample")
    again = await brought(manager, out.getvalue(), "food_sample")

    assert (counts(untouched), untouched["unused"]) == (("done", 0, 0, 2), [])
    assert (counts(filled), counts(again)) == (("done", 1, 1, 1), ("done", 0, 0, 3))
    dishes = await LedgerEntry.filter(current=True).order_by("id")
    assert [(one.items["dish"], one.items["grams"]) for one in dishes] == [
        ("洋芋焖饭", 150), ("冬瓜汤", 150), ("白菜豆腐", 128),
    ]  # fmt: skip


async def test_a_schools_workbook_offers_its_people_and_suppliers(cast: Cast) -> None:
    manager = await cast.phone("manager")
    row = (await supplier(manager, cast)).json["id"]
    values = {
        "goods": "香米", "ingredient": "rice", "supplier": row, "quantity_g": 500, "verdict": "accepted",
        "signer_1": cast.people["manager"].id,
    }  # fmt: skip
    sent = await manager.post("/ledger/entries", checking(cast) | {"aspect": "acceptance", "values": values})
    assert sent.status == 201, sent.json

    page = (await given(manager, entries_of(cast, "acceptance")))["食材验收"]

    letters = {cell.value: cell.column_letter for cell in page[1]}
    lists = {str(rule.sqref).split("2:")[0]: rule for rule in page.data_validations.dataValidation}
    assert lists[letters["供应商"]].formula1 == '"曲靖爨乡粮油有限公司"'
    assert lists[letters["验收人"]].formula1 == '"张明,赵丽"'
    assert not lists[letters["验收人"]].showErrorMessage
    assert lists[letters["验收结论"]].showErrorMessage


async def test_a_county_has_all_its_schools_and_nobody_elses(cast: Cast) -> None:
    manager, neighbour = await cast.phone("manager"), await cast.phone("neighbour_head")
    await manager.post("/ledger/entries", checking(cast))
    theirs = checking(cast, values={"checker": cast.people["neighbour_head"].id})
    await neighbour.post("/ledger/entries", theirs | {"school_id": cast.wanghai.id})
    county = "/divisions/530302/ledger/aspects/morning_check"

    both = rows((await given(await cast.phone("officer"), county))["晨检"])
    own = rows((await given(neighbour, f"/schools/{cast.wanghai.id}/ledger/aspects/morning_check"))["晨检"])

    assert [one["学校名称"] for one in both] == ["麒麟区田坝小学", "麒麟区望海小学"]
    assert [one["学校名称"] for one in own] == ["麒麟区望海小学"]
    for who, path in (
        ("neighbour_head", entries_of(cast, "morning_check")), ("neighbour_officer", county), ("manager", county),
        ("parent", entries_of(cast, "morning_check")), ("stranger", entries_of(cast, "morning_check")),
    ):  # fmt: skip
        assert (await (await cast.phone(who)).get(f"{path}/workbook")).status == 404
    member = await cast.phone("member")
    for code in ("staff", "procurement", "finance", "contractor"):
        assert (await member.get(f"{entries_of(cast, code)}/workbook")).status == 403


async def test_numbers_are_masked_and_shown_whole_to_few_each_on_record(cast: Cast) -> None:
    manager, head, officer = [await cast.phone(name) for name in ("manager", "head", "officer")]
    await brought(manager, workbook(COOK), "staff")
    entry = await LedgerEntry.get()

    masked = rows((await given(manager, entries_of(cast, "staff")))["从业人员"])
    refused = await manager.get(f"{entries_of(cast, 'staff')}/workbook", reveal="true")
    whole = rows((await given(head, entries_of(cast, "staff"), reveal="true"))["从业人员"])
    register = rows(
        (await given(officer, "/divisions/530302/ledger/registers/staff", reveal="true"))["从业人员"]
    )

    assert masked[0]["健康证编号"] == entry.items["certificate"]["masked"]
    assert (refused.status, refused.code) == (403, "forbidden")
    assert (whole[0]["健康证编号"], register[0]["健康证编号"]) == ("滇QJ-20260001", "滇QJ-20260001")
    steps = await JournalEntry.filter(verb="reveal").order_by("id")
    assert [(one.subject_kind, one.person_id, one.facts["item"]) for one in steps] == [
        ("ledger_entry", cast.people["head"].id, "certificate"),
        ("register_row", cast.people["officer"].id, "certificate"),
    ]
    given_away = await JournalEntry.filter(verb="export_ledger").order_by("id")
    assert [(one.subject_kind, one.facts["revealed"], one.facts["rows"]) for one in given_away] == [
        ("school", False, 1), ("school", True, 1), ("division", True, 1),
    ]  # fmt: skip


async def test_too_many_months_and_a_countys_own_aspect_are_named(cast: Cast) -> None:
    head, officer = await cast.phone("head"), await cast.phone("officer")
    path = f"{entries_of(cast, 'food_sample')}/workbook"
    assert (await head.get(path, month="2025-01", until="2026-01")).code == "too_many_months"
    assert (await head.get(path, month="2026-02", until="2026-01")).code == "too_many_months"
    own = await head.get(f"{entries_of(cast, 'county_supplier')}/workbook")
    assert (own.status, own.said) == (422, "“营养改善计划供应商”由县教体局填报，请到那里导出。")
    pages = await given(officer, "/divisions/530302/ledger/aspects/county_supplier")
    assert rows(pages["营养改善计划供应商"]) == []


CAMERA = {"学校标识码": "5303020001", "编号": "C-1", "位置": "烹饪间", "在线": "是", "启用日期": "2026-09-01"}


async def test_a_register_goes_out_and_comes_in_as_a_table(stage: Stage, cast: Cast) -> None:
    head, officer = await cast.phone("head"), await cast.phone("officer")
    table = workbook(CAMERA, CAMERA | {"编号": "C-2", "位置": "备餐间", "在线": "否"})

    first, again = [await brought(head, table, "camera") for _ in range(2)]
    changed = await brought(head, workbook(CAMERA | {"在线": "否"}), "camera")
    twice = await checked(head, workbook(CAMERA, CAMERA), "camera")
    foreign = await checked(head, workbook(CAMERA | {"学校标识码": "5303020002"}), "camera")
    page = (await given(officer, "/divisions/530302/ledger/registers/camera"))["摄像头"]
    member = await checked(await cast.phone("manager"), workbook(CAMERA | {"位置": "楼顶"}), "camera")

    assert (counts(first), counts(again)) == (("done", 2, 0, 0), ("done", 0, 0, 2))
    assert [(one["row"], one["said"]) for one in first["warnings"]] == [(3, "“在线”为“否”")]
    assert counts(changed) == ("done", 0, 1, 0)
    assert said(twice) == [(3, "编号", "与第2行是同一个，请只留一行")]
    assert said(foreign) == [(2, "学校标识码", "不是您填报的学校")]
    assert [(one["编号"], one["位置"], one["在线"], one["版次"], one["状态"]) for one in rows(page)] == [
        ("C-1", "烹饪间", "否", 2, "在册"), ("C-2", "备餐间", "否", 1, "在册"),
    ]  # fmt: skip
    assert member["faults"][0]["said"].startswith("只能填粗加工间、")
    assert await JournalEntry.filter(subject_kind="register_row", verb="put").count() == 3


@pytest.mark.parametrize("register", NAMES)
async def test_every_register_is_given_away_a_page_for_each_form(register: str, cast: Cast) -> None:
    pages = await given(await cast.phone("officer"), f"/divisions/530302/ledger/registers/{register}")
    kept = [form.name for form in FORMS.values() if form.kept is not None and form.kept.register == register]
    assert list(pages)[: len(kept)] == kept
    assert "说明" in pages
    nothing = await (await cast.phone("neighbour_officer")).get(
        f"/divisions/530302/ledger/registers/{register}/workbook"
    )
    assert nothing.status == 404


async def test_suppliers_come_from_schools_and_counties_and_are_the_provinces(cast: Cast) -> None:
    manager, officer = await cast.phone("manager"), await cast.phone("officer")
    await supplier(manager, cast)
    pages = await given(manager, f"/schools/{cast.tianba.id}/ledger/registers/supplier")
    (row,) = rows(pages["供应商"])
    table = {name: value for name, value in row.items() if value is not None}

    same = await brought(manager, workbook(table), "supplier")
    nowhere = await checked(manager, workbook(table | {"企业名称": "新名称"}), "supplier")
    moved = await brought(officer, workbook(table | {"企业名称": "新名称", "区划代码": "530302"}), "supplier")
    both = await checked(
        officer, workbook(table | {"学校标识码": "5303020001", "区划代码": "530302"}), "supplier"
    )
    wrong = await checked(
        officer,
        workbook(
            table | {"统一社会信用代码": "91530302MA6K000010", "许可证编号": "JY1", "区划代码": "530302"}
        ),
        "supplier",
    )

    assert counts(same) == ("done", 0, 0, 1)
    assert said(nowhere) == [(2, "学校标识码", "新增或改动的行须填学校标识码，县教体局填区划代码")]
    assert counts(moved) == ("done", 0, 1, 0)
    assert said(both)[-1] == (2, "区划代码", "学校填学校标识码，县教体局填区划代码，只填一个")
    assert [column for _, column, _ in said(wrong)] == ["统一社会信用代码", "许可证编号"]
    (there,) = await RegisterRow.filter(form="supplier")
    assert (there.label, there.school_id, there.county_code) == ("新名称", None, None)


@pytest.mark.parametrize("who", ["member", "supervisor", "nobody", "officer"])
async def test_who_writes_no_camera_by_hand_sends_none_as_a_table(who: str, cast: Cast) -> None:
    from tests.api.test_import_files import send

    assert (await send(await cast.phone(who), workbook(CAMERA), "camera")).status == 403
