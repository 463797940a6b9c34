"""Guardians and their children (家长和孩子): the post, and what to ask the guardian about the child."""

from dataclasses import replace

from models.organisations.tables import PostKind, SchoolStage
from models.people import directory
from models.policies.declared import CHILDREN_MOST
from models.surveys import awaited
from models.surveys.awaited import Named, cohort_of
from models.surveys.rules import GRADES, STAGES
from models.workbooks import appointments, cells
from models.workbooks.appointments import Appointment
from models.workbooks.importing import Counts, Looking, Sheet
from models.workbooks.people import NAME, PHONE
from models.workbooks.places import known_schools, policy_at
from models.workbooks.reading import Column, Fault, Row
from models.workbooks.schools import CODE
from models.workbooks.spool import Rows

GRADE = Column("孩子年级", cells.OneOf({name: grade for grade, name in GRADES.items()}), hint="三年级")
CLASS = Column(
    "班级", cells.text(10), required=False, hint="2班", note="不写孩子姓名，同年级两个孩子靠班级区分"
)
COLUMNS = [CODE, NAME, PHONE, GRADE, CLASS]


def _phone(row: Row) -> str | None:
    phone: str | None = row["手机号"]
    return phone


async def _check(rows: Rows, looking: Looking) -> list[Fault]:
    given = [
        Appointment(number, row["姓名"], row["手机号"], PostKind.PARENT, row["学校标识码"], None, None, None)
        for number, row in rows
    ]
    faults = await appointments.check(given, looking)
    schools = await known_schools(row["学校标识码"] for _, row in rows)
    for number, row in rows:
        school = schools.get(row["学校标识码"] or "")
        if (
            school
            and row["孩子年级"] is not None
            and row["孩子年级"] not in STAGES[SchoolStage(school.stage)]
        ):
            faults.append(Fault(number, "孩子年级", f"“{school.name}”没有这个年级"))
    return faults + await _too_many(rows, looking)


async def _too_many(rows: Rows, looking: Looking) -> list[Fault]:
    """Who would have more children than the county allows, those they have already among them."""
    schools = await known_schools(row["学校标识码"] for _, row in rows)
    phones = dict.fromkeys(phone for _, row in rows if (phone := _phone(row)))
    people = await directory.by_phones(looking.vault, phones)
    # whoever is new has no id yet
    ids = {phone: people[phone].id if phone in people else -place for place, phone in enumerate(phones, 1)}
    children = await awaited.known(one.id for one in people.values())
    most = await policy_at(CHILDREN_MOST, schools)
    faults = []
    for number, row in rows:
        code = row["学校标识码"]
        if _phone(row) is None or code not in schools or row["孩子年级"] is None:
            continue
        children.add(
            Named(
                ids[row["手机号"]],
                schools[code].id,
                cohort_of(row["孩子年级"], looking.today),
                row["班级"] or "",
            )
        )
        if awaited.counted(children)[ids[row["手机号"]]] > most[code]:
            faults.append(
                Fault(number, "手机号", f"一位家长最多登记{most[code]:g}个孩子（删除过的也计算在内）")
            )
    return faults


async def _write(rows: Rows, looking: Looking) -> Counts:
    """Counted are guardians."""
    today = looking.today
    given = [
        Appointment(number, row["姓名"], row["手机号"], PostKind.PARENT, row["学校标识码"], None, today, None)
        for number, row in rows
    ]
    written = await appointments.write(given, looking.vault, looking.now)
    schools = await known_schools(row["学校标识码"] for _, row in rows)
    asked = await awaited.announce(
        [
            Named(
                written.people[row["手机号"]],
                schools[row["学校标识码"]].id,
                cohort_of(row["孩子年级"], today),
                row["班级"] or "",
            )
            for _, row in rows
        ],
        today,
        looking.now,
    )
    phones = {phone for phone, number in written.people.items() if number in asked}
    return replace(written, changed=written.changed | phones).counts


GUARDIANS = Sheet(
    "guardians", "家长和孩子",
    ("按手机号识别家长；有几个孩子写几行。不要写孩子的姓名、证件号。",
     "孩子的信息须家长同意：家长登录小程序并同意后，孩子才登记；一直不同意的，期满自动删除。",
     "家长可以在小程序里删改；删去的孩子再次导入也不会恢复。同班的双胞胎请家长自己添加。",
     "离校的家长用“人员”表填离任日期。"),
    COLUMNS, _phone, _check, _write,
)  # fmt: skip
