"""What the rules find in real rows: a school where everything is right, and one where everything is wrong.

The rules themselves are in tests/rules/test_alert_rules.py; here every statement that gathers facts has something to
find, on both engines.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from models.alerts.rules import RULES
from models.checkins.tables import CheckIn
from models.evidence.tables import Likeness, Photo, Purpose, RepeatedPhoto
from models.ledger.tables import LedgerEntry, Origin, RegisterRow
from models.organisations.actions import ensure_post
from models.organisations.tables import Canteen, CanteenMode, PostKind, School
from models.people.tables import Holding
from models.problems.tables import Problem
from models.surveys.tables import SurveyFigure, SurveyResult
from models.visits.tables import Duty, DutyState, Visit, VisitKind
from tests.api.test_alerts import switched_on
from tests.cast import SINCE, Cast, Phone, Stage, new_id

pytestmark = pytest.mark.slow

DAYS = [date(2026, 11, day) for day in (16, 17, 18, 19, 20, 23)]
# what an empty ledger is told of in November; the rest is judged by what is there
SILENCE = {
    "dust_proof", "rat_proof", "fly_proof", "equipment", "food_licence", "health_certificate", "canteen_profile",
    "food_safety_director", "committee_filed", "purchase_contract", "survey_run", "data_stopped",
    "shared_meal", "samples_kept", "acceptance_kept", "morning_check", "disinfection",
    "site_meeting", "training", "pest_control",
}  # fmt: skip
DAILY = ("acceptance", "disinfection", "food_sample", "morning_check", "shared_meal", "storage")
MONTHLY = ("pest_control", "site_meeting", "training")


async def write(school: School, aspect: str, on: date, items: dict[str, Any], **more: Any) -> None:
    at = datetime.combine(on, more.pop("at", time(3, 0)), UTC)
    given = {
        "school_id": school.id, "county_code": school.county_code, "post_id": 1, "person_id": 1, "aspect": aspect,
        "version": 1, "for_on": on, "made_at": at, "received_at": at, "late": False, "origin": Origin.HAND,
        "request_id": new_id(), "body_hash": "a" * 64, "items": items, "signers": 2,
    } | more  # fmt: skip
    await LedgerEntry.create(**given)


async def register(school: School | None, kind: str, form: str, items: dict[str, Any], **more: Any) -> int:
    given = {
        "register": kind, "form": form, "version": 1, "school_id": school.id if school else None,
        "county_code": school.county_code if school else None, "row_key": new_id(), "label": "甲",
        "items": items, "changed_at": datetime(2026, 9, 1, tzinfo=UTC), "changed_by": 1,
    } | more  # fmt: skip
    return int((await RegisterRow.create(**given)).id)


async def well_kept(school: School, supplier: int) -> None:
    """A school whose ledger has everything, and all of it as it should be."""
    profile = {"mode": "own", "diners": 620, "meal_standard_fen": 500}
    await write(school, "canteen_profile", date(2026, 9, 2), profile)
    await write(school, "three_defences", date(2026, 9, 3), {"dust": 3, "rat": 2, "fly": 4, "intact": True})
    await write(
        school, "equipment", date(2026, 9, 3), {"sample_fridges": 1, "cameras": 4, "cameras_online": 4}
    )
    await write(school, "satisfaction", date(2026, 10, 20), {"round": "纸质", "how": "paper"})
    for day in DAYS:
        for aspect in DAILY:
            items = {"supplier": supplier, "ingredient": "rice", "verdict": "accepted"}
            await write(school, aspect, day, items if aspect == "acceptance" else {})
    for aspect in MONTHLY:
        for day in (date(2026, 10, 15), date(2026, 11, 12)):
            await write(school, aspect, day, {})
    await register(school, "licence", "food_licence", {"scope": ["hot"]}, until_on=date(2029, 1, 1))
    await register(school, "staff", "staff", {"job": "director"}, until_on=date(2027, 8, 31))
    await register(
        school, "committee_list", "committee_list", since_on=date(2026, 9, 20),
        items={"year": 2026, "members": 9, "grades": ["1"], "school_grades": ["1"]},
    )  # fmt: skip
    for ingredient in ("rice", "oil"):
        await bought(school, ingredient, supplier, 600)
    for month in ("2026-10", "2026-11"):
        for kind in VisitKind:
            await Duty.update_or_create(
                month=month, kind=kind, school_id=school.id,
                defaults={"county_code": school.county_code, "post_id": 1, "state": DutyState.DONE},
            )  # fmt: skip


async def bought(school: School, ingredient: str, supplier: int, fen: int) -> None:
    items = {"ingredient": ingredient, "unit": "kg", "price_fen": fen, "goods": "香米"}
    await register(
        school, "contract", "procurement", items, company_id=supplier, since_on=date(2026, 7, 1),
        until_on=date(2027, 6, 30),
    )  # fmt: skip


async def a_supplier(**items: Any) -> int:
    given = {"classes": ["rice", "oil"], "portions_most": 3_000, "director": True} | items
    return await register(None, "supplier", "supplier", given, until_on=date(2028, 5, 1), label="爨乡粮油")


async def found_at(phone: Phone, school: School) -> Counter[tuple[str, str]]:
    """Of a school's open alerts: rule and sort, and how many."""
    lines: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 100}
    while True:
        page = (await phone.get(f"/schools/{school.id}/alerts", **query)).json
        lines += page["items"]
        if page["next"] is None:
            return Counter((one["rule"], one["sort"]) for one in lines)
        query["before"] = page["next"]


async def rules_of_county(phone: Phone) -> Counter[tuple[str, str]]:
    lines = (await phone.get("/divisions/530302/alerts", limit=100)).json["items"]
    return Counter((one["rule"], one["sort"]) for one in lines if one["school_id"] is None)


async def test_nothing_is_found_where_everything_is_right(cast: Cast, stage: Stage) -> None:
    officer = await switched_on(cast)
    await well_kept(cast.tianba, await a_supplier())
    await stage.jobs()
    assert await found_at(officer, cast.tianba) == Counter()
    # its neighbour has written nothing, and of what is only judged by what is there nothing is said
    silent = await found_at(officer, cast.wanghai)
    assert {sort for _, sort in silent} == {"no_record"}
    assert {rule for rule, _ in silent} == SILENCE


async def test_everything_is_found_where_everything_is_wrong(cast: Cast, stage: Stage) -> None:
    officer = await switched_on(cast)
    school = cast.tianba
    await School.filter(id=school.id).update(nutrition_plan=True)
    await Canteen.filter(school_id=school.id).update(mode=CanteenMode.CONTRACTED)
    await ledger_gone_wrong(school, await a_supplier(classes=["oil"]))
    await registers_gone_wrong(school)
    await others_pay_less(cast)
    await problems_gone_wrong(school)
    await stage.jobs()

    found = await found_at(officer, school)
    defects = {rule for rule, sort in found if sort == "defect"}
    # all rules about schools but those that need visits, a licence of a supplier that runs out, a contract
    everything = {rule.code for rule in RULES if rule.subject == "school"}
    assert everything - defects == {
        "acceptance_kept", "morning_check", "samples_kept", "committee_filed", "survey_run", "data_stopped",
        "supplier_licence", "delivery_contract", "purchase_contract", "site_meeting",
    }  # fmt: skip
    assert found["health_certificate", "defect"] == 2
    assert found["sample_weight", "defect"] == 2
    assert found["delivery_contract", "no_record"] == 1


async def ledger_gone_wrong(school: School, supplier: int) -> None:
    await write(
        school, "canteen_profile", date(2026, 9, 2), {"mode": "own", "diners": 620, "meal_standard_fen": 500}
    )
    await write(school, "three_defences", date(2026, 9, 3), {"dust": 0, "rat": 0, "fly": 0, "intact": False})
    await write(
        school, "equipment", date(2026, 9, 3), {"sample_fridges": 0, "cameras": 4, "cameras_online": 4}
    )
    wrong = {
        "food_sample": "grams,hours",
        "storage": "expired",
        "disinfection": "heat_c",
        "shared_meal": "same",
    }
    for day in DAYS:
        for aspect in DAILY:
            items = {"supplier": supplier, "ingredient": "rice", "verdict": "accepted"}
            more = {"defects": 2, "defect_items": wrong[aspect]} if aspect in wrong else {}
            # 23:55 in Beijing
            await write(
                school,
                aspect,
                day,
                items if aspect == "acceptance" else {},
                signers=1,
                at=time(15, 55),
                **more,
            )
    for aspect, item in (("training", "attended"), ("pest_control", "result")):
        for day in (date(2026, 10, 15), date(2026, 11, 12)):
            await write(school, aspect, day, {}, defects=1, defect_items=item)


async def registers_gone_wrong(school: School) -> None:
    await register(school, "licence", "food_licence", {"scope": ["packed"]}, until_on=date(2026, 12, 1))
    for until in (date(2026, 11, 1), date(2026, 12, 20)):
        await register(school, "staff", "staff", {"job": "cook"}, until_on=until, label="李琼仙")
    await register(
        school, "committee_list", "committee_list", since_on=date(2026, 9, 20),
        items={"year": 2026, "members": 5, "grades": ["1"], "school_grades": ["1", "2"]},
    )  # fmt: skip
    terms = {
        "how": "contracted", "licence_until_on": "2026-11-01", "scope": ["packed"], "fee_fen": 500_000,
        "waived": False,
    }  # fmt: skip
    await register(
        school, "contract", "contractor", terms, since_on=date(2026, 1, 1), until_on=date(2026, 12, 31)
    )
    result = await SurveyResult.create(
        round_id=1, term="2026-autumn", school_id=school.id, county_code=school.county_code, grade=0, n=40,
        invited=300,
    )  # fmt: skip
    await SurveyFigure.create(result=result, question="S01", total=40 * 62, top=5, foot=9)
    await write(school, "satisfaction", date(2026, 10, 20), {"round": "纸质", "how": "paper"})


async def others_pay_less(cast: Cast) -> None:
    """Nine prices of schools with the same meal standard, and one of 田坝 that is twice as much."""
    for number in range(9):
        await bought(cast.wanghai, "rice", 999_999, 590 + number)
    await write(
        cast.wanghai,
        "canteen_profile",
        date(2026, 9, 2),
        {"mode": "own", "diners": 300, "meal_standard_fen": 500},
    )
    await bought(cast.tianba, "rice", 999_999, 1_200)


async def problems_gone_wrong(school: School) -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    for number, state in enumerate(("overdue", "returned")):
        problem = await Problem.create(
            school_id=school.id, county_code=school.county_code, source="visit", item="C06", origin_key=new_id(),
            title="留样不足", words="", severity="general", state=state, finder_person_id=1, finder_post_id=1,
            found_at=now, due_at=now, overdue_at=now if state == "overdue" else None,
        )  # fmt: skip
        for _ in range(2 * number):
            await returned(problem)
    await Duty.filter(school_id=school.id).delete()
    for kind in VisitKind:
        await Duty.create(
            month="2026-10", kind=kind, school_id=school.id, county_code=school.county_code, post_id=1,
            state=DutyState.OWED,
        )  # fmt: skip
    first, second = [await picture(school) for _ in range(2)]
    await RepeatedPhoto.create(
        photo_id=second.id, earlier_id=first.id, likeness=Likeness.EXACT, distance=0, school_id=school.id,
        county_code=school.county_code, found_at=now,
    )  # fmt: skip


async def returned(problem: Problem) -> None:
    from models.journal.actions import record

    await record("problem", problem.id, "return", problem.found_at, school_id=problem.school_id)


async def picture(school: School) -> Photo:
    return await Photo.create(
        key=new_id(), request_key=new_id(), school_id=school.id, person_id=1, purpose=Purpose.VISIT, type="jpeg",
        bytes=1, width=1, height=1, sha256="0" * 64, received_at=datetime(2026, 11, 20, tzinfo=UTC),
    )  # fmt: skip


CONTRADICTED = {
    "C02": "food_licence", "C03": "health_certificate", "C05": "morning_check", "C06": "samples_kept",
    "C07": "expired_food", "C11": "disinfection", "C12": "defences_intact", "C17": "shared_meal",
    "C18": "equipment",
}  # fmt: skip


async def test_the_ledger_says_yes_and_the_visit_says_no(cast: Cast, stage: Stage) -> None:
    officer = await switched_on(cast)
    await well_kept(cast.tianba, await a_supplier())
    for kind, items in (
        ("committee", CONTRADICTED),
        ("supervisor", {"A2": "", "C1": "", "D2": "", "F3": ""}),
    ):
        await visited(cast.tianba, kind, items, datetime(2026, 11, 23, 3, tzinfo=UTC))
    await stage.jobs()
    found = await found_at(officer, cast.tianba)
    assert {rule for rule, _ in found} == set(CONTRADICTED.values()) | {
        "food_safety_director", "committee_size", "acceptance_signers", "training",
    }  # fmt: skip
    assert {sort for _, sort in found} == {"contradiction"}

    # what the county has cancelled on appeal was not seen
    visit = await Visit.get(kind="committee")
    await Problem.create(
        school_id=cast.tianba.id, county_code="530302", source="visit", source_id=visit.id, item="C02",
        origin_key=f"visit:{visit.id}:C02", title="许可证", words="", severity="general", state="cancelled",
        finder_person_id=1, finder_post_id=1, found_at=visit.visited_at,
    )  # fmt: skip
    # and of two visits the later one is what is known
    await visited(cast.tianba, "supervisor", {}, datetime(2026, 11, 23, 8, tzinfo=UTC))
    stage.forward(days=1)
    await stage.jobs()
    later = {rule for rule, sort in await found_at(officer, cast.tianba) if sort == "contradiction"}
    assert later == set(CONTRADICTED.values()) - {"food_licence"}


async def visited(school: School, kind: str, failing: Iterable[str], at: datetime, person: int = 1) -> None:
    check_in = await CheckIn.create(
        person_id=person, request_id=new_id(), body_hash="a" * 64, post_id=1, school_id=school.id, at=at,
        scanned_at=at, received_at=at, generation=1, place="none",
    )  # fmt: skip
    word = {"committee": "fail", "supervisor": "problem"}[kind]
    answers = [{"item": item, "verdict": word} for item in failing] or [{"item": "A1", "verdict": "pass"}]
    await Visit.create(
        person_id=person, request_id=new_id(), body_hash="a" * 64, post_id=1, school_id=school.id,
        check_in=check_in, kind=kind, form_version=1, month="2026-11", visited_at=at, received_at=at,
        answers=answers, grade="", remarks="", companions="", defence="", passed=20,
        failed=len(list(failing)), unseen=0,
    )  # fmt: skip


async def test_what_is_found_of_visitors_is_the_countys_and_not_theirs(cast: Cast, stage: Stage) -> None:
    officer = await switched_on(cast, "perfect_records", "copied_answers", "visit_rush")
    supervisor = await cast.phone("supervisor", consent=False)
    busy, honest = cast.people["supervisor"].id, cast.people["member"].id
    start = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
    for number in range(10):
        school = (cast.tianba, cast.wanghai)[number % 2]
        await visited(school, "supervisor", {}, start + timedelta(seconds=20 * number), busy)
    await visited(cast.tianba, "committee", {"C04": ""}, start, honest)
    await stage.jobs()

    assert await rules_of_county(officer) == Counter({
        ("perfect_records", "defect"): 1, ("copied_answers", "defect"): 1, ("visit_rush", "defect"): 1,
    })  # fmt: skip
    lines = (await officer.get("/alerts")).json["items"]
    assert {one["place"] for one in lines} == {"麒麟区"}
    (rushed,) = [one["said"] for one in lines if one["rule"] == "visit_rush"]
    assert rushed == "王建国2026年11月20日在4分钟内有10次入校记录。"
    assert (await supervisor.get(f"/alerts/{lines[0]['id']}")).status == 404
    noted = await officer.post(
        f"/alerts/{lines[0]['id']}/answer", {"request_id": new_id(), "answer": "lacking"}
    )
    assert (noted.status, noted.json["state"], noted.json["problem_id"]) == (200, "answered", None)

    # an administrator may try the rule, and not read whom it is about
    stage.forward(days=14)
    post = await ensure_post(PostKind.ADMINISTRATOR, division_code="530302")
    await Holding.create(person=cast.people["nobody"], post=post, since_on=SINCE)
    administrator = await cast.phone("nobody", consent=False)
    month = {"rule": "visit_rush", "month": "2026-11"}
    for phone, who in ((officer, "王建国"), (administrator, "有人")):
        tried = await phone.post("/divisions/530302/alert-trials", month)
        await stage.jobs()
        (line,) = (await phone.get(f"/alert-trials/{tried.json['id']}/alerts")).json["items"]
        assert line["said"] == f"{who}2026年11月20日在4分钟内有10次入校记录。"


@pytest.mark.parametrize(
    ("permitted", "director", "sorts"),
    [
        (3_000, True, set()),
        (1_000, True, {("caterer_portions", "defect")}),
        (None, None, {("caterer_portions", "no_record"), ("caterer_director", "no_record")}),
        (3_000, False, {("caterer_director", "defect")}),
    ],
)
async def test_a_caterer_is_judged_by_what_it_delivers_to_the_whole_province(
    cast: Cast, stage: Stage, permitted: int | None, director: bool | None, sorts: set[tuple[str, str]]
) -> None:
    officer = await switched_on(cast, "caterer_portions", "caterer_director")
    known = {"portions_most": permitted, "director": director}
    caterer = await a_supplier()
    items = {code: value for code, value in known.items() if value is not None} | {"classes": []}
    await RegisterRow.filter(id=caterer).update(items=items)
    for school, portions in ((cast.tianba, 700), (cast.faraway, 800)):
        serving = {"cooked": "outside", "caterer": caterer, "portions": portions}
        await write(school, "serving", date(2026, 11, 20), serving)
    await stage.jobs()
    assert set(await rules_of_county(officer)) == sorts
