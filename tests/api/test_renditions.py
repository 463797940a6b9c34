"""What is made of a photo after it came: small, marked, recognised; and its signed addresses."""

import io
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image, ImageChops, ImageStat

from models.evidence.store import PhotoStore
from models.evidence.tables import Photo, RepeatedPhoto
from models.journal.tables import JournalEntry
from ops.settings import Settings
from tests.cast import Cast, Phone, Stage, new_id

pytestmark = pytest.mark.slow


def kitchen(seed: int = 1, size: tuple[int, int] = (800, 600), **saving: int) -> bytes:
    """A picture with something in it: coarse patches, different for each seed."""
    small = Image.new("RGB", (12, 9))
    small.putdata([((seed * 7919 + at * at * 104729) % 251,) * 3 for at in range(108)])
    out = io.BytesIO()
    small.resize(size, Image.Resampling.BICUBIC).save(out, "JPEG", **saving)
    return out.getvalue()


def wall(tone: int) -> bytes:
    """A blank wall under a lamp: a little brighter in the middle, as every such wall is."""
    light = Image.radial_gradient("L").resize((640, 480)).point(lambda far: tone - far // 16)
    out = io.BytesIO()
    light.convert("RGB").save(out, "JPEG")
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


async def visited(cast: Cast, phone: Phone, data: bytes, school: str = "tianba") -> int:
    """A visit with one photo; its id."""
    at = getattr(cast, school)
    checked = await phone.check_in(at)
    assert checked.status in (200, 201), checked.json
    photo = await phone.photo(at, data=data)
    sent = await phone.visit(at, checked.headers["request_id"], photos=[photo])
    assert sent.status == 201, sent.json
    return int(sent.json["id"])


async def test_a_worker_makes_a_small_and_a_marked_picture(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    key = await member.photo(cast.tianba, data=kitchen())
    early = await member.get(f"/photos/{key}", rendition="marked")
    assert (early.status, early.code) == (404, "rendition_not_ready")
    before = await member.get(f"/photos/{key}", rendition="thumb")
    assert (opened(before.json).size, before.headers["Cache-Control"]) == ((800, 600), "private, no-cache")

    await stage.jobs()

    thumb = await member.get(f"/photos/{key}", rendition="thumb")
    assert opened(thumb.json).size == (480, 360)
    marked = opened((await member.get(f"/photos/{key}", rendition="marked")).json)
    assert marked.width == 800 and marked.height > 600
    # the picture is whole, and below it stand words
    difference = ImageStat.Stat(ImageChops.difference(marked.crop((0, 0, 800, 600)), opened(kitchen())))
    assert max(difference.mean) < 6
    band = ImageStat.Stat(marked.crop((0, 604, 800, marked.height)).convert("L"))
    assert band.extrema[0][1] > 200 and band.mean[0] < 90
    assert (await member.get(f"/photos/{key}")).json == kitchen()


async def test_a_mark_names_who_has_an_office_and_no_parent(cast: Cast, stage: Stage) -> None:
    """The mark is a picture: those of two people under one clock are alike unless their names are in it."""

    async def marked(*people: str) -> set[bytes]:
        phones = [await cast.phone(name, consent=False) for name in people]
        keys = [await phone.photo(cast.tianba, "problem", kitchen()) for phone in phones]
        await stage.jobs()
        got = [await p.get(f"/photos/{k}", rendition="marked") for p, k in zip(phones, keys, strict=True)]
        return {answer.json for answer in got}

    assert len(await marked("parent", "other_parent")) == 1
    assert len(await marked("member", "second_member")) == 2


async def test_a_signature_is_made_small_and_never_marked(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    key = await member.photo(cast.tianba, "signature", kitchen())
    await stage.jobs()
    assert opened((await member.get(f"/photos/{key}", rendition="thumb")).json).width == 480
    assert (await member.get(f"/photos/{key}", rendition="marked")).json == kitchen()


async def test_a_photo_from_an_iphone_is_shown_by_every_browser(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "SecretPhone"
    pillow_heif.from_pillow(opened(kitchen())).save(out, exif=exif.tobytes())
    key = await member.photo(cast.tianba, data=out.getvalue())
    seen = await member.get(f"/photos/{key}")
    assert (seen.headers["Content-Type"], opened(seen.json).size) == ("image/jpeg", (600, 800))
    assert b"SecretPhone" not in seen.json
    again = await member.send_photo(cast.tianba, "visit", out.getvalue(), new_id())
    assert again.json["type"] == "jpeg"


async def test_a_worker_that_died_is_followed_by_another(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    key = await member.photo(cast.tianba, data=kitchen())
    # claimed, and then the machine went down
    await Photo.filter(key=key).update(render_at=stage.clock(), render_tries=1)
    stage.forward(minutes=11)
    await stage.jobs()
    photo = await Photo.get(key=key)
    assert (photo.rendered_at is not None, photo.render_at) == (True, None)
    await Photo.filter(key=key).update(render_at=stage.clock(), rendered_at=None)
    await stage.jobs()
    assert (await member.get(f"/photos/{key}", rendition="marked")).status == 200


async def test_a_photo_that_cannot_be_rendered_says_so_and_holds_nobody_up(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    lost, fine = [await member.photo(cast.tianba, data=kitchen(seed)) for seed in (1, 2)]
    await stage.world.context.store.delete(f"photos/{lost}")
    for _ in range(6):
        await stage.jobs()
        stage.forward(hours=24)
    assert (await member.get(f"/photos/{fine}", rendition="marked")).status == 200
    photo = await Photo.get(key=lost)
    assert (photo.render_at, photo.render_fault) == (None, "存储里没有原图")
    answer = await member.get(f"/photos/{lost}", rendition="marked")
    assert (answer.status, answer.code) == (404, "rendition_failed")


async def test_a_picture_used_again_next_month_is_told_to_officers_alone(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    first = await visited(cast, member, kitchen())
    stage.forward(days=14)
    again = await visited(cast, member, kitchen(quality=40, size=(400, 300)))
    await stage.jobs()
    officer = await cast.phone("officer", consent=False)
    (told,) = (await officer.get(f"/visits/{again}")).json["repeats"]
    assert told["said"] == "这张照片与2026年11月麒麟区田坝小学入校记录中的照片相近。"
    assert told["distance"] <= 4 and (told["record_kind"], told["record_id"]) == ("visit", again)
    assert (await officer.get(f"/visits/{first}")).json["repeats"] == []
    assert (await member.get(f"/visits/{again}")).json["repeats"] == []
    listed = (await officer.get("/divisions/530302/repeated-photos")).json
    assert [one["id"] for one in listed["items"]] == [told["id"]]
    for who in ("member", "neighbour_officer"):
        phone = await cast.phone(who, consent=False)
        assert (await phone.get("/divisions/530302/repeated-photos")).status == 404
    assert await JournalEntry.filter(subject_kind="photo", verb="repeat").count() == 1


async def test_the_same_picture_at_another_school_is_found_by_its_bytes(cast: Cast, stage: Stage) -> None:
    head, neighbour = [await cast.phone(who, consent=False) for who in ("head", "neighbour_head")]
    body = {"title": "餐桌没有擦", "request_id": new_id()}
    officer = await cast.phone("officer", consent=False)
    # the bytes alone tell: a wall has no look of its own
    same = wall(100)
    reported = []
    for school in (cast.tianba, cast.wanghai):
        photo = await officer.photo(school, "problem", same)
        answer = await officer.post(
            "/problems", {**body, "request_id": new_id(), "school_id": school.id, "photos": [photo]}
        )
        assert answer.status == 201, answer.json
        reported.append(answer.json["id"])
    await stage.jobs()
    (told,) = (await officer.get(f"/problems/{reported[1]}")).json["repeats"]
    assert told["said"] == "这张照片与2026年11月麒麟区田坝小学问题记录中的照片相同。"
    assert (told["likeness"], told["distance"]) == ("exact", 0)
    for phone in (head, neighbour):
        listed = await phone.get("/divisions/530302/repeated-photos")
        assert listed.status == 404


async def test_blank_walls_and_different_kitchens_are_not_taken_for_one(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    for data in (wall(90), kitchen(1), kitchen(5)):
        await member.photo(cast.tianba, data=data)
    stage.forward(days=14)
    for data in (wall(91), kitchen(2), kitchen(9)):
        await member.photo(cast.tianba, data=data)
    await stage.jobs()
    assert await RepeatedPhoto.all().count() == 0


async def addresses(phone: Phone, *keys: str, rendition: str = "thumb") -> list[str]:
    signed = await phone.post("/photos/addresses", {"photos": list(keys), "rendition": rendition})
    assert signed.status == 200, signed.json
    return [one["address"] for one in signed.json]


async def picture(stage: Stage, address: str) -> tuple[int, str]:
    async with stage.http.get(address) as answer:
        said = await answer.json() if "json" in answer.content_type else {}
        return answer.status, said.get("code", answer.headers["Cache-Control"] if not said else "")


async def test_a_signed_address_shows_one_picture_for_ten_minutes(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    keys = [await member.photo(cast.tianba, data=kitchen(seed)) for seed in (1, 2)]
    await stage.jobs()
    one, other = await addresses(member, *keys)
    assert keys[0] in one and member.token not in one
    status, kept = await picture(stage, one)
    assert status == 200 and kept.startswith("private")
    assert (await picture(stage, other))[0] == 200
    assert await picture(stage, one.replace("thumb", "original")) == (404, "not_found")
    assert await picture(stage, one.replace(keys[0], keys[1])) == (404, "not_found")
    expires = one.split("expires=")[1].split("&")[0]
    assert await picture(stage, one.replace(expires, str(int(expires) + 600))) == (404, "not_found")
    assert await picture(stage, one.replace("by=1", "by=7")) == (404, "not_found")
    stage.forward(minutes=9)
    assert (await picture(stage, one))[0] == 200
    stage.forward(minutes=2)
    assert await picture(stage, one) == (403, "address_expired")


@pytest.mark.parametrize(
    ("who", "status"), [("head", 200), ("officer", 200), ("parent", 404), ("stranger", 404)]
)
async def test_only_who_may_see_a_picture_is_given_its_address(cast: Cast, who: str, status: int) -> None:
    member = await cast.phone("member", consent=False)
    key = await member.photo(cast.tianba, data=kitchen())
    phone = await cast.phone(who, consent=False)
    assert (await phone.post("/photos/addresses", {"photos": [key]})).status == status


async def objects(store: PhotoStore) -> set[str]:
    found = [key async for key in store.keys("photos/")]
    return {
        *found,
        *[key async for key in store.keys("thumbs/")],
        *[key async for key in store.keys("marked/")],
    }


async def test_what_nothing_needs_is_collected_and_nothing_else(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    store = stage.world.context.store
    visit = await visited(cast, member, kitchen(1))
    unused = await member.photo(cast.tianba, data=kitchen(2))
    await stage.jobs()
    # a crash between keeping the bytes and writing the row
    await store.put("photos/" + "ab" * 16, b"bytes without a row")
    await stage.jobs()
    stage.forward(days=1)
    await stage.jobs()
    assert "photos/" + "ab" * 16 in await objects(store)
    stage.forward(days=2)
    await stage.jobs()
    assert "photos/" + "ab" * 16 not in await objects(store)
    assert f"thumbs/{unused}" in await objects(store)

    stage.forward(days=90)
    member = await cast.phone("member", consent=False)
    kept = (await member.get(f"/visits/{visit}")).json
    fresh = await member.photo(cast.tianba, data=kitchen(3))
    await stage.jobs()
    left = {key.split("/")[1] for key in await objects(store)}
    assert left == {*kept["photos"], *kept["signatures"], fresh}
    assert (await member.get(f"/photos/{unused}")).status == 404
    # the phone had sent one more than its visit named
    assert await JournalEntry.filter(subject_kind="photo", verb="collect").count() == 2


def test_photos_are_kept_longer_than_records_may_come_late(environ: dict[str, str]) -> None:
    assert Settings.from_env(environ).orphan_days > 60


ASTRONAUT = (Path(__file__).parent.parent / "pictures" / "astronaut.jpg").read_bytes()
FACE = (89, 31, 134, 88)


def changed(data: bytes, box: tuple[int, int, int, int] = FACE) -> float:
    """How far a part of a picture is from what was sent, on average of 255."""
    ours, theirs = [opened(one).convert("L").crop(box) for one in (ASTRONAUT, data)]
    return float(ImageStat.Stat(ImageChops.difference(ours, theirs)).mean[0])


async def test_faces_are_hidden_from_those_who_are_not_of_the_school(cast: Cast, stage: Stage) -> None:
    member, head, officer = [await cast.phone(name, consent=False) for name in ("member", "head", "officer")]
    before = await member.photo(cast.tianba, data=ASTRONAUT)
    await stage.jobs()
    assert changed((await officer.get(f"/photos/{before}")).json) == 0
    hiding = await officer.ask("PUT", "/divisions/530302/policies/hide_faces", json={"value": 1})
    assert hiding.status == 204
    after = await member.photo(cast.tianba, data=ASTRONAUT)
    # what came before is done when it is first asked for, and shown to nobody in the meantime
    early = [await officer.get(f"/photos/{key}", rendition="thumb") for key in (before, after)]
    assert [(one.status, one.code) for one in early] == [(404, "faces_not_hidden")] * 2
    await stage.jobs()
    for key in (before, after):
        for rendition in ("original", "thumb", "marked"):
            assert changed((await member.get(f"/photos/{key}", rendition=rendition)).json) < 4
            assert changed((await head.get(f"/photos/{key}", rendition=rendition)).json) < 4
            seen = (await officer.get(f"/photos/{key}", rendition=rendition)).json
            assert changed(seen) > 20, rendition
            # and nothing else of the picture
            assert changed(seen, (10, 150, 120, 250)) < 4
        (signed,) = (await officer.post("/photos/addresses", {"photos": [key]})).json
        async with stage.http.get(signed["address"]) as picture:
            assert changed(await picture.read()) > 20
        # an address for another rendition cannot be made of it
        async with stage.http.get(signed["address"].replace("hidden", "original")) as picture:
            assert picture.status == 404


async def test_a_picture_without_faces_is_the_same_to_everybody(cast: Cast, stage: Stage) -> None:
    member, officer = [await cast.phone(name, consent=False) for name in ("member", "officer")]
    await officer.ask("PUT", "/divisions/530302/policies/hide_faces", json={"value": 1})
    key = await member.photo(cast.tianba, data=kitchen())
    signature = await member.photo(cast.tianba, "signature", kitchen(2))
    await stage.jobs()
    pairs = [
        [opened((await phone.get(f"/photos/{key}", rendition="marked")).json) for phone in (member, officer)],
        [opened((await phone.get(f"/photos/{signature}")).json) for phone in (member, officer)],
    ]
    for ours, theirs in pairs:
        assert ImageChops.difference(ours, theirs).getbbox() is None
