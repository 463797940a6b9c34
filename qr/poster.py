"""The poster that hangs at a school's gate and canteen: A4, black on white, readable at two metres.

One layout in millimetres from the top left corner, drawn twice: as vectors into a PDF, and as pixels.
"""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from qr.fonts import chinese_font
from qr.picture import matrix

WIDTH_MM, HEIGHT_MM = 210.0, 297.0
MARGIN_MM = 18.0
CODE_MM = 112.0
CODE_TOP_MM = 88.0
QUIET = 4

TITLE = "校园餐监督签到码"
PURPOSE = "供膳食家委会委员和责任督学每月入校时签到"
STEPS = [
    ("1", "打开微信“扫一扫”"),
    ("2", "对准二维码，点“签到”"),
    ("3", "填写入校监督表，拍照提交"),
]
LOST = "二维码遗失、被覆盖或被涂改，请告知学校。"


@dataclass(frozen=True)
class Poster:
    """What is printed. `serial` is for people to tell posters apart; `url` is what the code says."""

    school_name: str
    county_name: str
    url: str
    serial: str


class Sheet(Protocol):
    """Something to draw on, in millimetres from the top left corner."""

    def text(
        self, x: float, y: float, size: float, words: str, *, centred: bool = True, grey: bool = False
    ) -> None:
        """Words whose baseline is at y, in letters of `size` mm."""

    def width(self, size: float, words: str) -> float: ...

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """A filled black rectangle."""


def draw(sheet: Sheet, poster: Poster) -> None:
    """Lay the poster out on a sheet."""
    middle = WIDTH_MM / 2
    sheet.box(0, 0, WIDTH_MM, 3)
    sheet.text(middle, 32, 15, TITLE)
    sheet.text(middle, 44, 5.2, PURPOSE, grey=True)
    for number, line in enumerate(name := _name_lines(sheet, poster.school_name)):
        size = _name_size(sheet, line)
        sheet.text(middle, 70 + number * 12 - (6 if len(name) == 2 else 0), size, line)
    _code(sheet, poster.url)
    top = CODE_TOP_MM + CODE_MM + 20
    for number, (mark, words) in enumerate(STEPS):
        y = top + number * 14
        sheet.text(50, y, 9, mark)
        sheet.text(62, y, 7.6, words, centred=False)
    sheet.text(middle, 271, 4.6, LOST, grey=True)
    sheet.text(middle, 280, 3.8, f"{poster.county_name}  编号 {poster.serial}", grey=True)
    sheet.box(0, HEIGHT_MM - 3, WIDTH_MM, 3)


def _name_lines(sheet: Sheet, name: str) -> list[str]:
    """The name in one line, or in two of about the same length when it would become too small."""
    if sheet.width(8, name) <= WIDTH_MM - 2 * MARGIN_MM:
        return [name]
    half = (len(name) + 1) // 2
    return [name[:half], name[half:]]


def _name_size(sheet: Sheet, line: str) -> float:
    """The largest letters, up to 12 mm, in which a line stays inside the margins."""
    return min(12.0, 12.0 * (WIDTH_MM - 2 * MARGIN_MM) / max(sheet.width(12, line), 1))


def _code(sheet: Sheet, url: str) -> None:
    modules = matrix(url)
    side = CODE_MM / (len(modules) + 2 * QUIET)
    left = (WIDTH_MM - CODE_MM) / 2 + QUIET * side
    top = CODE_TOP_MM + QUIET * side
    for y, row in enumerate(modules):
        for start, length in _runs(row):
            sheet.box(left + start * side, top + y * side, length * side, side)


def _runs(row: list[bool]) -> Iterable[tuple[int, int]]:
    """Where dark stretches of a row begin and how long they are: seams would show in print."""
    start = None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            yield start, x - start
            start = None


class _Page:
    """A page of a PDF."""

    FONT = "shandu-chinese"

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas

    def text(
        self, x: float, y: float, size: float, words: str, *, centred: bool = True, grey: bool = False
    ) -> None:
        self._canvas.setFont(self.FONT, size * mm)
        self._canvas.setFillGray(0.35 if grey else 0)
        place = self._canvas.drawCentredString if centred else self._canvas.drawString
        place(x * mm, (HEIGHT_MM - y) * mm, words)

    def width(self, size: float, words: str) -> float:
        return float(pdfmetrics.stringWidth(words, self.FONT, size))

    def box(self, x: float, y: float, width: float, height: float) -> None:
        self._canvas.setFillGray(0)
        self._canvas.rect(x * mm, (HEIGHT_MM - y - height) * mm, width * mm, height * mm, stroke=0, fill=1)


class _Pixels:
    """A picture of a page."""

    def __init__(self, dpi: int) -> None:
        self._scale = dpi / 25.4
        size = round(WIDTH_MM * self._scale), round(HEIGHT_MM * self._scale)
        self.image = Image.new("L", size, 255)
        self._draw = ImageDraw.Draw(self.image)

    def _font(self, size: float) -> ImageFont.FreeTypeFont:
        font = chinese_font()
        return ImageFont.truetype(str(font.path), max(1, round(size * self._scale)), index=font.index)

    def text(
        self, x: float, y: float, size: float, words: str, *, centred: bool = True, grey: bool = False
    ) -> None:
        place = x * self._scale, y * self._scale
        anchor = "ms" if centred else "ls"
        self._draw.text(place, words, fill=90 if grey else 0, font=self._font(size), anchor=anchor)

    def width(self, size: float, words: str) -> float:
        return float(self._font(size).getlength(words) / self._scale)

    def box(self, x: float, y: float, width: float, height: float) -> None:
        left, top = round(x * self._scale), round(y * self._scale)
        right, bottom = round((x + width) * self._scale) - 1, round((y + height) * self._scale) - 1
        self._draw.rectangle((left, top, right, bottom), fill=0)


def poster_png(poster: Poster, dpi: int = 150) -> bytes:
    """The poster as a PNG of an A4 page; raises FontMissing."""
    sheet = _Pixels(dpi)
    draw(sheet, poster)
    out = io.BytesIO()
    sheet.image.save(out, "PNG", dpi=(dpi, dpi), optimize=False)
    return out.getvalue()


def poster_pdf(
    posters: Iterable[Poster], out: BinaryIO, progress: Callable[[int], None] | None = None
) -> int:
    """One A4 page a poster, in the given order; returns how many. `progress` hears each number.

    Raises FontMissing. Memory grows with the pages' own size only (some kB each).
    """
    font = chinese_font()
    pdfmetrics.registerFont(TTFont(_Page.FONT, str(font.path), subfontIndex=font.index))
    canvas = Canvas(out, pagesize=(WIDTH_MM * mm, HEIGHT_MM * mm), pageCompression=1)
    canvas.setTitle(TITLE)
    count = 0
    for poster in posters:
        draw(_Page(canvas), poster)
        canvas.showPage()
        count += 1
        if progress is not None:
            progress(count)
    canvas.save()
    return count
