"""An officer sends a table on the phone page: faults named, then progress, then written."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HEAD = "姓名,手机号,岗位,学校标识码,区划代码,任职日期,离任日期"


def test_an_officer_corrects_a_table_and_has_it_written(
    demo_url: str, chrome: Browser, artefacts: Path, tmp_path: Path
) -> None:
    page = chrome.new_page(viewport={"width": 420, "height": 900})
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto(f"{demo_url}/phone")
    page.get_by_role("button", name="麒麟区").click()
    page.locator(".list button", has_text="县教体局").first.click()
    page.get_by_role("button", name="导入表格").click()
    page.get_by_label("表格种类").select_option("people")
    page.get_by_role("button", name="上传核对").click()
    expect(page.locator(".toast.bad")).to_have_text("请先选择文件。")
    (tmp_path / "people.pdf").write_text("")
    page.get_by_label("文件", exact=True).set_input_files(tmp_path / "people.pdf")
    expect(page.locator(".toast.bad")).to_have_text("只收 .xlsx 或 .csv 文件。")
    expect(page.get_by_text("还没有选择文件")).to_be_visible()
    for line, said in (
        ("张三,123,市场监管,,530303,2026-09-01,", "应为11位手机号"),
        ("张三,15400000001,市场监管,,530303,2026-09-01,", "不在您的管辖范围"),
    ):
        page.get_by_label("文件", exact=True).set_input_files(table(tmp_path, line))
        page.get_by_role("button", name="上传核对").click()
        expect(page.locator(".lines", has_text=said)).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="下载标注件").click()
    assert download.value.suggested_filename.endswith("（标注）.xlsx")
    page.screenshot(path=artefacts / "import-faulty.png")
    page.get_by_label("表格种类").select_option("schools")
    many = "".join(f"53030{n:05},麒麟区第{n}小学,530302,小学\n" for n in range(20_000))
    (tmp_path / "many.csv").write_text(f"学校标识码,学校名称,县区,学段\n{many}")
    page.get_by_label("文件", exact=True).set_input_files(tmp_path / "many.csv")
    page.get_by_role("button", name="上传核对").click()
    expect(page.get_by_role("progressbar", name="进度")).to_be_visible()
    checked = page.get_by_text("新增20000条，更改0条，不变0条")
    # a fast machine may be through between two looks
    progress = page.get_by_text(re.compile(r"(读取|核对) [1-9]\d*(/20000)? 行"))
    expect(progress.or_(checked)).to_be_visible(timeout=60_000)
    expect(checked).to_be_visible(timeout=120_000)
    (tmp_path / "s.csv").write_text("学校标识码,学校名称,县区,学段\n5303029999,麒麟区新建小学,530302,小学\n")
    page.get_by_label("文件", exact=True).set_input_files(tmp_path / "s.csv")
    page.get_by_role("button", name="上传核对").click()
    page.get_by_role("button", name="确认导入").click(timeout=60_000)
    expect(page.get_by_text("已导入", exact=True)).to_be_visible(timeout=60_000)
    expect(page.get_by_text("新增1条，更改0条，不变0条")).to_be_visible(timeout=60_000)
    earlier = page.locator("section", has=page.get_by_role("heading", name="以前的文件"))
    expect(earlier.get_by_role("button", name="学校 s.csv")).to_contain_text("已导入")
    expect(earlier.get_by_role("button")).to_have_count(4)
    page.screenshot(path=artefacts / "import-done.png")
    assert faults == []


def test_a_manager_takes_the_months_ledger_along_and_sends_it_back(
    demo_url: str, chrome: Browser, tmp_path: Path
) -> None:
    page = chrome.new_page(viewport={"width": 420, "height": 900})
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto(f"{demo_url}/phone")
    page.get_by_role("button", name="麒麟区").click()
    page.locator(".list button", has_text="小学").first.click()
    page.locator(".list button", has_text="食堂管理员").first.click()
    page.get_by_role("button", name="导入表格").click()
    page.get_by_label("表格种类").select_option("food_sample")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载本月已填").click()
    download.value.save_as(tmp_path / "samples.xlsx")
    page.get_by_label("文件", exact=True).set_input_files(tmp_path / "samples.xlsx")
    page.get_by_role("button", name="上传核对").click()
    expect(page.get_by_text("新增0条，更改0条，不变")).to_be_visible(timeout=60_000)
    assert faults == []


def table(folder: Path, line: str) -> Path:
    path = folder / "people.csv"
    path.write_text(f"{HEAD}\n{line}\n")
    return path
