"""Every rule of the alerts: what it finds, and why. Unknown is not zero, and zero is not unknown."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from models.alerts.declaring import Sort
from models.alerts.facts import (
    Counted,
    Counts,
    Entries,
    OpenProblem,
    Repeat,
    Survey,
)
from models.alerts.rules import RULES
from models.organisations.tables import CanteenMode, SchoolStage
from tests.rules.alert_cases import (
    EVERY_DAY,
    LAST_WEEK,
    MONDAY,
    TUESDAY,
    caterer,
    committee,
    contract,
    contractor,
    delivery,
    entry,
    found,
    kept,
    licence,
    price,
    profile,
    seen,
    supplier,
    visitor,
    worker,
)

NO, BAD, BUT = Sort.NO_RECORD, Sort.DEFECT, Sort.CONTRADICTION
CATERED = frozenset({CanteenMode.CATERED})
CONTRACTED = frozenset({CanteenMode.CONTRACTED})
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
YESTERDAY = date(2026, 11, 23)

# why, the facts, and what is found of it
Cases = list[tuple[str, Mapping[str, Any], list[Sort]]]


def defence(item: str) -> Cases:
    """The same table for each of the three."""
    others = {"dust": 3, "rat": 3, "fly": 3}
    some, none = entry(**others), entry(**others | {item: 0})
    unsaid = entry(**{code: n for code, n in others.items() if code != item})
    last_term = entry(date(2026, 6, 1), **others)
    saw_none, saw_some = seen(Counts(**{item: 0})), seen(Counts(**{item: 2}))
    return [
        ("nobody wrote anything: unknown", {}, [NO]),
        ("zero was counted: a defect, and not unknown", {"defences": none}, [BAD]),
        ("there are some", {"defences": some}, []),
        ("an entry without this item: unknown, though the others are known", {"defences": unsaid}, [NO]),
        ("last term's entry says nothing of this term", {"defences": last_term}, [NO]),
        ("the term is a week old: there is still time", {"today": date(2026, 9, 8)}, []),
        ("a zero of last term is known until it is written anew",
         {"defences": entry(date(2026, 6, 1), **{item: 0}), "today": date(2026, 9, 8)}, [BAD]),
        ("the ledger says yes, the visit counted none", {"defences": some, "seen": saw_none}, [BUT]),
        ("the visit counted none before the ledger's entry: put right since",
         {"defences": entry(date(2026, 11, 23), **others), "seen": saw_none}, []),
        ("no entry, and a visitor saw some: missing data", {"seen": saw_some}, [NO]),
        ("no entry, and a visitor counted none: missing things", {"seen": saw_none}, [BAD]),
        ("the visitor did not count it", {"defences": some, "seen": seen(Counts())}, []),
        ("meals come from outside: nothing to defend", {"modes": CATERED}, []),
    ]  # fmt: skip


def unkept(aspect: str, *, cooking: bool = False) -> Cases:
    """The same table for what is kept every day."""
    return [
        ("nobody wrote anything: both weeks", {}, [NO, NO]),
        ("every school day has its entry", {"kept": kept(aspect)}, []),
        ("one day of last week is missing", {"kept": kept(aspect, EVERY_DAY & ~1)}, [NO]),
        ("yesterday is missing", {"kept": kept(aspect, LAST_WEEK)}, [NO]),
        ("an entry on a Sunday fills no school day", {"kept": kept(aspect, EVERY_DAY & ~1 | 1 << 6)}, [NO]),
        ("today is not over: nothing is missing yet",
         {"kept": kept(aspect, EVERY_DAY), "today": date(2026, 11, 24)}, []),
        ("school holidays owe nothing", {"today": date(2027, 2, 10)}, []),
        ("National Day owes nothing, the working Saturday before it does",
         {"kept": kept(aspect, 0), "today": date(2026, 10, 11)}, [NO, NO]),
        *([("meals come from outside", {"modes": CATERED}, [])] if cooking else []),
    ]  # fmt: skip


def of_meals(aspect: str) -> Cases:
    """What every meal has of its own."""
    return [
        (
            "boarders had no dinner on paper yesterday",
            {"boarding": True, "kept": kept(aspect, dinner=LAST_WEEK)},
            [NO],
        ),
        ("nobody boards: lunch is all there is", {"kept": kept(aspect, breakfast=0, dinner=0)}, []),
        ("nobody boards, and only breakfast was written", {"kept": kept(aspect, lunch=0)}, [NO, NO]),
    ]


def wrong(aspect: str, column: str) -> Cases:
    """Days whose entries have one thing wrong."""
    return [
        ("nobody wrote anything: another rule's", {"kept": {}}, []),
        ("nothing wrong: zero days", {"kept": kept(aspect, **{column: 0})}, []),
        ("one day of last week", {"kept": kept(aspect, wrong=1, **{column: 1})}, [BAD]),
        ("a day of each week: told week by week", {"kept": kept(aspect, **{column: 1 | MONDAY})}, [BAD, BAD]),
        ("today counts, too: the entry is there", {"kept": kept(aspect, **{column: TUESDAY})}, [BAD]),
        ("something else was wrong", {"kept": kept(aspect, wrong=1)}, []),
    ]


def monthly(aspect: str) -> Cases:
    """The same table for what is done once a month."""
    october = {(aspect, OCTOBER): Counted(1)}
    both = october | {(aspect, NOVEMBER): Counted(1)}
    return [
        ("nobody wrote anything, before the 25th: last month only", {}, [NO]),
        ("from the 25th this month, too", {"today": date(2026, 11, 25)}, [NO, NO]),
        ("the county waits until the 28th",
         {"today": date(2026, 11, 25), "policies": {"alert_month_day": 28}}, [NO]),
        ("both months have an entry", {"months": both, "today": date(2026, 11, 25)}, []),
        ("zero entries are no entry", {"months": {(aspect, OCTOBER): Counted(0)}}, [NO]),
        ("last month has one, this month has time", {"months": october}, []),
        ("a month without a school day owes nothing", {"today": date(2027, 3, 3)}, []),
    ]  # fmt: skip


def running_out(say: Any) -> Cases:
    """The same table for what runs out. `say`: facts of a date, None for none on record."""
    return [
        ("without a date nobody knows: unknown", say(None), [NO]),
        ("it is valid for long", say(date(2028, 1, 1)), []),
        ("91 days are enough", say(date(2027, 2, 23)), []),
        ("90 days: the first step", say(date(2027, 2, 22)), [BAD]),
        ("zero days: it runs out today", say(date(2026, 11, 24)), [BAD]),
        ("it has run out", say(date(2026, 11, 23)), [BAD]),
    ]


def visited(kind: str) -> Cases:
    owed, done = {(kind, "2026-10"): "owed"}, {(kind, "2026-10"): "done", (kind, "2026-11"): "done"}
    late = date(2026, 11, 25)
    return [
        ("no duty on record last month: the house was not here yet", {}, []),
        ("no duty on record this month: nobody is there to owe it", {"today": late}, [NO]),
        ("owed and not made", {"duties": owed}, [BAD]),
        ("made in both months", {"duties": done, "today": late}, []),
        ("excused is not owed",
         {"duties": {(kind, "2026-10"): "excused", (kind, "2026-11"): "excused"}, "today": late}, []),
        ("this month's has time until the 25th", {"duties": {(kind, "2026-11"): "owed"}}, []),
        ("this month's on the 25th",
         {"duties": {(kind, "2026-11"): "owed", (kind, "2026-10"): "done"}, "today": late}, [BAD]),
    ]  # fmt: skip


TABLES: dict[str, Cases] = {
    "dust_proof": defence("dust"),
    "rat_proof": defence("rat"),
    "fly_proof": defence("fly"),
    "defences_intact": [
        ("nobody wrote anything: the rules of the three say so", {}, []),
        ("written without a word on it: unknown", {"defences": entry(dust=1)}, []),
        ("broken", {"defences": entry(intact=False)}, [BAD]),
        ("whole", {"defences": entry(intact=True)}, []),
        ("whole, and the visit failed it",
         {"defences": entry(intact=True), "seen": seen(C12=YESTERDAY)}, [BUT]),
        ("the supervisor's item counts as well",
         {"defences": entry(intact=True), "seen": seen(E4=YESTERDAY)}, [BUT]),
        ("seen broken before the entry", {"defences": entry(intact=True), "seen": seen(C12=date(2026, 10, 1))}, []),
    ],
    "food_licence": [
        ("none on record: unknown", {}, [NO]),
        *running_out(lambda until: {"licences": (licence(until),)}),
        ("renewed: the old one beside it does not count",
         {"licences": (licence(date(2026, 11, 1)), licence(date(2031, 1, 1)))}, []),
        ("valid on paper, and the visit saw none on the wall",
         {"licences": (licence(),), "seen": seen(C02=YESTERDAY)}, [BUT]),
        ("run out, and the visit says the same: one finding",
         {"licences": (licence(date(2026, 11, 1)),), "seen": seen(C02=YESTERDAY)}, [BAD]),
        ("meals come from outside", {"modes": CATERED}, []),
        ("no canteen on record: it is taken to cook", {"modes": frozenset()}, [NO]),
    ],
    "licence_scope": [
        ("no licence: another rule's", {}, []),
        ("the scope covers cooking", {"licences": (licence(),)}, []),
        ("a scope without cooking", {"licences": (licence(scope="packed"),)}, [BAD]),
        ("no scope on record: unknown, and not nothing permitted", {"licences": (licence(scope=""),)}, [NO]),
        ("two licences cover it together", {"licences": (licence(scope="packed"), licence(scope="hot"))}, []),
        ("one that has run out covers nothing",
         {"licences": (licence(scope="packed"), licence(date(2026, 1, 1)))}, [BAD]),
    ],
    "contractor_licence": [
        ("run by the school itself: nothing to know", {}, []),
        ("contracted out, and nobody on record: unknown", {"modes": CONTRACTED}, [NO]),
        ("catered from outside, and nobody on record", {"modes": CATERED}, [NO]),
        *running_out(lambda until: {"contractors": (contractor(licence_until_on=until),)}),
        ("the company of a contract that is over, beside the one that runs",
         {"contractors": (contractor(), contractor(until_on=date(2026, 1, 1), licence_until_on=None))}, []),
        ("the contract is over, and the school runs it itself now: history",
         {"contractors": (contractor(until_on=date(2026, 1, 1), licence_until_on=date(2026, 6, 1)),)}, []),
        ("the contract is over, and the canteen is still contracted out",
         {"modes": CONTRACTED, "contractors": (contractor(until_on=date(2026, 1, 1), licence_until_on=date(2026, 6, 1)),)},
         [BAD]),
    ],
    "contractor_contract": [
        ("run by the school itself: nothing to know", {}, []),
        ("nothing on record: the licence's rule says so", {"modes": CONTRACTED}, []),
        *[(why, {"modes": CONTRACTED} | facts, sorts) for why, facts, sorts in
          running_out(lambda until: {"contractors": (contractor(until_on=until),)})],
        ("over, and the school runs it itself now", {"contractors": (contractor(until_on=date(2026, 1, 1)),)}, []),
    ],
    "contractor_scope": [
        ("nobody on record", {}, []),
        ("cooks here, with the permission", {"contractors": (contractor(),)}, []),
        ("delivers meals, and may only cook on the spot",
         {"contractors": (contractor(how="catered", scope=frozenset({"hot"})),)}, [BAD]),
        ("delivers meals, with the permission",
         {"contractors": (contractor(how="catered", scope=frozenset({"group"})),)}, []),
        ("no scope on record: unknown", {"contractors": (contractor(scope=frozenset()),)}, [NO]),
        ("no way on record: unknown", {"contractors": (contractor(how=None),)}, [NO]),
        ("the contract is over, and the school runs it itself now: history",
         {"contractors": (contractor(until_on=date(2026, 1, 1), scope=frozenset()),)}, []),
    ],
    "contracting_forbidden": [
        ("not in the plan, and nothing is written", {}, []),
        ("not in the plan: it may", {"modes": CONTRACTED}, []),
        ("in the plan, run by itself", {"nutrition_plan": True}, []),
        ("in the plan, contracted out", {"nutrition_plan": True, "modes": CONTRACTED}, [BAD]),
        ("in the plan, entrusted", {"nutrition_plan": True, "modes": frozenset({CanteenMode.ENTRUSTED})}, [BAD]),
        ("the ledger says what the register does not",
         {"nutrition_plan": True, "profile": profile(mode="contracted")}, [BAD]),
        ("a contract that runs says it", {"nutrition_plan": True, "contractors": (contractor(),)}, [BAD]),
        ("a contract of long ago",
         {"nutrition_plan": True, "contractors": (contractor(until_on=date(2025, 1, 1)),)}, []),
        ("in the plan, catered from outside is another matter", {"nutrition_plan": True, "modes": CATERED}, []),
        ("in the plan, and nobody knows how: unknown", {"nutrition_plan": True, "modes": frozenset()}, [NO]),
    ],
    "contracting_fee": [
        ("nobody on record", {}, []),
        ("zero is known: no fee", {"contractors": (contractor(fee_fen=0, waived=None),)}, []),
        ("no fee on record: unknown, and not zero", {"contractors": (contractor(fee_fen=None),)}, [NO]),
        ("a fee that is charged", {"contractors": (contractor(fee_fen=5_000_000, waived=False),)}, [BAD]),
        ("a fee that is waived", {"contractors": (contractor(fee_fen=5_000_000, waived=True),)}, []),
        ("a fee, and nobody said whether it is waived",
         {"contractors": (contractor(fee_fen=5_000_000, waived=None),)}, [NO]),
        ("waived on paper, and the supervisor found otherwise",
         {"contractors": (contractor(),), "seen": seen(G3=YESTERDAY)}, [BUT]),
        ("of a contract that is over",
         {"contractors": (contractor(fee_fen=1, waived=False, until_on=date(2026, 1, 1)),)}, []),
    ],
    "health_certificate": [
        ("nobody on record: unknown, and not a kitchen without people", {}, [NO]),
        *running_out(lambda until: {"workers": (worker(until),)}),
        ("one of two has run out: told of that one", {"workers": (worker(), worker(date(2026, 1, 1), number=9))}, [BAD]),
        ("all valid on paper, and the visit saw otherwise",
         {"workers": (worker(),), "seen": seen(C03=YESTERDAY)}, [BUT]),
        ("one run out, and the visit says the same",
         {"workers": (worker(date(2026, 1, 1)),), "seen": seen(F1=YESTERDAY)}, [BAD]),
        ("meals come from outside", {"modes": CATERED}, []),
    ],
    "food_safety_director": [
        ("nobody knows how many eat: the profile's rule says so", {}, []),
        ("zero diners", {"registered_diners": 0}, []),
        ("499 in a school", {"registered_diners": 499}, []),
        ("500 in a school, and nobody on record: unknown", {"registered_diners": 500}, [NO]),
        ("500, people on record, no director among them",
         {"registered_diners": 500, "workers": (worker(),)}, [BAD]),
        ("500 and a director", {"registered_diners": 500, "workers": (worker(job="director"),)}, []),
        ("299 in a kindergarten", {"registered_diners": 299, "stage": SchoolStage.KINDERGARTEN}, []),
        ("300 in a kindergarten", {"registered_diners": 300, "stage": SchoolStage.KINDERGARTEN}, [NO]),
        ("the ledger's number before the register's",
         {"registered_diners": 100, "profile": profile(diners=600)}, [NO]),
        ("the county asks for one from 200 on",
         {"registered_diners": 250, "policies": {"director_school": 200}}, [NO]),
        ("on paper there is one, and the supervisor found none",
         {"registered_diners": 500, "workers": (worker(job="director"),), "seen": seen(A2=YESTERDAY)}, [BUT]),
        ("meals come from outside: the caterer's rule", {"registered_diners": 900, "modes": CATERED}, []),
    ],
    "committee_size": [
        ("no list: another rule's", {}, []),
        ("seven are enough", {"committee": committee(members=7)}, []),
        ("six are not", {"committee": committee(members=6)}, [BAD]),
        ("zero is a number", {"committee": committee(members=0)}, [BAD]),
        ("no number on record: unknown", {"committee": committee(members=None)}, [NO]),
        ("the county asks for eleven", {"committee": committee(), "policies": {"committee_least": 11}}, [BAD]),
        ("nine on paper, and the supervisor found otherwise",
         {"committee": committee(), "seen": seen(C1=YESTERDAY)}, [BUT]),
    ],
    "committee_grades": [
        ("no list: another rule's", {}, []),
        ("every grade has somebody", {"committee": committee()}, []),
        ("a grade has nobody", {"committee": committee(grades=("1",))}, [BAD]),
        ("nobody from any grade: zero", {"committee": committee(grades=())}, [BAD]),
        ("which grades there are is unknown", {"committee": committee(school_grades=())}, [NO]),
    ],
    "committee_filed": [
        ("no list in November: unknown", {}, [NO]),
        ("filed", {"committee": committee()}, []),
        ("written down and not filed", {"committee": committee(filed_on=None)}, [NO]),
        ("on the 1st of October there is still time", {"today": date(2026, 10, 1)}, []),
        ("on the 2nd there is not", {"today": date(2026, 10, 2)}, [NO]),
        ("the county gives no time: zero days", {"today": date(2026, 9, 2), "policies": {"committee_filed_days": 0}}, [NO]),
    ],
    "shared_meal": [
        *unkept("shared_meal"),
        *of_meals("shared_meal"),
        ("eaten apart from the pupils", {"kept": kept("shared_meal", wrong=1)}, [BAD]),
        ("on paper somebody ate there, and the visit saw nobody",
         {"kept": kept("shared_meal"), "seen": seen(C17=YESTERDAY)}, [BUT]),
        ("nobody wrote it, and the visit saw nobody: no contradiction",
         {"kept": kept("shared_meal", LAST_WEEK), "seen": seen(C17=YESTERDAY)}, [NO]),
    ],
    "site_meeting": monthly("site_meeting"),
    "training": [
        *monthly("training"),
        ("held, and zero came", {"months": {("training", OCTOBER): Counted(2, 2)}}, [BAD]),
        ("one of two was empty", {"months": {("training", OCTOBER): Counted(2, 1)}}, []),
        ("on paper it was held, and the supervisor found otherwise",
         {"months": {("training", OCTOBER): Counted(1)}, "seen": seen(F3=date(2026, 10, 20))}, [BUT]),
        ("meals come from outside", {"modes": CATERED}, []),
    ],
    "pest_control": [
        *monthly("pest_control"),
        ("traces, and nothing was done", {"months": {("pest_control", OCTOBER): Counted(1, 1)}}, [BAD]),
    ],
    "samples_kept": [
        *unkept("food_sample"),
        *of_meals("food_sample"),
        ("kept and right on paper, and the visit failed it that day",
         {"kept": kept("food_sample"), "seen": seen(C06=YESTERDAY)}, [BUT]),
        ("wrong on paper as well that day: no contradiction",
         {"kept": kept("food_sample", wrong=MONDAY), "seen": seen(C06=YESTERDAY)}, []),
        ("the visit was three weeks ago", {"kept": kept("food_sample"), "seen": seen(C06=date(2026, 11, 1))}, []),
    ],
    "sample_weight": wrong("food_sample", "grams"),
    "sample_hours": wrong("food_sample", "hours"),
    "acceptance_kept": unkept("acceptance", cooking=True),
    "acceptance_signers": [
        *wrong("acceptance", "alone"),
        ("two signed on paper, and the supervisor found one",
         {"kept": kept("acceptance"), "seen": seen(D2=YESTERDAY)}, [BUT]),
        ("two signed on paper, without a picture, and the supervisor found one",
         {"kept": kept("acceptance", wrong=MONDAY), "seen": seen(D2=YESTERDAY)}, [BUT]),
        ("one signed on paper, too: it is said already, and no contradiction",
         {"kept": kept("acceptance", alone=MONDAY), "seen": seen(D2=YESTERDAY)}, [BAD]),
    ],
    "purchase_contract": [
        ("none on record: unknown", {}, [NO]),
        ("none on record, the term has just begun", {"today": date(2026, 9, 8)}, []),
        ("the county's own cover its schools", {"county_contracts": (contract(),)}, []),
        *running_out(lambda until: {"contracts": (contract(until=until),)})[2:],
        ("one class has run out, another runs",
         {"contracts": (contract(until=date(2026, 1, 1)), contract("oil"))}, [BAD]),
        ("renewed for the same class",
         {"contracts": (contract(until=date(2026, 1, 1)), contract())}, []),
        ("meals come from outside", {"modes": CATERED}, []),
    ],
    "supplier_licence": [
        ("nothing was delivered", {}, []),
        *running_out(lambda until: {"deliveries": (delivery(supplier=supplier(licence_until_on=until)),)}),
        ("delivered twice: told once",
         {"deliveries": (delivery(supplier=supplier(licence_until_on=date(2026, 1, 1))),
                         delivery("oil", supplier(licence_until_on=date(2026, 1, 1))))}, [BAD]),
        ("nobody knows who: another rule's", {"deliveries": (delivery(supplier=None),)}, []),
    ],
    "delivery_scope": [
        ("nothing was delivered", {}, []),
        ("rice from who supplies rice", {"deliveries": (delivery(),)}, []),
        ("meat from who supplies rice and oil", {"deliveries": (delivery("meat"),)}, [BAD]),
        ("from somebody in no register: unknown", {"deliveries": (delivery(supplier=None),)}, [NO]),
        ("what they supply is not on record: unknown, and not nothing",
         {"deliveries": (delivery(supplier=supplier(classes=frozenset())),)}, [NO]),
        ("two classes outside: each by itself", {"deliveries": (delivery("meat"), delivery("egg"))}, [BAD, BAD]),
    ],
    "delivery_contract": [
        ("nothing was delivered", {}, []),
        ("within the contract", {"deliveries": (delivery(),), "contracts": (contract(),)}, []),
        ("no contract on record: unknown", {"deliveries": (delivery(),)}, [NO]),
        ("after the contract", {"deliveries": (delivery(),), "contracts": (contract(until=date(2026, 11, 19)),)}, [BAD]),
        ("before the contract",
         {"deliveries": (delivery(),), "contracts": (contract(from_on=date(2026, 11, 21)),)}, [BAD]),
        ("on its last day", {"deliveries": (delivery(),), "contracts": (contract(until=date(2026, 11, 20)),)}, []),
        ("the county's contract covers it", {"deliveries": (delivery(),), "county_contracts": (contract(),)}, []),
        ("a contract with somebody else",
         {"deliveries": (delivery(),), "contracts": (contract(supplier_id=71),)}, [NO]),
        ("a contract for something else", {"deliveries": (delivery(),), "contracts": (contract("oil"),)}, [NO]),
        ("vegetables need none", {"deliveries": (delivery("vegetable"),)}, []),
    ],
    "price_outlier": [
        ("no price on record", {}, []),
        ("the median itself", {"prices": (price(600),)}, []),
        ("far above", {"prices": (price(900),)}, [BAD]),
        ("far below", {"prices": (price(300),)}, [BAD]),
        ("above by less than 20 percent", {"prices": (price(719),)}, []),
        ("beyond 20 percent, and others are as scattered", {"prices": (price(800, mad=100),)}, []),
        ("seven prices say nothing", {"prices": (price(900, n=7),)}, []),
        ("eight do", {"prices": (price(900, n=8),)}, [BAD]),
        ("all others are the same: zero distance", {"prices": (price(900, mad=0),)}, [BAD]),
        ("zero distance and a little more", {"prices": (price(610, mad=0),)}, []),
        ("the county lets twice as much pass", {"prices": (price(900),), "policies": {"price_percent": 100}}, []),
    ],
    "morning_check": [
        *unkept("morning_check", cooking=True),
        ("right on paper, and the visit saw none that day",
         {"kept": kept("morning_check"), "seen": seen(C05=YESTERDAY)}, [BUT]),
    ],
    "disinfection": [
        *unkept("disinfection"),
        ("not hot enough", {"kept": kept("disinfection", wrong=1)}, [BAD]),
        ("right on paper, and the visit failed it that day",
         {"kept": kept("disinfection"), "seen": seen(E3=YESTERDAY)}, [BUT]),
    ],
    "expired_food": [
        *wrong("storage", "expired"),
        ("none on paper, and the visit found some that day",
         {"kept": kept("storage"), "seen": seen(C07=YESTERDAY)}, [BUT]),
        ("none on paper but a warm store, and the visit found some that day",
         {"kept": kept("storage", wrong=MONDAY), "seen": seen(C07=YESTERDAY)}, [BUT]),
        ("no entry that day: nothing said otherwise", {"kept": {}, "seen": seen(C07=YESTERDAY)}, []),
    ],
    "caterer_portions": [
        ("no caterer serves here", {}, []),
        ("within what is permitted", {"caterers": (caterer(3_000),)}, []),
        ("one more than permitted", {"caterers": (caterer(3_001),)}, [BAD]),
        ("what is permitted is not on record: unknown",
         {"caterers": (caterer(100, supplier(portions_most=None)),)}, [NO]),
        ("zero is permitted, and it delivers", {"caterers": (caterer(1, supplier(portions_most=0)),)}, [BAD]),
        ("in no register: unknown", {"caterers": (caterer(100, None),)}, [NO]),
    ],
    "caterer_director": [
        ("no caterer serves here", {}, []),
        ("999 meals need none", {"caterers": (caterer(999, supplier(director=None)),)}, []),
        ("1,000, and nobody said: unknown", {"caterers": (caterer(1_000, supplier(director=None)),)}, [NO]),
        ("1,000 without one", {"caterers": (caterer(1_000, supplier(director=False)),)}, [BAD]),
        ("1,000 with one", {"caterers": (caterer(1_000),)}, []),
        ("in no register", {"caterers": (caterer(1_000, None),)}, [NO]),
        ("zero meals", {"caterers": (caterer(0, None),)}, []),
        ("the county asks from 500 on",
         {"caterers": (caterer(500, supplier(director=False)),), "policies": {"director_supplier": 500}}, [BAD]),
    ],
    "survey_run": [
        ("none by the end of November: unknown how they are satisfied", {}, [NO]),
        ("begun", {"survey": Survey(begun=True)}, []),
        ("the 74 days are not over", {"today": date(2026, 11, 14)}, []),
        ("the day after", {"today": date(2026, 11, 15)}, [NO]),
        ("last term's does not count", {"survey": Survey(term="2026-spring", n=50, mean=90.0)}, [NO]),
    ],
    "satisfaction_low": [
        ("nothing was counted: unknown", {}, []),
        ("fewer than five answered: n is zero and nothing is known",
         {"survey": Survey(begun=True, term="2026-autumn", n=0, invited=300)}, []),
        ("80 is enough", {"survey": Survey(True, "2026-autumn", 200, 300, 80.0)}, []),
        ("79.9 is not", {"survey": Survey(True, "2026-autumn", 200, 300, 79.9)}, [BAD]),
        ("the county's line is 70", {"survey": Survey(True, "2026-autumn", 200, 300, 75.0),
                                     "policies": {"survey_least_mean": 70}}, []),
    ],
    "committee_visit": visited("committee"),
    "supervisor_visit": visited("supervisor"),
    "perfect_records": [
        ("nobody visited", {}, []),
        ("five, and every one perfect", {"visitors": (visitor(visits=5, perfect=5),)}, [BAD]),
        ("four are too few to say", {"visitors": (visitor(visits=4, perfect=4),)}, []),
        ("one of many found something", {"visitors": (visitor(visits=9, perfect=8),)}, []),
        ("zero perfect ones", {"visitors": (visitor(visits=9, perfect=0),)}, []),
    ],
    "copied_answers": [
        ("nobody visited", {}, []),
        ("each is different", {"visitors": (visitor(copies=1),)}, []),
        ("two alike are too few", {"visitors": (visitor(copies=2),)}, []),
        ("three alike", {"visitors": (visitor(copies=3),)}, [BAD]),
        ("the county wants five", {"visitors": (visitor(copies=3),), "policies": {"copied_visits": 5}}, []),
    ],
    "photo_twice": [
        ("none was there before: zero", {}, []),
        ("one was, at another school", {"repeats": (Repeat(4, YESTERDAY, 1, True),)}, [BAD]),
        ("two were, each by itself",
         {"repeats": (Repeat(4, YESTERDAY, 1, True), Repeat(5, YESTERDAY, 2, False))}, [BAD, BAD]),
    ],
    "visit_rush": [
        ("nobody visited", {}, []),
        ("ten in four minutes", {"visitors": (visitor(rushed=10, rushed_on=YESTERDAY),)}, [BAD]),
        ("nine in four minutes", {"visitors": (visitor(rushed=9, rushed_on=YESTERDAY),)}, []),
        ("one at a time", {"visitors": (visitor(),)}, []),
    ],
    "midnight_entries": [
        ("no entry at all: another rule's", {}, []),
        ("ten, none of them at midnight: zero", {"entries": Entries(10, 0)}, []),
        ("eight of ten", {"entries": Entries(10, 8)}, [BAD]),
        ("seven of ten", {"entries": Entries(10, 7)}, []),
        ("nine of nine are too few to say", {"entries": Entries(9, 9)}, []),
    ],
    "rectification_overdue": [
        ("no problem is open", {}, []),
        ("one runs", {"problems": (OpenProblem(1, "留样", "assigned", None, 0),)}, []),
        ("one is overdue", {"problems": (OpenProblem(1, "留样", "overdue", YESTERDAY, 0),)}, [BAD]),
        ("overdue since nobody knows when", {"problems": (OpenProblem(1, "留样", "overdue", None, 0),)}, [BAD]),
        ("submitted: the clock stands", {"problems": (OpenProblem(1, "留样", "submitted", YESTERDAY, 0),)}, []),
    ],
    "rectification_returned": [
        ("no problem is open", {}, []),
        ("never returned: zero", {"problems": (OpenProblem(1, "留样", "assigned", None, 0),)}, []),
        ("returned once", {"problems": (OpenProblem(1, "留样", "returned", None, 1),)}, []),
        ("returned twice", {"problems": (OpenProblem(1, "留样", "submitted", None, 2),)}, [BAD]),
    ],
    "data_stopped": [
        ("there never was one: unknown", {}, [NO]),
        ("one came yesterday", {"kept": kept("food_sample")}, []),
        ("of any daily aspect", {"kept": kept("food_sample", 1) | kept("storage", MONDAY)}, []),
        ("two school days without: Friday and Monday", {"kept": kept("storage", LAST_WEEK & ~(1 << 4))}, []),
        ("three school days without", {"kept": kept("storage", 0b111)}, [NO]),
        ("silent since summer", {"newest_on": date(2026, 7, 1)}, [NO]),
        ("in the holidays nobody writes", {"newest_on": date(2027, 1, 20), "today": date(2027, 2, 10)}, []),
        ("on the term's second day there was one school day: zero days yet missed",
         {"today": date(2026, 9, 2)}, []),
    ],
    "canteen_profile": [
        ("nobody wrote anything: unknown", {}, [NO]),
        ("written, without how many eat: unknown", {"profile": entry(mode="own")}, [NO]),
        ("zero diners is a number, and wrong", {"profile": profile(diners=0)}, [BAD]),
        ("as it is registered", {"profile": profile()}, []),
        ("not as it is registered", {"profile": profile(mode="contracted")}, [BAD]),
        ("nothing is registered: nothing to differ from",
         {"profile": profile(mode="contracted"), "modes": frozenset()}, []),
        ("two canteens, two ways", {"profile": profile(), "modes": CONTRACTED | {CanteenMode.OWN}}, []),
    ],
    "county_contract": [
        ("the county has none", {}, []),
        *running_out(lambda until: {"county_contracts": (contract(until=until),)})[1:],
        ("renewed for the same classes",
         {"county_contracts": (contract(until=date(2026, 1, 1)), contract())}, []),
    ],
    "equipment": [
        ("nobody wrote anything: unknown", {}, [NO]),
        ("last term's says nothing of this term",
         {"equipment": entry(date(2026, 6, 1), sample_fridges=1, cameras=4, cameras_online=4)}, [NO]),
        ("the term has just begun", {"today": date(2026, 9, 8)}, []),
        ("zero fridges for samples", {"equipment": entry(sample_fridges=0, cameras=4, cameras_online=4)}, [BAD]),
        ("zero cameras", {"equipment": entry(sample_fridges=1, cameras=0, cameras_online=0)}, [BAD]),
        ("one of four cameras is off", {"equipment": entry(sample_fridges=1, cameras=4, cameras_online=3)}, [BAD]),
        ("how many are on is not on record: unknown", {"equipment": entry(sample_fridges=1, cameras=4)}, []),
        ("all on", {"equipment": entry(sample_fridges=1, cameras=4, cameras_online=4)}, []),
        ("all on, on paper", {"equipment": entry(sample_fridges=1, cameras=4, cameras_online=4),
                              "seen": seen(C18=YESTERDAY)}, [BUT]),
        ("meals come from outside", {"modes": CATERED}, []),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "reason", "facts", "sorts"),
    [(code, *case) for code, cases in TABLES.items() for case in cases],
    ids=[f"{code}: {case[0]}" for code, cases in TABLES.items() for case in cases],
)
def test_what_a_rule_finds(code: str, reason: str, facts: Mapping[str, Any], sorts: list[Sort]) -> None:
    findings = found(code, facts)
    assert [finding.sort for finding in findings] == sorts, [finding.said for finding in findings]
    # one matter has one key, and a sentence that ends and fits
    assert len({finding.key for finding in findings}) == len(findings)
    assert all(finding.said.endswith("。") and len(finding.said) <= 300 for finding in findings)


def test_every_rule_has_a_table_with_unknown_and_zero() -> None:
    assert set(TABLES) == {rule.code for rule in RULES}
    for code, cases in TABLES.items():
        assert len(cases) >= 3 and len({reason for reason, _, _ in cases}) == len(cases), code
        assert any(not facts or facts == {"kept": {}} for _, facts, _ in cases), f"{code}: nothing known"
        assert any(sorts for _, _, sorts in cases), f"{code}: something found"


def test_rules_are_told_apart_for_ever() -> None:
    assert len({rule.number for rule in RULES}) == len(RULES) >= 30
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert all(len(rule.code) <= 24 and len(rule.item) <= 8 and rule.source for rule in RULES)
