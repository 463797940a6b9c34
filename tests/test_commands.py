"""The command `shandu`, as an administrator runs it."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest
import xlsxwriter
import zxingcpp

from models.database import sql
from models.database.opening import open_database

# every test starts processes
pytestmark = pytest.mark.slow

SCHOOL_HEAD = [
    "学校标识码",
    "学校名称",
    "县区",
    "学段",
    "营养改善计划",
    "就餐人数",
    "经度",
    "纬度",
    "食堂名称",
    "食堂模式",
]
SCHOOLS = [
    ["5303020001", "麒麟区田坝小学", "麒麟区", "小学", "否", "620", "103.80", "25.49", "一食堂", "自营"],
    ["5303020002", "麒麟区望海小学", "530302", "小学", "是", "", "", "", "", ""],
]
PEOPLE_HEAD = ["姓名", "手机号", "岗位", "学校标识码", "区划代码", "任职日期", "离任日期"]
PEOPLE = [
    ["张明", "19900000001", "学校负责人", "5303020001", "", "2026-09-01", ""],
    ["王建国", "19900000002", "责任督学", "5303020001", "", "2026/9/1", ""],
    ["王建国", "19900000002", "责任督学", "5303020002", "", "2026年9月1日", ""],
    ["刘洋", "19900000003", "县教体局", "", "530302", "2026-09-01", ""],
]


def shandu(environ: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    given = {**os.environ, **environ}
    return subprocess.run(
        [sys.executable, "-m", "ops.cli", *words], env=given, capture_output=True, text=True, timeout=60
    )


def excel(path: Path, head: list[str], rows: list[list[str]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([head, *rows]):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)
    return path


def comma(path: Path, head: list[str], rows: list[list[str]], encoding: str = "utf-8-sig") -> Path:
    path.write_text("\n".join(",".join(row) for row in [head, *rows]), encoding=encoding)
    return path


@pytest.fixture
def installed(environ: dict[str, str], database: str) -> dict[str, str]:
    """The settings of an installation with an empty, migrated database."""
    return environ


async def _counts() -> dict[str, int]:
    return {
        table: (await sql.rows(f"SELECT COUNT(*) AS n FROM {table}"))[0]["n"]
        for table in ("school", "canteen", "person", "holding")
    }


async def test_schools_and_people_are_imported_and_again_changes_nothing(
    installed: dict[str, str], tmp_path: Path
) -> None:
    schools = excel(tmp_path / "schools.xlsx", SCHOOL_HEAD, SCHOOLS)
    people = comma(tmp_path / "people.csv", PEOPLE_HEAD, PEOPLE, "gb18030")
    done = shandu(installed, "import", "schools", str(schools))
    assert (done.returncode, done.stdout) == (0, "已导入2行，其中新增2条\n"), done.stderr
    assert shandu(installed, "import", "people", str(people)).stdout == "已导入4行，其中新增3条\n"
    first = await _counts()
    assert first == {"school": 2, "canteen": 1, "person": 3, "holding": 4}
    assert shandu(installed, "import", "schools", str(schools)).stdout == "已导入2行，其中新增0条\n"
    assert shandu(installed, "import", "people", str(people)).stdout == "已导入4行，其中新增0条\n"
    assert await _counts() == first


async def test_one_wrong_row_and_nothing_is_written(installed: dict[str, str], tmp_path: Path) -> None:
    wrong = [SCHOOLS[0], ["53030", "望海小学", "官渡县", "大学", "也许", "-3", "203", "25", "", ""]]
    done = shandu(installed, "import", "schools", str(comma(tmp_path / "s.csv", SCHOOL_HEAD, wrong)))
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "第3行 学校标识码：应为10位数字",
        "第3行 学段：只能填幼儿园、小学、初中、高中、九年一贯制、完全中学",
        "第3行 营养改善计划：只能填是、否",
        "第3行 就餐人数：应为0到50000的整数",
        "第3行 经度：应为97到107的度数",
        "没有导入：共5处需要改正，改好后整个文件重新导入即可",
    ]
    assert (await _counts())["school"] == 0


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["张明", "19900000001", "学校负责人", "", "", "2026-09-01", ""], "第2行 学校标识码：没有填写"),
        (["张明", "19900000001", "学校负责人", "9999999999", "", "2026-09-01", ""], "没有“9999999999”"),
        (["刘洋", "19900000003", "县教体局", "", "999999", "2026-09-01", ""], "没有“999999”"),
        (["刘洋", "19900000003", "县教体局", "", "530302", "2026-02-30", ""], "第2行 任职日期：没有这一天"),
        (["刘洋", "19900000003", "县教体局", "", "530302", "2026-09-01", "2026-08-01"], "应晚于任职日期"),
        (["刘洋", "123", "县教体局", "", "530302", "2026-09-01", ""], "第2行 手机号：应为11位手机号"),
    ],
)
async def test_what_is_wrong_with_a_person_is_named(
    installed: dict[str, str], tmp_path: Path, row: list[str], said: str
) -> None:
    done = shandu(installed, "import", "people", str(comma(tmp_path / "p.csv", PEOPLE_HEAD, [row])))
    assert done.returncode == 1
    assert said in done.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "第一行应是表头"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "这不是 Excel 或 CSV 文件"),
        (b"PK\x03\x04 and no more", "打不开这个 Excel 文件"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版 .xls"),
        ("姓名,手机号\n".encode(), "缺少：岗位、任职日期"),
    ],
)
async def test_a_file_that_is_no_table_is_refused_in_a_sentence(
    installed: dict[str, str], tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "file").write_bytes(content)
    done = shandu(installed, "import", "people", str(tmp_path / "file"))
    assert (done.returncode, said in done.stderr) == (1, True), done.stderr


async def test_a_countys_posters_are_one_file_and_each_can_be_scanned(
    installed: dict[str, str], tmp_path: Path
) -> None:
    shandu(installed, "import", "schools", str(excel(tmp_path / "s.xlsx", SCHOOL_HEAD, SCHOOLS)))
    done = shandu(installed, "posters", "--county", "530302", "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    with pypdfium2.PdfDocument(tmp_path / "out" / "530302.pdf") as document:
        pages = [page.render(scale=1.2).to_pil() for page in document]
    texts = [zxingcpp.read_barcodes(page)[0].text for page in pages]
    assert len(set(texts)) == 2
    assert all("/q/" in text for text in texts)


async def test_check_names_what_is_missing_and_the_remedy(installed: dict[str, str]) -> None:
    done = shandu(installed | {"SHANDU_REDIS_URL": "redis://127.0.0.1:1/0"}, "check")
    assert done.returncode == 1
    assert "✓ 数据库：可用，已是最新" in done.stdout
    assert "✗ Redis" in done.stdout
    assert "→ 请检查 SHANDU_REDIS_URL" in done.stdout
    assert "✗ 微信" in done.stdout


def test_a_wrong_setting_stops_the_start_and_is_named(environ: dict[str, str]) -> None:
    done = shandu(environ | {"SHANDU_PORT": "eighty", "SHANDU_TYPO": "1"}, "serve")
    assert done.returncode == 2
    assert "SHANDU_PORT" in done.stderr
    assert "SHANDU_TYPO" in done.stderr


def test_an_unmigrated_database_is_not_served(environ: dict[str, str], tmp_path: Path) -> None:
    done = shandu(environ | {"SHANDU_DATABASE_URL": f"sqlite://{tmp_path}/empty.sqlite3"}, "serve")
    assert (done.returncode, "shandu migrate" in done.stderr) == (2, True)


def test_migrating_makes_a_database_from_nothing(environ: dict[str, str], tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/fresh.sqlite3"
    done = shandu(environ | {"SHANDU_DATABASE_URL": url}, "migrate")
    assert done.returncode == 0, done.stderr

    async def divisions() -> int:
        async with open_database(url):
            return int((await sql.rows("SELECT COUNT(*) AS n FROM division"))[0]["n"])

    assert asyncio.run(divisions()) == 146
