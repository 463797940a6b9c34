"""Pictures made of a kept picture: small for lists, marked with where, when and who, and both again with
faces hidden. Pure.

Takes tens to hundreds of milliseconds: run it in a thread.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from PIL import Image, ImageDraw, ImageFont

from models.evidence import faces, prints
from qr.fonts import chinese_font

THUMB_PX = 480
MARKED_PX = 1600
SMALLEST_TYPE_PX = 9


class Rendition(StrEnum):
    ORIGINAL = "original"
    THUMB = "thumb"
    MARKED = "marked"
    HIDDEN = "hidden"
    """Marked, with faces hidden."""
    HIDDEN_THUMB = "hidden_thumb"


FOLDERS = {
    Rendition.ORIGINAL: "photos",
    Rendition.THUMB: "thumbs",
    Rendition.MARKED: "marked",
    Rendition.HIDDEN: "hidden",
    Rendition.HIDDEN_THUMB: "hiddenthumbs",
}


@dataclass(frozen=True)
class Made:
    """JPEG bytes by rendition, and the picture's look."""

    pictures: dict[Rendition, bytes]
    look: int | None


def make(data: bytes, kind: str, words: Sequence[str], *, hide_faces: bool = False) -> Made:
    """The renditions of a picture that was checked when it came; raises what decoders raise.

    Without words it is only made small.
    """
    with Image.open(io.BytesIO(data), formats=[kind.upper()]) as opened:
        # a JPEG is decoded no larger than needed
        opened.draft("RGB", (MARKED_PX, MARKED_PX))
        shown = _opaque(opened)
    look = prints.look(shown)
    shown.thumbnail((MARKED_PX, MARKED_PX), Image.Resampling.LANCZOS)
    pictures = {Rendition.THUMB: _small(shown)}
    if words:
        pictures[Rendition.MARKED] = _jpeg(_marked(shown, words), 85)
    if words and hide_faces:
        faceless = faces.hidden(shown)
        pictures[Rendition.HIDDEN] = _jpeg(_marked(faceless, words), 85)
        pictures[Rendition.HIDDEN_THUMB] = _small(faceless)
    return Made(pictures, look)


def _small(image: Image.Image) -> bytes:
    small = image.copy()
    small.thumbnail((THUMB_PX, THUMB_PX), Image.Resampling.LANCZOS)
    return _jpeg(small, 80)


def _opaque(image: Image.Image) -> Image.Image:
    """In plain colours, on white where it was transparent."""
    if "A" in image.getbands() or "transparency" in image.info:
        layered = image.convert("RGBA")
        white = Image.new("RGB", layered.size, "white")
        white.paste(layered, mask=layered.getchannel("A"))
        return white
    return image.convert("RGB")


def _marked(image: Image.Image, words: Sequence[str]) -> Image.Image:
    """The words on a dark band below the picture, so that they hide nothing of it."""
    type_px = max(SMALLEST_TYPE_PX, image.width // 32)
    longest = max(_font(type_px).getlength(line) for line in words)
    room = image.width - type_px
    if longest > room:
        type_px = max(SMALLEST_TYPE_PX, int(type_px * room / longest))
    step = type_px * 3 // 2
    sheet = Image.new("RGB", (image.width, image.height + step * len(words) + type_px // 2), (24, 24, 24))
    sheet.paste(image, (0, 0))
    draw = ImageDraw.Draw(sheet)
    for number, line in enumerate(words):
        at = (type_px // 2, image.height + type_px // 4 + number * step)
        draw.text(at, line, fill="white", font=_font(type_px))
    return sheet


def _font(size_px: int) -> ImageFont.FreeTypeFont:
    found = chinese_font()
    return ImageFont.truetype(str(found.path), size_px, index=found.index)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, icc_profile=image.info.get("icc_profile"))
    return out.getvalue()
