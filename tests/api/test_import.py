"""What a county sends as a table: taken whole or not at all, and as often as it is sent."""

import csv
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from models.database import sql
from models.people.phones import Vault
from models.people.tables import Holding, Person
from models.workbooks.importing import Imported, import_sheet
from models.workbooks.scanning import WorkbookRefused
from models.workbooks.sheets import SHEETS

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)


def clock() -> datetime:
    return NOW


VAULT = Vault({1: b"k" * 32})
TIANBA = {"学校标识码": "5303020001", "学校名称": "麒麟区田坝小学", "县区": "麒麟区", "学段": "小学"}
WHOLE = {
    **TIANBA, "营养改善计划": "是", "寄宿": "是", "就餐人数": "620", "经度": "103.8", "纬度": "25.49",
    "食堂名称": "一食堂", "食堂模式": "委托",
}  # fmt: skip
HEAD = {
    "姓名": "张明", "手机号": "15400000001", "岗位": "学校负责人", "学校标识码": "5303020001", "区划代码": "",
    "任职日期": "2026-09-01", "离任日期": "",
}  # fmt: skip
OFFICER = HEAD | {"岗位": "县教体局", "学校标识码": "", "区划代码": "530302"}


@pytest.fixture(autouse=True)
def _installed(database: str) -> None:
    """Every table here goes into an empty database."""


@pytest.fixture
async def tianba(tmp_path: Path) -> None:
    await schools(tmp_path, WHOLE)


def written(path: Path, *rows: dict[str, str], encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
    return path


async def schools(folder: Path, *rows: dict[str, str]) -> Imported:
    return await import_sheet(written(folder / "schools.csv", *rows), SHEETS["schools"], VAULT, clock)


async def people(folder: Path, *rows: dict[str, str]) -> Imported:
    return await import_sheet(written(folder / "people.csv", *rows), SHEETS["people"], VAULT, clock)


def said(done: Imported) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.column, fault.said) for fault in done.faults]


async def the_school() -> dict[str, Any]:
    (school,) = await sql.rows("SELECT * FROM school")
    return school


async def terms() -> list[tuple[date, date | None]]:
    return [(one.since_on, one.until_on) for one in await Holding.all().order_by("since_on")]


async def test_a_shorter_table_changes_only_what_it_names(tianba: None, tmp_path: Path) -> None:
    done = await schools(tmp_path, TIANBA | {"学校名称": "麒麟区田坝完小", "就餐人数": ""})
    assert (done.counts.new, done.counts.changed) == (0, 1)
    school = await the_school()
    assert school["name"] == "麒麟区田坝完小"
    assert (school["diners"], school["longitude"], bool(school["nutrition_plan"])) == (620, 103.8, True)


async def test_full_width_digits_name_the_same_school(tianba: None, tmp_path: Path) -> None:
    done = await schools(tmp_path, WHOLE | {"学校标识码": "５３０３０２０００１"})
    assert (done.counts.new, done.counts.changed, done.faults) == (0, 0, [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_a_text_table_is_read_in_the_encodings_people_save(encoding: str, tmp_path: Path) -> None:
    await import_sheet(written(tmp_path / "s.csv", WHOLE, encoding=encoding), SHEETS["schools"], VAULT, clock)
    assert (await the_school())["name"] == "麒麟区田坝小学"


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x","y")'])
async def test_what_looks_like_a_formula_is_only_words(name: str, tmp_path: Path) -> None:
    await schools(tmp_path, WHOLE | {"学校名称": name})
    assert (await the_school())["name"] == name


async def test_excel_keeps_numbers_dates_and_the_last_result_of_a_formula(
    tianba: None, tmp_path: Path
) -> None:
    path = tmp_path / "people.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(HEAD))
        sheet.write_formula(1, 0, '="张"&"明"', None, "张明")
        sheet.write_number(1, 1, 15400000001)
        sheet.write_string(1, 2, "学校负责人")
        sheet.write_number(1, 3, 5303020001)
        sheet.write_datetime(1, 5, date(2026, 9, 1), book.add_format({"num_format": "yyyy/m/d"}))
    assert (await import_sheet(path, SHEETS["people"], VAULT, clock)).counts.new == 1
    person = await Person.get()
    assert (person.name, VAULT.unseal(str(person.phone_sealed))) == ("张明", "15400000001")
    assert await terms() == [(date(2026, 9, 1), None)]


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"学校标识码": ""}, "学校标识码", "没有填写，应如5399999999"),
        ({"学校标识码": "53030"}, "学校标识码", "应为10位数字"),
        ({"学校名称": "田坝\u200b小学"}, "学校名称", "含有换行或不可见字符"),
        ({"学校名称": "田" * 61}, "学校名称", "超过60个字"),
        ({"县区": "官渡县"}, "县区", "没有“官渡县”这个县区"),
        ({"县区": "5303"}, "县区", "没有“5303”这个县区"),
        ({"学段": "大学"}, "学段", "只能填幼儿园、小学、初中、高中、九年一贯制、完全中学"),
        ({"寄宿": "TRUE"}, "寄宿", "只能填是、否"),
        ({"就餐人数": "六百"}, "就餐人数", "应为0到50000的整数"),
        ({"经度": "25.49"}, "经度", "应为97到107的度数"),
        ({"纬度": ""}, "纬度", "经度和纬度要一起填写"),
        ({"食堂模式": ""}, "食堂模式", "食堂名称和食堂模式要一起填写"),
    ],
)
async def test_what_is_wrong_with_a_school_is_named(
    changes: dict[str, str], column: str, reason: str, tmp_path: Path
) -> None:
    assert said(await schools(tmp_path, WHOLE | changes)) == [(2, column, reason)]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (HEAD | {"姓名": ""}, "姓名", "没有填写"),
        (HEAD | {"手机号": "12345678901"}, "手机号", "应为11位手机号"),
        (HEAD | {"岗位": "校长"}, "岗位", "只能填家长、膳食家委会委员、责任督学"),
        (HEAD | {"学校标识码": ""}, "学校标识码", "没有填写"),
        (HEAD | {"学校标识码": "9999999999"}, "学校标识码", "没有“9999999999”，请先导入或核对"),
        (HEAD | {"任职日期": "2026-02-30"}, "任职日期", "没有这一天"),
        (HEAD | {"任职日期": "去年"}, "任职日期", "应为日期，如2026-09-01"),
        (HEAD | {"离任日期": "2026-08-01"}, "离任日期", "应晚于任职日期"),
        (OFFICER | {"区划代码": ""}, "区划代码", "没有填写，应如530302"),
        (OFFICER | {"区划代码": "539999"}, "区划代码", "没有“539999”，请先导入或核对"),
        (OFFICER | {"区划代码": "53"}, "区划代码", "“县教体局”应填6位区划代码"),
        (OFFICER | {"岗位": "州市教体局"}, "区划代码", "“州市教体局”应填4位区划代码"),
    ],
)
async def test_what_is_wrong_with_a_person_is_named(
    tianba: None, row: dict[str, str], column: str, reason: str, tmp_path: Path
) -> None:
    done = await people(tmp_path, row)
    assert [(fault.row, fault.column) for fault in done.faults] == [(2, column)]
    assert done.faults[0].said.startswith(reason)


async def test_rows_that_contradict_each_other_are_named(tianba: None, tmp_path: Path) -> None:
    assert said(await schools(tmp_path, WHOLE, WHOLE)) == [(3, "学校标识码", "与第2行的学校标识码重复")]
    assert said(await people(tmp_path, HEAD, HEAD | {"姓名": "赵丽"})) == [
        (3, "手机号", "与“张明”的手机号相同")
    ]
    assert said(await people(tmp_path, HEAD, HEAD | {"任职日期": "2026-10-01"})) == [
        (3, "任职日期", "与第2行是同一人同一岗位，任期重叠")
    ]


async def test_one_wrong_row_keeps_every_row_out(tianba: None, tmp_path: Path) -> None:
    good = [HEAD | {"手机号": f"154000001{number:02d}"} for number in range(20)]
    done = await people(tmp_path, *good, HEAD | {"手机号": "1"}, OFFICER | {"区划代码": "539999"})
    assert [(fault.row, fault.column) for fault in done.faults] == [(22, "手机号"), (23, "区划代码")]
    assert await Person.all().count() == 0


async def test_a_corrected_date_does_not_make_a_second_term(tianba: None, tmp_path: Path) -> None:
    await people(tmp_path, HEAD)
    done = await people(tmp_path, HEAD | {"任职日期": "2026-08-20"})
    assert (done.counts.new, done.counts.changed) == (0, 1)
    assert await terms() == [(date(2026, 8, 20), None)]


async def test_whoever_is_named_again_for_a_new_year_was_in_office_before(
    tianba: None, tmp_path: Path
) -> None:
    await people(tmp_path, HEAD | {"任职日期": "2025-09-01"})
    done = await people(tmp_path, HEAD)
    assert (done.counts.new, done.counts.changed) == (0, 0)
    assert await terms() == [(date(2025, 9, 1), None)]


async def test_leaving_and_coming_back_are_two_terms(tianba: None, tmp_path: Path) -> None:
    first = HEAD | {"任职日期": "2024-09-01"}
    await people(tmp_path, first)
    await people(tmp_path, first | {"离任日期": "2025-07-01"})
    both = [(date(2024, 9, 1), date(2025, 7, 1)), (date(2026, 9, 1), None)]
    await people(tmp_path, HEAD)
    assert await terms() == both
    done = await people(tmp_path, first | {"离任日期": "2025-07-01"}, HEAD)
    assert (done.counts.new, done.counts.changed) == (0, 0)
    assert await terms() == both


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "第一行应是表头，缺少：姓名、手机号、岗位、任职日期"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "这不是 Excel 或 CSV 文件"),
        (b"PK\x03\x04 and no more", "打不开这个 Excel 文件"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版 .xls 文件或加了密码"),
        ("姓名,手机号\n".encode(), "缺少：岗位、任职日期"),
        ("姓名,手机号,岗位,任职日期\n".encode(), "表里没有数据行"),
        ("姓名,手机号,岗位,任职日期,姓名\n".encode(), "表头重复：姓名"),
        ("姓名,手机号,岗位,任职日期\n".encode() + b'"' + b"x" * 200_000, "第2行读不下去"),
    ],
)
async def test_a_file_that_is_no_table_of_ours_is_refused_in_a_sentence(
    content: bytes, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(WorkbookRefused, match=reason):
        await import_sheet(tmp_path / "file", SHEETS["people"], VAULT, clock)


async def test_a_file_larger_than_anybody_needs_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(50 * 2**20 + 1)
    with pytest.raises(WorkbookRefused, match="超过50MB"):
        await import_sheet(path, SHEETS["people"], VAULT, clock)


@pytest.mark.slow
async def test_more_rows_than_a_province_has_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("姓名,手机号,岗位,任职日期\n" + "张明,15400000001,家长,2026-09-01\n" * 200_001)
    with pytest.raises(WorkbookRefused, match="超过200000行"):
        await import_sheet(path, SHEETS["people"], VAULT, clock)


@pytest.mark.slow
async def test_all_the_schools_of_a_province_are_in_within_seconds(tmp_path: Path) -> None:
    many = [WHOLE | {"学校标识码": str(5_300_000_000 + number)} for number in range(10_000)]
    before = datetime.now(UTC)
    assert (await schools(tmp_path, *many)).counts.new == 10_000
    assert (datetime.now(UTC) - before).total_seconds() < 20


SHEET = """<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">
<dimension ref="A1:XFD1048576"/><sheetData>{rows}</sheetData></worksheet>"""


def made_up(path: Path, rows: str, **parts: bytes) -> Path:
    """A workbook as no Excel would write it."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet()
    with zipfile.ZipFile(path) as plain:
        known = {name: plain.read(name) for name in plain.namelist()}
    known["xl/worksheets/sheet1.xml"] = SHEET.format(rows=rows).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**known, **{f"xl/{name}.xml": data for name, data in parts.items()}}.items():
            archive.writestr(name, data)
    return path


def cell(place: str, words: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{words}</t></is></c>'


FIRST = "".join(cell(f"{'ABCDEFG'[place]}1", name) for place, name in enumerate(HEAD))


@pytest.mark.parametrize(
    ("rows", "parts", "reason"),
    [
        # a row no sheet can have: counting to it would take for ever
        (
            f'<row r="1">{FIRST}</row><row r="999999999999">{cell("A999999999999", "张明")}</row>',
            {},
            "超过200000行",
        ),
        (f'<row r="1">{FIRST}</row><row r="900000">{cell("A900000", "张明")}</row>', {}, "超过200000行"),
        (f'<row r="1">{cell("XFD1", "姓名")}</row>', {}, "缺少"),
        ("", {"styles": b"<styleSheet>" + b" " * (9 * 2**20)}, "解开后过大"),
        ("<row", {}, "打不开"),
        ("&lol;", {}, "打不开"),
    ],
)
async def test_a_workbook_made_to_hurt_is_refused_in_a_sentence(
    rows: str, parts: dict[str, bytes], reason: str, tmp_path: Path
) -> None:
    path = made_up(tmp_path / "bomb.xlsx", rows, **parts)
    with pytest.raises(WorkbookRefused, match=reason):
        await import_sheet(path, SHEETS["people"], VAULT, clock)


async def test_excels_unicode_text_is_read_too(tianba: None, tmp_path: Path) -> None:
    path = tmp_path / "people.txt"
    path.write_text("\t".join(HEAD) + "\n" + "\t".join(HEAD.values()), encoding="utf-16")
    assert (await import_sheet(path, SHEETS["people"], VAULT, clock)).counts.new == 1


async def test_thousands_of_faults_are_counted_and_the_first_shown(tianba: None, tmp_path: Path) -> None:
    done = await people(tmp_path, *(HEAD | {"手机号": str(number)} for number in range(1000)))
    assert (done.fault_count, len(done.faults)) == (1000, 200)
    assert [fault.row for fault in done.faults[:3]] == [2, 3, 4]


async def test_what_a_file_says_of_one_person_over_and_over_is_not_looked_at_for_ever(
    tianba: None, tmp_path: Path
) -> None:
    done = await people(tmp_path, *[HEAD] * 150)
    assert [fault.said for fault in done.faults] == ["从这一行起，同一对象超过100行"]


async def test_a_school_with_several_canteens_has_them_all(tianba: None, tmp_path: Path) -> None:
    rows = [
        {"学校标识码": "5303020001", "食堂名称": name, "食堂模式": "自营"}
        for name in ("一食堂", "二食堂", "三食堂")
    ]
    path = written(tmp_path / "c.csv", *rows)
    done = await import_sheet(path, SHEETS["canteens"], VAULT, clock)
    assert (done.counts.new, done.counts.changed, done.counts.same) == (2, 1, 0)
    again = await import_sheet(path, SHEETS["canteens"], VAULT, clock)
    assert (again.counts.new, again.counts.changed, again.counts.same) == (0, 0, 3)


async def test_what_is_written_bears_the_time_of_writing(tmp_path: Path) -> None:
    """Reading and checking may take long: a step that claims to be older looks as if it was put in later."""
    hours = iter(range(9))
    path = written(tmp_path / "schools.csv", WHOLE)
    await import_sheet(path, SHEETS["schools"], VAULT, lambda: NOW + timedelta(hours=next(hours)))
    steps = await sql.rows("SELECT at FROM journal_entry")
    assert {sql.instant(row["at"]) for row in steps} == {NOW + timedelta(hours=1)}
