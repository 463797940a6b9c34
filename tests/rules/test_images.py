"""Which pictures are taken in, and what is left of them: the pixels, upright, and nothing that tells on a person."""

import io
import struct
import zlib

import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat
from PIL.PngImagePlugin import PngInfo

from models.evidence import images
from models.evidence.images import BadImage, Picture, Reason

pytestmark = pytest.mark.slow

SIZE = (48, 32)
SECRETS = [b"SECRET", b"Phone Maker", b"103.79", b"Exif", b"http://ns.adobe.com"]
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><SECRET gps="103.79"/></x:xmpmeta>'
ORIENTATION, MAKER, GPS = 0x0112, 0x010F, 0x8825


def scene(size: tuple[int, int] = SIZE, mode: str = "RGB") -> Image.Image:
    """A picture whose four corners differ, so that no turning or mirroring of it looks like another."""
    image = Image.new("RGB", size, (90, 90, 90))
    half = (size[0] // 2, size[1] // 2)
    for left, top, colour in ((0, 0, "red"), (half[0], 0, "lime"), (0, half[1], "blue")):
        image.paste(colour, (left, top, left + half[0], top + half[1]))
    return image.convert(mode)


def exif(orientation: int = 1) -> Image.Exif:
    block = Image.Exif()
    block[ORIENTATION] = orientation
    block[MAKER] = "Phone Maker"
    block.get_ifd(GPS)[2] = (25.0, 29.0, 24.0)
    block.get_ifd(GPS)[29] = "SECRET"
    return block


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def differ(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures of one size, 0 to 255."""
    assert one.size == other.size
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def with_segment(marker: int, body: bytes) -> bytes:
    return JPEG[:2] + segment(marker, body) + JPEG[2:]


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_header(width: int, height: int) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP" + b"".join(
        name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for name, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


JPEG = saved(scene(), "JPEG")
PNG = saved(scene(), "PNG")
WEBP = saved(scene(), "WEBP")
PLAIN = {plain[:3]: plain for plain in (JPEG, PNG, WEBP)}
PNG_SIGN = b"\x89PNG\r\n\x1a\n"
PNG_END = chunk(b"IEND", b"")
FRAME_AT = JPEG.index(b"\xff\xc0")
FRAME = JPEG[FRAME_AT : FRAME_AT + 19]
BOMB_FRAME = FRAME[:5] + struct.pack(">HH", 30000, 30000) + FRAME[9:]

UPRIGHT = {
    "a JPEG": JPEG,
    "a progressive JPEG": saved(scene(), "JPEG", progressive=True),
    "a grey JPEG": saved(scene(mode="L"), "JPEG"),
    "a JPEG for printers": saved(scene(mode="CMYK"), "JPEG"),
    "a JPEG with restarts": saved(scene(), "JPEG", restart_marker_blocks=1),
    "a PNG": PNG,
    "a PNG with a palette": saved(scene(mode="P"), "PNG"),
    "a PNG with transparency": saved(scene(mode="RGBA"), "PNG"),
    "a palette PNG with transparency": saved(scene(mode="P"), "PNG", transparency=0),
    "a WebP": WEBP,
    "a lossless WebP": saved(scene(), "WEBP", lossless=True),
    "a WebP with transparency": saved(scene(mode="RGBA"), "WEBP"),
    "a WebP with a profile": saved(scene(), "WEBP", icc_profile=b"p" * 131),
}
PNG_TEXT = PngInfo()
PNG_TEXT.add_text("Comment", "SECRET")
PNG_TEXT.add_itxt("XML:com.adobe.xmp", XMP.decode())
TELLING = {
    "a JPEG with EXIF": saved(scene(), "JPEG", exif=exif()),
    "a JPEG with XMP": saved(scene(), "JPEG", xmp=XMP),
    "a JPEG with a comment": saved(scene(), "JPEG", comment=b"SECRET"),
    "a JPEG with IPTC": with_segment(0xED, b"Photoshop 3.0\0SECRET"),
    "a JPEG with a thumbnail": with_segment(0xE0, b"JFXX\0SECRET"),
    "a JPEG with an odd Adobe part": with_segment(0xEE, b"Adobe\0d\0\0\0\0\0SECRET"),
    "a JPEG with a maker's own part": with_segment(0xEB, b"HUAWEI SECRET"),
    "a JPEG with an extension": with_segment(0xF3, b"SECRET"),
    "a JPEG with pictures in it": with_segment(0xE2, b"MPF\0SECRET"),
    "a JPEG with a motion clip": JPEG + b"\0\0\0\x18ftypmp42SECRET" * 9,
    "a JPEG with a second JPEG": JPEG + saved(scene(), "JPEG", exif=exif()),
    "a PNG with EXIF": saved(scene(), "PNG", exif=exif()),
    "a PNG with texts": saved(scene(), "PNG", pnginfo=PNG_TEXT),
    "a PNG with a word at the end": PNG[:-12] + chunk(b"IEND", b"SECRET"),
    "a PNG with something after it": PNG + b"\0\0SECRET",
    "a WebP with EXIF": saved(scene(), "WEBP", exif=exif()),
    "a WebP with XMP": saved(scene(), "WEBP", xmp=XMP),
    "a WebP with an unknown part": riff((b"VP8 ", WEBP[20:]), (b"SECR", b"SECRET")),
}


def test_what_a_picture_is_is_told_by_its_content() -> None:
    assert images.inspect(JPEG) == Picture("jpeg", *SIZE, upright=True)
    assert images.inspect(PNG) == Picture("png", *SIZE, upright=True)
    assert images.inspect(WEBP) == Picture("webp", *SIZE, upright=True)


@pytest.mark.parametrize("data", UPRIGHT.values(), ids=UPRIGHT)
def test_an_upright_picture_keeps_every_pixel(data: bytes) -> None:
    before, after = opened(data), opened(images.strip(data))
    assert (after.format, after.mode, after.size) == (before.format, before.mode, before.size)
    assert after.tobytes() == before.tobytes()
    assert after.info.get("icc_profile") == before.info.get("icc_profile")


@pytest.mark.parametrize("data", TELLING.values(), ids=TELLING)
def test_nothing_that_tells_on_a_person_is_kept(data: bytes) -> None:
    kept = images.strip(data)
    assert any(secret in data for secret in SECRETS)
    assert [secret for secret in SECRETS if secret in kept] == []
    assert opened(kept).tobytes() == opened(PLAIN[data[:3]]).tobytes()
    assert dict(opened(kept).getexif()) == {}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_taken_sideways_is_stored_upright(kind: str, orientation: int) -> None:
    # as large as a phone's, so that the edges of the blocks do not weigh
    stored = scene((256, 192)).transpose(HELD[orientation]) if orientation != 1 else scene((256, 192))
    data = saved(stored, kind, exif=exif(orientation), quality=95)
    assert images.inspect(data) == Picture(kind.lower(), *stored.size, upright=orientation == 1)  # type: ignore[arg-type]
    kept = images.strip(data)
    assert differ(opened(kept), scene((256, 192))) < 3
    assert dict(opened(kept).getexif()) == {}
    assert images.inspect(kept).upright


# how the sensor saw the scene when the phone writes this orientation: what turning it upright undoes
HELD = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def test_the_first_orientation_counts_as_it_does_for_browsers() -> None:
    sideways, straight = (b"Exif\0\0" + exif(turn).tobytes().removeprefix(b"Exif\0\0") for turn in (6, 1))
    data = JPEG[:2] + segment(0xE1, sideways) + segment(0xE1, straight) + JPEG[2:]
    assert not images.inspect(data).upright
    assert opened(images.strip(data)).size == (SIZE[1], SIZE[0])


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_a_senseless_orientation_turns_nothing(value: int) -> None:
    assert images.inspect(saved(scene(), "JPEG", exif=exif(value))).upright


@pytest.mark.parametrize("data", [*UPRIGHT.values(), *TELLING.values()], ids=[*UPRIGHT, *TELLING])
def test_stripping_twice_changes_nothing_more(data: bytes) -> None:
    once = images.strip(data)
    assert images.strip(once) == once


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_stripping_a_turned_picture_again_changes_nothing_more(kind: str) -> None:
    once = images.strip(saved(scene(), kind, exif=exif(6)))
    assert images.strip(once) == once


def test_only_an_upright_jpeg_is_ready_without_decoding() -> None:
    picture, kept = images.upright(JPEG)
    assert (picture, kept) == (images.inspect(JPEG), images.strip(JPEG))
    for data in (PNG, WEBP, saved(scene(), "JPEG", exif=exif(6))):
        assert images.upright(data) == (images.inspect(data), b"")


GIF = saved(scene(), "GIF")
FRAMES = [scene(mode="L").convert("RGB").rotate(turn) for turn in (0, 90)]
REFUSED: dict[str, tuple[bytes, Reason]] = {
    "nothing": (b"", Reason.NOT_AN_IMAGE),
    "one byte": (b"\xff", Reason.NOT_AN_IMAGE),
    "a text": ("这不是照片".encode(), Reason.NOT_AN_IMAGE),
    "a page that calls itself a picture": (b"<html>photo.jpg</html>", Reason.NOT_AN_IMAGE),
    "a GIF": (GIF, Reason.NOT_AN_IMAGE),
    "more than 10 MB": (JPEG + b"\0" * images.MAX_BYTES, Reason.TOO_LARGE),
    "a JPEG that ends at once": (b"\xff\xd8\xff\xd9", Reason.TRUNCATED),
    "a JPEG without its end": (JPEG[:-2], Reason.TRUNCATED),
    "a JPEG without height": (
        JPEG.replace(FRAME, FRAME[:5] + b"\0\0" + FRAME[7:]),
        Reason.NOT_AN_IMAGE,
    ),
    "a JPEG bomb": (JPEG.replace(FRAME, BOMB_FRAME), Reason.TOO_MANY_PIXELS),
    "a JPEG that tells a second size": (JPEG.replace(FRAME, FRAME + BOMB_FRAME), Reason.NOT_AN_IMAGE),
    "a JPEG that tells a second size late": (JPEG[:-2] + BOMB_FRAME + b"\xff\xd9", Reason.NOT_AN_IMAGE),
    "a JPEG of a kind no phone shows": (JPEG.replace(b"\xff\xc0", b"\xff\xc9"), Reason.NOT_AN_IMAGE),
    "a JPEG without its tables": (JPEG.replace(b"\xff\xdb", b"\xff\xfe"), Reason.TRUNCATED),
    "a JPEG that would be decoded for minutes": (
        UPRIGHT["a progressive JPEG"][:-2] + segment(0xDA, b"\x01\x01\x00\x01\x05\x21") * 80 + b"\xff\xd9",
        Reason.NOT_AN_IMAGE,
    ),
    "a JPEG of empty comments": (JPEG[:2] + b"\xff\xfe\0\2" * 50_000 + JPEG[2:], Reason.NOT_AN_IMAGE),
    "a PNG bomb": (
        PNG_SIGN + png_header(30000, 30000) + chunk(b"IDAT", zlib.compress(b"")) + PNG_END,
        Reason.TOO_MANY_PIXELS,
    ),
    "a PNG just over 50 megapixels": (PNG_SIGN + png_header(50_001, 1000) + PNG_END, Reason.TOO_MANY_PIXELS),
    "a PNG that tells a second size": (
        PNG[:33] + png_header(30000, 30000) + PNG[33:],
        Reason.NOT_AN_IMAGE,
    ),
    "a PNG with one wrong bit": (PNG[:60] + bytes([PNG[60] ^ 1]) + PNG[61:], Reason.TRUNCATED),
    "a PNG without pixels": (PNG_SIGN + png_header(4, 4) + PNG_END, Reason.TRUNCATED),
    "a PNG with nonsense for pixels": (
        PNG_SIGN + png_header(4, 4) + chunk(b"IDAT", b"nonsense") + PNG_END,
        Reason.TRUNCATED,
    ),
    "a PNG that moves": (
        saved(FRAMES[0], "PNG", save_all=True, append_images=FRAMES[1:]),
        Reason.ANIMATED,
    ),
    "a WebP that moves": (
        saved(FRAMES[0], "WEBP", save_all=True, append_images=FRAMES[1:]),
        Reason.ANIMATED,
    ),
    "a WebP bomb": (
        riff((b"VP8L", b"\x2f" + struct.pack("<I", 16383 | 16383 << 14) + b"\0" * 8)),
        Reason.TOO_MANY_PIXELS,
    ),
    "a WebP that is only announced": (riff((b"VP8X", b"\0" * 4 + b"\3\0\0\3\0\0")), Reason.TRUNCATED),
    "a WebP with nonsense for pixels": (
        riff((b"VP8 ", WEBP[20:30] + b"nonsense" * 4)),
        Reason.TRUNCATED,
    ),
    "a JPEG with a zip": (JPEG + b"PK\x03\x04" + b"\0" * 200, Reason.POLYGLOT),
    "a JPEG with a zip behind a filling": (
        JPEG + b"f" * 300 + b"PK\x05\x06" + b"\0" * 18,
        Reason.POLYGLOT,
    ),
    "a PNG with a page": (PNG + b"\r\n<script>alert(1)</script>", Reason.POLYGLOT),
    "a WebP with a document": (WEBP + b"%PDF-1.7", Reason.POLYGLOT),
    "a JPEG with a program": (JPEG + b"\0\0MZ\x90\0", Reason.POLYGLOT),
}


@pytest.mark.parametrize(("data", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_and_why(data: bytes, reason: Reason) -> None:
    with pytest.raises(BadImage) as refused:
        images.strip(data)
    assert refused.value.reason is reason
    assert str(refused.value).endswith("。")


@pytest.mark.parametrize("data", [JPEG, UPRIGHT["a progressive JPEG"], PNG, WEBP])
def test_a_picture_that_breaks_off_anywhere_is_refused(data: bytes) -> None:
    for length in range(len(data)):
        with pytest.raises(BadImage):
            images.inspect(data[:length])


def test_a_picture_at_the_limit_is_taken() -> None:
    large = saved(Image.new("1", (10_000, 5_000)), "PNG")
    assert images.inspect(large).width * images.inspect(large).height == images.MAX_PIXELS


SEEDS = [
    *UPRIGHT.values(),
    *TELLING.values(),
    saved(scene(), "JPEG", exif=exif(6)),
    saved(scene(), "WEBP", exif=exif(5)),
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A picture with a few bytes changed, cut out or put in, mostly where its headers are."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, min(len(data), draw(st.sampled_from([40, 700, 10_000]))) - 1))
        gone = draw(st.integers(0, 8))
        data[at : at + gone] = draw(st.binary(min_size=gone, max_size=gone) | st.binary(max_size=8))
    return resealed(bytes(data)) if draw(st.booleans()) else bytes(data)


def resealed(data: bytes) -> bytes:
    """With the checksums of a PNG put right, so that the damage is not found by them."""
    parts, at = [data[:8]], 8
    while data.startswith(PNG_SIGN) and at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        parts.append(chunk(data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return b"".join([*parts, data[at:]]) if len(parts) > 1 else data


@given(damaged() | st.binary(max_size=200))
@settings(max_examples=400, deadline=None)
def test_whatever_is_taken_in_can_be_looked_at(data: bytes) -> None:
    try:
        picture, kept = images.inspect(data), images.strip(data)
    except BadImage:
        return
    size = (picture.width, picture.height)
    shown = opened(kept).size
    assert shown == size or (not picture.upright and shown == size[::-1])
    assert images.inspect(kept) == Picture(picture.kind, *shown, upright=True)
    assert images.strip(kept) == kept


def heic(image: Image.Image | None = None, **options: object) -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(image or scene((256, 192))).save(out, quality=90, **options)
    return out.getvalue()


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, name) + body


HEIC = heic()
ISPE = HEIC.index(b"ispe") + 8
HEIC_REFUSED = {
    "a HEIC of 100 megapixels": (
        HEIC[:ISPE] + struct.pack(">II", 10_000, 10_000) + HEIC[ISPE + 8 :],
        Reason.TOO_MANY_PIXELS,
    ),
    "a HEIC of no size": (HEIC[:ISPE] + bytes(8) + HEIC[ISPE + 8 :], Reason.NOT_AN_IMAGE),
    "a HEIC that moves": (HEIC.replace(b"ftypheic", b"ftyphevc"), Reason.ANIMATED),
    "a HEIC with a film": (HEIC + box(b"moov", b""), Reason.ANIMATED),
    "a HEIC with two claims": (HEIC + box(b"meta", bytes(4)), Reason.NOT_AN_IMAGE),
    "a HEIC with a zip": (HEIC + box(b"free", b"PK\x03\x04" + bytes(40)), Reason.POLYGLOT),
    "a HEIC with something behind it": (HEIC + b"PK\x03\x04" + bytes(40), Reason.TRUNCATED),
    "an AVIF": (HEIC.replace(b"ftypheic", b"ftypavif"), Reason.NOT_AN_IMAGE),
}


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_heic_is_kept_as_an_upright_jpeg_that_tells_nothing(orientation: int) -> None:
    stored = scene((256, 192)).transpose(HELD[orientation]) if orientation != 1 else scene((256, 192))
    data = heic(stored, exif=exif(orientation).tobytes(), xmp=XMP)
    assert images.upright(data)[1] == b""
    kept = images.strip(data)
    assert images.inspect(kept) == Picture("jpeg", 256, 192, upright=True)
    assert differ(opened(kept), scene((256, 192))) < 4
    assert [secret for secret in SECRETS if secret in kept] == []
    assert images.strip(kept) == kept


@pytest.mark.parametrize(("data", "reason"), HEIC_REFUSED.values(), ids=HEIC_REFUSED)
def test_what_heic_is_refused_before_a_pixel_is_decoded(data: bytes, reason: Reason) -> None:
    with pytest.raises(BadImage) as refused:
        images.inspect(data)
    assert refused.value.reason is reason


def test_a_heic_that_breaks_off_anywhere_is_refused() -> None:
    for length in [*range(600), *range(600, len(HEIC), 37)]:
        with pytest.raises(BadImage):
            images.inspect(HEIC[:length])


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_damaged_heic_is_refused_or_shown(data: st.DataObject) -> None:
    damaged = bytearray(HEIC)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, 700))] = data.draw(st.integers(0, 255))
    try:
        kept = images.strip(bytes(damaged))
    except BadImage:
        return
    assert opened(kept).size == (images.inspect(kept).width, images.inspect(kept).height)
