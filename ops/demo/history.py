"""What has already happened this month: visits made by the very actions that people's phones call."""

import io
import random
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from PIL import Image, ImageDraw, ImageFont

from models.checkins import actions as checkins
from models.checkins.rules import PlaceQuality, Where
from models.evidence.actions import add_photo
from models.evidence.store import PhotoStore
from models.evidence.tables import Purpose
from models.organisations.tables import PostKind, School
from models.people.access import Held, Viewer
from models.people.tables import Holding
from models.policies.calendar import beijing_date
from models.visits import actions as visits
from models.visits.forms.committee_v1 import COMMITTEE_V1
from models.visits.forms.declaration import ItemKind
from models.visits.rules import COUNTS, TASTES, Answer
from models.visits.tables import VisitKind
from qr import Claim, Keyring, Place, PlaceKind, sign
from qr.fonts import FontMissing, chinese_font

SHARE = 0.4
FAILING = {"C06": "有一份留样没有标签", "C07": "库房有一袋木耳已过保质期", "C10": "生熟共用一块砧板"}


async def make(
    schools: list[School],
    keyring: Keyring,
    store: PhotoStore,
    now: datetime,
    progress: Callable[[str, int, int], None],
) -> None:
    """Committee visits to two schools in five; one in four finds something wrong."""
    chance = random.Random(530_301)  # noqa: S311 - a demonstration, the same each time
    chosen = chance.sample(schools, int(len(schools) * SHARE))
    for number, school in enumerate(chosen):
        member = await _member(school)
        at = _working_hour(now, chance)
        failing = chance.choice(sorted(FAILING)) if number % 4 == 0 else None
        await _visit(member, school, keyring, store, at, failing)
        progress("生成本月入校记录", number + 1, len(chosen))


def _working_hour(now: datetime, chance: random.Random) -> datetime:
    """A late morning of the last few days, still within this month and not after now."""
    at = now - timedelta(days=chance.randrange(0, 6), minutes=chance.randrange(5, 90))
    return at if beijing_date(at).month == beijing_date(now).month else now - timedelta(minutes=5)


async def _member(school: School) -> Viewer:
    holding = (
        await Holding.filter(post__school_id=school.id, post__kind=PostKind.COMMITTEE).order_by("id").first()
    )
    assert holding is not None
    person = await holding.person
    held = Held(holding.post_id, PostKind.COMMITTEE, school.id, None)
    return Viewer(0, 0, "", person.id, person.name, (held,))


async def _visit(
    member: Viewer, school: School, keyring: Keyring, store: PhotoStore, at: datetime, failing: str | None
) -> None:
    mark = secrets.token_hex(8)
    code = sign(keyring, Place(PlaceKind.SCHOOL, school.id), school.poster_generation)
    claim = Claim(Place(PlaceKind.SCHOOL, school.id), school.poster_generation, keyring.current, None)
    where = Where(PlaceQuality.PRECISE, school.longitude, school.latitude, 25.0)
    await checkins.check_in(member, claim, code, at, where, f"demo-{mark}", at)

    async def photo(words: str, purpose: Purpose) -> str:
        key = secrets.token_hex(16)
        data = picture(words, school.name)
        kept = await add_photo(member, school.id, purpose, data, f"demo-{key[:12]}", key, store, at)
        return kept.key

    evidence = (await photo(FAILING[failing], Purpose.VISIT),) if failing else ()
    answers = tuple(_answer(item.code, item.kind, failing, evidence) for item in COMMITTEE_V1.items)
    draft = visits.Draft(
        request_id=f"demo-visit-{mark}",
        check_in=f"demo-{mark}",
        kind=VisitKind.COMMITTEE,
        form_version=COMMITTEE_V1.version,
        answers=answers,
        grade="fair" if failing else "good",
        remarks="",
        companions="",
        defence="",
        photo_keys=(await photo("食堂现场", Purpose.VISIT),),
        signature_keys=(await photo("签名", Purpose.SIGNATURE),),
    )
    said = [{"item": answer.item, "verdict": answer.verdict, "remark": answer.remark} for answer in answers]
    await visits.submit(member, draft, said, at)


def _answer(code: str, kind: ItemKind, failing: str | None, evidence: tuple[str, ...]) -> Answer:
    if code == failing:
        return Answer(code, "fail", FAILING[code], photo_ids=evidence)
    scores = dict.fromkeys(TASTES, 4) if kind is ItemKind.TASTING else None
    counts = dict.fromkeys(COUNTS, 3) if kind is ItemKind.COUNTS else None
    return Answer(code, "pass", scores=scores, counts=counts)


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
