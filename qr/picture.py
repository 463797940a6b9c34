"""A text as a QR code."""

import qrcode
from qrcode.constants import ERROR_CORRECT_M

# Trying all eight masks costs 2.5 times as long and makes no code easier to read.
MASK = 3


def matrix(text: str) -> list[list[bool]]:
    """The modules of the code, row by row, True for dark, without quiet zone. Error level M."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0, mask_pattern=MASK)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


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
