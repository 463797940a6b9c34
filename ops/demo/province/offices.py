"""Who is where: schools, canteens, posts, the people who hold them, and the visits that are owed."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from models.organisations.actions import place_key
from models.organisations.tables import PostKind, SchoolStage
from models.people.phones import Vault
from models.policies.declared import ALERTS_ON
from ops.demo.names import GIVEN, SURNAMES
from ops.demo.province.layout import Province
from ops.demo.province.school import HELD, POSTS, School

STAGE_NAMES = {
    SchoolStage.KINDERGARTEN: "幼儿园", SchoolStage.PRIMARY: "小学", SchoolStage.JUNIOR: "初级中学",
    SchoolStage.SENIOR: "高级中学", SchoolStage.NINE_YEAR: "九年一贯制学校", SchoolStage.COMPLETE: "完全中学",
}  # fmt: skip
PROVINCE = "53"
VISITORS = (PostKind.COMMITTEE, PostKind.SUPERVISOR)
SCHOOL = (
    "id", "code", "name", "county_code", "stage", "nutrition_plan", "boarding", "diners", "longitude", "latitude",
    "poster_generation", "open",
)  # fmt: skip
CANTEEN = ("id", "school_id", "name", "mode")
POST = ("id", "kind", "school_id", "division_code", "place_key")
PERSON = ("id", "name", "phone_sealed", "phone_digest", "created_at")
HOLDING = ("person_id", "post_id", "since_on")
DUTY = ("month", "kind", "school_id", "county_code", "post_id", "state")
POLICY = ("division_code", "key", "value", "set_at")
Row = tuple[Any, ...]
Place = Mapping[str, tuple[float, float]]


def schools(province: Province, places: Place) -> Iterator[Row]:
    """`places`: a county's longitude and latitude in degrees."""
    for one in province.schools:
        county = province.counties[(one.id - 1) % len(province.counties)]
        longitude, latitude = places[one.county]
        yield (
            one.id, f"{one.county}{one.turn:04d}", f"{county.name}第{one.turn}{STAGE_NAMES[one.stage]}", one.county,
            one.stage.value, one.nutrition, one.boarding, one.diners, longitude + one.chance(7) % 100 / 1000,
            latitude + one.chance(8) % 100 / 1000, 1, True,
        )  # fmt: skip


def canteens(province: Province) -> Iterator[Row]:
    """One a school, with the school's number. What is called one where all comes from outside is where they eat."""
    for one in province.schools:
        yield one.id, one.id, "学生食堂" if one.cooks else "校外供餐就餐点", one.mode.value


def _offices(province: Province) -> list[tuple[PostKind, str]]:
    """In the order of their posts, after those of the schools; each is held by one person."""
    counties = [(PostKind.COUNTY, one.code) for one in province.counties]
    prefectures = sorted({one.code[:4] for one in province.counties})
    return [
        *counties, *((PostKind.PREFECTURE, code) for code in prefectures), (PostKind.PROVINCE, PROVINCE),
        (PostKind.ADMINISTRATOR, PROVINCE),
    ]  # fmt: skip


def county_head(province: Province, turn: int) -> tuple[int, int]:
    """The post of a county's office and who holds it."""
    return len(province.schools) * len(POSTS) + turn + 1, province.people + turn + 1


def posts(province: Province) -> Iterator[Row]:
    for one in province.schools:
        for kind in POSTS:
            yield one.post(kind), kind.value, one.id, None, place_key(kind, school_id=one.id)
    for turn, (kind, code) in enumerate(_offices(province)):
        yield county_head(province, turn)[0], kind.value, None, code, place_key(kind, division_code=code)


def people(province: Province, vault: Vault, now: datetime) -> Iterator[Row]:
    for number in range(1, province.people + len(_offices(province)) + 1):
        # nobody's numbers, as those of the smaller demonstration
        phone = f"154{number:08d}"
        name = SURNAMES[number * 7 % len(SURNAMES)] + GIVEN[number * 11 % len(GIVEN)]
        yield number, name, vault.seal(phone), vault.digest(phone), now


def holdings(province: Province) -> Iterator[Row]:
    since = date(province.times.school_year - 1, 9, 1)
    for one in province.schools:
        for kind in POSTS[: HELD + 1]:
            yield one.holder(kind), one.post(kind), since
    for turn in range(len(_offices(province))):
        post, person = county_head(province, turn)
        yield person, post, since


def duties(province: Province) -> Iterator[Row]:
    """Of last month and this one, where schools taught in them: all made, unless something else was planted."""
    times = province.times
    months = [month for month in (times.last_month, times.this_month) if month in times.months]
    for school in province.schools:
        for kind in VISITORS:
            for month in months:
                state = _state(
                    school, kind, month, young=month == times.this_month and not times.month_is_ending
                )
                if state is not None:
                    yield f"{month:%Y-%m}", kind.value, school.id, school.county, school.post(kind), state


def _state(school: School, kind: PostKind, month: date, *, young: bool) -> str | None:
    if school.plan is not None and (kind.value, month) in school.plan.duties:
        return school.plan.duties[kind.value, month]
    return "owed" if young and school.id % 2 else "done"


def policies(now: datetime) -> Iterator[Row]:
    """The province goes by alerts."""
    yield PROVINCE, ALERTS_ON.key, 1.0, now
