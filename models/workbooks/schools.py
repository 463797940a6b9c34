"""Schools with their canteens, from a file. An empty cell says nothing: what is known stays."""

from collections.abc import Iterator
from typing import Any

from models.database import sql
from models.organisations.tables import Division
from models.workbooks import cells
from models.workbooks.importing import Counts, Looking, Sheet
from models.workbooks.places import SCHOOL_POSTS, KnownSchool, ensure_posts, known_schools, school_fault
from models.workbooks.reach import OUT_OF_REACH, reaches_school
from models.workbooks.reading import Column, Fault, Row
from models.workbooks.spool import Rows

YES_NO = {"是": True, "否": False}
STAGES = {
    "幼儿园": "kindergarten", "小学": "primary", "初中": "junior", "高中": "senior",
    "九年一贯制": "nine_year", "完全中学": "complete",
}  # fmt: skip
MODES = {"自营": "own", "承包": "contracted", "委托": "entrusted", "校外供餐": "catered"}

CODE = Column("学校标识码", cells.matching(r"\d{10}", "10位数字"), hint="5399999999", note="教育部10位标识码")
SCHOOL_COLUMNS = [
    CODE,
    Column("学校名称", cells.text(60), hint="麒麟区田坝小学"),
    Column("县区", cells.text(20), hint="麒麟区或530302", note="县区名称或6位区划代码"),
    Column("学段", cells.OneOf(STAGES), hint="小学"),
    Column("营养改善计划", cells.OneOf(YES_NO), required=False),
    Column("寄宿", cells.OneOf(YES_NO), required=False),
    Column("就餐人数", cells.whole(0, 50_000), required=False, note="每日就餐的学生数"),
    Column("经度", cells.degrees(97, 107), required=False, hint="103.80", note="WGS-84，与纬度一起填"),
    Column("纬度", cells.degrees(21, 30), required=False, hint="25.49", note="WGS-84，与经度一起填"),
    Column("食堂名称", cells.text(60), required=False, hint="一食堂", note="有多个食堂的用“食堂”表"),
    Column("食堂模式", cells.OneOf(MODES), required=False, hint="自营"),
]
CANTEEN_COLUMNS = [
    CODE,
    Column("食堂名称", cells.text(60), hint="一食堂"),
    Column("食堂模式", cells.OneOf(MODES), hint="自营"),
]
TOGETHER = [("经度", "纬度"), ("食堂名称", "食堂模式")]

FIELDS = [
    ("学校名称", "name", "text"), ("县区", "county_code", "text"), ("学段", "stage", "text"),
    ("营养改善计划", "nutrition_plan", "boolean"), ("寄宿", "boarding", "boolean"), ("就餐人数", "diners", "int"),
    ("经度", "longitude", "float8"), ("纬度", "latitude", "float8"),
]  # fmt: skip
UPSERT_TYPES = ["text", *(kind for _, _, kind in FIELDS)]
UPSERT = """
INSERT INTO school (code, name, county_code, stage, nutrition_plan, boarding, diners, longitude, latitude,
  poster_generation, open)
SELECT c1, c2, c3, c4, COALESCE(c5, FALSE), COALESCE(c6, FALSE), c7, c8, c9, 1, TRUE FROM {rows} WHERE TRUE
ON CONFLICT (code) DO UPDATE SET name = excluded.name, county_code = excluded.county_code,
  stage = excluded.stage, nutrition_plan = excluded.nutrition_plan, boarding = excluded.boarding,
  diners = excluded.diners, longitude = excluded.longitude, latitude = excluded.latitude
"""
UPSERT_CANTEEN = """
INSERT INTO canteen (school_id, name, mode) SELECT c1, c2, c3 FROM {rows} WHERE TRUE
ON CONFLICT (school_id, name) DO UPDATE SET mode = excluded.mode
"""


def _code(row: Row) -> str | None:
    code: str | None = row["学校标识码"]
    return code


async def _check_schools(rows: Rows, looking: Looking) -> list[Fault]:
    counties = await _counties()
    known = await known_schools(_code(row) for _, row in rows)
    faults = list(_twice(rows, ("学校标识码",)))
    for number, row in rows:
        county, school = row["县区"], known.get(_code(row) or "")
        if school is not None and (said := school_fault(school.code, school, looking)):
            faults.append(Fault(number, "学校标识码", said))
        if county is not None and county not in counties:
            faults.append(Fault(number, "县区", f"没有“{county}”这个县区"))
        elif county is not None and not reaches_school(looking.reach, counties[county]):
            faults.append(Fault(number, "县区", OUT_OF_REACH))
        faults += [Fault(number, *found) for pair in TOGETHER for found in _alone(row, *pair)]
    return faults


def _alone(row: Row, one: str, other: str) -> Iterator[tuple[str, str]]:
    if (row[one] is None) != (row[other] is None):
        yield (one if row[one] is None else other), f"{one}和{other}要一起填写"


def _twice(rows: Rows, headers: tuple[str, ...]) -> Iterator[Fault]:
    """Rows that name the same thing again, by the cells that name it."""
    seen: dict[tuple[Any, ...], int] = {}
    for number, row in rows:
        name = tuple(row[header] for header in headers)
        if None in name:
            continue
        if name in seen:
            yield Fault(number, headers[-1], f"与第{seen[name]}行的{headers[-1]}重复")
        seen.setdefault(name, number)


async def _counties() -> dict[str, str]:
    """County codes by code and by name. All names in the province differ."""
    rows = await Division.filter(level="county").values("code", "name")
    return {row["code"]: row["code"] for row in rows} | {row["name"]: row["code"] for row in rows}


async def _write_schools(rows: Rows, looking: Looking) -> Counts:
    counties = await _counties()
    before = await _states([row["学校标识码"] for _, row in rows])
    wanted: dict[str, list[Any]] = {}
    for _, row in rows:
        known = before.get(row["学校标识码"])
        said = [counties[row[header]] if header == "县区" else row[header] for header, _, _ in FIELDS]
        # an empty cell says nothing: what is known stays
        wanted[row["学校标识码"]] = [
            known[name] if value is None and known else value
            for value, (_, name, _) in zip(said, FIELDS, strict=True)
        ]
    moved = {code for code, said in wanted.items() if code in before and _differs(before[code], said)}
    new = wanted.keys() - before.keys()
    await sql.over_rows(UPSERT, UPSERT_TYPES, [[code, *wanted[code]] for code in sorted(new | moved)])
    schools = await known_schools(wanted)
    await ensure_posts(
        [(kind, school.id, None) for school in schools.values() for kind in sorted(SCHOOL_POSTS)]
    )
    moved |= await _put_canteens([(n, row) for n, row in rows if row["食堂名称"]], schools) - new
    return Counts(len(new), len(moved), len(wanted) - len(new) - len(moved))


def _differs(known: dict[str, Any], said: list[Any]) -> bool:
    # FALSE is 0 on SQLite, and an unset flag is FALSE
    return any((known[name] or 0) != (value or 0) for value, (_, name, _) in zip(said, FIELDS, strict=True))


async def _states(codes: list[str]) -> dict[str, dict[str, Any]]:
    listed = sorted(set(codes))
    found = await sql.rows(
        f"SELECT code, {', '.join(name for _, name, _ in FIELDS)} FROM school"  # noqa: S608
        f" WHERE code IN ({sql.places(listed)})",
        *listed,
    )
    return {row.pop("code"): row for row in found}


async def _put_canteens(rows: Rows, schools: dict[str, KnownSchool]) -> set[str]:
    """Write canteens that are new or run otherwise now; the codes of their schools."""
    ids = sorted({schools[row["学校标识码"]].id for _, row in rows})
    found = await sql.rows(
        f"SELECT school_id, name, mode FROM canteen WHERE school_id IN ({sql.places(ids)})",  # noqa: S608
        *ids,
    )
    known = {(row["school_id"], row["name"]): row["mode"] for row in found}
    changed: dict[tuple[int, str], tuple[str, str]] = {}
    for _, row in rows:
        key = schools[row["学校标识码"]].id, row["食堂名称"]
        if known.get(key) != row["食堂模式"]:
            changed[key] = row["食堂模式"], row["学校标识码"]
    await sql.over_rows(
        UPSERT_CANTEEN,
        ["bigint", "text", "text"],
        [[school, name, mode] for (school, name), (mode, _) in sorted(changed.items())],
    )
    return {code for _, code in changed.values()}


async def _check_canteens(rows: Rows, looking: Looking) -> list[Fault]:
    known = await known_schools(_code(row) for _, row in rows)
    faults = list(_twice(rows, ("学校标识码", "食堂名称")))
    for number, row in rows:
        code = _code(row)
        if code and (said := school_fault(code, known.get(code), looking)):
            faults.append(Fault(number, "学校标识码", said))
    return faults


async def _write_canteens(rows: Rows, looking: Looking) -> Counts:
    """Counted are canteens: one a row."""
    schools = await known_schools(_code(row) for _, row in rows)
    ids = sorted(school.id for school in schools.values())
    before = await sql.rows(
        f"SELECT school_id, name, mode FROM canteen WHERE school_id IN ({sql.places(ids)})",  # noqa: S608
        *ids,
    )
    modes = {(row["school_id"], row["name"]): row["mode"] for row in before}
    given = {(schools[row["学校标识码"]].id, row["食堂名称"]): row["食堂模式"] for _, row in rows}
    await _put_canteens(rows, schools)
    new = sum(key not in modes for key in given)
    changed = sum(key in modes and modes[key] != mode for key, mode in given.items())
    return Counts(new, changed, len(given) - new - changed)


SCHOOLS = Sheet(
    "schools", "学校",
    ("按学校标识码识别：已有的更新，没有的新增。空着的格子不改动已有内容。", "每所学校自动建立各岗位。"),
    SCHOOL_COLUMNS, _code, _check_schools, _write_schools,
)  # fmt: skip
CANTEENS = Sheet(
    "canteens", "食堂",
    ("一行一个食堂，一所学校可以有多个。学校须已登记。",),
    CANTEEN_COLUMNS, _code, _check_canteens, _write_canteens,
)  # fmt: skip
