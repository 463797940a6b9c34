"""Chinese letters in PDF files: what every document of ours shares with the posters."""

from functools import cache
from threading import Lock

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from qr.fonts import chinese_font

# reportlab: one font cannot be used for two documents at the same time, and its register is global
ONE_DOCUMENT = Lock()


@cache
def pdf_font() -> str:
    """The name under which reportlab knows our font; reading its file takes 80 ms. Raises FontMissing."""
    font = chinese_font()
    pdfmetrics.registerFont(TTFont("shandu-chinese", str(font.path), subfontIndex=font.index))
    return "shandu-chinese"
