"""Posters with a code: A4, black on white, readable at two metres. One hangs at a school's gate and canteen,
one is handed to parents for a round of the survey.

One layout in millimetres from the top left corner, drawn twice: as vectors into a PDF, and as pixels.
"""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from qr.fonts import chinese_font
from qr.pdf import ONE_DOCUMENT, pdf_font
from qr.picture import matrix

WIDTH_MM, HEIGHT_MM = 210.0, 297.0
FRAME_MM = 9.0  # office printers leave about 5 mm of the edge white
MARGIN_MM = 18.0
CODE_MM = 130.0
CODE_TOP_MM = 85.0
QUIET = 4

BLACK, GREY, WHITE = 0.0, 0.3, 1.0

Box = tuple[float, float, float, float]
"""Left, top, width and height in millimetres."""


@dataclass(frozen=True)
class Words:
    """What a kind of poster says: three steps, and a line below them."""

    title: str
    purpose: str
    steps: tuple[str, str, str]
    below: str


SIGN_IN = Words(
    "校园餐监督签到码",
    "供膳食家委会委员和责任督学每月入校时签到",
    ("打开微信“扫一扫”", "对准二维码，点“签到”", "填写入校监督表并拍照提交"),
    "二维码遗失或被覆盖，请告知学校",
)


def survey_words(until: str) -> Words:
    """Of a round of the survey; `until` is its last day as people read it."""
    return Words(
        "校园餐满意度测评",
        "请家长为孩子在校用餐打分，答卷不记名",
        ("打开微信“扫一扫”", "登录，登记孩子的年级", "答十二道题，点“提交”"),
        f"{until}截止，每位家长为每个孩子答一次",
    )


@dataclass(frozen=True)
class Poster:
    """What is printed. `serial` is for people to tell posters apart; `url` is what the code says.

    `short`: what to type where nothing can be scanned; None: nothing.
    """

    school_name: str
    county_name: str
    url: str
    serial: str
    words: Words = SIGN_IN
    short: str | None = None


class Sheet(Protocol):
    """Something to draw on, in millimetres from the top left corner."""

    def text(
        self, x: float, y: float, size: float, words: str, *, centred: bool = True, ink: float = BLACK
    ) -> None:
        """Words whose baseline is at y, in letters of `size` mm; letters of 10 mm and more are bold."""

    def width(self, size: float, words: str) -> float: ...

    def boxes(self, boxes: Iterable[Box]) -> None:
        """Black rectangles filled as one shape: apart, viewers leave hair lines between neighbours."""


def draw(sheet: Sheet, poster: Poster) -> None:
    """Lay the poster out on a sheet."""
    middle = WIDTH_MM / 2
    sheet.boxes(_frame())
    sheet.text(middle, 36, 17, poster.words.title)
    sheet.text(middle, 47, 5.6, poster.words.purpose)
    sheet.boxes([(MARGIN_MM, 53, WIDTH_MM - 2 * MARGIN_MM, 0.4)])
    _name(sheet, poster.school_name)
    sheet.boxes(code_boxes(poster.url, (WIDTH_MM - CODE_MM) / 2, CODE_TOP_MM, CODE_MM))
    if poster.short:
        # below the white that a scanner needs around the picture
        sheet.text(middle, 220.2, 6.2, f"扫不了？在小程序里输入编码  {poster.short}")
    for number, words in enumerate(poster.words.steps):
        _step(sheet, 234 + number * 12.5 if poster.short else 224 + number * 14, str(number + 1), words)
    sheet.text(middle, 270, 5, poster.words.below)
    serial = f"{poster.county_name}  编号 {poster.serial}"
    sheet.text(middle, 279, _fitting(sheet, 3.8, [serial]), serial, ink=GREY)


def _frame() -> list[Box]:
    line, width, height = 0.8, WIDTH_MM - 2 * FRAME_MM, HEIGHT_MM - 2 * FRAME_MM
    return [
        (FRAME_MM, FRAME_MM, width, line),
        (FRAME_MM, HEIGHT_MM - FRAME_MM - line, width, line),
        (FRAME_MM, FRAME_MM + line, line, height - 2 * line),
        (WIDTH_MM - FRAME_MM - line, FRAME_MM + line, line, height - 2 * line),
    ]


def _name(sheet: Sheet, name: str) -> None:
    """The school's name between the rule and the code: one line, or two of the same letters."""
    one_line = _fitting(sheet, 15, [name])
    if one_line >= 11:
        sheet.text(WIDTH_MM / 2, 75 + (one_line - 11) / 4, one_line, name)
        return
    at = _break(name)
    lines = [name[:at].strip(), name[at:].strip()]
    size = _fitting(sheet, 12, lines)
    for baseline, line in zip((69, 84.5), lines, strict=True):
        sheet.text(WIDTH_MM / 2, baseline, size, line)


def _break(name: str) -> int:
    """Where a name is best broken: near its middle, after a place rather than inside one."""

    def cost(at: int) -> float:
        before, after = name[at - 1], name[at]
        ends_a_place = before in "省州市县区乡镇 " and after not in "州市县区乡镇 "
        torn = before in "（(" or after in "）)·、"
        return abs(at - len(name) / 2) - len(name) * (0.12 * (ends_a_place or after in "（(") - torn)

    return min(range(1, len(name)), key=cost)


def _fitting(sheet: Sheet, size: float, lines: list[str]) -> float:
    """The largest letters, up to `size` mm, in which every line stays inside the margins."""
    widest = max(sheet.width(size, line) for line in lines)
    return size * min(1.0, (WIDTH_MM - 2 * MARGIN_MM) / max(widest, 1))


def _step(sheet: Sheet, y: float, mark: str, words: str) -> None:
    sheet.boxes([(43, y - 8.5, 10.5, 10.5)])
    sheet.text(48.25, y - 0.4, 8, mark, ink=WHITE)
    sheet.text(59, y, 8.8, words, centred=False)


def code_boxes(text: str, left_mm: float, top_mm: float, size_mm: float) -> Iterable[Box]:
    """The dark modules of a code in a square, its quiet zone left white inside it."""
    modules = matrix(text)
    side = size_mm / (len(modules) + 2 * QUIET)
    left, top = left_mm + QUIET * side, top_mm + QUIET * side
    for y, row in enumerate(modules):
        for start, length in _runs(row):
            yield left + start * side, top + y * side, length * side, side


def _runs(row: list[bool]) -> Iterable[tuple[int, int]]:
    """Where dark stretches of a row begin and how long they are."""
    start = None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            yield start, x - start
            start = None


class Page:
    """A page of a PDF."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas

    def text(
        self, x: float, y: float, size: float, words: str, *, centred: bool = True, ink: float = BLACK
    ) -> None:
        self._canvas.setFont(pdf_font(), size * mm)
        self._canvas.setFillGray(ink)
        self._canvas.setStrokeGray(ink)
        self._canvas.setLineWidth(_bold_mm(size) * 2 * mm)
        place = self._canvas.drawCentredString if centred else self._canvas.drawString
        place(x * mm, (HEIGHT_MM - y) * mm, words, mode=2 if _bold_mm(size) else 0)

    def width(self, size: float, words: str) -> float:
        return float(pdfmetrics.stringWidth(words, pdf_font(), size)) + 2 * _bold_mm(size)

    def boxes(self, boxes: Iterable[Box]) -> None:
        path = self._canvas.beginPath()
        for x, y, width, height in boxes:
            path.rect(x * mm, (HEIGHT_MM - y - height) * mm, width * mm, height * mm)
        self._canvas.setFillGray(BLACK)
        self._canvas.drawPath(path, stroke=0, fill=1)


def _bold_mm(size: float) -> float:
    """How far the outline of large letters is pushed out: the fonts we can rely on have no bold face."""
    return size * 0.012 if size >= 10 else 0.0


class _Pixels:
    """A picture of a page."""

    def __init__(self, dpi: int) -> None:
        self._scale = dpi / 25.4
        size = round(WIDTH_MM * self._scale), round(HEIGHT_MM * self._scale)
        self.image = Image.new("L", size, 255)
        self._draw = ImageDraw.Draw(self.image)

    def _font(self, size: float) -> ImageFont.FreeTypeFont:
        font = chinese_font()
        return ImageFont.truetype(str(font.path), max(1.0, size * self._scale), index=font.index)

    def text(
        self, x: float, y: float, size: float, words: str, *, centred: bool = True, ink: float = BLACK
    ) -> None:
        self._draw.text(
            (x * self._scale, y * self._scale),
            words,
            fill=round(ink * 255),
            font=self._font(size),
            anchor="ms" if centred else "ls",
            stroke_width=_bold_mm(size) * self._scale,
        )

    def width(self, size: float, words: str) -> float:
        return float(self._font(size).getlength(words) / self._scale) + 2 * _bold_mm(size)

    def boxes(self, boxes: Iterable[Box]) -> None:
        for x, y, width, height in boxes:
            left, top = round(x * self._scale), round(y * self._scale)
            right, bottom = round((x + width) * self._scale) - 1, round((y + height) * self._scale) - 1
            self._draw.rectangle((left, top, max(left, right), max(top, bottom)), fill=0)


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

    Raises FontMissing. Memory grows by some 20 kB a page. Threads that call it take turns.
    """
    with ONE_DOCUMENT:
        pdf_font()
        canvas = Canvas(out, pagesize=(WIDTH_MM * mm, HEIGHT_MM * mm), pageCompression=1)
        count = 0
        for poster in posters:
            canvas.setTitle(poster.words.title)
            draw(Page(canvas), poster)
            canvas.showPage()
            count += 1
            if progress is not None:
                progress(count)
        canvas.save()
        return count
