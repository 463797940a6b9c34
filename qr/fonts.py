"""Finding a font that has Chinese characters."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

# TrueType outlines only: reportlab refuses the CFF outlines of Noto CJK
CANDIDATES = (
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/truetype/arphic/ukai.ttc",
    "/usr/share/fonts/truetype/arphic/uming.ttc",
)


class FontMissing(Exception):
    """No font with Chinese characters on this machine; the text says how to get one."""


@dataclass(frozen=True)
class Font:
    """A font file, and which face of a collection."""

    path: Path
    index: int = 0


@cache
def chinese_font(candidates: tuple[str, ...] = CANDIDATES) -> Font:
    """The first font of the list that is installed; raises FontMissing."""
    for candidate in candidates:
        if Path(candidate).exists():
            return Font(Path(candidate))
    raise FontMissing("没有中文字体，请安装：apt-get install fonts-wqy-microhei")
