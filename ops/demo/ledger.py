"""Two weeks of every school's ledger, with what is on the wall and in the files: mostly right, and here and there
not, so that a school has an alert or two. One that never counted its flyscreens stands beside one that counted and
found none."""

import random
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.evidence.actions import add_photo
from models.evidence.store import PhotoStore
from models.evidence.tables import Purpose
from models.ledger import actions, bulk, numbers
from models.ledger.actions import Draft
from models.ledger.periods import SchoolFacts, meals_of, school_days
from models.ledger.places import facts_in
from models.ledger.registering import row_values, upsert_rows
from models.ledger.registers.committee_list import COMMITTEE_LIST
from models.ledger.registers.supplier import SUPPLIER
from models.ledger.tables import Origin
from models.organisations.actions import ensure_post
from models.organisations.tables import Canteen, CanteenMode, PostKind, School
from models.people.access import Held, Viewer
from models.people.phones import Vault
from models.policies.calendar import BEIJING, beijing_date
from ops.demo.history import picture
from ops.demo.names import GRADES_OF

DAYS_BACK = 13
# schools that took a picture of their licence
PICTURED = 12
DISHES = ("洋芋焖饭", "番茄炒蛋", "白菜豆腐", "红烧肉", "清炒莴笋", "冬瓜汤")
COOKS = ("李琼仙", "王桂芬", "张家兴", "杨美仙", "赵永芬", "陈光美")
FIRMS = {"rice": "滇东粮油", "meat": "爨乡肉联", "vegetable": "麒麟鲜蔬"}
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class _At:
    """A school with the people who keep its ledger, the suppliers of its county and its own chance."""

    school: School
    number: int
    mode: CanteenMode
    manager: int
    head: int
    finance: int
    suppliers: dict[str, int]
    chance: random.Random
    today: date
    # the last school day of last month, if there was one
    month_end: date | None

    def draft(
        self, aspect: str, on: date, at: time, values: dict[str, Any], meal: str | None = None
    ) -> Draft:
        made_at = datetime.combine(on, at, BEIJING).astimezone(UTC)
        mark = f"demo-{aspect}-{self.school.id}-{on:%m%d}-{meal or ''}-{self.chance.randrange(10**9)}"
        return Draft(mark, aspect, 1, on, made_at, values, meal, self.school.id)


async def make(
    schools: list[School], vault: Vault, store: PhotoStore, now: datetime, progress: Progress
) -> None:
    """Fill the ledgers: three tables a school, and for some a licence with its picture."""
    today = beijing_date(now)
    suppliers = await _suppliers(sorted({school.county_code for school in schools}), now)
    people = await _people()
    modes = {row["school_id"]: row["mode"] for row in await Canteen.all().values("school_id", "mode")}
    facts = await facts_in({school.county_code for school in schools})
    await _committees(schools, now)
    ended = today.replace(day=1) - timedelta(days=1)
    for number, school in enumerate(schools):
        terms = facts[school.county_code].terms
        # today's is for whoever plays the school
        days = list(school_days(today - timedelta(days=DAYS_BACK), today - timedelta(days=1), terms))
        at = _At(
            school, number, CanteenMode(modes[school.id]), people[school.id, PostKind.MANAGER],
            people[school.id, PostKind.HEAD], people[school.id, PostKind.FINANCE],
            suppliers[school.county_code], random.Random(530_310 + number), today,  # noqa: S311
            max(school_days(ended.replace(day=1), ended, terms), default=None),
        )  # fmt: skip
        async with in_transaction():
            await _load([*_files(at), *_kept_daily(at, days)], at.manager, vault, now)
            await _load(list(_by_head(at, days)), at.head, vault, now)
            await _load(list(_by_finance(at)), at.finance, vault, now)
        if number < PICTURED:
            await _with_picture(at, vault, store, now)
        progress("填写台账", number + 1, len(schools))


async def _with_picture(at: _At, vault: Vault, store: PhotoStore, now: datetime) -> None:
    """The licence as the manager's phone sends it, by the very action that phones call."""
    post = await ensure_post(PostKind.MANAGER, school_id=at.school.id)
    viewer = Viewer(0, 0, "", at.manager, None, (Held(post.id, PostKind.MANAGER, at.school.id, None),))
    key = secrets.token_hex(16)
    data = picture("食品经营许可证", at.school.name)
    kept = await add_photo(viewer, at.school.id, Purpose.LEDGER, data, f"demo-{key[:12]}", key, store, now)
    await actions.record(viewer, _licence(at, kept.key), vault, now)


async def _load(drafts: list[Draft], person_id: int, vault: Vault, now: datetime) -> None:
    drafts = [one for one in drafts if one.made_at <= now]
    among = await bulk.known(drafts, person_id)
    judged = [(one, bulk.judge(one, among, now)) for one in drafts]
    assert not [faults for _, (_, faults) in judged if faults]
    right = [(one, values) for one, (values, _) in judged]
    await bulk.write(right, among, person_id, vault, now, Origin.HAND, partial(_received, now))


def _received(now: datetime, draft: Draft) -> datetime:
    """Soon after; of a made-up few the next evening, if that is over."""
    evening = draft.made_at + timedelta(hours=30)
    late = draft.request_id.endswith("7") and evening <= now
    return evening if late else min(draft.made_at + timedelta(minutes=3), now)


async def _people() -> dict[tuple[int, PostKind], int]:
    found = await sql.rows(
        "SELECT po.school_id, po.kind, MIN(h.person_id) AS person_id FROM holding h JOIN post po ON po.id = h.post_id"
        " WHERE po.kind IN ('manager', 'head', 'finance') GROUP BY po.school_id, po.kind"
    )
    return {(row["school_id"], PostKind(row["kind"])): row["person_id"] for row in found}


async def _suppliers(counties: list[str], now: datetime) -> dict[str, dict[str, int]]:
    """Three a county, registered by its own office."""
    rows, keys = [], []
    for county in counties:
        for n, (ingredient, name) in enumerate(FIRMS.items()):
            code = f"91{county}MA6K0{n}{county[-3:]}"
            code = f"{code:0<17}"[:17]
            licence = f"1{county}{n:06d}"
            values = {
                "name": f"{name}（{county}）有限公司",
                "company_code": code + numbers.company_check(code),
                "licence": f"JY{licence}{numbers.licence_check(licence)}",
                "licence_until_on": f"{beijing_date(now).year + 1 + n}-06-30",
                "classes": ["rice", "flour", "oil"] if ingredient == "rice" else [ingredient],
            }
            row = row_values(SUPPLIER, 1, values, (), None, county, 1, now)
            rows.append(row)
            keys.append((county, ingredient, (row.form, row.row_key)))
    ids = await upsert_rows(rows)
    found: dict[str, dict[str, int]] = {}
    for county, ingredient, key in keys:
        found.setdefault(county, {})[ingredient] = ids[key]
    return found


async def _committees(schools: list[School], now: datetime) -> None:
    """The lists of this school year, as heads filed them; one school in fifteen has not."""
    today = beijing_date(now)
    year = today.year if today.month >= 9 else today.year - 1
    rows = []
    for number, school in enumerate(schools):
        if number % 15 != 9:
            grades = GRADES_OF[school.stage]
            values = {
                "year": year, "filed_on": f"{year}-09-{1 + number % 20:02}", "members": max(len(grades), 7),
                "grades": grades, "school_grades": grades, "no_interest": True, "published": True,
            }  # fmt: skip
            rows.append(row_values(COMMITTEE_LIST, 1, values, (), school.id, school.county_code, 1, now))
    await upsert_rows(rows)


def _files(at: _At) -> Iterator[Draft]:
    """What changes seldom. One school in ten never counted its defences, one in ten counted no flyscreens."""
    on, year = at.today - timedelta(days=DAYS_BACK), at.today.year
    diners = at.school.diners or 300
    meals = ["breakfast", "lunch", "dinner"] if at.school.boarding else ["lunch"]
    profile = {
        "mode": at.mode.value, "diners": diners, "meals": meals, "seats": diners // 2, "area_m2": diners * 0.8 // 1 + 0.5,
        "meal_standard_fen": 600,
    }  # fmt: skip
    yield at.draft("canteen_profile", on, time(9), profile)
    if at.number >= PICTURED:
        yield _licence(at)
    director = "safety" if at.number % 20 == 14 else "director"
    for n, name in enumerate(COOKS[: 3 + at.number % 4]):
        ends = at.today + timedelta(days=-5 if (at.number + n) % 37 == 0 else 100 + 37 * n)
        values = {
            "name": name, "job": ("cook", director, "helper")[min(n, 2)],
            "certificate": f"QJ{year}{at.school.id:05d}{n}", "from_on": (ends - timedelta(days=365)).isoformat(),
            "until_on": ends.isoformat(), "trained": True,
        }  # fmt: skip
        yield at.draft("staff", on, time(9, 20 + n), values)
    if at.number % 10 != 3:
        counts = {
            "dust": 4,
            "rat": 6,
            "fly": 0 if at.number % 10 == 6 else 8,
            "intact": True,
        }
        yield at.draft("three_defences", on, time(10), counts)
    equipment = {
        "fridges": 3, "sterilisers": 2, "sample_fridges": 1, "cameras": 6, "cameras_online": 5 if at.number % 12 == 5 else 6,
        "separate_sinks": True,
    }  # fmt: skip
    yield at.draft("equipment", on, time(10, 10), equipment)
    yield from _contracts(at, on)


def _licence(at: _At, *photos: str) -> Draft:
    year = at.today.year
    number = f"1{at.school.county_code}{at.number:06d}"
    licence: dict[str, Any] = {
        "number": f"JY{number}{numbers.licence_check(number)}", "holder": at.school.name, "scope": ["hot"],
        "from_on": f"{year - 3}-03-01",
        "until_on": (at.today + timedelta(days=(20 if at.number % 12 == 0 else 500))).isoformat(),
        "grade": at.chance.choice(["A", "B", "B"])
    }  # fmt: skip
    if photos:
        licence["photos"] = list(photos)
    return at.draft("food_licence", at.today - timedelta(days=DAYS_BACK), time(9, 10), licence)


def _contracts(at: _At, on: date) -> Iterator[Draft]:
    year = at.today.year
    for n, (ingredient, unit, price) in enumerate((("rice", "kg", 520), ("meat", "kg", 3_200))):
        values = {
            "ingredient": ingredient, "goods": {"rice": "香米", "meat": "鲜猪后腿肉"}[ingredient], "method": "public",
            "supplier": at.suppliers[ingredient], "number": f"HT{year}-{at.school.id}-{n}", "unit": unit,
            # one in fifteen pays far more
            "price_fen": price * (2 if at.number % 15 == 4 else 1) + at.chance.randrange(40),
            "from_on": f"{year}-01-01", "until_on": f"{year + (at.number % 9 != 5)}-12-31",
        }  # fmt: skip
        yield at.draft("procurement", on, time(10, 20 + n), values)
    if at.mode is not CanteenMode.OWN:
        code = f"91{at.school.county_code}MA6N{at.school.id:05d}"
        code = f"{code:0<17}"[:17]
        licence = f"2{at.school.county_code}{at.number:06d}"
        values = {
            "how": at.mode.value, "company": "云味团餐管理有限公司", "company_code": code + numbers.company_check(code),
            "licence": f"JY{licence}{numbers.licence_check(licence)}", "licence_until_on": f"{year + 2}-05-31",
            "scope": ["hot", "group"], "from_on": f"{year}-09-01" if at.today.month >= 9 else f"{year - 1}-09-01",
            "until_on": f"{year + 1}-08-31", "fee_fen": 0 if at.number % 2 else 8_000_000, "waived": at.number % 2 == 1,
        }  # fmt: skip
        yield at.draft("contractor", on, time(10, 40), values)


def _kept_daily(at: _At, days: list[date]) -> Iterator[Draft]:
    """What the manager writes every school day; one school in eleven stopped a week ago."""
    if at.number % 11 == 8:
        days = days[: len(days) // 2]
    for day in days:
        yield from _morning(at, day)
        for meal in _meals(at):
            yield _sample(at, day, meal)
        yield from _afternoon(at, day)
    training = {"topic": "留样与晨检规范", "how": "on_site", "hours": 2.0, "attended": 4, "staff": 4}
    pests = {"who": "self", "against": ["rat", "roach"], "method": "physical", "result": "none"}
    for day in _monthly(at, days):
        yield at.draft("training", day, time(15), training)
        yield at.draft("pest_control", day, time(16), pests)


def _monthly(at: _At, days: list[date]) -> list[date]:
    """When what is done once a month was done: last month and, in its turn, this one."""
    return [day for day in (at.month_end, *days[:1]) if day is not None]


def _meals(at: _At) -> tuple[str, ...]:
    return meals_of(SchoolFacts(at.school.id, at.school.county_code, at.school.boarding, frozenset()))


def _morning(at: _At, day: date) -> Iterator[Draft]:
    ill = int(at.chance.random() < 0.05)
    check = {
        "present": 5,
        "healthy": 5 - ill,
        "sent_home": ill,
        "clothing": at.chance.random() > 0.03,
        "checker": at.manager,
    }
    yield at.draft("morning_check", day, time(6, 30), check)
    ingredient = at.chance.choice(["rice", "meat", "vegetable"])
    goods = {
        "goods": {"rice": "香米25公斤", "meat": "鲜猪后腿肉", "vegetable": "大白菜"}[ingredient], "ingredient": ingredient,
        "supplier": at.suppliers[ingredient], "quantity_g": at.chance.randrange(20, 200) * 1000, "verdict": "accepted",
        "papers": ["receipt", "quarantine"] if ingredient == "meat" else ["receipt"], "signer_1": at.manager,
    }  # fmt: skip
    if at.chance.random() > 0.01:
        goods["signer_2"] = at.head
    yield at.draft("acceptance", day, time(7, at.chance.randrange(50)), goods)


def _sample(at: _At, day: date, meal: str) -> Draft:
    hour = {"breakfast": 7, "lunch": 11, "dinner": 17}[meal]
    sample = {
        "dish": at.chance.choice(DISHES), "grams": 110 if at.chance.random() < 0.004 else at.chance.randrange(130, 220),
        "taken_at": f"{day}T{hour:02}:40", "hours": 48, "fridge_c": at.chance.randrange(20, 60) / 10, "labelled": True,
        "keeper": at.manager,
    }  # fmt: skip
    return at.draft("food_sample", day, time(hour, 45), sample, meal)


def _afternoon(at: _At, day: date) -> Iterator[Draft]:
    store = {
        "expired": int(at.chance.random() < 0.004), "chill_c": at.chance.randrange(20, 70) / 10, "freeze_c": -18.0,
        "apart": True, "off_floor": True, "core_c": float(at.chance.randrange(72, 85)), "no_high_risk": True,
    }  # fmt: skip
    yield at.draft("storage", day, time(13), store)
    clean = {"method": "steam", "minutes": 15, "heat_c": 100.0, "closed": True, "by": at.manager}
    yield at.draft("disinfection", day, time(14), clean)
    diners = at.school.diners or 300
    served = {
        "menu_published": True, "portions": diners - at.chance.randrange(20), "price_fen": 600,
        "cooked": "own", "leftover_kg": at.chance.randrange(2, 20),
    }  # fmt: skip
    yield at.draft("serving", day, time(12, 30), served)


def _by_head(at: _At, days: list[date]) -> Iterator[Draft]:
    """Shared meals, one in two hundred of them missed, and the months' meetings."""
    for day in days:
        for meal in _meals(at):
            if at.chance.random() > 0.005:
                eaten = {"who": at.head, "score": at.chance.choice([4, 4, 5]), "same": "yes"}
                yield at.draft("shared_meal", day, time(12, 20), eaten, meal)
    meeting = {"subject": "食堂安全月调度", "chair": at.head, "present": 6, "decisions": "更换两个留样盒"}
    for day in _monthly(at, days) if at.number % 7 != 2 else []:
        yield at.draft("site_meeting", day, time(16), meeting)


def _by_finance(at: _At) -> Iterator[Draft]:
    if at.number % 5 != 0:
        values = {
            "refund_fen": 0, "refund_pupils": 0, "waived_fen": 0, "waived_pupils": 0, "own_account": True,
            "published": True, "where": "校门口公示栏",
        }  # fmt: skip
        yield at.draft("finance", at.today - timedelta(days=DAYS_BACK), time(11), values)
