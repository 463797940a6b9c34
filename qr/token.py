"""The token in a school's code: who signed what, in at most 32 characters of WeChat's scene alphabet.

    head (8 bytes): version 4 bits | kind 4 bits | key id 8 | generation 16 | place id 32
    step (4 bytes): minutes since 1970, in rotating codes only
    MAC (12 bytes): HMAC-SHA256 of the above, cut to 96 bits

base64url without padding: 27 characters for a poster, 32 for a rotating code.
"""

import base64
import binascii
import hashlib
import hmac
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, IntEnum
from urllib.parse import unquote

VERSION = 1
ROTATION_S = 60
MAC_BYTES = 12
LONGEST = 512

_HEAD = struct.Struct(">BBHI")
_STEP = struct.Struct(">I")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{27}(?:[A-Za-z0-9_-]{5})?")
_URL = re.compile(r"https?://[^/?#\s]+/q/([^/?#]*)(?:[?#].*)?", re.DOTALL)
_PURPOSE = b"shandu place code"


class PlaceKind(IntEnum):
    SCHOOL = 1
    CANTEEN = 2


class BadCodeReason(Enum):
    MALFORMED = "malformed"
    UNKNOWN_VERSION = "unknown_version"
    UNKNOWN_KEY = "unknown_key"
    FORGED = "forged"


class BadCode(ValueError):
    """A text that is no code of ours."""

    def __init__(self, reason: BadCodeReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Place:
    """Where a code hangs: an id of 1 to 2^32 − 1."""

    kind: PlaceKind
    id: int


@dataclass(frozen=True)
class Claim:
    """What a verified code says. `rotating_at` is the UTC start of its minute; None for a poster.

    `typed`: it was the short code, which can be told by telephone.
    """

    place: Place
    generation: int
    key_id: int
    rotating_at: datetime | None
    typed: bool = False


@dataclass(frozen=True)
class Keyring:
    """Keys by id (1–255), each of 16 bytes or more; `current` signs, all of them verify."""

    keys: Mapping[int, bytes] = field(repr=False)
    current: int

    def __post_init__(self) -> None:
        if self.current not in self.keys:
            raise ValueError("the current key is not on the keyring")
        if any(len(key) < 16 or not 0 < key_id < 256 for key_id, key in self.keys.items()):
            raise ValueError("keys have 16 bytes or more and ids from 1 to 255")


def sign(keyring: Keyring, place: Place, generation: int) -> str:
    """The token of a poster of a generation (0–65535): 27 characters, the same each time."""
    return _sealed(keyring, _head(keyring, place, generation, rotating=False))


def sign_rotating(keyring: Keyring, place: Place, generation: int, now: datetime) -> str:
    """The token to show in the minute of an instant: 32 characters."""
    step = int(now.timestamp()) // ROTATION_S
    return _sealed(keyring, _head(keyring, place, generation, rotating=True) + _STEP.pack(step))


def verify(keyring: Keyring, text: str) -> Claim:
    """What a scanned text claims: a bare token, our link, or our link as WeChat encodes it in `q`.

    Raises BadCode and nothing else, whatever the text. One claim has exactly one spelling.
    """
    raw = _decoded(_token_of(text))
    said, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    version_kind, key_id, generation, place_id = _HEAD.unpack(said[: _HEAD.size])
    version, kind = version_kind >> 4, version_kind & 0x0F
    rotating = len(said) > _HEAD.size
    if version != VERSION:
        raise BadCode(BadCodeReason.UNKNOWN_VERSION)
    if key_id not in keyring.keys:
        raise BadCode(BadCodeReason.UNKNOWN_KEY)
    if not hmac.compare_digest(mac, _mac(keyring.keys[key_id], said)):
        raise BadCode(BadCodeReason.FORGED)
    if kind & 0x07 not in set(PlaceKind) or bool(kind & 0x08) is not rotating:
        raise BadCode(BadCodeReason.MALFORMED)
    at = None
    if rotating:
        (step,) = _STEP.unpack(said[_HEAD.size :])
        at = datetime.fromtimestamp(step * ROTATION_S, UTC)
    return Claim(Place(PlaceKind(kind & 0x07), place_id), generation, key_id, at)


def url(base: str, token: str) -> str:
    """The link a poster carries: `https://HOST/q/TOKEN`."""
    return f"{base.rstrip('/')}/q/{token}"


def _head(keyring: Keyring, place: Place, generation: int, *, rotating: bool) -> bytes:
    kind = place.kind | (0x08 if rotating else 0)
    return _HEAD.pack(VERSION << 4 | kind, keyring.current, generation, place.id)


def _sealed(keyring: Keyring, said: bytes) -> str:
    raw = said + _mac(keyring.keys[keyring.current], said)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _mac(key: bytes, said: bytes) -> bytes:
    return hmac.digest(key, _PURPOSE + said, hashlib.sha256)[:MAC_BYTES]


def _token_of(text: str) -> str:
    if len(text) > LONGEST:
        raise BadCode(BadCodeReason.MALFORMED)
    link = _URL.fullmatch(text) or _URL.fullmatch(unquote(text, errors="replace"))
    token = link[1] if link else text
    if not _TOKEN.fullmatch(token):
        raise BadCode(BadCodeReason.MALFORMED)
    return token


def _decoded(token: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except binascii.Error as fault:
        raise BadCode(BadCodeReason.MALFORMED) from fault
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        raise BadCode(BadCodeReason.MALFORMED)
    return raw
