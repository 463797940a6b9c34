"""Reading surveys: a guardian's own, the rounds of a place, and what was found there.

Results exist only for groups of at least five, made once when a box is opened: nothing here hides
anything, so nothing here can forget to.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.database import sql
from models.errors import Conflict, NotFound
from models.organisations.rules import span
from models.organisations.tables import Division, School, SchoolStage
from models.people import access
from models.people.access import Viewer
from models.people.rights import RIGHTS, Right
from models.surveys import rules
from models.surveys.figures import Figure
from models.surveys.tables import RemarkState, RoundState, SurveyRemark, SurveyRound

MOST_ROUNDS = 40
TREND = 8
ANSWERING = ", ".join(f"'{kind.value}'" for kind, rights in RIGHTS.items() if Right.ANSWER_SURVEYS in rights)

INVITED = f"""
SELECT c.grade, c.school_year, COUNT(*) AS n FROM child c
JOIN guardian g ON g.child_id = c.id AND g.until_on IS NULL
WHERE c.school_id = $1 AND EXISTS (SELECT 1 FROM holding h JOIN post p ON p.id = h.post_id
  WHERE h.person_id = g.person_id AND p.school_id = $1 AND p.kind IN ({ANSWERING})
  AND h.since_on <= $2 AND (h.until_on IS NULL OR h.until_on > $2))
GROUP BY c.grade, c.school_year
"""  # noqa: S608
# rounds of a school: its own, and those of every division it lies in
AT_SCHOOL = "((r.school_id IS NULL AND r.division_code IN ($1, $2, $3)) OR r.school_id = $4)"


async def invited(school: School, day: date) -> dict[int, int]:
    """How many guardian–child pairs may answer at a school on a Beijing date, by grade."""
    by_grade: dict[int, int] = {}
    for row in await sql.rows(INVITED, school.id, day):
        grade = rules.grade_on(row["grade"], row["school_year"], day, school.stage)
        if grade is not None:
            by_grade[grade] = by_grade.get(grade, 0) + row["n"]
    return by_grade


class NothingToHandOut(Conflict):
    code = "survey_not_to_come"
    sentence = "这一轮测评已经结束或取消，不用再发二维码。"


@dataclass(frozen=True)
class MyChild:
    """`grade` None: it has left the school's last grade."""

    id: int
    school_id: int
    school_name: str
    grade: int | None
    class_name: str


async def my_children(viewer: Viewer, today: date) -> list[MyChild]:
    """The children the viewer answers for, oldest entry first."""
    found = await sql.rows(
        "SELECT c.id, c.school_id, s.name, s.stage, c.grade, c.school_year, c.class_name FROM guardian g"
        " JOIN child c ON c.id = g.child_id JOIN school s ON s.id = c.school_id"
        " WHERE g.person_id = $1 AND g.until_on IS NULL ORDER BY c.id",
        viewer.bound,
    )
    return [
        MyChild(
            row["id"], row["school_id"], row["name"],
            rules.grade_on(row["grade"], row["school_year"], today, SchoolStage(row["stage"])),
            row["class_name"],
        )
        for row in found
    ]  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A round that asks the viewer about a child. `answered` on an earlier phone counts too."""

    round_id: int
    title: str
    closes_on: date
    form_version: int
    child: MyChild
    answered: bool


async def asked_of_me(viewer: Viewer, today: date) -> list[Asked]:
    """Open rounds for each of the viewer's children, those not answered yet first."""
    mine = {held.school_id for held in viewer.with_right(Right.ANSWER_SURVEYS)}
    children = [one for one in await my_children(viewer, today) if one.grade and one.school_id in mine]
    asked: list[Asked] = []
    for school in await School.filter(id__in={one.school_id for one in children}):
        rounds = [one for one in await _rounds_at(school) if one["state"] == RoundState.OPEN]
        for row in rounds:
            if _day(row["closes_on"]) < today:
                continue
            asked += [_asked(row, one) for one in children if one.school_id == school.id]
    done = {
        (row["round_id"], row["child_id"])
        for row in await sql.rows(
            "SELECT round_id, child_id FROM survey_participation WHERE person_id = $1"  # noqa: S608
            f" AND round_id IN ({sql.places(sorted({one.round_id for one in asked}), 2)})",
            viewer.bound,
            *sorted({one.round_id for one in asked}),
        )
    }
    marked = [Asked(**{**vars(one), "answered": (one.round_id, one.child.id) in done}) for one in asked]
    return sorted(marked, key=lambda one: (one.answered, one.closes_on, one.round_id, one.child.id))


def _asked(row: dict[str, Any], child: MyChild) -> Asked:
    return Asked(row["id"], row["title"], _day(row["closes_on"]), row["form_version"], child, False)


async def _rounds_at(school: School) -> list[dict[str, Any]]:
    code = school.county_code
    return await sql.rows(
        f"SELECT r.* FROM survey_round r WHERE {AT_SCHOOL} ORDER BY r.opens_on DESC, r.id DESC LIMIT {MOST_ROUNDS}",  # noqa: S608
        code[:2], code[:4], code, school.id,
    )  # fmt: skip


def _day(value: Any) -> date:
    return date.fromisoformat(str(value))


@dataclass(frozen=True)
class RoundLine:
    """A round and how many have taken part; `invited` only where one school is asked after."""

    id: int
    division_code: str
    school_id: int | None
    term: str
    title: str
    opens_on: date
    closes_on: date
    state: RoundState
    took_part: int
    invited: int | None


async def rounds_of_school(viewer: Viewer, school_id: int, today: date) -> list[RoundLine]:
    """The rounds that ask a school's guardians, newest first, and how far each has come there."""
    school = await access.school(viewer, school_id, Right.READ_SURVEYS)
    found = await _rounds_at(school)
    counts = await _took_part([row["id"] for row in found], "p.school_id = $1", school.id)
    asked_of = sum((await invited(school, today)).values())
    # a counted round keeps the number it was counted with
    counted = {
        row["round_id"]: row["invited"]
        for row in await sql.rows(
            "SELECT round_id, invited FROM survey_result WHERE school_id = $1 AND grade = 0", school.id
        )
    }
    return [_round_line(row, counts.get(row["id"], 0), counted.get(row["id"], asked_of)) for row in found]


async def rounds_of_division(viewer: Viewer, code: str) -> list[RoundLine]:
    """Rounds planned in a division or for all of it from above, newest first."""
    access.division(viewer, code, Right.READ_SURVEYS)
    first, end = span(code)
    found = await sql.rows(
        "SELECT r.* FROM survey_round r WHERE (r.division_code >= $1 AND r.division_code < $2)"  # noqa: S608
        " OR (r.school_id IS NULL AND r.division_code IN (SUBSTR($1, 1, 2), SUBSTR($1, 1, 4)))"
        f" ORDER BY r.opens_on DESC, r.id DESC LIMIT {MOST_ROUNDS}",
        first, end,
    )  # fmt: skip
    counts = await _took_part(
        [row["id"] for row in found],
        "EXISTS (SELECT 1 FROM school s WHERE s.id = p.school_id AND s.county_code >= $1 AND s.county_code < $2)",
        first, end,
    )  # fmt: skip
    return [_round_line(row, counts.get(row["id"], 0), None) for row in found]


async def _took_part(round_ids: list[int], place: str, *values: Any) -> dict[int, int]:
    found = await sql.rows(
        "SELECT p.round_id, COUNT(*) AS n FROM survey_participation p"  # noqa: S608
        f" WHERE {place} AND p.round_id IN ({sql.places(round_ids, len(values) + 1)}) GROUP BY p.round_id",
        *values,
        *round_ids,
    )
    return {row["round_id"]: row["n"] for row in found}


def _round_line(row: dict[str, Any], took_part: int, asked_of: int | None) -> RoundLine:
    return RoundLine(
        row["id"], row["division_code"], row["school_id"], row["term"], row["title"],
        _day(row["opens_on"]), _day(row["closes_on"]), RoundState(row["state"]), took_part, asked_of,
    )  # fmt: skip


@dataclass(frozen=True)
class Group:
    """The figures of a group of at least five, by question."""

    n: int
    invited: int
    figures: dict[str, Figure]


@dataclass(frozen=True)
class Found:
    """A round at a school. `whole` None: under five, or not counted yet (`state` says which)."""

    round: SurveyRound
    whole: Group | None
    grades: dict[int, Group]
    trend: list[tuple[SurveyRound, Group]]


async def result_of_school(viewer: Viewer, school_id: int, round_id: int) -> Found:
    """What a round found at a school, its grades where they may be told apart, and the rounds before it."""
    school = await access.school(viewer, school_id, Right.READ_SURVEYS)
    asked = await SurveyRound.get_or_none(id=round_id)
    if asked is None or not await _asks(asked, school):
        raise NotFound
    found = await _groups("r.round_id = $1 AND r.school_id = $2", round_id, school.id)
    groups = {grade: group for (_, grade), group in found.items()}
    whole = groups.pop(0, None)
    past = await _groups(
        "r.school_id = $1 AND r.grade = 0 AND r.round_id IN (SELECT id FROM survey_round"
        " WHERE opens_on <= $2)",
        school.id, asked.opens_on,
    )  # fmt: skip
    rounds = {one.id: one for one in await SurveyRound.filter(id__in={number for number, _ in past})}
    trend = sorted(
        ((rounds[number], group) for (number, _), group in past.items()),
        key=lambda pair: (pair[0].opens_on, pair[0].id),
    )
    return Found(asked, whole, groups, trend[-TREND:])


async def to_hand_out(viewer: Viewer, school_id: int, round_id: int) -> tuple[School, SurveyRound]:
    """A school's round, for those who print what parents are handed; raises NothingToHandOut."""
    school = await access.school(viewer, school_id, Right.READ_SURVEYS)
    await access.require(viewer, Right.INVITE_PARENTS, school)
    asked = await SurveyRound.get_or_none(id=round_id)
    if asked is None or not await _asks(asked, school):
        raise NotFound
    if asked.state not in (RoundState.PLANNED, RoundState.OPEN):
        raise NothingToHandOut
    return school, asked


async def public_round(school_id: int, round_id: int) -> tuple[School, SurveyRound] | None:
    """What everybody with the link may know: that a school has a round, and its days."""
    school = await School.get_or_none(id=school_id, open=True)
    asked = await SurveyRound.get_or_none(id=round_id)
    if (
        school is None
        or asked is None
        or asked.state is RoundState.CANCELLED
        or not await _asks(asked, school)
    ):
        return None
    return school, asked


async def _asks(asked: SurveyRound, school: School) -> bool:
    if asked.school_id is not None:
        return bool(asked.school_id == school.id)
    return school.county_code.startswith(asked.division_code) or bool(
        # counted here before the school came to another county
        await sql.rows(
            "SELECT 1 AS yes FROM survey_result WHERE round_id = $1 AND school_id = $2", asked.id, school.id
        )
    )


async def _groups(condition: str, *values: Any) -> dict[tuple[int, int], Group]:
    found = await sql.rows(
        "SELECT r.round_id, r.grade, r.n, r.invited, f.question, f.total, f.top, f.foot FROM survey_result r"  # noqa: S608
        f" JOIN survey_figure f ON f.result_id = r.id WHERE {condition} ORDER BY f.question",
        *values,
    )
    groups: dict[tuple[int, int], Group] = {}
    for row in found:
        group = groups.setdefault((row["round_id"], row["grade"]), Group(row["n"], row["invited"], {}))
        group.figures[row["question"]] = Figure(row["total"], row["top"], row["foot"])
    return groups


@dataclass(frozen=True)
class Place:
    """A division just below the one asked for. `withheld`: schools with answers too few to be opened."""

    code: str
    name: str
    schools: int
    withheld: int
    group: Group


async def result_of_division(viewer: Viewer, code: str, term: str) -> list[Place]:
    """A term's results in the divisions just below one (a county: the county itself), by code.

    Sums of schools that are shown, and of no others: no difference of two of them is under five.
    """
    access.division(viewer, code, Right.READ_SURVEYS)
    width = {2: 4, 4: 6, 6: 6}[len(code)]
    first, end = span(code)
    where = "r.term = $1 AND r.grade = 0 AND r.county_code >= $2 AND r.county_code < $3"
    place = f"SUBSTR(r.county_code, 1, {width})"
    schools = await sql.rows(
        f"SELECT {place} AS code, COUNT(*) AS schools, SUM(CASE WHEN n = 0 THEN 1 ELSE 0 END) AS withheld,"  # noqa: S608
        " SUM(n) AS n, SUM(CASE WHEN n = 0 THEN 0 ELSE invited END) AS invited"
        f" FROM survey_result r WHERE {where} GROUP BY {place} ORDER BY 1",
        term, first, end,
    )  # fmt: skip
    sums = await sql.rows(
        f"SELECT {place} AS code, f.question, SUM(f.total) AS total, SUM(f.top) AS top, SUM(f.foot) AS foot"  # noqa: S608
        f" FROM survey_result r JOIN survey_figure f ON f.result_id = r.id WHERE {where}"
        f" GROUP BY {place}, f.question ORDER BY 1, 2",
        term, first, end,
    )  # fmt: skip
    names = await _names(row["code"] for row in schools)
    figures: dict[str, dict[str, Figure]] = {}
    for row in sums:
        figure = Figure(int(row["total"]), int(row["top"]), int(row["foot"]))
        figures.setdefault(row["code"], {})[row["question"]] = figure
    return [
        Place(
            row["code"], names[row["code"]], row["schools"], int(row["withheld"]),
            Group(int(row["n"]), int(row["invited"]), figures.get(row["code"], {})),
        )
        for row in schools
    ]  # fmt: skip


async def _names(codes: Iterable[str]) -> dict[str, str]:
    found = await Division.filter(code__in=set(codes)).values("code", "name")
    return {row["code"]: row["name"] for row in found}


async def remarks(viewer: Viewer, school_id: int, round_id: int) -> list[SurveyRemark]:
    """Guardians' words, in no order: those checked, and for officers also those that wait for them."""
    school = await access.school(viewer, school_id, Right.READ_REMARKS)
    states = [RemarkState.SHOWN]
    if access.reaches(viewer, Right.PLAN_SURVEYS, school) is not None:
        states.append(RemarkState.WAITING)
    return await SurveyRemark.filter(round_id=round_id, school_id=school.id, state__in=states).order_by("id")
