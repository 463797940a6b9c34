"""The code printed under a poster's picture, for who cannot scan: ten characters that a thumb can type.

    place 16 bits | generation 5 bits | MAC, the rest: 12,607,394 values, 23.6 bits | check character

Nine characters of the number in base 31, most significant first, and one that a slip of the thumb does not
satisfy: every single wrong character and every two exchanged ones are seen without a key, also on a phone
without a network. Schools only. See docs/decisions/0029-short-code.md.
"""

import hashlib
import hmac
import re
import struct

from qr.token import BadCode, BadCodeReason, Claim, Keyring, Place, PlaceKind

# without 0 and O, 1, I and L
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
BASE = len(ALPHABET)
DIGITS = 9
GENERATIONS = 1 << 5
PLACES = 1 << 16
MACS: int = BASE**DIGITS // (PLACES * GENERATIONS)

_GROUPED = re.compile(r"[\s\-·—]+")
_CODE = re.compile(rf"[{ALPHABET}]{{{DIGITS + 1}}}")
_SAID = struct.Struct(">IH")
# another purpose than the long token's: a piece of one is never the other
_PURPOSE = b"shandu typed code"


def sign_short(keyring: Keyring, place: Place, generation: int) -> str | None:
    """What to print under a school's poster: `K7MF2-9QX4T`. None for what does not fit: canteens, ids from
    65,536 and generations from 32 on have the picture alone."""
    if place.kind is not PlaceKind.SCHOOL or place.id >= PLACES or generation >= GENERATIONS:
        return None
    mac = _mac(keyring.keys[keyring.current], place.id, generation)
    number = (place.id * GENERATIONS + generation) * MACS + mac
    digits = [number // BASE**power % BASE for power in reversed(range(DIGITS))]
    text = "".join(ALPHABET[digit] for digit in [*digits, _check(digits)])
    return f"{text[:5]}-{text[5:]}"


def looks_typed(text: str) -> bool:
    """Whether a text has the shape of a short code, right or wrong; no long token has it."""
    return _CODE.fullmatch(_plain(text)) is not None


def verify_short(keyring: Keyring, text: str) -> Claim:
    """What a typed code claims; capitals, spaces and hyphens as they come. Tries every key of the ring.

    Raises BadCode and nothing else: MALFORMED for a slip of the thumb, which is no guess, FORGED for a code
    that no key of ours has made.
    """
    plain = _plain(text)
    if not _CODE.fullmatch(plain):
        raise BadCode(BadCodeReason.MALFORMED)
    *digits, check = (ALPHABET.index(character) for character in plain)
    number = sum(digit * BASE**power for digit, power in zip(digits, reversed(range(DIGITS)), strict=True))
    said, mac = divmod(number, MACS)
    place_id, generation = divmod(said, GENERATIONS)
    if check != _check(digits) or place_id >= PLACES:
        raise BadCode(BadCodeReason.MALFORMED)
    for key_id, key in keyring.keys.items():
        if hmac.compare_digest(mac.to_bytes(4), _mac(key, place_id, generation).to_bytes(4)):
            return Claim(Place(PlaceKind.SCHOOL, place_id), generation, key_id, None, typed=True)
    raise BadCode(BadCodeReason.FORGED)


def _plain(text: str) -> str:
    return _GROUPED.sub("", text).upper() if len(text) <= 40 else ""


def _mac(key: bytes, place_id: int, generation: int) -> int:
    digest = hmac.digest(key, _PURPOSE + _SAID.pack(place_id, generation), hashlib.sha256)
    return int.from_bytes(digest[:16]) % MACS


def _check(digits: list[int]) -> int:
    """31 is prime and no weight is repeated: a wrong digit changes the sum, and so do two exchanged ones."""
    return sum(weight * digit for weight, digit in enumerate(digits, 2)) % BASE
