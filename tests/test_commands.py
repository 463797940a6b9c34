"""The command `shandu`, as an administrator runs it."""

import asyncio
import hashlib
import itertools
import os
import pty
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
import xlsxwriter
import zxingcpp
from PIL import Image

from models.database import sql
from models.database.opening import open_database
from models.journal.tables import JournalEntry
from models.people.queries import fingerprint
from ops.cli import main

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
    ["张明", "15400000001", "学校负责人", "5303020001", "", "2026-09-01", ""],
    ["王建国", "15400000002", "责任督学", "5303020001", "", "2026/9/1", ""],
    ["王建国", "15400000002", "责任督学", "5303020002", "", "2026年9月1日", ""],
    ["刘洋", "15400000003", "县教体局", "", "530302", "2026-09-01", ""],
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
    assert (done.returncode, done.stdout) == (0, "已导入2行，其中新增2条、更改0条、不变0条\n"), done.stderr
    assert (
        shandu(installed, "import", "people", str(people)).stdout
        == "已导入4行，其中新增3条、更改0条、不变0条\n"
    )
    first = await _counts()
    assert first == {"school": 2, "canteen": 1, "person": 3, "holding": 4}
    steps = await JournalEntry.filter(verb="import").order_by("id")
    assert [(step.subject_kind, step.subject_id) for step in steps] == [("installation", 1)] * 2
    digest = hashlib.sha256(people.read_bytes()).hexdigest()
    assert steps[1].facts == {
        "kind": "people", "name": "people.csv", "sha256": digest, "new": 3, "changed": 0, "same": 0
    }  # fmt: skip
    assert (
        shandu(installed, "import", "schools", str(schools)).stdout
        == "已导入2行，其中新增0条、更改0条、不变2条\n"
    )
    assert (
        shandu(installed, "import", "people", str(people)).stdout
        == "已导入4行，其中新增0条、更改0条、不变3条\n"
    )
    assert await _counts() == first


async def test_one_wrong_row_and_nothing_is_written(installed: dict[str, str], tmp_path: Path) -> None:
    wrong = [SCHOOLS[0], ["53030", "望海小学", "官渡县", "大学", "也许", "-3", "203", "25", "", ""]]
    done = shandu(installed, "import", "schools", str(comma(tmp_path / "s.csv", SCHOOL_HEAD, wrong)))
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "第3行 学校标识码：应为10位数字",
        "第3行 县区：没有“官渡县”这个县区",
        "第3行 学段：只能填幼儿园、小学、初中、高中、九年一贯制、完全中学",
        "第3行 营养改善计划：只能填是、否",
        "第3行 就餐人数：应为0到50000的整数",
        "第3行 经度：应为97到107的度数",
        "没有导入：共6处需要改正，改好后整个文件重新导入即可",
    ]
    assert (await _counts())["school"] == 0


async def test_a_dry_run_writes_nothing_and_marks_a_copy_of_the_file(
    installed: dict[str, str], tmp_path: Path
) -> None:
    right = excel(tmp_path / "right.xlsx", SCHOOL_HEAD, SCHOOLS)
    done = shandu(installed, "import", "schools", str(right), "--dry-run")
    assert (done.returncode, done.stdout) == (
        0, "试导入没有写入任何内容：2行，其中新增2条、更改0条、不变0条\n"
    )  # fmt: skip
    copy = tmp_path / "copy.xlsx"
    done = shandu(installed, "import", "schools", str(right), "--dry-run", "--marked-copy", str(copy))
    assert (done.stderr, copy.exists()) == ("没有需要标注的地方，没有另存标注件\n", False)
    wrong = comma(tmp_path / "wrong.csv", SCHOOL_HEAD, [["5303020001", "=1+1", *SCHOOLS[0][2:5], "六百"]])
    done = shandu(installed, "import", "schools", str(wrong), "--dry-run", "--marked-copy", str(copy))
    assert (done.returncode, str(copy) in done.stderr) == (1, True)
    page = openpyxl.load_workbook(copy).worksheets[0]
    assert (page["B2"].value, page["B2"].data_type) == ("=1+1", "s")
    diners = page["F2"].comment
    assert diners is not None and diners.text == "应为0到50000的整数"
    assert page.cell(2, len(SCHOOL_HEAD) + 1).value == "就餐人数：应为0到50000的整数"
    assert (await _counts())["school"] == 0


async def test_a_schools_ledger_comes_in_by_the_command_line_once(
    installed: dict[str, str], tmp_path: Path
) -> None:
    shandu(installed, "import", "schools", str(excel(tmp_path / "s.xlsx", SCHOOL_HEAD, SCHOOLS)))
    head = [
        "学校标识码",
        "日期",
        "供餐方式",
        "就餐学生人数（人）",
        "供应餐次",
        "餐位数（个）",
        "食堂面积（平方米）",
        "餐标（元/人·餐）",
    ]
    day, before = [f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%d}" for days in (3, 4)]
    rows = [[code, day, "自营", "620", "早餐、午餐", "300", "260.5", "6.5"] for code, *_ in SCHOOLS]
    table = excel(tmp_path / "profile.xlsx", head, rows)
    tried = shandu(installed, "import", "canteen_profile", str(table), "--dry-run")
    assert tried.stdout == "试导入没有写入任何内容：2行，其中新增2条、更改0条、不变0条\n", tried.stderr
    first, again = [shandu(installed, "import", "canteen_profile", str(table)) for _ in range(2)]
    assert first.stdout == "已导入2行，其中新增2条、更改0条、不变0条\n", first.stderr
    assert again.stdout == "已导入2行，其中新增0条、更改0条、不变2条\n"
    entries = await sql.rows("SELECT person_id, origin, items FROM ledger_entry ORDER BY id")
    assert [(one["person_id"], one["origin"]) for one in entries] == [(0, "import")] * 2
    assert sql.document(entries[0]["items"])["meal_standard_fen"] == 650
    wrong = excel(
        tmp_path / "wrong.xlsx",
        head,
        [[rows[0][0], before, "食堂", *rows[0][3:]], ["5303029999", *rows[1][1:]]],
    )
    refused = shandu(installed, "import", "canteen_profile", str(wrong))
    assert (refused.returncode, refused.stderr.splitlines()[:2]) == (1, [
        "第2行 供餐方式：只能填自营、承包、委托、校外供餐", "第3行 学校标识码：没有“5303029999”，请先导入或核对",
    ])  # fmt: skip


def test_somebody_at_a_screen_sees_how_far_an_import_is(installed: dict[str, str], tmp_path: Path) -> None:
    code, *rest = SCHOOLS[0]
    table = excel(tmp_path / "s.xlsx", SCHOOL_HEAD, [[f"{int(code) + n}", *rest] for n in range(3_000)])
    screen, theirs = pty.openpty()
    command = [sys.executable, "-m", "ops.cli", "import", "schools", str(table)]
    with subprocess.Popen(
        command, env={**os.environ, **installed}, stdout=subprocess.PIPE, stderr=theirs, text=True
    ) as running:
        os.close(theirs)
        said = b""
        with suppress(OSError):  # a screen that nobody writes to any more has no end of file
            while more := os.read(screen, 4096):
                said += more
        assert running.stdout is not None
        done = running.stdout.read()
    os.close(screen)

    assert done == "已导入3000行，其中新增3000条、更改0条、不变0条\n"
    assert re.findall(r"\r(?:读取|核对|写入) \d+(?:/3000)? 行", said.decode())


@pytest.mark.parametrize("kind", ["schools", "canteens", "people", "committees", "assignments", "guardians"])
async def test_a_templates_own_example_is_never_imported(
    installed: dict[str, str], tmp_path: Path, kind: str
) -> None:
    out = tmp_path / f"{kind}.xlsx"
    assert shandu(installed, "template", kind, str(out)).returncode == 0
    done = shandu(installed, "import", kind, str(out))
    assert done.returncode == 1
    assert "：这是示例行，请删去后再上传" in done.stderr.splitlines()[0]
    assert "共1处需要改正" in done.stderr
    assert set((await _counts()).values()) == {0}


async def test_what_a_template_asks_for_can_be_imported(installed: dict[str, str], tmp_path: Path) -> None:
    for kind, column, own in (("schools", 2, "麒麟区望海小学"), ("people", 1, "李芳")):
        out = tmp_path / f"{kind}.xlsx"
        assert shandu(installed, "template", kind, str(out)).returncode == 0
        book = openpyxl.load_workbook(out)
        book.worksheets[0].cell(2, column, own)
        book.save(out)
        done = shandu(installed, "import", kind, str(out))
        assert (done.returncode, done.stdout.startswith("已导入1行")) == (0, True), done.stderr


async def test_a_countys_people_get_a_slip_each_once(installed: dict[str, str], tmp_path: Path) -> None:
    shandu(installed, "import", "schools", str(excel(tmp_path / "s.xlsx", SCHOOL_HEAD, SCHOOLS)))
    shandu(installed, "import", "people", str(comma(tmp_path / "p.csv", PEOPLE_HEAD, PEOPLE)))
    out = tmp_path / "slips.pdf"
    done = shandu(installed, "invitations", "--county", "530302", str(out))
    # the head, the supervisor, and the county's own officer
    assert (done.returncode, "共3人" in done.stdout) == (0, True), done.stderr
    with pypdfium2.PdfDocument(out) as document:
        codes = [one.text for one in zxingcpp.read_barcodes(document[0].render(scale=3).to_pil())]
    hashes = {row["code_hash"] for row in await sql.rows("SELECT code_hash FROM invitation")}
    assert {fingerprint(code.rsplit("/", 1)[1]) for code in codes} == hashes
    assert len(hashes) == 3
    for refused in (["invitations", "--county", "530302", "slips.doc"], ["template", "people", "people.csv"]):
        done = shandu(installed, *refused)
        assert (done.returncode, "结尾" in done.stderr) == (2, True)
    assert {row["code_hash"] for row in await sql.rows("SELECT code_hash FROM invitation")} == hashes
    nobody = shandu(installed, "invitations", "--county", "530303", str(out))
    assert (nobody.returncode, nobody.stderr) == (1, "没有需要邀请的人：还没有登记任职，或都已绑定微信。\n")


async def test_a_column_that_nobody_reads_is_named(installed: dict[str, str], tmp_path: Path) -> None:
    misspelt = [*SCHOOL_HEAD[:5], "就餐人数（人）", *SCHOOL_HEAD[6:]]
    done = shandu(installed, "import", "schools", str(comma(tmp_path / "s.csv", misspelt, SCHOOLS)))
    assert (done.returncode, done.stderr) == (0, "没有用到的列：就餐人数（人）\n")


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


async def test_one_schools_poster_is_a_picture_by_its_code_or_id(
    installed: dict[str, str], tmp_path: Path
) -> None:
    shandu(installed, "import", "schools", str(excel(tmp_path / "s.xlsx", SCHOOL_HEAD, SCHOOLS)))
    school = (await sql.rows("SELECT id FROM school WHERE code = '5303020002'"))[0]["id"]
    texts = []
    for number, given in enumerate(["5303020002", str(school)]):
        out = tmp_path / str(number)
        done = shandu(installed, "posters", "--school", given, "--format", "png", "--out", str(out))
        assert (done.returncode, "共1张" in done.stdout) == (0, True), done.stderr
        with Image.open(out / "5303020002-1.png") as picture:
            texts.append(zxingcpp.read_barcodes(picture)[0].text)
    assert texts[0] == texts[1]


async def test_posters_that_cannot_be_made_end_in_a_sentence(
    installed: dict[str, str], tmp_path: Path
) -> None:
    shandu(installed, "import", "schools", str(excel(tmp_path / "s.xlsx", SCHOOL_HEAD, SCHOOLS)))
    (tmp_path / "taken").touch()
    posters, slips = ["posters", "--out", str(tmp_path / "out")], ["invitations", str(tmp_path / "i.pdf")]
    for command, county in ((posters, "530398"), (posters, "²²²²²²"), (slips, "999999"), (slips, "²²²²²²")):
        nobody = shandu(installed, *command, "--county", county)
        assert (nobody.returncode, nobody.stderr) == (1, "没有找到学校，请核对编号或区划代码。\n")
    taken = shandu(installed, "posters", "--county", "530302", "--out", str(tmp_path / "taken"))
    assert (taken.returncode, "请用 --out 指定可写的文件夹" in taken.stderr) == (1, True)
    assert "Traceback" not in taken.stderr


def _remedies(done: "subprocess.CompletedProcess[str]") -> dict[str, str]:
    """What `shandu check` found wrong, with the remedy it names."""
    lines = done.stdout.splitlines()
    return {
        line[2:].split("：")[0]: after for line, after in itertools.pairwise(lines) if line.startswith("✗")
    }


async def test_check_names_what_is_missing_and_the_remedy(installed: dict[str, str]) -> None:
    done = shandu(installed | {"SHANDU_REDIS_URL": "redis://127.0.0.1:1/0"}, "check")
    assert done.returncode == 1
    assert "✓ 数据库：可用，已是最新" in done.stdout
    found = _remedies(done)
    assert set(found) == {"Redis", "微信", "企业微信"}
    # what could not be looked at is neither right nor wrong
    assert "－ 时钟：没有核对（微信没有应答）\n" in done.stdout
    assert "请检查 SHANDU_REDIS_URL" in found["Redis"]
    assert "SHANDU_WECHAT_BASE_URL" in found["微信"]
    assert "SHANDU_WECOM_BASE_URL" in found["企业微信"]


def test_check_of_a_dead_database_does_not_send_people_to_migrate_it(environ: dict[str, str]) -> None:
    url = "postgres://shandu:never-shown@127.0.0.1:1/shandu"
    done = shandu(environ | {"SHANDU_DATABASE_URL": url}, "check")
    assert "请检查 SHANDU_DATABASE_URL" in _remedies(done)["数据库"]
    assert "never-shown" not in done.stdout + done.stderr


def test_check_of_a_database_not_made_yet_leaves_it_unmade(environ: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "not-yet.sqlite3"
    done = shandu(environ | {"SHANDU_DATABASE_URL": f"sqlite://{file}"}, "check")
    assert "shandu migrate" in _remedies(done)["数据库"]
    assert not file.exists()


@pytest.fixture
def silent() -> Iterator[int]:
    """A port where connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as door:
        yield int(door.getsockname()[1])


def test_check_does_not_wait_for_ever_for_what_says_nothing(environ: dict[str, str], silent: int) -> None:
    mute = {
        "SHANDU_DATABASE_URL": f"postgres://shandu:x@127.0.0.1:{silent}/shandu",
        "SHANDU_REDIS_URL": f"redis://127.0.0.1:{silent}/0",
    }
    # `shandu` gives a command a minute; a silent door would hold one that sets no limit for ever
    done = shandu(environ | mute, "check")
    assert set(_remedies(done)) >= {"数据库", "Redis"}


def test_a_wrong_setting_stops_the_start_and_is_named(environ: dict[str, str]) -> None:
    done = shandu(environ | {"SHANDU_PORT": "eighty", "SHANDU_TYPO": "1"}, "serve")
    assert done.returncode == 2
    assert "SHANDU_PORT" in done.stderr
    assert "SHANDU_TYPO" in done.stderr


def test_an_unmigrated_database_is_not_served(environ: dict[str, str], tmp_path: Path) -> None:
    done = shandu(environ | {"SHANDU_DATABASE_URL": f"sqlite://{tmp_path}/empty.sqlite3"}, "serve")
    assert (done.returncode, "shandu migrate" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "command",
    ["retain", "import people FILE", "invitations FILE.pdf --county 530302", "posters --county 530302",
     "rotate-phones", "check journal", "export journal FILE --from 2026-11-01 --to 2026-11-02"],
)  # fmt: skip
def test_no_command_works_on_an_unmigrated_database(
    command: str, environ: dict[str, str], tmp_path: Path
) -> None:
    file = comma(tmp_path / "file", PEOPLE_HEAD, PEOPLE)
    empty = environ | {"SHANDU_DATABASE_URL": f"sqlite://{tmp_path}/empty.sqlite3"}
    done = shandu(empty, *command.replace("FILE", str(file)).split())
    assert (done.returncode, done.stderr) == (2, "数据库不是最新，请先运行 shandu migrate。\n")


def test_a_demonstration_looks_for_its_port_before_it_builds(
    environ: dict[str, str], tmp_path: Path, silent: int
) -> None:
    file = tmp_path / "none.sqlite3"
    given = environ | {"SHANDU_DATABASE_URL": f"sqlite://{file}", "SHANDU_PORT": str(silent)}
    done = shandu(given, "demo", "--small")
    said = f"端口 {silent} 不能使用（已被其他程序占用）。请换其他端口再启动，如 PORT=8090。\n"
    assert (done.returncode, done.stderr) == (2, said)
    assert not file.exists()


def test_a_second_demonstration_in_one_home_is_refused_until_the_first_is_gone(
    environ: dict[str, str], port: int
) -> None:
    """They would take each other's messages; one that was killed keeps nobody out."""
    other = environ | {"SHANDU_PORT": str(port + 1)}
    with _sandbox(environ) as first:
        for command in (["demo", "--small"], ["sandbox"]):
            second = shandu(other, *command)
            assert (second.returncode, second.stdout) == (2, "")
            assert second.stderr.startswith(f"{environ['SHANDU_HOME']} 正由另一个演示或仿真微信使用")
            assert "SHANDU_HOME=/tmp/other" in second.stderr
        first.kill()
        first.wait()
        with _sandbox(other):
            pass


@contextmanager
def _sandbox(environ: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """The imitation of WeChat alone, once it answers."""
    child = subprocess.Popen([sys.executable, "-m", "ops.cli", "sandbox"], env={**os.environ, **environ})
    try:
        for _ in range(400):
            assert child.poll() is None
            with suppress(OSError), socket.create_connection(("127.0.0.1", int(environ["SHANDU_PORT"])), 1):
                break
            time.sleep(0.05)
        yield child
    finally:
        child.kill()
        child.wait()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("import peple x", "没有 peple 这种表格，只能是 schools、"),
        ("import people /nope", "/nope 不存在"),
        ("imprt", "没有 imprt 这个命令"),
        ("import", "缺少参数"),
        ("posters --county", "--county 后面要写值"),
        ("posters --format gif --county 1", "gif 不对，只能是 'pdf', 'png' 之一"),
        ("posters --hepl", "没有 --hepl 这个选项"),
        ("export journal x --from 1 --to 2", "1 不对，应写作年-月-日"),
        ("export journal x", "缺少选项"),
        ("demo --schools 3", "3 不在 60<=x<=10760 之内"),
        ("demo --weeks six", "six 不是整数"),
        ("migrate now", "多了一个参数：now"),
    ],
)
def test_what_was_typed_wrong_is_said_in_chinese(environ: dict[str, str], words: str, said: str) -> None:
    done = shandu(environ, *words.split())
    assert done.returncode == 2
    assert said in done.stderr
    # left are names of commands and of what stands for what is to be typed
    assert not re.search(r"\b[A-Z]?[a-z]+ [a-z]+ [a-z]+\b", done.stderr), done.stderr


def test_help_pages_are_chinese(environ: dict[str, str]) -> None:
    for name in ["", *main.commands]:
        page = shandu(environ, *name.split(), "--help").stdout
        assert page.startswith("用法：")
        assert not re.search(r"\b[A-Z]?[a-z]+ [a-z]+ [a-z]+\b", page), page
        assert not re.findall(r"^ +-[-a-z, ]+(?: [A-Z]+)*$", page, re.MULTILINE), page


@pytest.mark.parametrize("command", ["serve", "worker", "retain"])
def test_a_dead_database_does_not_send_people_to_migrate_it(environ: dict[str, str], command: str) -> None:
    url = "postgres://shandu:never-shown@127.0.0.1:1/shandu"
    done = shandu(environ | {"SHANDU_DATABASE_URL": url}, command)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("数据库没有应答（连接被拒绝）。请检查 SHANDU_DATABASE_URL")
    assert "migrate" not in done.stderr
    assert "never-shown" not in done.stderr


def test_migrating_makes_a_database_from_nothing(environ: dict[str, str], tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/fresh.sqlite3"
    done = shandu(environ | {"SHANDU_DATABASE_URL": url}, "migrate")
    assert done.returncode == 0, done.stderr

    async def divisions() -> int:
        async with open_database(url):
            return int((await sql.rows("SELECT COUNT(*) AS n FROM division"))[0]["n"])

    assert asyncio.run(divisions()) == 146
