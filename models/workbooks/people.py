"""People and the posts they hold, committees (膳食家委会名单) and supervisors' assignments (督学分工)."""

from collections import defaultdict
from typing import Any

from models.database import sql
from models.organisations.tables import PostKind
from models.people import directory
from models.people.rights import POST_NAMES
from models.policies.declared import COMMITTEE_LEAST
from models.workbooks import appointments, cells, supervision
from models.workbooks.appointments import Appointment
from models.workbooks.importing import Counts, Looking, Sheet
from models.workbooks.places import SCHOOL_POSTS, known_schools, policy_at
from models.workbooks.reading import Column, Fault, Row, Wrong, empty
from models.workbooks.schools import CODE
from models.workbooks.spool import Rows

POSTS = {name: kind for kind, name in POST_NAMES.items()}
GRADES = {
    "小班": "k1", "中班": "k2", "大班": "k3", "一年级": "1", "二年级": "2", "三年级": "3", "四年级": "4",
    "五年级": "5", "六年级": "6", "七年级": "7", "八年级": "8", "九年级": "9", "高一": "10", "高二": "11",
    "高三": "12",
}  # fmt: skip
NAME = Column("姓名", cells.text(40), hint="张明")
PHONE = Column("手机号", cells.matching(r"1[3-9]\d{9}", "11位手机号"), hint="15499999999")
SINCE = Column("任职日期", cells.day, hint="2026-09-01")
UNTIL = Column("离任日期", cells.day, required=False, note="空着表示在任；填当天起不再任职的日期")
DIVISION = Column(
    "区划代码",
    cells.matching(r"\d{2}|\d{4}|\d{6}", "2、4或6位区划代码"),
    required=False,
    hint="530302",
    note="教体局、市场监管和管理员填写",
)
SCHOOL = Column(CODE.header, CODE.read, required=False, hint=CODE.hint, note="学校岗位填写")


class _NoInterest:
    """The declaration (利益关系声明): who has an interest in the school's meals cannot be a member."""

    words = {"无": True, "有": False}

    def __call__(self, given: str) -> bool:
        if given == "有":
            raise Wrong("与学校、承包企业或供货商有利益关系的，不能担任委员")
        if given not in self.words:
            raise Wrong("只能填无、有")
        return True


PEOPLE_COLUMNS = [
    NAME, PHONE, Column("岗位", cells.OneOf(POSTS), hint="膳食家委会委员"), SCHOOL, DIVISION, SINCE, UNTIL,
]  # fmt: skip
COMMITTEE_COLUMNS = [
    CODE, NAME, PHONE,
    Column("孩子年级", cells.OneOf(GRADES), hint="三年级"),
    Column("利益关系声明", _NoInterest(), hint="无", note="与学校、承包企业、供货商有无利益关系"),
    SINCE, UNTIL,
]  # fmt: skip
ASSIGNMENT_COLUMNS = [NAME, PHONE, CODE, SINCE, UNTIL]


def _phone(row: Row) -> str | None:
    phone: str | None = row["手机号"]
    return phone


def _school(row: Row) -> str | None:
    code: str | None = row["学校标识码"]
    return code


def _of(rows: Rows, kind: PostKind | None = None) -> list[Appointment]:
    found = []
    for number, row in rows:
        held = kind or (PostKind(row["岗位"]) if row["岗位"] else None)
        found.append(
            Appointment(
                number, row["姓名"], row["手机号"], held, row["学校标识码"], row.get("区划代码"),
                row["任职日期"], row["离任日期"], row.get("孩子年级"), row.get("利益关系声明"),
            )
        )  # fmt: skip
    return found


async def _check_people(rows: Rows, looking: Looking) -> list[Fault]:
    faults = await appointments.check(_of(rows), looking)
    for number, row in rows:
        if row["岗位"] is None:
            continue
        column = SCHOOL if row["岗位"] in SCHOOL_POSTS else DIVISION
        if row[column.header] is None:
            faults.append(Fault(number, column.header, empty(column)))
    supervisors = [(number, row) for number, row in rows if row["岗位"] == PostKind.SUPERVISOR]
    return faults + await supervision.check(_of(supervisors), looking)


async def _write_people(rows: Rows, looking: Looking) -> Counts:
    return (await appointments.write(_of(rows), looking.vault, looking.now)).counts


async def _check_committees(rows: Rows, looking: Looking) -> list[Fault]:
    return await appointments.check(_of(rows, PostKind.COMMITTEE), looking)


async def _write_committees(rows: Rows, looking: Looking) -> Counts:
    return (await appointments.write(_of(rows, PostKind.COMMITTEE), looking.vault, looking.now)).counts


async def _check_assignments(rows: Rows, looking: Looking) -> list[Fault]:
    given = _of(rows, PostKind.SUPERVISOR)
    return await appointments.check(given, looking) + await supervision.check(given, looking)


async def _write_assignments(rows: Rows, looking: Looking) -> Counts:
    return (await appointments.write(_of(rows, PostKind.SUPERVISOR), looking.vault, looking.now)).counts


# which grades a committee should have somebody of
OF_STAGE = {
    "kindergarten": ("小班", "中班", "大班"),
    "primary": ("一年级", "二年级", "三年级", "四年级", "五年级", "六年级"),
    "junior": ("七年级", "八年级", "九年级"),
    "senior": ("高一", "高二", "高三"),
}


async def _warn_committees(rows: Rows, looking: Looking) -> list[Fault]:
    """Too few members, or nobody of a grade: said and not refused, the list may come in parts."""
    schools = await known_schools(_school(row) for _, row in rows)
    least = await policy_at(COMMITTEE_LEAST, schools)
    found: dict[str, list[tuple[int, Row]]] = defaultdict(list)
    for number, row in rows:
        if row["学校标识码"] in schools and not (row["离任日期"] and row["离任日期"] <= looking.today):
            found[row["学校标识码"]].append((number, row))
    sitting = await _sitting([schools[code].id for code in found], looking)
    warnings = []
    for code, listed in found.items():
        members = dict(sitting[code])
        members |= {row["手机号"]: row["孩子年级"] for _, row in listed if row["手机号"]}
        name, said = schools[code].name, []
        if len(members) < least[code]:
            said.append(f"“{name}”的委员只有{len(members)}名，应不少于{least[code]:g}名")
        grades = OF_STAGE.get(schools[code].stage, ())
        lacking = [word for word in grades if GRADES[word] not in members.values()]
        if lacking and len(members) >= len(grades):
            said.append(f"还没有{'、'.join(lacking)}的家长")
        if said:
            warnings.append(Fault(listed[0][0], "学校标识码", "，".join(said)))
    return warnings


SITTING = """
SELECT h.person_id, h.child_grade, s.code FROM school s
JOIN post po ON po.school_id = s.id AND po.kind = 'committee' JOIN holding h ON h.post_id = po.id
WHERE s.id IN {among} AND (h.until_on IS NULL OR h.until_on > $1)
"""


async def _sitting(school_ids: list[int], looking: Looking) -> dict[str, list[tuple[str, str | None]]]:
    """Telephone number and child's grade of the members there are, by the school's code."""
    held: list[dict[str, Any]] = await sql.rows(
        SITTING.format(among=sql.among(2, "bigint")), looking.today, sql.packed(school_ids)
    )
    phones = await directory.phones_of(looking.vault, (row["person_id"] for row in held))
    found: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
    for row in held:
        if row["person_id"] in phones:
            found[row["code"]].append((phones[row["person_id"]], row["child_grade"]))
    return found


TERMS = "同一人同一岗位再次出现时更新任期，不会重复。离任请填离任日期，历史保留。"
PEOPLE = Sheet(
    "people", "人员",
    ("按手机号识别人员；一人任多个岗位或多所学校写多行。", TERMS, "学校岗位填学校标识码，其他岗位填区划代码。"),
    PEOPLE_COLUMNS, _phone, _check_people, _write_people,
)  # fmt: skip
COMMITTEES = Sheet(
    "committees", "家委会名单",
    ("膳食家委会应不少于7名委员，每个年级至少1名。", "与学校、承包企业、供货商有利益关系的不能担任委员。", TERMS),
    COMMITTEE_COLUMNS, _phone, _check_committees, _write_committees, _school, _warn_committees,
)  # fmt: skip
ASSIGNMENTS = Sheet(
    "assignments", "督学分工",
    ("一行一名督学负责的一所学校。每名督学的学校数按政策参数限制（默认5所，最多20所）。",
     "登记了回避的学校不能分给本人。", TERMS),
    ASSIGNMENT_COLUMNS, _phone, _check_assignments, _write_assignments,
)  # fmt: skip
