"""What a school writes when all is well: the values of every form, before anything is planted."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from models.ledger import numbers
from models.organisations.tables import CanteenMode
from ops.demo.names import GIVEN, GRADES_OF, SURNAMES
from ops.demo.province.school import Filed, School
from ops.demo.province.times import Times

DISHES = ("洋芋焖饭", "番茄炒蛋", "白菜豆腐", "红烧肉", "清炒莴笋", "冬瓜汤", "韭菜炒蛋", "排骨藕汤")
# what is delivered on which weekday
ROTA = ("rice", "vegetable", "meat", "vegetable", "oil", "rice", "meat")
GOODS = {"rice": "香米25公斤", "oil": "菜籽油20升", "meat": "鲜猪后腿肉", "vegetable": "大白菜"}
# contracts that every school has, in fen a unit
BOUGHT = {"rice": ("kg", 600), "oil": ("l", 1200), "meat": ("kg", 3200)}
JOBS = ("director", "cook", "cook", "helper", "cleaner", "keeper", "server")
SAMPLED_AT = {"breakfast": "07:20", "lunch": "11:40", "dinner": "17:30"}
MINUTES = {"breakfast": 445, "lunch": 705, "dinner": 1055}
Kept = tuple[str, str | None, int, dict[str, Any]]


def kept_on(school: School, on: date, full: bool) -> Iterator[Kept]:
    """The daily forms of a school day: aspect, meal, minute of the day, values."""
    chance = school.chance(on.toordinal())
    yield _sample(school, on, "lunch", chance)
    if not full:
        # and on most days one form more
        turn = chance % 25
        if turn < 8 and school.cooks:
            yield _morning(school, chance)
        elif turn < 15:
            yield _clean(school, chance)
        elif turn < 23:
            yield _eaten(school, "lunch", chance)
        return
    if school.cooks:
        yield _morning(school, chance)
        yield delivered(school, on, chance)
        yield _store(chance)
    yield _clean(school, chance)
    yield _served(school, chance)
    yield _eaten(school, "lunch", chance)
    if school.boarding:
        for meal in ("breakfast", "dinner"):
            yield _sample(school, on, meal, chance)
            yield _eaten(school, meal, chance)


def _morning(school: School, chance: int) -> Kept:
    ill = int(chance % 31 == 0)
    here = max(school.staff, 1)
    values = {
        "present": here, "healthy": here - ill, "sent_home": ill, "clothing": True, "checker": school.manager,
    }  # fmt: skip
    return "morning_check", None, 390, values


def delivered(school: School, on: date, chance: int) -> Kept:
    ingredient = ROTA[on.weekday()]
    values = {
        "goods": GOODS[ingredient], "ingredient": ingredient, "supplier": school.suppliers[ingredient],
        "quantity_g": 20_000 + chance % 180 * 1000, "papers": ["receipt"], "verdict": "accepted",
        "signer_1": school.manager, "signer_2": school.head,
    }  # fmt: skip
    return "acceptance", None, 420 + chance % 50, values


def _sample(school: School, on: date, meal: str, chance: int) -> Kept:
    values = {
        "dish": DISHES[chance % len(DISHES)], "grams": 130 + chance % 90, "taken_at": f"{on}T{SAMPLED_AT[meal]}",
        "hours": 48, "fridge_c": 2 + chance % 40 / 10, "labelled": True, "keeper": school.manager,
    }  # fmt: skip
    return "food_sample", meal, MINUTES[meal], values


def _store(chance: int) -> Kept:
    values = {
        "expired": 0, "chill_c": 2 + chance % 50 / 10, "freeze_c": -18.0, "apart": True, "off_floor": True,
        "core_c": 72.0 + chance % 14, "no_high_risk": True,
    }  # fmt: skip
    return "storage", None, 780, values


def _clean(school: School, chance: int) -> Kept:
    values = {
        "method": "steam", "minutes": 15, "heat_c": 100.0, "sets": 100 + chance % 900, "closed": True,
        "by": school.manager,
    }  # fmt: skip
    return "disinfection", None, 840, values


def _served(school: School, chance: int) -> Kept:
    values: dict[str, Any] = {
        "menu_published": True, "portions": max(school.diners - chance % 20, 1), "price_fen": 600,
        "cooked": "own" if school.cooks else "outside", "leftover_kg": 2 + chance % 18,
    }  # fmt: skip
    if not school.cooks:
        values["caterer"] = school.caterer
    plan = school.plan
    if plan is not None and plan.caterer is not None:
        values |= {"cooked": "outside", "caterer": plan.caterer}
    if plan is not None and plan.portions is not None:
        values["portions"] = plan.portions
    return "serving", None, 750, values


def _eaten(school: School, meal: str, chance: int) -> Kept:
    return (
        "shared_meal",
        meal,
        MINUTES[meal] + 30,
        {"who": school.head, "score": 4 + chance % 2, "same": "yes"},
    )


def filed(school: School, aspect: str, times: Times) -> list[Filed]:
    """What a school has filed under a form that is not kept every day or month."""
    if aspect in ("food_licence", "staff", "procurement", "equipment", "three_defences") and not school.cooks:
        return []
    if aspect == "contractor" and not school.outsourced:
        return []
    on = times.filed_on
    if aspect == "staff":
        return [Filed(on, {"turn": turn}) for turn in range(school.staff)]
    if aspect == "procurement":
        return [Filed(on, {"ingredient": one}) for one in BOUGHT]
    if aspect in ("three_defences", "equipment", "finance"):
        return [Filed(times.filed_before), Filed(on)]
    if aspect == "satisfaction":
        return [Filed(surveyed_on(times))]
    return [Filed(on)]


def dates_of(times: Times) -> set[date]:
    """When schools filed what is usual."""
    return {times.filed_before, times.filed_on, surveyed_on(times)}


def surveyed_on(times: Times) -> date:
    return min(times.term_began + timedelta(days=30), times.yesterday)


def values_of(school: School, aspect: str, given: dict[str, Any], times: Times) -> dict[str, Any]:
    """The values of such a form, with what is given in their place."""
    made = USUAL[aspect](school, given, times)
    return {code: value for code, value in (made | given).items() if code != "turn" and value is not None}


def _profile(school: School, given: dict[str, Any], times: Times) -> dict[str, Any]:
    return {
        "mode": school.mode.value, "diners": school.diners, "meals": list(school.meals), "seats": school.diners // 2,
        "area_m2": float(school.diners), "meal_standard_fen": school.standard_fen,
    }  # fmt: skip


def _licence(school: School, given: dict[str, Any], times: Times) -> dict[str, Any]:
    number = f"3{school.county}{given.get('turn', 0)}{school.turn:05d}"
    until = given.get("until_on") or times.after(100 + school.chance(1) % 1500).isoformat()
    return {
        "number": f"JY{number}{numbers.licence_check(number)}", "holder": "学校食堂", "scope": ["hot", "cold"],
        "from_on": (date.fromisoformat(until) - timedelta(days=1826)).isoformat(), "until_on": until, "grade": "B",
    }  # fmt: skip


def _worker(school: School, given: dict[str, Any], times: Times) -> dict[str, Any]:
    turn = int(given.get("turn", 0))
    until = given.get("until_on") or times.after(91 + school.chance(100 + turn) % 250).isoformat()
    name = SURNAMES[school.chance(turn) % len(SURNAMES)] + GIVEN[school.chance(50 + turn) % len(GIVEN)]
    return {
        "name": name, "job": JOBS[turn % len(JOBS)], "certificate": f"滇健{school.id:06d}{turn:02d}",
        "from_on": (date.fromisoformat(until) - timedelta(days=365)).isoformat(), "until_on": until, "trained": True,
    }  # fmt: skip


def _bought(school: School, given: dict[str, Any], times: Times) -> dict[str, Any]:
    ingredient = given["ingredient"]
    unit, fen = BOUGHT.get(ingredient, ("kg", 500))
    until = given.get("until_on") or times.after(100 + school.chance(2) % 200).isoformat()
    # most pay the same, some a little more or less
    fen += (0, 0, 0, 10, -10)[school.turn % 5]
    return {
        "goods": GOODS.get(ingredient, "大宗食材"), "method": "public",
        "supplier": school.suppliers.get(ingredient, school.suppliers["rice"]),
        "number": f"HT{school.id:05d}{ingredient[0].upper()}{given.get('turn', 0)}", "unit": unit, "price_fen": fen,
        "from_on": (date.fromisoformat(until) - timedelta(days=400)).isoformat(), "until_on": until,
    }  # fmt: skip


def _contractor(school: School, given: dict[str, Any], times: Times) -> dict[str, Any]:
    code = f"91{school.county}MA6N{school.id:05d}"
    licence = f"2{school.county}0{school.turn:05d}"
    catered = school.mode is CanteenMode.CATERED
    until = given.get("until_on") or times.after(120 + school.chance(3) % 600).isoformat()
    meals = {
        "grades": GRADES_OF[school.stage], "meal_standard_fen": school.standard_fen, "price_fen": school.standard_fen,
        "schools": 8,
    }  # fmt: skip
    return (meals if catered else {}) | {
        "how": school.mode.value if school.outsourced else "entrusted", "company": "云味团餐管理有限公司",
        "company_code": code + numbers.company_check(code), "licence": f"JY{licence}{numbers.licence_check(licence)}",
        "licence_until_on": times.after(120 + school.chance(4) % 1500).isoformat(),
        "scope": ["group"] if catered else ["hot"], "until_on": until,
        "from_on": (date.fromisoformat(until) - timedelta(days=730)).isoformat(), "fee_fen": 0, "waived": True,
    }  # fmt: skip


def _defences(school: School, given: dict[str, Any], times: Times) -> dict[str, Any]:
    return {"dust": 3, "rat": 2 + school.id % 4, "fly": 4, "intact": True}


def _equipment(school: School, given: dict[str, Any], times: Times) -> dict[str, Any]:
    return {
        "fridges": 2, "sterilisers": 1, "sample_fridges": 1, "cameras": max(school.cameras, 1),
        "cameras_online": max(school.cameras, 1), "separate_sinks": True,
    }  # fmt: skip


def _finance(school: School, given: dict[str, Any], times: Times) -> dict[str, Any]:
    return {
        "refund_fen": 0, "refund_pupils": 0, "waived_fen": 0, "waived_pupils": 0, "own_account": True, "published": True,
        "where": "校门口公示栏",
    }  # fmt: skip


def _surveyed(school: School, given: dict[str, Any], times: Times) -> dict[str, Any]:
    asked = max(school.diners, 20)
    return {
        "round": "本学期纸质测评", "how": "paper", "asked": asked, "answers": asked * 8 // 10, "mean": 86.5, "top_two": 81.0,
    }  # fmt: skip


def _committee(school: School, given: dict[str, Any], times: Times) -> dict[str, Any]:
    grades = GRADES_OF[school.stage]
    filed_on = min(date(times.school_year, 9, 1) + timedelta(days=school.id % 25), times.yesterday)
    return {
        "year": times.school_year, "filed_on": filed_on.isoformat(), "members": max(7, len(grades)), "grades": grades,
        "school_grades": grades, "no_interest": True, "published": True,
    }  # fmt: skip


def _trained(school: School, given: dict[str, Any], times: Times) -> dict[str, Any]:
    return {"topic": "留样与晨检规范", "how": "on_site", "hours": 2.0, "attended": 4, "staff": 4}


def _pests(school: School, given: dict[str, Any], times: Times) -> dict[str, Any]:
    return {"who": "self", "against": ["rat", "roach"], "method": "physical", "result": "none"}


def _met(school: School, given: dict[str, Any], times: Times) -> dict[str, Any]:
    return {"subject": "食堂安全月调度", "chair": school.head, "present": 6, "decisions": "更换两个留样盒"}


USUAL = {
    "canteen_profile": _profile, "food_licence": _licence, "contractor": _contractor, "staff": _worker,
    "procurement": _bought, "three_defences": _defences, "equipment": _equipment, "finance": _finance,
    "satisfaction": _surveyed, "committee_list": _committee, "training": _trained, "pest_control": _pests,
    "site_meeting": _met,
}  # fmt: skip
MONTHLY = ("training", "pest_control", "site_meeting")
# forms by which a school files what it has; the last is a register of its own and no aspect
FILES = (
    "canteen_profile", "food_licence", "contractor", "staff", "procurement", "three_defences", "equipment", "finance",
    "satisfaction", "committee_list",
)  # fmt: skip
