"""Last term's survey, counted, and this term's, open: answered through the very actions that phones call."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from models.database import sql
from models.organisations.tables import School, SchoolStage
from models.people.access import Viewer
from models.policies.calendar import beijing_date
from models.surveys import actions, boxes, rules
from models.surveys.questionnaires import CURRENT
from models.surveys.sealing import Seal
from models.surveys.tables import Child, Guardian, RemarkState, RoundState, SurveyRound

OPEN_DAYS = 14
BACK = timedelta(days=180)
ANSWERING = 0.85
WORDS = ["饭菜比上学期热了", "希望多一点青菜", "", "", "孩子说分量不够", "公示栏看得懂", ""]

GUARDIANS = """
SELECT h.person_id, p.school_id, s.stage FROM holding h JOIN post p ON p.id = h.post_id
JOIN school s ON s.id = p.school_id WHERE p.kind IN ('parent', 'committee') ORDER BY h.person_id
"""


async def make(
    schools: list[School], seal: Seal, now: datetime, progress: Callable[[str, int, int], None]
) -> None:
    """A child for every guardian of the schools, and two rounds of their prefecture."""
    chance = random.Random(530_308)  # noqa: S311 - a demonstration, the same each time
    today = beijing_date(now)
    seats = [await _seat(row, chance, rules.school_year(today)) for row in await sql.rows(GUARDIANS)]
    prefecture, last = schools[0].county_code[:4], schools[-1].id
    past = await _round(prefecture, now - BACK, RoundState.OPEN, last)
    for person_id, school_id, grade, child_id in seats:
        if chance.random() < ANSWERING:
            seat = actions.Seat(past.id, child_id, school_id, grade, False)
            viewer = Viewer(0, 0, "", person_id, None, ())
            answer = _answer(chance, school_id)
            await actions.cast(viewer, seat, answer, RemarkState.SHOWN, seal, chance, past.opens_on)
    past.state, past.closed_at = RoundState.CLOSED, now - BACK
    await past.save(update_fields=["state", "closed_at"])
    counted = 0
    while step := await boxes.open_boxes(seal, chance, now, today):
        # what is counted of the divisions comes after the schools
        if counted < len(schools):
            counted = min(counted + step, len(schools))
            progress("统计上学期的满意度测评", counted, len(schools))
    await _round(prefecture, now, RoundState.OPEN, last)


async def _seat(row: dict[str, Any], chance: random.Random, year: int) -> tuple[int, int, int, int]:
    grade = chance.choice(rules.STAGES[SchoolStage(row["stage"])])
    child = await Child.create(
        school_id=row["school_id"], grade=grade, school_year=year, class_name=f"{chance.randint(1, 4)}班"
    )
    await Guardian.create(person_id=row["person_id"], child_id=child.id, request_id=f"demo-{child.id}")
    return row["person_id"], row["school_id"], grade, child.id


async def _round(prefecture: str, at: datetime, state: RoundState, told_to: int) -> SurveyRound:
    opens_on = beijing_date(at)
    term = rules.term_of(opens_on)
    return await SurveyRound.create(
        division_code=prefecture,
        term=term,
        title=f"{rules.term_name(term)}家长满意度测评",
        opens_on=opens_on,
        closes_on=opens_on + timedelta(days=OPEN_DAYS - 1),
        form_version=CURRENT.version,
        state=state,
        told_to=told_to,
    )


def _answer(chance: random.Random, school_id: int) -> rules.Answer:
    """Schools differ; so do their guardians, a little."""
    liking = 0.5 + school_id % 7 / 14
    steps = [value for value, _ in CURRENT.steps]
    marks = {
        question.code: steps[min(4, int(chance.random() * 4 * (1.3 - liking)))]
        for question in CURRENT.questions
    }
    marks["S12"] = min(10, int(4 + 6 * liking * chance.random() + liking * 2))
    return rules.Answer(CURRENT.version, marks, 5, "child", chance.choice(WORDS))
