"""Schools with their canteens, from a file. An empty cell says nothing: what is known stays."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from models.database import sql
from models.organisations.tables import Division, PostKind
from models.workbooks import cells
from models.workbooks.importing import Imported, Rows, Sheet, ensure_posts, import_sheet, school_ids
from models.workbooks.reading import Column, Fault

YES_NO = {"是": True, "否": False}
STAGES = {
    "幼儿园": "kindergarten", "小学": "primary", "初中": "junior", "高中": "senior",
    "九年一贯制": "nine_year", "完全中学": "complete",
}  # fmt: skip
MODES = {"自营": "own", "承包": "contracted", "委托": "entrusted", "校外供餐": "catered"}
SCHOOL_POSTS = {
    PostKind.PARENT, PostKind.COMMITTEE, PostKind.SUPERVISOR, PostKind.HEAD, PostKind.MANAGER, PostKind.FINANCE,
}  # fmt: skip

COLUMNS = [
    Column("学校标识码", cells.matching(r"\d{10}", "10位数字"), hint="5303020001"),
    Column("学校名称", cells.text(60), hint="麒麟区田坝小学"),
    Column("县区", cells.text(20), hint="麒麟区或530302"),
    Column("学段", cells.one_of(STAGES), hint="小学"),
    Column("营养改善计划", cells.one_of(YES_NO), required=False),
    Column("寄宿", cells.one_of(YES_NO), required=False),
    Column("就餐人数", cells.whole(0, 50_000), required=False),
    Column("经度", cells.degrees(97, 107), required=False, hint="103.80"),
    Column("纬度", cells.degrees(21, 30), required=False, hint="25.49"),
    Column("食堂名称", cells.text(60), required=False, hint="一食堂"),
    Column("食堂模式", cells.one_of(MODES), required=False, hint="自营"),
]
TOGETHER = [("经度", "纬度"), ("食堂名称", "食堂模式")]

UPSERT = """
INSERT INTO school (code, name, county_code, stage, nutrition_plan, boarding, diners, longitude, latitude,
  poster_generation, open)
VALUES ($1, $2, $3, $4, COALESCE($5, FALSE), COALESCE($6, FALSE), $7, $8, $9, 1, TRUE)
ON CONFLICT (code) DO UPDATE SET name = $2, county_code = $3, stage = $4,
  nutrition_plan = COALESCE($5, school.nutrition_plan), boarding = COALESCE($6, school.boarding),
  diners = COALESCE($7, school.diners), longitude = COALESCE($8, school.longitude),
  latitude = COALESCE($9, school.latitude)
"""
UPSERT_CANTEEN = """
INSERT INTO canteen (school_id, name, mode) VALUES ($1, $2, $3)
ON CONFLICT (school_id, name) DO UPDATE SET mode = $3
"""
STATE = """
SELECT s.code, s.name, s.county_code, s.stage, s.nutrition_plan, s.boarding, s.diners, s.longitude, s.latitude,
  c.name AS canteen, c.mode FROM school s LEFT JOIN canteen c ON c.school_id = s.id
"""


async def import_schools(path: Path, now: datetime) -> Imported:
    """Schools by their code, with a canteen when one is named, and the posts every school has."""
    return await import_sheet(path, SCHOOLS, now)


async def _faults(rows: Rows) -> list[Fault]:
    counties = await _counties()
    faults = list(_twice(rows))
    for number, row in rows:
        if row["县区"] is not None and row["县区"] not in counties:
            faults.append(Fault(number, "县区", f"没有“{row['县区']}”这个县区"))
        faults += [Fault(number, *found) for pair in TOGETHER for found in _alone(row, *pair)]
    return faults


def _alone(row: dict[str, Any], one: str, other: str) -> Iterator[tuple[str, str]]:
    if (row[one] is None) != (row[other] is None):
        yield (one if row[one] is None else other), f"{one}和{other}要一起填写"


def _twice(rows: Rows) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for number, row in rows:
        code = row["学校标识码"]
        if code is None:
            continue
        if code in seen:
            yield Fault(number, "学校标识码", f"与第{seen[code]}行的学校标识码重复")
        seen.setdefault(code, number)


async def _counties() -> dict[str, str]:
    """County codes by code and by name. All names in the province differ."""
    rows = await Division.filter(level="county").values("code", "name")
    return {row["code"]: row["code"] for row in rows} | {row["name"]: row["code"] for row in rows}


async def _write(rows: Rows, now: datetime) -> None:
    counties = await _counties()
    await sql.many(
        UPSERT,
        [
            [
                row["学校标识码"], row["学校名称"], counties[row["县区"]], row["学段"],
                row["营养改善计划"], row["寄宿"], row["就餐人数"], row["经度"], row["纬度"],
            ]
            for _, row in rows
        ],
    )  # fmt: skip
    ids = await school_ids()
    await sql.many(
        UPSERT_CANTEEN,
        [[ids[row["学校标识码"]], row["食堂名称"], row["食堂模式"]] for _, row in rows if row["食堂名称"]],
    )
    await ensure_posts(
        [(kind, ids[row["学校标识码"]], None) for _, row in rows for kind in sorted(SCHOOL_POSTS)]
    )


SCHOOLS = Sheet(COLUMNS, _faults, _write, STATE)
