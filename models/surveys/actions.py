"""A guardian's children, and answering: two writes that nothing joins, in one transaction."""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from models.journal.actions import record
from models.organisations.tables import SchoolStage
from models.people import access, consenting
from models.people.access import Viewer
from models.people.consents import CHILD_DATA
from models.people.rights import RIGHTS, Right
from models.policies.declared import CHILDREN_MOST
from models.policies.queries import effective
from models.surveys import awaited, rules
from models.surveys.questionnaires import questionnaire
from models.surveys.rules import Answer
from models.surveys.sealing import NONCE_BYTES, Seal
from models.surveys.tables import Child, Guardian, RemarkState, RoundState, SurveyRemark, SurveyRound

BIGGEST_ID = 2**63
BIGGEST_SHOWN_ID = 2**53
# a child taken off the list still counts for a year, or it could be swapped for another vote
COUNTED_FOR = timedelta(days=365)

SEAT = """
SELECT r.state, r.school_id AS round_school_id, r.division_code, r.opens_on, r.closes_on, r.form_version,
       c.school_id, c.grade, c.school_year, s.stage, s.county_code, s.open
FROM guardian g JOIN child c ON c.id = g.child_id JOIN school s ON s.id = c.school_id
JOIN survey_round r ON r.id = $1
WHERE g.person_id = $2 AND g.child_id = $3 AND g.until_on IS NULL
"""
PARTICIPATE = """
INSERT INTO survey_participation (id, round_id, school_id, person_id, child_id, on_date)
SELECT $1::bigint, r.id, $3::bigint, $4::bigint, $5::bigint, $6::date FROM survey_round r
WHERE r.id = $2::bigint AND r.state = 'open'
ON CONFLICT (round_id, person_id, child_id) DO NOTHING
RETURNING id
"""
BALLOT = "INSERT INTO survey_ballot (id, round_id, school_id, sealed)"


class WrongGrade(Invalid):
    code = "wrong_grade"
    sentence = "“{school}”没有这个年级，请重新选择。"


class TooManyChildren(Invalid):
    code = "too_many_children"
    sentence = "一位家长最多登记{most:g}个孩子（一年内删除的也计算在内），如有需要请联系学校。"


class NotAGuardianHere(Forbidden):
    code = "not_a_guardian_here"
    sentence = "您不是“{school}”登记的家长，请先联系学校登记。"


class RoundNotOpen(Conflict):
    code = "survey_not_open"
    sentence = "这一轮测评现在不收答卷（{opens_on}至{closes_on}）。"


class QuestionnaireUnknown(Invalid):
    code = "questionnaire_unknown"
    sentence = "问卷版本和这一轮测评不一致，请更新小程序后再提交。"


class AnswerRefused(Invalid):
    """Facts: `faults`, pairs of question code and sentence."""

    code = "answer_refused"
    sentence = "还有{count}处没有答好：{first}"


async def add_child(
    viewer: Viewer, school_id: int, grade: int, class_name: str, request_id: str, today: date, now: datetime
) -> Child:
    """Say that one is a guardian of a pupil. The same request id gives the same child.

    The first to be like one that came by a table is that one. Needs the guardian's consent for a child's data (个人信息保护法 第三十一条): ConsentMissing without it.
    NotAGuardianHere for others at the school, NotFound for everybody else: an id must not give its name.
    """
    # who is not bound hears so first, whether or not there is such a school
    me = viewer.bound
    school = await access.school(viewer, school_id, Right.READ_SURVEYS)
    if not school.open:
        raise NotFound
    if not _answers_at(viewer, school.id):
        raise NotAGuardianHere(school=school.name)
    if grade not in rules.STAGES[school.stage]:
        raise WrongGrade(school=school.name)
    most = (await effective(school.county_code))[CHILDREN_MOST.key]
    async with in_transaction():
        # one at a time a person, or two requests at once would each find room
        await sql.rows("UPDATE person SET name = name WHERE id = $1 RETURNING id", me)
        known = await Guardian.get_or_none(person_id=me, request_id=request_id)
        if known is not None:
            return await Child.get(id=known.child_id)
        await consenting.insist(viewer, CHILD_DATA)
        child_id = await awaited.claim(me, school.id, grade, class_name, request_id, today)
        if child_id is not None:
            return await Child.get(id=child_id)
        if await _counted(me, today) >= most:
            raise TooManyChildren(most=most)
        child = await Child.create(
            school_id=school.id, grade=grade, school_year=rules.school_year(today), class_name=class_name
        )
        await Guardian.create(person_id=me, child_id=child.id, request_id=request_id)
        facts = {"grade": grade}
        await record("child", child.id, "declare", now, school_id=school.id, person_id=me, facts=facts)
    return child


async def _counted(person_id: int, today: date) -> int:
    found = await sql.rows(
        "SELECT COUNT(*) AS n FROM guardian WHERE person_id = $1 AND (until_on IS NULL OR until_on > $2)",
        person_id, today - COUNTED_FOR,
    )  # fmt: skip
    return int(found[0]["n"])


async def remove_child(viewer: Viewer, child_id: int, today: date, now: datetime) -> None:
    """Say that one is no longer a guardian of a pupil here. Repeatable."""
    async with in_transaction():
        if not await Guardian.filter(person_id=viewer.bound, child_id=child_id).exists():
            raise NotFound
        ended = await Guardian.filter(person_id=viewer.bound, child_id=child_id, until_on=None).update(
            until_on=today
        )
        if ended:
            await record("child", child_id, "remove", now, person_id=viewer.bound)


def _answers_at(viewer: Viewer, school_id: int) -> bool:
    return any(
        held.school_id == school_id and Right.ANSWER_SURVEYS in RIGHTS[held.kind] for held in viewer.posts
    )


@dataclass(frozen=True)
class Seat:
    """A guardian's place in a round, for one child."""

    round_id: int
    child_id: int
    school_id: int
    grade: int
    answered: bool


async def seat(viewer: Viewer, round_id: int, child_id: int, answer: Answer, today: date) -> Seat:
    """Where an answer would go, when it may be given at all; `answered`: it was given before and would be
    refused by now.

    Raises NotFound for others' children and foreign rounds, RoundNotOpen, and AnswerRefused.
    """
    found = await sql.rows(SEAT, round_id, viewer.bound, child_id)
    if not found or not _covers(found[0]):
        raise NotFound
    row = found[0]
    try:
        grade = _grade(viewer, row, answer, today)
    except Refusal:
        # sent again after the round closed or the child left: the first answer stands
        if not await _has_answered(round_id, viewer.bound, child_id):
            raise
        return Seat(round_id, child_id, row["school_id"], row["grade"], True)
    return Seat(round_id, child_id, row["school_id"], grade, False)


def _grade(viewer: Viewer, row: dict[str, Any], answer: Answer, today: date) -> int:
    """The grade the answer counts for, when it may be given."""
    if not _answers_at(viewer, row["school_id"]):
        raise NotFound
    grade = rules.grade_on(row["grade"], row["school_year"], today, SchoolStage(row["stage"]))
    if grade is None:
        raise NotFound
    _check_open(row, today)
    _check(answer, row["form_version"])
    return grade


async def _has_answered(round_id: int, person_id: int, child_id: int) -> bool:
    found = await sql.rows(
        "SELECT 1 AS yes FROM survey_participation WHERE round_id = $1 AND person_id = $2 AND child_id = $3",
        round_id, person_id, child_id,
    )  # fmt: skip
    return bool(found)


def _covers(row: dict[str, Any]) -> bool:
    if row["round_school_id"] is not None:
        return bool(row["round_school_id"] == row["school_id"])
    return bool(row["county_code"].startswith(row["division_code"]))


def _check_open(row: dict[str, Any], today: date) -> None:
    opens_on, closes_on = (date.fromisoformat(str(row[name])) for name in ("opens_on", "closes_on"))
    if row["state"] != RoundState.OPEN or not opens_on <= today <= closes_on:
        raise RoundNotOpen(opens_on=str(opens_on), closes_on=str(closes_on))


def _check(answer: Answer, version: int) -> None:
    """By the round's own version, fixed when it was planned, however many have been declared since."""
    if answer.form_version != version:
        raise QuestionnaireUnknown
    wrong = list(rules.faults(questionnaire(version), answer))
    if wrong:
        raise AnswerRefused(count=len(wrong), first=wrong[0][1], faults=wrong)


async def cast(
    viewer: Viewer,
    taken: Seat,
    answer: Answer,
    remark: RemarkState,
    seal: Seal,
    chance: random.Random,
    today: date,
) -> bool:
    """Note that the guardian took part, and put the answer into the box; False when it was there already.

    No journal line: it would be a third place that knows who answered when. Who took part is a fact of
    the round, on a day; what was said is in an envelope that opens among at least five.
    """
    envelope = seal.close(
        _content(answer, taken, remark), taken.round_id, taken.school_id, chance.randbytes(NONCE_BYTES)
    )
    took_part = [
        chance.randrange(1, BIGGEST_ID), taken.round_id, taken.school_id, viewer.bound, taken.child_id, today,
    ]  # fmt: skip
    ballot = [chance.randrange(1, BIGGEST_ID), envelope]
    if await _write(took_part, ballot):
        return True
    if not await _has_answered(taken.round_id, viewer.bound, taken.child_id):
        found = await SurveyRound.get(id=taken.round_id)
        raise RoundNotOpen(opens_on=str(found.opens_on), closes_on=str(found.closes_on))
    return False


async def _write(took_part: list[Any], ballot: list[Any]) -> bool:
    if sql.on_postgres():
        done = await sql.rows(
            f"WITH came AS ({PARTICIPATE}), put AS ({BALLOT}"  # noqa: S608
            " SELECT $7::bigint, $2::bigint, $3::bigint, $8::bytea FROM came) SELECT id FROM came",
            *took_part, *ballot,
        )  # fmt: skip
        return bool(done)
    async with in_transaction():
        if not await sql.rows(PARTICIPATE, *took_part):
            return False
        await sql.rows(
            f"{BALLOT} VALUES ($1, $2, $3, $4) RETURNING id", ballot[0], *took_part[1:3], ballot[1]
        )
    return True


def _content(answer: Answer, taken: Seat, remark: RemarkState) -> dict[str, Any]:
    return {
        "version": answer.form_version,
        "grade": taken.grade,
        "marks": dict(answer.marks),
        "days": answer.days,
        "channel": answer.channel,
        "words": answer.words,
        "remark": remark.value,
    }


async def decide_remark(viewer: Viewer, remark_id: int, state: RemarkState, now: datetime) -> None:
    """An officer shows or refuses words that waited for somebody to read them. Repeatable."""
    remark = await SurveyRemark.get_or_none(id=remark_id)
    if remark is None:
        raise NotFound
    school = await access.school(viewer, remark.school_id)
    held = await access.require(viewer, Right.PLAN_SURVEYS, school)
    async with in_transaction():
        changed = await SurveyRemark.filter(id=remark.id, state=RemarkState.WAITING).update(state=state)
        if changed:
            await record(
                "survey_remark", remark.id, state.value, now,
                school_id=school.id, person_id=viewer.bound, post_id=held.post_id,
            )  # fmt: skip
