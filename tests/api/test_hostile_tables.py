"""Files made to hurt, or made by somebody who knew no better: each ends in a sentence that says what to do."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from models.ledger.tables import LedgerEntry
from tests.api.test_import_files import checked, said, send
from tests.api.test_ledger_workbooks import CHECK, SAMPLE, brought, counts, workbook
from tests.cast import Cast

SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def altered(data: bytes, **parts: Callable[[bytes], bytes]) -> bytes:
    """A workbook with parts that no Excel would write; names with `__` for `/`, all of them `.xml`."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        known = {name: archive.read(name) for name in archive.namelist()}
    for name, change in parts.items():
        path = f"{name.replace('__', '/')}.xml"
        known[path] = change(known.get(path, b""))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, part in known.items():
            archive.writestr(path, part)
    return out.getvalue()


def rows(more: bytes) -> Callable[[bytes], bytes]:
    """A sheet with more after its last row."""
    return lambda sheet: sheet.replace(b"</sheetData>", more + b"</sheetData>")


def with_part(data: bytes, name: str, part: bytes = b"x") -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, part)
    return out.getvalue()


def lying(data: bytes) -> bytes:
    """A part that says it is small and unpacks to more."""
    bomb = altered(data, xl__styles=lambda _: b" " * (20 * 2**20))
    return bomb.replace((20 * 2**20).to_bytes(4, "little"), (1000).to_bytes(4, "little"))


def formula(result: Any) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, list(CHECK))
        page.write_row(1, 0, list(CHECK.values()))
        page.write_formula(1, 2, "=3+3", None, result)
    return out.getvalue()


def by_another_program() -> bytes:
    """A formula as programs write it that compute nothing."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(list(CHECK))
    page.append([*list(CHECK.values())[:2], "=3+3", *list(CHECK.values())[3:]])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def merged() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        page = book.add_worksheet()
        page.merge_range("A1:C1", "晨检记录")
        page.write_row(1, 0, list(CHECK))
        page.write_row(2, 0, list(CHECK.values()))
    return out.getvalue()


GOOD = workbook(CHECK)
EMPTY_ROWS = b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (n, n) for n in range(3, 200_004))
HURTING = [
    ("a million columns", altered(GOOD, xl__worksheets__sheet1=rows(b'<row r="3">' + b"<c/>" * 1_000_000 + b"</row>")), "有一行里的格子多得不像表格"),
    ("no rows at all", altered(GOOD, xl__worksheets__sheet1=rows(b"<x/>" * 300_000)), "有一行里的格子多得不像表格"),
    ("rows in rows", altered(GOOD, xl__worksheets__sheet1=rows(b"<row>" * 1000 + b"</row>" * 1000)), "打不开这个 Excel 文件"),
    ("hidden in comments", altered(GOOD, xl__worksheets__sheet1=rows(b"<row r=\"3\"><!--<row>--><c/></row>")), "打不开这个 Excel 文件"),
    ("entities", altered(GOOD, xl__worksheets__sheet1=lambda sheet: b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + sheet), "打不开这个 Excel 文件"),
    ("empty rows", altered(GOOD, xl__worksheets__sheet1=rows(EMPTY_ROWS)), "多数是空行，请删去表格下方的空行"),
    ("a far row", altered(GOOD, xl__worksheets__sheet1=rows(b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>')), "多数是空行"),
    ("a row beyond", altered(GOOD, xl__worksheets__sheet1=rows(b'<row r="99999999999"><c><v>1</v></c></row>')), "超过200000行"),
    ("styles", altered(GOOD, xl__styles=lambda part: part.replace(b"<cellXfs", b"<x>" + b"<xf/>" * 250_000 + b"</x><cellXfs")), "解开后过大"),
    ("sheets", altered(GOOD, xl__workbook=lambda part: part.replace(b"<sheets>", b"<sheets>" + b'<sheet name="a" sheetId="1" r:id="rId1"/>' * 600)), "解开后过大"),
    ("words", altered(GOOD, xl__sharedStrings=lambda _: f"<sst {MAIN}>".encode() + b"<si/>" * 4_100_000 + b"</sst>"), "解开后过大"),
    ("cells", altered(GOOD, xl__worksheets__sheet1=rows((b"<row>" + b"<c/>" * 200_000 + b"</row>") * 81)), "解开后过大"),
    ("a bomb", altered(GOOD, xl__worksheets__sheet2=lambda _: b" " * (501 * 2**20)), "解开后过大"),
    ("a lie", lying(GOOD), "打不开这个 Excel 文件"),
    ("macros", with_part(GOOD, "xl/vbaProject.bin"), "请另存为不含宏的 .xlsx 后再上传"),
    ("links", with_part(GOOD, "xl/externalLinks/externalLink1.xml", b"<externalLink/>"), "请断开链接"),
    ("no results", by_another_program(), "没有算出结果的公式"),
    ("merged", merged(), "请取消合并，让表头占第一行"),
    ("another aspect", workbook(SAMPLE), "第一行应是表头，缺少："),
    ("a million columns of text", "学校标识码,日期".encode() + b"," * 1_000_000, "第一行应是表头，缺少："),
    ("no encoding", "学校标识码,日期".encode("shift-jis", "replace") + b"\x81\n1,2", "编码无法识别"),
    ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(200), "这不是 Excel 或 CSV 文件"),
    ("old Excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(200), "另存为 .xlsx 或 CSV"),
    ("cut off", GOOD[: len(GOOD) // 2], "打不开这个 Excel 文件"),
    ("no rows", workbook(dict.fromkeys(CHECK, "")), "表里没有数据行"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "sentence"), [one[1:] for one in HURTING], ids=[one[0] for one in HURTING])
async def test_a_file_that_hurts_is_refused_in_a_sentence(data: bytes, sentence: str, cast: Cast) -> None:
    done = await checked(await cast.phone("manager"), data, "morning_check")
    assert (done["state"], sentence in (done["said"] or "")) == ("refused", True), done["said"]
    assert not await LedgerEntry.exists()


async def test_a_file_too_large_is_not_taken(cast: Cast) -> None:
    sent = await send(await cast.phone("manager"), bytes(20 * 2**20 + 1), "morning_check")
    assert (sent.status, sent.code) == (413, "file_too_large")


async def test_a_formula_counts_as_its_last_result_and_never_runs(cast: Cast) -> None:
    manager = await cast.phone("manager")
    evil = '=HYPERLINK("http://x.example","点我")'
    done = await brought(manager, formula(6), "morning_check")
    dish = await brought(manager, workbook(SAMPLE | {"菜品": evil}), "food_sample")
    assert (counts(done), counts(dish)) == (("done", 1, 0, 0), ("done", 1, 0, 0))
    assert (await LedgerEntry.get(aspect="morning_check")).items["present"] == 6
    copy = await manager.get(f"/schools/{cast.tianba.id}/ledger/aspects/food_sample/workbook")
    page = openpyxl.load_workbook(io.BytesIO(copy.json)).worksheets[0]
    assert [(one.value, one.data_type) for one in page["E"]][1:] == [(evil, "s")]


async def test_the_sheet_that_bears_the_name_is_read_wherever_it_stands(cast: Cast) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["封面"])
    page = book.create_sheet("晨检")
    for line in (list(CHECK), list(CHECK.values())):
        page.append(line)
    out = io.BytesIO()
    book.save(out)
    page.title = "别的"
    other = io.BytesIO()
    book.save(other)
    manager = await cast.phone("manager")

    done = await brought(manager, out.getvalue(), "morning_check")
    strange = await checked(manager, other.getvalue(), "morning_check")

    assert counts(done) == ("done", 1, 0, 0)
    assert "文件里有几个工作表，请把要导入的放在最前" in strange["said"]


async def test_what_is_only_clumsy_is_understood(cast: Cast) -> None:
    clumsy = {f" {name}　": f"{value} " for name, value in CHECK.items()}
    clumsy[" 到岗人数（人）　"] = "６"
    done = await brought(await cast.phone("manager"), workbook(clumsy | {"备注": "无"}), "morning_check")
    assert (counts(done), done["unused"]) == (("done", 1, 0, 0), ["备注"])
    wrong = await checked(await cast.phone("head"), workbook(CHECK | {"日期": "11月23日"}), "morning_check")
    assert said(wrong) == [(2, "日期", "应为日期，如2026-09-01")]
