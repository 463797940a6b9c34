"""What has already happened this month: visits made by the very actions that people's phones call."""

import io
import random
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta

from PIL import Image, ImageDraw, ImageFont

from models.checkins import actions as checkins
from models.checkins.rules import NOWHERE, PlaceQuality, Where
from models.evidence.actions import add_photo
from models.evidence.store import PhotoStore
from models.evidence.tables import Purpose
from models.organisations.tables import PostKind, School
from models.people.access import Held, Viewer
from models.people.tables import Holding, Recusal
from models.policies.calendar import BEIJING, beijing_date, is_working_day, month_of
from models.visits import actions as visits
from models.visits.duties import POST_OF
from models.visits.forms.committee_v1 import COMMITTEE_V1
from models.visits.forms.declaration import Form, Item, ItemKind
from models.visits.forms.supervisor_v1 import SUPERVISOR_V1
from models.visits.rules import COUNTS, TASTES, Answer
from models.visits.tables import VisitKind
from qr import Claim, Keyring, Place, PlaceKind, sign
from qr.fonts import FontMissing, chinese_font

SHARE = 0.4
DAYS_BACK = 6
FORMS = {VisitKind.COMMITTEE: COMMITTEE_V1, VisitKind.SUPERVISOR: SUPERVISOR_V1}
FAILING = {
    VisitKind.COMMITTEE: {
        "C06": "有一份留样没有标签",
        "C07": "库房有一袋木耳已过保质期",
        "C10": "生熟共用一块砧板",
    },
    VisitKind.SUPERVISOR: {
        "A3": "上周的周排查没有记录",
        "D2": "三天的验收单只有一人签字",
        "F3": "本月还没有培训",
    },
}


@dataclass(frozen=True)
class Planned:
    """A visit to be sent at an instant: one in four finds something wrong. `away` is how far the phone was
    from the school's registered place, in degrees east and north; None: it gave no location."""

    at: datetime
    kind: VisitKind
    school: School
    failing: str | None
    stay_min: int
    away: tuple[float, float] | None


async def make(
    schools: list[School],
    keyring: Keyring,
    store: PhotoStore,
    now: datetime,
    progress: Callable[[str, int, int], None],
) -> None:
    """Make two in five of the month's visits, of the committees and of the supervisors, in their order."""
    plan = _plan(schools, now)
    for number, planned in enumerate(plan):
        visitor = await _visitor(planned)
        if visitor is not None:
            await _visit(visitor, planned, keyring, store)
        progress("生成本月入校记录", number + 1, len(plan))


def _plan(schools: list[School], now: datetime) -> list[Planned]:
    chance = random.Random(530_301)  # noqa: S311 - a demonstration, the same each time
    plan = []
    for kind in FORMS:
        for number, school in enumerate(chance.sample(schools, int(len(schools) * SHARE))):
            failing = chance.choice(sorted(FAILING[kind])) if number % 4 == 0 else None
            at, stay_min = _late_morning(now, chance), chance.randrange(15, 40)
            plan.append(Planned(at, kind, school, failing, stay_min, _away(number, chance)))
    return sorted(plan, key=lambda planned: planned.at)


def _away(number: int, chance: random.Random) -> tuple[float, float] | None:
    """Most stand at the gate; one in five gives no location, and one visit of each kind was never there."""
    if number % 5 == 2:
        return None
    if number == 3:
        return 0.31, -0.22
    return chance.uniform(-0.001, 0.001), chance.uniform(-0.001, 0.001)


def _where(planned: Planned) -> Where:
    if planned.away is None:
        return NOWHERE
    east, north = planned.away
    assert planned.school.longitude is not None and planned.school.latitude is not None
    return Where(PlaceQuality.PRECISE, planned.school.longitude + east, planned.school.latitude + north, 25.0)


def _late_morning(now: datetime, chance: random.Random) -> datetime:
    """Between 10:30 and 12:00 of one of the last working days of this month; now, when none has passed."""
    minutes = chance.randrange(90)
    today = beijing_date(now)
    mornings = [
        datetime.combine(today - timedelta(days=back), time(10, 30), BEIJING) + timedelta(minutes=minutes)
        for back in range(DAYS_BACK)
        if is_working_day(today - timedelta(days=back))
    ]
    past = [at for at in mornings if at <= now and month_of(at) == month_of(now)]
    return chance.choice(past).astimezone(UTC) if past else now


async def _visitor(planned: Planned) -> Viewer | None:
    """Who holds the post that makes such visits; None when they must keep away from the school."""
    kind, school = POST_OF[planned.kind], planned.school
    holding = await Holding.filter(post__school_id=school.id, post__kind=kind).order_by("id").first()
    assert holding is not None
    if await Recusal.exists(person_id=holding.person_id, school_id=school.id):
        return None
    person = await holding.person
    held = Held(holding.post_id, PostKind(kind), school.id, None)
    return Viewer(0, 0, "", person.id, person.name, (held,))


async def _visit(visitor: Viewer, planned: Planned, keyring: Keyring, store: PhotoStore) -> None:
    school, kind, failing, at = planned.school, planned.kind, planned.failing, planned.at
    form, mark = FORMS[kind], f"demo-{kind.value}-{school.id}"
    place = Place(PlaceKind.SCHOOL, school.id)
    code = sign(keyring, place, school.poster_generation)
    claim = Claim(place, school.poster_generation, keyring.current, None)
    scanned_at, where = at - timedelta(minutes=planned.stay_min), _where(planned)
    phone = f"demo-phone-{visitor.bound:08d}"
    await checkins.check_in(visitor, claim, code, scanned_at, where, mark, scanned_at, phone)

    async def photo(words: str, purpose: Purpose) -> str:
        # the key is an address: not even a demonstration's may be guessed
        key = secrets.token_hex(16)
        data = picture(words, school.name)
        kept = await add_photo(visitor, school.id, purpose, data, f"demo-{key[:12]}", key, store, at)
        return kept.key

    evidence = (await photo(FAILING[kind][failing], Purpose.VISIT),) if failing else ()
    answers = tuple(_answer(form, item, failing, evidence) for item in form.items)
    signers = ["委员签名"] if kind is VisitKind.COMMITTEE else ["督学签名", "学校签名"]
    draft = visits.Draft(
        request_id=mark,
        check_in=mark,
        kind=kind,
        form_version=form.version,
        answers=answers,
        grade=("fair" if failing else "good") if form.grades else "",
        remarks="",
        companions="",
        defence="",
        photo_keys=(await photo("食堂现场", Purpose.VISIT),),
        signature_keys=tuple([await photo(words, Purpose.SIGNATURE) for words in signers]),
    )
    said = [_said(answer) for answer in answers]
    await visits.submit(visitor, draft, said, at)


def _answer(form: Form, item: Item, failing: str | None, evidence: tuple[str, ...]) -> Answer:
    if item.code == failing:
        remark = FAILING[VisitKind(form.kind)][failing]
        if form is COMMITTEE_V1:
            return Answer(item.code, "fail", remark, photo_ids=evidence)
        return Answer(
            item.code, "problem", remark, severity="general", handling="deadline", photo_ids=evidence
        )
    scores = dict.fromkeys(TASTES, 4) if item.kind is ItemKind.TASTING else None
    counts = dict.fromkeys(COUNTS, 3) if item.kind is ItemKind.COUNTS else None
    return Answer(item.code, "pass", scores=scores, counts=counts)


def _said(answer: Answer) -> dict[str, object]:
    """The answer as a phone writes it: nothing that was not given."""
    given = asdict(answer)
    given["photos"] = list(given.pop("photo_ids"))
    return {name: value for name, value in given.items() if value}


def picture(words: str, school: str) -> bytes:
    """A stand-in photo: words on a grey wall, as JPEG."""
    image = Image.new("RGB", (640, 480), (178, 186, 190))
    draw = ImageDraw.Draw(image)
    draw.rectangle((40, 260, 600, 440), fill=(120, 132, 138))
    try:
        found = chinese_font()
        font = ImageFont.truetype(str(found.path), 34, index=found.index)
        draw.text((320, 120), words, anchor="mm", font=font, fill=(30, 36, 40))
        draw.text((320, 180), school, anchor="mm", font=font, fill=(60, 66, 70))
    except FontMissing:
        draw.line((100, 100, 540, 200), fill=(30, 36, 40), width=6)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=75)
    return out.getvalue()
