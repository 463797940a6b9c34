"""What a school's parents may know: what is eaten, the hygiene grade, the last visits, what guardians said.

Facts alone: nobody's name, no photo, no certificate's number, and of words none but the names of dishes.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from models.database import sql
from models.ledger.aspects import aspect
from models.ledger.declaring import MEAL_NAMES, Meal
from models.ledger.tables import LedgerEntry, RegisterRow
from models.organisations.tables import School
from models.people import access
from models.people.access import Viewer
from models.people.rights import Right
from models.policies.calendar import beijing_date
from models.surveys import rules
from models.visits.forms import FORMS
from models.visits.tables import Visit, VisitKind

MENU_DAYS = 7
GRADES = {code: name for form in FORMS for code, name in form.grades}

# the newest round that was counted with enough answers; the first question is about the whole
SATISFACTION = """
SELECT o.id, o.title, r.n, r.invited, f.top FROM survey_result r
JOIN survey_round o ON o.id = r.round_id JOIN survey_figure f ON f.result_id = r.id
WHERE r.school_id = $1 AND r.grade = 0 AND r.n > 0
ORDER BY o.opens_on DESC, o.id DESC, f.question LIMIT 1
"""


@dataclass(frozen=True)
class Dishes:
    """`name`: of the meal, in Chinese."""

    meal: str
    name: str
    dishes: list[str]


@dataclass(frozen=True)
class Menu:
    """The dishes of the last Beijing date of which samples were kept. `price_fen`: what a meal costs, in fen."""

    on: date
    meals: list[Dishes]
    price_fen: int | None


@dataclass(frozen=True)
class Licence:
    grade: str
    grade_name: str
    until_on: date


@dataclass(frozen=True)
class Visited:
    """`grade_name` empty: the form has no grade for the whole."""

    kind: VisitKind
    on: date
    grade_name: str
    passed: int
    failed: int
    unseen: int


@dataclass(frozen=True)
class Satisfied:
    """`top_share`: satisfied or very satisfied with the canteen as a whole, of `n` answers."""

    round_id: int
    title: str
    n: int
    invited: int
    response_rate: float
    top_share: float


@dataclass(frozen=True)
class Grade:
    grade: int
    name: str


@dataclass(frozen=True)
class Board:
    """A part is null, or empty, where nothing is known. `grades`: those that the school has."""

    school_id: int
    school_name: str
    open: bool
    grades: list[Grade]
    menu: Menu | None
    licence: Licence | None
    visits: list[Visited]
    satisfaction: Satisfied | None


async def of_school(viewer: Viewer, school_id: int, today: date) -> Board:
    """The board on a Beijing date, for those who may see the school's surveys: its parents and all above them."""
    school = await access.school(viewer, school_id, Right.READ_SURVEYS)
    return Board(
        school.id, school.name, school.open,
        [Grade(grade, rules.GRADES[grade]) for grade in rules.STAGES[school.stage]],
        await _menu(school, today),
        await _licence(school, today),
        await _visits(school),
        await _satisfaction(school),
    )  # fmt: skip


async def _menu(school: School, today: date) -> Menu | None:
    samples = await LedgerEntry.filter(
        school_id=school.id, aspect="food_sample", current=True,
        for_on__gt=today - timedelta(days=MENU_DAYS), for_on__lte=today,
    ).order_by("-for_on", "id")  # fmt: skip
    if not samples:
        return None
    on = samples[0].for_on
    dishes = [(one.meal, str(one.items["dish"])) for one in samples if one.for_on == on]
    meals = [
        Dishes(meal.value, MEAL_NAMES[meal], list(dict.fromkeys(dish for at, dish in dishes if at == meal)))
        for meal in Meal
    ]
    served = (
        await LedgerEntry.filter(school_id=school.id, aspect="serving", current=True, for_on__lte=today)
        .order_by("-for_on", "-id")
        .first()
    )
    return Menu(on, [one for one in meals if one.dishes], served.items.get("price_fen") if served else None)


async def _licence(school: School, today: date) -> Licence | None:
    row = (
        await RegisterRow.filter(
            school_id=school.id, register="licence", ended_on=None, until_on__gte=today
        )
        .order_by("-until_on", "-id")
        .first()
    )  # fmt: skip
    if row is None or row.until_on is None:
        return None
    (item,) = [item for item in aspect("food_licence").asked(row.version) if item.code == "grade"]
    grade = str(row.items["grade"])
    return Licence(grade, item.words[grade], row.until_on)


async def _visits(school: School) -> list[Visited]:
    """The last visit of each kind."""
    found = []
    for kind in VisitKind:
        visit = await Visit.filter(school_id=school.id, kind=kind).order_by("-id").first()
        if visit is not None:
            on = beijing_date(visit.visited_at)
            grade = GRADES.get(visit.grade, "")
            found.append(Visited(kind, on, grade, visit.passed, visit.failed, visit.unseen))
    return found


async def _satisfaction(school: School) -> Satisfied | None:
    rows = await sql.rows(SATISFACTION, school.id)
    if not rows:
        return None
    (row,) = rows
    rate = round(row["n"] / row["invited"], 4) if row["invited"] else 0.0
    top = round(row["top"] / row["n"], 4)
    return Satisfied(row["id"], row["title"], row["n"], row["invited"], rate, top)
