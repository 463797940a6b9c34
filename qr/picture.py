"""A text as a QR code."""

import io
from typing import Literal

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_M

# Trying all eight masks costs 2.5 times as long and makes no code easier to read.
MASK = 3

Level = Literal["M", "H"]
"""How much may be lost: M 15 %, for a plain code; H 30 %, where a logo covers the middle."""

_LEVELS = {"M": ERROR_CORRECT_M, "H": ERROR_CORRECT_H}


def matrix(text: str, level: Level = "M") -> list[list[bool]]:
    """The modules of the code, row by row, True for dark, without quiet zone."""
    code = qrcode.QRCode(error_correction=_LEVELS[level], border=0, mask_pattern=MASK)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def png(text: str, *, scale: int = 8, level: Level = "M", quiet: int = 4) -> bytes:
    """The code as a black and white PNG, `scale` pixels a module, with its quiet zone in modules."""
    modules = matrix(text, level)
    size = len(modules) + 2 * quiet
    image = Image.new("1", (size, size), 1)
    for y, row in enumerate(modules):
        for x, dark in enumerate(row):
            image.putpixel((x + quiet, y + quiet), not dark)
    out = io.BytesIO()
    image.resize((size * scale, size * scale), Image.Resampling.NEAREST).save(out, "PNG")
    return out.getvalue()


def svg(text: str, quiet: int = 4) -> str:
    """The code as an SVG of one path, scalable, with its quiet zone in modules."""
    modules = matrix(text)
    size = len(modules) + 2 * quiet
    path = "".join(
        f"M{x + quiet},{y + quiet}h1v1h-1z"
        for y, row in enumerate(modules)
        for x, dark in enumerate(row)
        if dark
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<rect width="{size}" height="{size}" fill="#fff"/><path d="{path}"/></svg>'
    )
