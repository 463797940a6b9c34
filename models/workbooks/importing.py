"""Schools and people from a file: every row is right, or nothing is written. Repeatable."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.organisations.actions import place_key
from models.organisations.tables import Division, PostKind, School
from models.people.rights import POST_NAMES
from models.workbooks import cells
from models.workbooks.reading import Column, Fault, Read, WorkbookRefused, read

YES_NO = {"是": True, "否": False}
STAGES = {
    "幼儿园": "kindergarten", "小学": "primary", "初中": "junior", "高中": "senior",
    "九年一贯制": "nine_year", "完全中学": "complete",
}  # fmt: skip
MODES = {"自营": "own", "承包": "contracted", "委托": "entrusted", "校外供餐": "catered"}
POSTS = {name: kind for kind, name in POST_NAMES.items()}
SCHOOL_POSTS = {
    PostKind.PARENT, PostKind.COMMITTEE, PostKind.SUPERVISOR, PostKind.HEAD, PostKind.MANAGER, PostKind.FINANCE,
}  # fmt: skip

SCHOOL_COLUMNS = [
    Column("学校标识码", cells.matching(r"\d{10}", "10位数字")),
    Column("学校名称", cells.text(60)),
    Column("县区", cells.text(20)),
    Column("学段", cells.one_of(STAGES)),
    Column("营养改善计划", cells.one_of(YES_NO), required=False),
    Column("寄宿", cells.one_of(YES_NO), required=False),
    Column("就餐人数", cells.whole(0, 50_000), required=False),
    Column("经度", cells.degrees(97, 107), required=False),
    Column("纬度", cells.degrees(21, 30), required=False),
    Column("食堂名称", cells.text(60), required=False),
    Column("食堂模式", cells.one_of(MODES), required=False),
]
PEOPLE_COLUMNS = [
    Column("姓名", cells.text(40)),
    Column("手机号", cells.matching(r"1\d{10}", "11位手机号")),
    Column("岗位", cells.one_of(POSTS)),
    Column("学校标识码", cells.matching(r"\d{10}", "10位数字"), required=False),
    Column("区划代码", cells.matching(r"\d{2}|\d{4}|\d{6}", "2、4或6位区划代码"), required=False),
    Column("任职日期", cells.day),
    Column("离任日期", cells.day, required=False),
]

Rows = list[tuple[int, dict[str, Any]]]


@dataclass(frozen=True)
class Imported:
    """Rows read and rows newly made; or faults, and then nothing was written."""

    rows: int
    new: int
    faults: list[Fault]


async def import_schools(path: Path, now: datetime) -> Imported:
    """Schools by their code, with a canteen when one is named, and the posts every school has."""
    return await _import(path, SCHOOL_COLUMNS, _school_faults, _write_schools, now)


async def import_people(path: Path, now: datetime) -> Imported:
    """People by their telephone number, and the posts they hold; schools must be there already."""
    return await _import(path, PEOPLE_COLUMNS, _people_faults, _write_people, now)


async def _import(
    path: Path, columns: Sequence[Column], check: Callable[..., Any], write: Callable[..., Any], now: datetime
) -> Imported:
    found: Read = await asyncio.to_thread(read, path, columns)
    if found.faults:
        return Imported(0, 0, found.faults)
    if not found.rows:
        raise WorkbookRefused("表里没有数据行")
    faults = await check(found.rows)
    if faults:
        return Imported(len(found.rows), 0, faults)
    async with in_transaction():
        new = await write(found.rows, now)
    return Imported(len(found.rows), new, [])


def _twice(rows: Rows, header: str, what: str) -> list[Fault]:
    seen: dict[Any, int] = {}
    faults = []
    for number, row in rows:
        if row[header] in seen:
            faults.append(Fault(number, header, f"与第{seen[row[header]]}行的{what}重复"))
        seen.setdefault(row[header], number)
    return faults


async def _counties() -> dict[str, str]:
    """County codes by code and by name. All names in the province differ."""
    rows = await Division.filter(level="county").values("code", "name")
    return {row["code"]: row["code"] for row in rows} | {row["name"]: row["code"] for row in rows}


async def _school_faults(rows: Rows) -> list[Fault]:
    counties = await _counties()
    return _twice(rows, "学校标识码", "学校标识码") + [
        Fault(number, "县区", f"没有“{row['县区']}”这个县区")
        for number, row in rows
        if row["县区"] not in counties
    ]


async def _write_schools(rows: Rows, now: datetime) -> int:
    counties = await _counties()
    before = await School.all().count()
    await sql.many(
        "INSERT INTO school (code, name, county_code, stage, nutrition_plan, boarding, diners, longitude,"
        " latitude, poster_generation, open) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10)"
        " ON CONFLICT (code) DO UPDATE SET name = $2, county_code = $3, stage = $4, nutrition_plan = $5,"
        " boarding = $6, diners = $7, longitude = $8, latitude = $9",
        [
            [
                row["学校标识码"], row["学校名称"], counties[row["县区"]], row["学段"],
                bool(row["营养改善计划"]), bool(row["寄宿"]), row["就餐人数"], row["经度"], row["纬度"], True,
            ]
            for _, row in rows
        ],
    )  # fmt: skip
    ids = await _school_ids()
    await sql.many(
        "INSERT INTO canteen (school_id, name, mode) VALUES ($1, $2, $3)"
        " ON CONFLICT (school_id, name) DO UPDATE SET mode = $3",
        [
            [ids[row["学校标识码"]], row["食堂名称"], row["食堂模式"] or "own"]
            for _, row in rows
            if row["食堂名称"]
        ],
    )
    await _ensure_posts(
        [(kind, ids[row["学校标识码"]], None) for _, row in rows for kind in sorted(SCHOOL_POSTS)]
    )
    return await School.all().count() - before


async def _school_ids() -> dict[str, int]:
    return {row["code"]: row["id"] for row in await School.all().values("code", "id")}


async def _ensure_posts(posts: list[tuple[PostKind, int | None, str | None]]) -> None:
    await sql.many(
        "INSERT INTO post (kind, school_id, division_code, place_key) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (place_key) DO NOTHING",
        [
            [kind.value, school, division, place_key(kind, school_id=school, division_code=division)]
            for kind, school, division in posts
        ],
    )


async def _people_faults(rows: Rows) -> list[Fault]:
    schools = await _school_ids()
    divisions = {row["code"] for row in await Division.all().values("code")}
    names: dict[str, str] = {}
    faults = []
    for number, row in rows:
        faults += [Fault(number, *found) for found in _place_faults(row, schools, divisions)]
        if names.setdefault(row["手机号"], row["姓名"]) != row["姓名"]:
            faults.append(Fault(number, "手机号", f"与“{names[row['手机号']]}”的手机号相同"))
        if row["离任日期"] and row["离任日期"] <= row["任职日期"]:
            faults.append(Fault(number, "离任日期", "应晚于任职日期"))
    return faults


def _place_faults(row: dict[str, Any], schools: dict[str, int], divisions: set[str]) -> list[tuple[str, str]]:
    """A school's post names its school, a division's its division."""
    if row["岗位"] in SCHOOL_POSTS:
        header, known = "学校标识码", set(schools)
    else:
        header, known = "区划代码", divisions
    if row[header] is None:
        return [(header, "没有填写")]
    return [] if row[header] in known else [(header, f"没有“{row[header]}”，请先导入或核对")]


async def _write_people(rows: Rows, now: datetime) -> int:
    schools = await _school_ids()
    before = await _count_people()
    places = [
        (row["岗位"], schools[row["学校标识码"]], None)
        if row["岗位"] in SCHOOL_POSTS
        else (row["岗位"], None, row["区划代码"])
        for _, row in rows
    ]
    await _ensure_posts(list(dict.fromkeys(places)))
    await sql.many(
        "INSERT INTO person (name, phone, created_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (phone) DO UPDATE SET name = $1",
        [[row["姓名"], row["手机号"], now] for _, row in rows],
    )
    await sql.many(
        "INSERT INTO holding (person_id, post_id, since_on, until_on)"
        " SELECT p.id, po.id, $3, $4 FROM person p, post po WHERE p.phone = $1 AND po.place_key = $2"
        " ON CONFLICT (person_id, post_id, since_on) DO UPDATE SET until_on = $4",
        [
            [
                row["手机号"], place_key(kind, school_id=school, division_code=division),
                row["任职日期"], row["离任日期"],
            ]
            for (_, row), (kind, school, division) in zip(rows, places, strict=True)
        ],
    )  # fmt: skip
    return await _count_people() - before


async def _count_people() -> int:
    found = await sql.rows("SELECT COUNT(*) AS n FROM person")
    return int(found[0]["n"])
