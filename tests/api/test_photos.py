"""Photos through the API: what is kept, what is refused, and who sees it."""

import io

import aiohttp
import pytest
from PIL import Image

from models.evidence.tables import Photo
from tests.cast import Cast, Phone, jpeg, new_id

pytestmark = pytest.mark.slow


def located(orientation: int = 1) -> bytes:
    """A JPEG that tells who took it where."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "SecretPhone"
    exif.get_ifd(0x8825)[2] = (25.0, 29.0, 31.5)
    out = io.BytesIO()
    Image.effect_noise((300, 200), 40).convert("RGB").save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.mark.parametrize(("orientation", "size"), [(1, (300, 200)), (6, (200, 300))])
async def test_what_is_kept_stands_upright_and_tells_nothing(
    cast: Cast, orientation: int, size: tuple[int, int]
) -> None:
    member = await cast.phone("member", consent=False)
    key = await member.photo(cast.tianba, data=located(orientation))
    seen = await member.get(f"/photos/{key}")
    assert b"SecretPhone" not in seen.json
    with Image.open(io.BytesIO(seen.json)) as image:
        assert (image.size, dict(image.getexif())) == (size, {})


@pytest.mark.parametrize(("form", "media"), [("PNG", "image/png"), ("WEBP", "image/webp")])
async def test_the_content_decides_the_type(cast: Cast, form: str, media: str) -> None:
    member = await cast.phone("member", consent=False)
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 10, 10)).save(out, form)
    key = await member.photo(cast.tianba, data=out.getvalue())
    assert (await member.get(f"/photos/{key}")).headers["Content-Type"] == media


async def test_sent_again_it_is_the_same_photo_and_another_is_refused(cast: Cast) -> None:
    member = await cast.phone("member", consent=False)
    data, request_id = jpeg(), new_id()
    first = await member.send_photo(cast.tianba, "visit", data, request_id)
    again = await member.send_photo(cast.tianba, "visit", data, request_id)
    assert (first.status, again.status, first.json) == (201, 200, again.json)
    other = await member.send_photo(cast.tianba, "visit", jpeg(), request_id)
    assert (other.status, other.code) == (409, "request_reused")
    assert await Photo.all().count() == 1


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "photo_refused"),
        (b"GIF89a" + b"\0" * 100, 422, "photo_refused"),
        (b"<html><script>alert(1)</script>", 422, "photo_refused"),
        (jpeg()[:-300], 422, "photo_refused"),
        (jpeg() + b"PK\x03\x04" + b"\0" * 500, 422, "photo_refused"),
        (b"\xff\xd8\xff" + b"\0" * (10 * 2**20), 413, "photo_too_large"),
    ],
    ids=["nothing", "a gif", "a page", "half a photo", "a photo with an archive", "eleven megabytes"],
)
async def test_what_is_no_photo_is_refused_in_a_sentence(
    cast: Cast, data: bytes, status: int, code: str
) -> None:
    member = await cast.phone("member", consent=False)
    answer = await member.send_photo(cast.tianba, "visit", data, new_id())
    assert (answer.status, answer.code) == (status, code)
    assert answer.said.endswith("。")
    assert await Photo.all().count() == 0


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("member", 200), ("second_member", 200), ("head", 200), ("officer", 200), ("province", 200),
        ("parent", 404), ("stranger", 404), ("neighbour_head", 404), ("neighbour_officer", 404), ("nobody", 404),
    ],
)  # fmt: skip
async def test_only_those_who_may_read_the_school_see_it(cast: Cast, who: str, status: int) -> None:
    member = await cast.phone("member", consent=False)
    key = await member.photo(cast.tianba)
    phone = member if who == "member" else await cast.phone(who, consent=False)
    assert (await phone.get(f"/photos/{key}")).status == status


@pytest.mark.parametrize(
    ("who", "status"), [("stranger", 404), ("neighbour_head", 404), ("nobody", 404), ("parent", 201)]
)
async def test_who_has_no_business_with_the_school_sends_nothing(cast: Cast, who: str, status: int) -> None:
    phone = await cast.phone(who, consent=False)
    assert (await phone.send_photo(cast.tianba, "problem", jpeg(), new_id())).status == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x\r\n\r\n",
        b"--x\r\nbroken header\r\n\r\ndata\r\n--x--\r\n",
        b"--x\r\nContent-Disposition: form-data; name=other\r\n\r\ndata\r\n--x--\r\n",
        b"--x\r\nContent-Disposition: form-data; name=file\r\nContent-Transfer-Encoding: odd\r\n\r\nd\r\n--x--\r\n",
        b"no boundary at all",
    ],
)
async def test_a_form_that_cannot_be_read_is_refused(cast: Cast, body: bytes) -> None:
    member = await cast.phone("member", consent=False)
    answer = await _raw(member, cast, body)
    assert answer in (422, 400)


async def _raw(phone: Phone, cast: Cast, body: bytes) -> int:
    headers = {
        "Authorization": f"Bearer {phone.token}",
        "Content-Type": "multipart/form-data; boundary=x",
    }
    query = {"school_id": str(cast.tianba.id), "purpose": "visit", "request_id": new_id()}
    async with aiohttp.request(
        "POST", f"{cast.stage.url}/api/photos", params=query, data=body, headers=headers
    ) as answer:
        return answer.status
