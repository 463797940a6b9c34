"""Posters as phones meet them: blurred, tilted, compressed, in the dark."""

import io
from collections.abc import Callable, Iterator
from threading import Thread

import cv2
import numpy as np
import pypdfium2
import pytest
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from qr import Keyring, Place, PlaceKind, sign, url
from qr.fonts import FontMissing, chinese_font
from qr.picture import Level, png, svg
from qr.poster import (
    CODE_MM,
    CODE_TOP_MM,
    FRAME_MM,
    HEIGHT_MM,
    MARGIN_MM,
    WIDTH_MM,
    Poster,
    poster_pdf,
    poster_png,
)

Pixels = NDArray[np.uint8]

TOKEN = sign(Keyring({1: b"sixteen bytes or more"}, 1), Place(PlaceKind.SCHOOL, 10_760), 12)
LINK = url("https://shandu.example.cn", TOKEN)
NAMES = [
    "田坝小学",
    "麒麟区田坝小学",
    "会泽县雨碌乡中心完全小学附属幼儿园（彝族苗族乡教学点）",
    "双江拉祜族佤族布朗族傣族自治县民族完全中学附属第一小学",
    "曲靖市麒麟区越州镇大梨树村委会完全小学校",
    "Kunming International School of Yunnan Province, Campus Two",
    "长" * 80,
]


def poster(name: str = NAMES[1]) -> Poster:
    return Poster(name, "麒麟区", LINK, "5303020001-12")


def typed(short: str | None = "K7MF2-9QX4T") -> Poster:
    return Poster(NAMES[1], "麒麟区", LINK, "5303020001-12", short=short)


def test_the_code_to_type_stands_below_the_picture_and_its_white() -> None:
    def rows(one: Poster, top_mm: float, bottom_mm: float) -> int:
        page = np.asarray(Image.open(io.BytesIO(poster_png(one, dpi=100))).convert("L"))
        scale = 100 / 25.4
        return int((page[round(top_mm * scale) : round(bottom_mm * scale), 120:-120] < 128).sum())

    assert rows(typed(), CODE_TOP_MM + CODE_MM, 221.5) > rows(typed(None), CODE_TOP_MM + CODE_MM, 215.5) + 500
    # nothing is drawn in the white around the picture
    assert rows(typed(), CODE_TOP_MM + CODE_MM - 12, CODE_TOP_MM + CODE_MM) == 0
    image = Image.open(io.BytesIO(poster_png(typed(), dpi=96)))
    assert [one.text for one in zxingcpp.read_barcodes(image)] == [LINK]
    out = io.BytesIO()
    poster_pdf([typed()], out)
    assert "K7MF2-9QX4T" in pypdfium2.PdfDocument(out.getvalue())[0].get_textpage().get_text_range()


@pytest.fixture(scope="module")
def printed() -> Pixels:
    """The poster as a photo would have it from a metre away."""
    image = Image.open(io.BytesIO(poster_png(poster(), dpi=96))).convert("L")
    return np.asarray(image)


def blurred(page: Pixels) -> Pixels:
    return np.asarray(cv2.GaussianBlur(page, (0, 0), 3.0), dtype=np.uint8)


def tilted(page: Pixels) -> Pixels:
    height, width = page.shape
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    target = np.array(
        [[60, 90], [width - 20, 10], [width - 110, height - 40], [10, height - 120]], dtype=np.float32
    )
    turned = cv2.warpPerspective(
        page, cv2.getPerspectiveTransform(source, target), (width, height), borderValue=(150,)
    )
    spin = cv2.getRotationMatrix2D((width / 2, height / 2), 17, 0.85)
    return np.asarray(cv2.warpAffine(turned, spin, (width, height), borderValue=(150,)), dtype=np.uint8)


def compressed(page: Pixels) -> Pixels:
    _, data = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, 25])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def dim(page: Pixels) -> Pixels:
    noise = np.random.default_rng(7).normal(0, 9, page.shape)
    return np.clip(page * 0.22 + 12 + noise, 0, 255).astype(np.uint8)


def everything(page: Pixels) -> Pixels:
    return compressed(dim(tilted(np.asarray(cv2.GaussianBlur(page, (0, 0), 1.4), dtype=np.uint8))))


@pytest.mark.parametrize("harm", [blurred, tilted, compressed, dim, everything])
def test_it_is_read_in_bad_conditions(printed: Pixels, harm: Callable[[Pixels], Pixels]) -> None:
    found = zxingcpp.read_barcodes(harm(printed))
    assert [code.text for code in found] == [LINK]


def test_every_page_of_the_pdf_is_read_and_progress_is_told() -> None:
    out = io.BytesIO()
    told: list[int] = []
    assert poster_pdf([poster(name) for name in NAMES], out, told.append) == len(NAMES)
    assert told == list(range(1, len(NAMES) + 1))
    with pypdfium2.PdfDocument(out.getvalue()) as document:
        assert [round(side / 72 * 25.4) for side in document[0].get_size()] == [WIDTH_MM, HEIGHT_MM]
        texts = [page.get_textpage().get_text_bounded() for page in document]
        codes = [zxingcpp.read_barcodes(page.render(scale=1.2).to_pil())[0].text for page in document]
    assert codes == [LINK] * len(NAMES)
    assert all("校园餐监督签到码" in text and "扫一扫" in text for text in texts)
    assert NAMES[1] in texts[1]


def test_two_documents_asked_for_at_once_are_made_one_after_the_other() -> None:
    """Two officers' downloads would otherwise mix their letters, or fail, while being saved."""
    first, second = io.BytesIO(), io.BytesIO()
    told: list[str] = []
    other = Thread(
        target=poster_pdf,
        args=([poster("墨江哈尼族自治县联珠镇小学")], second, lambda _: told.append("second")),
    )

    def pages() -> Iterator[Poster]:
        yield poster(NAMES[0])
        other.start()
        other.join(0.2)
        yield poster(NAMES[1])

    poster_pdf(pages(), first, lambda _: told.append("first"))
    other.join()
    assert told == ["first", "first", "second"]
    assert NAMES[0] in _words(first, 0)
    assert NAMES[1] in _words(first, 1)
    assert "联珠镇小学" in _words(second, 0)


def _words(pdf: io.BytesIO, page: int) -> str:
    with pypdfium2.PdfDocument(pdf.getvalue()) as document:
        return str(document[page].get_textpage().get_text_bounded())


DPI = 60


def inked(name: str, left: float, top: float, right: float, bottom: float) -> bool:
    """Whether anything is printed between four edges in millimetres from the top left corner."""
    image = Image.open(io.BytesIO(poster_png(poster(name), dpi=DPI))).convert("L")
    x0, y0, x1, y1 = (round(edge / 25.4 * DPI) for edge in (left, top, right, bottom))
    return bool((np.asarray(image)[y0:y1, x0:x1] < 200).any())


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays_inside_the_margins_and_off_the_code(name: str) -> None:
    inside, quiet = FRAME_MM + 1.5, CODE_MM * 4 / 41 - 1
    assert inked(name, MARGIN_MM, 54, WIDTH_MM - MARGIN_MM, CODE_TOP_MM + 3)
    assert not inked(name, inside, inside, MARGIN_MM - 0.5, HEIGHT_MM - inside)
    assert not inked(name, WIDTH_MM - MARGIN_MM + 0.5, inside, WIDTH_MM - inside, HEIGHT_MM - inside)
    assert not inked(name, MARGIN_MM, CODE_TOP_MM + 3, WIDTH_MM - MARGIN_MM, CODE_TOP_MM + quiet)


def test_nothing_is_printed_where_office_printers_cannot() -> None:
    for edges in [
        (0, 0, WIDTH_MM, 6),
        (0, HEIGHT_MM - 6, WIDTH_MM, HEIGHT_MM),
        (0, 0, 6, HEIGHT_MM),
        (WIDTH_MM - 6, 0, WIDTH_MM, HEIGHT_MM),
    ]:
        assert not inked(NAMES[0], *edges)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "镇沅彝族哈尼族拉祜族自治县恩乐镇第一中心小学",
            ["镇沅彝族哈尼族拉祜族自治县", "恩乐镇第一中心小学"],
        ),
        (NAMES[2], ["会泽县雨碌乡中心完全小学附属幼儿园", "（彝族苗族乡教学点）"]),
        (NAMES[4], ["曲靖市麒麟区越州镇", "大梨树村委会完全小学校"]),
        (NAMES[0], ["田坝小学"]),
    ],
)
def test_a_long_name_is_broken_after_a_place(name: str, lines: list[str]) -> None:
    out = io.BytesIO()
    poster_pdf([poster(name)], out)
    words = _words(out, 0).splitlines()
    assert [line for line in words if line and line in name and len(line) > 3] == lines


def test_the_code_as_svg_is_one_closed_picture() -> None:
    drawing = svg(LINK)
    assert drawing.startswith("<svg")
    assert drawing.count("<path") == 1


@pytest.mark.parametrize("level", ["M", "H"])
def test_the_code_as_png_is_read_at_the_level_asked_for(level: Level) -> None:
    image = Image.open(io.BytesIO(png(LINK, scale=4, level=level)))
    (code,) = zxingcpp.read_barcodes(image.convert("L"))
    assert (code.text, code.ec_level) == (LINK, level)


def test_a_code_of_level_h_is_read_with_a_logo_on_its_middle() -> None:
    page = np.array(Image.open(io.BytesIO(png(LINK, level="H"))).convert("L"))
    middle, half = page.shape[0] // 2, page.shape[0] // 12
    page[middle - half : middle + half, middle - half : middle + half] = 128
    assert [code.text for code in zxingcpp.read_barcodes(page)] == [LINK]


def test_a_machine_without_a_chinese_font_is_told_what_to_install() -> None:
    with pytest.raises(FontMissing, match="fonts-wqy-microhei"):
        chinese_font(("/nowhere/no.ttc",))
