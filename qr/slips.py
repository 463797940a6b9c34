"""Invitations to hand out: A4 sheets of eight slips to cut apart, each with its own code."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from qr.pdf import ONE_DOCUMENT, pdf_font
from qr.poster import (
    FRAME_MM,
    GREY,
    HEIGHT_MM,
    WIDTH_MM,
    Box,
    Page,
    Sheet,
    code_boxes,
)

COLUMNS, ROWS = 2, 4
SLIP_W_MM = (WIDTH_MM - 2 * FRAME_MM) / COLUMNS
SLIP_H_MM = (HEIGHT_MM - 2 * FRAME_MM) / ROWS
CODE_MM = 40.0
PAD_MM = 4.0
LINE_MM = 0.2

TITLE = "膳督登录邀请"
STEPS = ["1 微信扫码，打开“膳督”小程序", "2 填邀请码，点“绑定”"]
WARNING = "仅限本人使用一次，请勿转发"


@dataclass(frozen=True)
class Slip:
    """What is printed. `url` is what the QR code says, `until` the last day as people read it."""

    name: str
    post: str
    place: str
    code: str
    url: str
    until: str


def draw(sheet: Sheet, slips: Sequence[Slip]) -> None:
    """Up to eight slips on one sheet, with lines to cut along."""
    sheet.boxes(_cuts())
    for number, slip in enumerate(slips):
        left = FRAME_MM + number % COLUMNS * SLIP_W_MM
        top = FRAME_MM + number // COLUMNS * SLIP_H_MM
        _slip(sheet, slip, left, top)


def _cuts() -> Iterable[Box]:
    for column in range(COLUMNS + 1):
        yield FRAME_MM + column * SLIP_W_MM, FRAME_MM, LINE_MM, HEIGHT_MM - 2 * FRAME_MM
    for row in range(ROWS + 1):
        yield FRAME_MM, FRAME_MM + row * SLIP_H_MM, WIDTH_MM - 2 * FRAME_MM, LINE_MM


def _slip(sheet: Sheet, slip: Slip, left: float, top: float) -> None:
    x, room = left + PAD_MM, SLIP_W_MM - 2 * PAD_MM
    beside = room - CODE_MM
    _line(sheet, x, top + 9, 5.0, TITLE, room)
    sheet.boxes(code_boxes(slip.url, left + SLIP_W_MM - PAD_MM - CODE_MM, top + 11, CODE_MM))
    _line(sheet, x, top + 20, 5.6, slip.name, beside)
    _line(sheet, x, top + 27, 3.8, slip.post, beside)
    for number, words in enumerate(_halves(sheet, 3.8, slip.place, beside)):
        _line(sheet, x, top + 33 + number * 5, 3.8, words, beside)
    _line(sheet, x, top + 45, 3.4, "邀请码", beside, GREY)
    _line(sheet, x, top + 51, 5.6, slip.code, beside)
    for number, words in enumerate(STEPS):
        _line(sheet, x, top + 56.5 + number * 4.6, 3.4, words, room)
    _line(sheet, x, top + 66.5, 3.0, f"{slip.until}前有效，{WARNING}", room, GREY)


def _halves(sheet: Sheet, size: float, words: str, room: float) -> list[str]:
    """A name in one line, or in two when it is longer than the room."""
    if sheet.width(size, words) <= room:
        return [words]
    at = (len(words) + 1) // 2
    return [words[:at], words[at:]]


def _line(sheet: Sheet, x: float, y: float, size: float, words: str, room: float, ink: float = 0.0) -> None:
    """Words no wider than the room, in smaller letters where they would be."""
    fitting = size * min(1.0, room / max(sheet.width(size, words), 1))
    sheet.text(x, y, fitting, words, centred=False, ink=ink)


def slips_pdf(slips: Sequence[Slip], out: BinaryIO) -> int:
    """Sheets of eight slips in the given order; returns how many sheets. Raises FontMissing."""
    each = COLUMNS * ROWS
    with ONE_DOCUMENT:
        pdf_font()
        canvas = Canvas(out, pagesize=(WIDTH_MM * mm, HEIGHT_MM * mm), pageCompression=1)
        canvas.setTitle(TITLE)
        for start in range(0, len(slips), each):
            draw(Page(canvas), slips[start : start + each])
            canvas.showPage()
        canvas.save()
    return -(-len(slips) // each)
