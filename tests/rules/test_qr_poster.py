"""Posters as phones meet them: blurred, tilted, compressed, in the dark."""

import io
from collections.abc import Callable

import cv2
import numpy as np
import pypdfium2
import pytest
import zxingcpp
from numpy.typing import NDArray
from PIL import Image

from qr import Keyring, Place, PlaceKind, sign, url
from qr.picture import svg
from qr.poster import HEIGHT_MM, MARGIN_MM, WIDTH_MM, Poster, poster_pdf, poster_png

Pixels = NDArray[np.uint8]

TOKEN = sign(Keyring({1: b"sixteen bytes or more"}, 1), Place(PlaceKind.SCHOOL, 10_760), 12)
LINK = url("https://shandu.example.cn", TOKEN)
NAMES = [
    "田坝小学",
    "麒麟区田坝小学",
    "会泽县雨碌乡中心完全小学附属幼儿园（彝族苗族乡教学点）",
    "双江拉祜族佤族布朗族傣族自治县民族完全中学附属第一小学",
]


def poster(name: str = NAMES[1]) -> Poster:
    return Poster(name, "麒麟区", LINK, "5303020001-12")


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
    out, told = io.BytesIO(), []
    assert poster_pdf([poster(name) for name in NAMES], out, told.append) == len(NAMES)
    assert told == [1, 2, 3, 4]
    with pypdfium2.PdfDocument(out.getvalue()) as document:
        assert [round(side / 72 * 25.4) for side in document[0].get_size()] == [WIDTH_MM, HEIGHT_MM]
        texts = [page.get_textpage().get_text_bounded() for page in document]
        codes = [zxingcpp.read_barcodes(page.render(scale=1.2).to_pil())[0].text for page in document]
    assert codes == [LINK] * len(NAMES)
    assert all("校园餐监督签到码" in text and "扫一扫" in text for text in texts)
    assert NAMES[1] in texts[1]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stays_inside_the_margins(name: str) -> None:
    image = Image.open(io.BytesIO(poster_png(poster(name), dpi=60))).convert("L")
    ink = np.asarray(image) < 200
    ink[: round(10 / 25.4 * 60)] = False  # the bars at the edges are meant to run off
    ink[-round(10 / 25.4 * 60) :] = False
    columns = np.flatnonzero(ink.any(axis=0)) / 60 * 25.4
    assert columns.min() >= MARGIN_MM - 1
    assert columns.max() <= WIDTH_MM - MARGIN_MM + 1


def test_the_code_as_svg_is_one_closed_picture() -> None:
    drawing = svg(LINK)
    assert drawing.startswith("<svg")
    assert drawing.count("<path") == 1
