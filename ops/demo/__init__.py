"""The demonstration: one real prefecture with invented schools and people, the same each time."""

import random
from collections import deque
from collections.abc import Callable
from datetime import date, datetime

from tortoise.transactions import in_transaction

from models.evidence.store import PhotoStore
from models.organisations.actions import ensure_post
from models.organisations.tables import Canteen, CanteenMode, Division, PostKind, School, SchoolStage
from models.people.phones import Vault
from models.people.registering import add_person
from models.people.tables import Holding, Person, Recusal
from models.policies.calendar import beijing_date, month_of
from models.policies.declared import ALERTS_ON
from models.policies.tables import Policy
from models.surveys.sealing import Seal
from models.visits import duties
from ops.demo import history, ledger, surveys
from ops.demo.names import GIVEN, PLACES, SCHOOLS, SURNAMES
from qr import Keyring

PREFECTURE = "5303"
SEED = 530_300
SCHOOLS_IN_ALL = 60
MEMBERS, PARENTS, SCHOOLS_A_SUPERVISOR = 7, 3, 5

Progress = Callable[[str, int, int], None]


async def seed(
    now: datetime,
    progress: Progress,
    *,
    keyring: Keyring,
    vault: Vault,
    store: PhotoStore,
    seal: Seal,
    small: bool = False,
) -> None:
    """Fill an empty database; does nothing when there are schools. `small`: three schools, no history."""
    if await School.exists():
        return
    # all at once: one that was stopped half way would never be finished
    async with in_transaction():
        people = _People(vault, now)
        counties = await Division.filter(code__startswith=PREFECTURE, level="county").order_by("code")
        if small:
            counties = counties[:1]
        await _officers(people, counties)
        schools = await _schools(counties, 3 if small else SCHOOLS_IN_ALL, progress)
        await _staff(people, schools, progress)
        # last, so that nobody else's number depends on them
        for county in counties:
            await people.hire((await ensure_post(PostKind.REGULATOR, division_code=county.code)).id)
        await duties.open_month(month_of(now))
    if not small:
        await _alerts_on(now)
        await history.make(schools, keyring, store, now, progress)
        await surveys.make(schools, seal, now, progress)
        await ledger.make(schools, vault, store, now, progress)


async def _alerts_on(now: datetime) -> None:
    """The prefecture goes by alerts: its schools keep a ledger. A bare one would be told of everything."""
    await Policy.create(division_code=PREFECTURE, key=ALERTS_ON.key, value=1, set_at=now)


class _People:
    """Registers people with names and telephone numbers of their own."""

    def __init__(self, vault: Vault, now: datetime) -> None:
        self._chance = random.Random(SEED)  # noqa: S311 - a demonstration, the same each time
        self._vault = vault
        self._now = now
        self._count = 0
        self._lately: deque[str] = deque(maxlen=20)
        today = beijing_date(now)
        self._since = date(today.year if today.month >= 9 else today.year - 1, 9, 1)

    async def hire(self, *posts: int) -> Person:
        """Somebody new who holds these posts since the school year began."""
        name = self._name()
        self._count += 1
        # nobody's: the ministry's table of mobile networks (工信部, end of March 2023) gives 154 to no operator
        phone = f"1540000{self._count:04d}"
        person = await add_person(self._vault, name, phone, self._now)
        await Holding.bulk_create(
            [Holding(person_id=person.id, post_id=post, since_on=self._since) for post in posts]
        )
        return person

    def _name(self) -> str:
        """Nobody's at the same school: two of one name look like one who is told twice."""
        while (name := self._chance.choice(SURNAMES) + self._chance.choice(GIVEN)) in self._lately:
            pass
        self._lately.append(name)
        return name


async def _officers(people: _People, counties: list[Division]) -> None:
    for county in counties:
        post = await ensure_post(PostKind.COUNTY, division_code=county.code)
        await people.hire(post.id)
    for kind, code in (
        (PostKind.PREFECTURE, PREFECTURE),
        (PostKind.PROVINCE, "53"),
        (PostKind.ADMINISTRATOR, "53"),
    ):
        await people.hire((await ensure_post(kind, division_code=code)).id)


async def _schools(counties: list[Division], count: int, progress: Progress) -> list[School]:
    chance = random.Random(SEED + 1)  # noqa: S311
    made: list[School] = []
    for number in range(count):
        county = counties[number % len(counties)]
        turn = number // len(counties)
        place = PLACES[county.code][turn % len(PLACES[county.code])]
        suffix, stage, diners, boarding = SCHOOLS[(turn + number) % len(SCHOOLS)]
        assert county.longitude is not None and county.latitude is not None
        school = await School.create(
            code=f"{county.code}{turn + 1:04d}",
            name=f"{county.name}{place}{suffix}",
            county_code=county.code,
            stage=SchoolStage(stage),
            boarding=boarding,
            nutrition_plan=stage != "kindergarten" and county.code not in {"530302"},
            diners=diners + chance.randrange(-60, 60),
            longitude=round(county.longitude + chance.uniform(-0.05, 0.05), 5),
            latitude=round(county.latitude + chance.uniform(-0.05, 0.05), 5),
        )
        mode = CanteenMode.OWN if chance.random() < 0.8 else CanteenMode.ENTRUSTED
        # which the nutrition plan forbids: hardly anybody does
        if school.nutrition_plan and number % 20 != 7:
            mode = CanteenMode.OWN
        await Canteen.create(school=school, name="学生食堂", mode=mode)
        made.append(school)
        progress("建立学校", number + 1, count)
    return made


async def _staff(people: _People, schools: list[School], progress: Progress) -> None:
    waiting: dict[str, list[int]] = {}
    supervisors: list[Person] = []
    for number, school in enumerate(schools):
        posts = {
            kind: (await ensure_post(kind, school_id=school.id)).id
            for kind in (
                PostKind.HEAD, PostKind.MANAGER, PostKind.FINANCE,
                PostKind.COMMITTEE, PostKind.PARENT, PostKind.SUPERVISOR,
            )
        }  # fmt: skip
        for kind in (PostKind.HEAD, PostKind.MANAGER, PostKind.FINANCE):
            await people.hire(posts[kind])
        for _ in range(MEMBERS):
            await people.hire(posts[PostKind.COMMITTEE])
        for _ in range(PARENTS):
            await people.hire(posts[PostKind.PARENT])
        waiting.setdefault(school.county_code, []).append(posts[PostKind.SUPERVISOR])
        progress("登记人员", number + 1, len(schools))
    for supervised in waiting.values():
        for first in range(0, len(supervised), SCHOOLS_A_SUPERVISOR):
            supervisors.append(await people.hire(*supervised[first : first + SCHOOLS_A_SUPERVISOR]))
    # the first school's own supervisor: somebody of the county has to stand in
    await Recusal.create(person=supervisors[0], school=schools[0], reason="配偶为该校食堂供货人")
