"""A whole province, made up and the same each time, with facts planted in it that alerts are to find, and their count.

Nothing of what judges alerts is used here: what is to be found is known from what was planted. Only what judges reads
is made: no committee member but the chair, no visit and no problem that nothing was planted in, no step of the journal
for entries, and no picture.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import Conflict
from models.ledger.figures import mark
from models.organisations.tables import Division, Level
from models.people.phones import Vault
from models.policies.calendar import beijing_date
from ops.demo.province import offices, visiting
from ops.demo.province.entries import Ledger
from ops.demo.province.layout import Province, laid_out
from ops.demo.province.loading import load, number_on
from ops.demo.province.planting import plant
from ops.demo.province.registers import REGISTER_ROW, Registered
from ops.demo.province.rows import ENTRY
from ops.demo.province.size import Size
from ops.demo.province.times import Times

Progress = Callable[[str, int, int], None]
NUMBERED = ("school", "canteen", "post", "person", "register_row", "sealed_number", "check_in", "visit", "problem", "photo",
            "survey_round", "survey_result", "ledger_entry")  # fmt: skip


class NotEmpty(Conflict):
    code = "not_empty"
    sentence = "数据库里已有{what}，全省演示数据只能装入空库。请换一个 SHANDU_DATABASE_URL 或 SHANDU_HOME。"


@dataclass(frozen=True)
class Made:
    """How many rows each table got, and what was planted: findings by rule, place (a school's id or a county's code)
    and sort, and how often each case, by its rule and what it is."""

    rows: dict[str, int]
    planted: Counter[tuple[str, int | str, str]]
    cases: Counter[tuple[str, str]]


async def make(size: Size, now: datetime, progress: Progress, vault: Vault) -> Made:
    """Fill an empty, migrated database; all of it or, when it is stopped, nothing. Raises NotEmpty."""
    await _insist_on_empty()
    divisions = await Division.filter(level=Level.COUNTY).order_by("code").values()
    times = Times(beijing_date(now), size.weeks)
    province = laid_out(size, times, divisions)
    plant(province)
    places = {one["code"]: (one["longitude"] or 102.0, one["latitude"] or 25.0) for one in divisions}
    async with in_transaction():
        rows = await _places(province, places, vault, now)
        done = sum(rows.values())
        progress("建立学校、岗位和人员", done, done)
        registered = Registered(province)
        rows["register_row"] = await load("register_row", REGISTER_ROW, registered.rows())
        rows["sealed_number"] = await load("sealed_number", ("id", "sealed"), registered.numbers(vault))
        progress("登记名录", rows["register_row"], rows["register_row"])
        rows |= await _left_behind(province)
        rows["ledger_entry"] = await _ledger(province, registered, progress)
        for days in times.months.values():
            # its figures are counted by the worker, as they would be of what comes in
            await mark(now, days[-1])
        await number_on(NUMBERED)
    if sql.on_postgres():
        await sql.rows("ANALYZE")
    return Made(rows, province.planted, province.cases)


async def _insist_on_empty() -> None:
    for table, what in (
        ("school", "学校"),
        ("person", "人员"),
        ("register_row", "名录"),
        ("ledger_entry", "台账"),
    ):
        if await sql.rows(f"SELECT id FROM {table} LIMIT 1"):  # noqa: S608
            raise NotEmpty(what=what)


async def _places(province: Province, places: offices.Place, vault: Vault, now: datetime) -> dict[str, int]:
    return {
        "school": await load("school", offices.SCHOOL, offices.schools(province, places)),
        "canteen": await load("canteen", offices.CANTEEN, offices.canteens(province)),
        "post": await load("post", offices.POST, offices.posts(province)),
        "person": await load("person", offices.PERSON, offices.people(province, vault, now)),
        "holding": await load("holding", offices.HOLDING, offices.holdings(province)),
        "duty": await load("duty", offices.DUTY, offices.duties(province)),
        "policy": await load("policy", offices.POLICY, offices.policies(now)),
    }


async def _left_behind(province: Province) -> dict[str, int]:
    return {
        "check_in": await load("check_in", visiting.CHECK_IN, visiting.check_ins(province)),
        "visit": await load("visit", visiting.VISIT, visiting.visits(province)),
        "problem": await load("problem", visiting.PROBLEM, visiting.problems(province)),
        "journal_entry": await load("journal_entry", visiting.STEP, visiting.steps(province)),
        "photo": await load("photo", visiting.PHOTO, visiting.photos(province)),
        "repeated_photo": await load("repeated_photo", visiting.REPEATED, visiting.repeated(province)),
        "survey_round": await load("survey_round", visiting.ROUND, visiting.rounds(province)),
        "survey_result": await load("survey_result", visiting.RESULT, visiting.results(province)),
        "survey_figure": await load("survey_figure", visiting.FIGURE, visiting.figures(province)),
    }


async def _ledger(province: Province, registered: Registered, progress: Progress) -> int:
    """Day by day: rows lie in the order of their dates, as they would have come."""
    ledger = Ledger(province, registered)
    days = ledger.days()
    for number, on in enumerate(days):
        await load("ledger_entry", ENTRY, ledger.rows(on))
        progress("填写台账（天）", number + 1, len(days))
    return ledger.made
