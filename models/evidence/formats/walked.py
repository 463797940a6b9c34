"""What walking a picture's structure yields, and why a file is refused."""

from dataclasses import dataclass
from enum import Enum

MAX_PIXELS = 50_000_000
# a ten-megabyte photo has a few hundred; millions of empty ones would hold everybody up for seconds
MOST_PIECES = 20_000


class Reason(Enum):
    TOO_LARGE = "照片超过10MB，请压缩后再上传。"
    NOT_AN_IMAGE = "这不是 JPEG、PNG、WebP 或 HEIC 照片，请重新拍照。"
    TRUNCATED = "照片不完整，可能没有传完，请重新上传。"
    TOO_MANY_PIXELS = "照片尺寸过大（超过5000万像素），请缩小后再上传。"
    POLYGLOT = "照片文件里夹带了其他内容，请重新拍照。"
    ANIMATED = "请上传静态照片，不要上传动图。"


class BadImage(ValueError):
    """A file that is not kept; `str()` is the Chinese sentence."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Walked:
    """A file's size in pixels as stored, its bytes less all metadata, and its EXIF block if it has one."""

    width: int
    height: int
    kept: bytes
    exif: bytes


def require(fine: bool, reason: Reason = Reason.TRUNCATED) -> None:
    """Refuse the file unless all is well."""
    if not fine:
        raise BadImage(reason)


def require_size(width: int, height: int) -> None:
    """Refuse a bomb as soon as it has said how large it claims to be."""
    require(width > 0 and height > 0, Reason.NOT_AN_IMAGE)
    require(width * height <= MAX_PIXELS, Reason.TOO_MANY_PIXELS)


def require_few(pieces: int) -> None:
    """Refuse a file that is nothing but headers."""
    require(pieces <= MOST_PIECES, Reason.NOT_AN_IMAGE)


_EDGE = 64  # a zip's directory ends within this many bytes of the file's end
_INSIDE = (b"PK\x03\x04", b"PK\x05\x06", b"%PDF")
_AT_START = (*_INSIDE, b"<", b"MZ", b"\x7fELF", b"Rar!", b"#!", b"7z\xbc\xaf")


def require_no_stowaway(tail: bytes) -> None:
    """Phones append padding and motion clips, which are dropped; another kind of file is refused."""
    edges = tail[:_EDGE], tail[-_EDGE:]
    require(not any(sign in edge for sign in _INSIDE for edge in edges), Reason.POLYGLOT)
    require(not tail.lstrip(b"\0\r\n \t").startswith(_AT_START), Reason.POLYGLOT)
