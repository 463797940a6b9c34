"""The rectification notice (整改通知书) on paper: A4, from what was kept when it was issued."""

import io
from collections.abc import Mapping
from functools import partial
from html import escape
from typing import Any, Literal

from PIL import Image as Pictures
from PIL import ImageOps
from reportlab.lib.colors import Color
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, HRFlowable, Image, KeepTogether, Paragraph, Spacer, Table
from reportlab.platypus.doctemplate import BaseDocTemplate, PageTemplate
from reportlab.platypus.frames import Frame

from qr.pdf import ONE_DOCUMENT, pdf_font
from qr.picture import png

TITLE = "校园餐整改通知书"
MARGIN = 25 * mm
WIDTH = A4[0] - 2 * MARGIN
RED = Color(0.78, 0.06, 0.06)
SIGNATURE = (55 * mm, 22 * mm)
SIGNATURE_PX = (700, 280)
CODE = 26 * mm
NUMERALS = "零一二三四五六七八九十"

Content = Mapping[str, Any]


def render(content: Content, pictures: Mapping[str, bytes], check_url: str) -> bytes:
    """The PDF of a notice. `pictures` are the signatures' bytes by key; one that is missing is said to be.

    Raises FontMissing. Tens of milliseconds of work: not for the loop. Threads that call it take turns.
    """
    out = io.BytesIO()
    with ONE_DOCUMENT:
        pdf_font()
        document = BaseDocTemplate(
            out, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=22 * mm, bottomMargin=22 * mm,
            title=f"{TITLE} {content['number']}", author=content["bureau"],
        )  # fmt: skip
        frame = Frame(MARGIN, 22 * mm, WIDTH, A4[1] - 44 * mm, 0, 0, 0, 0)
        document.addPageTemplates(PageTemplate("page", [frame], onPage=partial(_foot, content)))
        document.build(_story(content, pictures, check_url))
    return out.getvalue()


def _story(content: Content, pictures: Mapping[str, bytes], check_url: str) -> list[Flowable]:
    return [
        _words(content["bureau"], size=22, ink=RED, align=1),
        Spacer(1, 3 * mm),
        HRFlowable(width="100%", thickness=1.2, color=RED),
        Spacer(1, 5 * mm),
        _words(TITLE, size=20, align=1),
        Spacer(1, 3 * mm),
        _words(content["number"], size=12, align=1),
        Spacer(1, 5 * mm),
        _words(f"{content['school']}："),
        _body(_opening(content)),
        _head("一、发现的问题"),
        *_findings(content["findings"]),
        _head("二、整改要求"),
        _body(
            "请于上列期限前完成整改，并在“膳督”小程序相应问题中提交说明和照片，由责任督学或本局核查销号。"
            "逾期未整改的，将逐级上报；销号后责任督学将到校回头看。"
        ),
        _head("三、申辩"),
        _body(
            "对上列认定有异议的，依《教育督导条例》第二十条，可以在“膳督”小程序相应问题中提出申辩并说明理由。"
            "申辩处理期间，该问题的整改期限暂停计算。"
        ),
        *([_body(f"学校申辩意见：{content['defence']}")] if content["defence"] else []),
        Spacer(1, 5 * mm),
        KeepTogether(_signatures(content, pictures)),
        KeepTogether([Spacer(1, 4 * mm), _seal(content, check_url)]),
    ]


def _opening(content: Content) -> str:
    companions = f"（同行：{content['companions']}）" if content["companions"] else ""
    return (
        f"{content['visited']}，责任督学{content['visitor']}{companions}依据《教育督导条例》对你校校园餐工作"
        "进行督查，发现以下问题，现通知你校整改。"
    )


def _findings(findings: list[dict[str, Any]]) -> list[Flowable]:
    story: list[Flowable] = []
    for number, finding in enumerate(findings, 1):
        heading = f"（{_numeral(number)}）{finding['title']}（{finding['item']}，{finding['severity']}）"
        story += [
            _words(heading, indent=24, above=2 * mm, keep=True),
            _body(f"问题：{finding['words']}"),
            _body(f"依据：{finding['basis'] or '《教育督导条例》'}"),
            _body(
                f"整改期限：{finding['deadline']}{'（申辩处理中，暂停计算）' if finding['appealed'] else ''}"
            ),
        ]
    return story


def _numeral(number: int) -> str:
    """1 to 99 as Chinese documents count."""
    tens, ones = divmod(number, 10)
    if tens == 0:
        return NUMERALS[ones]
    return (NUMERALS[tens] if tens > 1 else "") + "十" + (NUMERALS[ones] if ones else "")


def _signatures(content: Content, pictures: Mapping[str, bytes]) -> list[Flowable]:
    visitor = _signature(content["visitor_signature"], pictures)
    school = _signature(content["school_signature"], pictures)
    if content["school_said"]:
        school.append(_words(content["school_said"], size=10.5))
    cells: list[list[Any]] = [
        [_words("责任督学（签名）："), _words("学校负责人（签名）：")],
        [visitor, school],
    ]
    table = Table(cells, colWidths=[WIDTH / 2] * 2)
    table.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)])
    return [table]


def _signature(key: str | None, pictures: Mapping[str, bytes]) -> list[Flowable]:
    if key is None:
        return []
    data = pictures.get(key)
    if data is None:
        return [_words("（签名图片未能读取）", size=10.5)]
    with Pictures.open(io.BytesIO(data)) as picture:
        picture.draft("RGB", SIGNATURE_PX)
        turned = ImageOps.exif_transpose(picture).convert("RGBA")
        turned.thumbnail(SIGNATURE_PX)
    flat = Pictures.new("RGB", turned.size, "white")
    flat.paste(turned, mask=turned.getchannel("A"))
    out = io.BytesIO()
    flat.save(out, "PNG")
    scale = min(SIGNATURE[0] / flat.width, SIGNATURE[1] / flat.height)
    out.seek(0)
    return [Image(out, flat.width * scale, flat.height * scale, hAlign="LEFT")]


def _seal(content: Content, check_url: str) -> Flowable:
    """The code that leads to the verification page, and who issued the notice when."""
    code = Image(io.BytesIO(png(check_url, scale=6, quiet=2)), CODE, CODE, hAlign="LEFT")
    left = [code, _words("扫码核验本文书真伪", size=9), _words(check_url, size=8)]
    right = [_words(content["bureau"], align=1), _words(content["issued"], align=1)]
    table = Table([[left, right]], colWidths=[WIDTH * 0.55, WIDTH * 0.45])
    table.setStyle([("VALIGN", (0, 0), (-1, -1), "MIDDLE"), ("LEFTPADDING", (0, 0), (0, 0), 0)])
    return table


def _foot(content: Content, canvas: Canvas, document: Any) -> None:
    canvas.setFont(pdf_font(), 9)
    canvas.setFillGray(0.35)
    canvas.drawString(MARGIN, 13 * mm, content["number"])
    canvas.drawRightString(A4[0] - MARGIN, 13 * mm, f"第{document.page}页")


def _head(words: str) -> Flowable:
    return _words(words, size=13, above=4 * mm, keep=True)


def _body(words: str) -> Flowable:
    return _words(words, indent=24)


def _words(
    words: str,
    *,
    size: float = 12,
    align: Literal[0, 1] = 0,
    indent: float = 0,
    above: float = 0,
    keep: bool = False,
    ink: Color | None = None,
) -> Flowable:
    """A paragraph that prints the words as they are: what looks like markup is only words."""
    style = ParagraphStyle(
        "words", fontName=pdf_font(), fontSize=size, leading=size * 1.55, alignment=align,
        firstLineIndent=indent, spaceBefore=above, wordWrap="CJK", keepWithNext=keep,
        textColor=ink or Color(0, 0, 0),
    )  # fmt: skip
    return Paragraph(escape(words).replace("\n", "<br/>"), style)
