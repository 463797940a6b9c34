"""QR codes: token, signature, picture, poster. Pure: no database, no network, no environment."""

from qr.short import looks_typed, sign_short, verify_short
from qr.token import (
    ROTATION_S,
    BadCode,
    BadCodeReason,
    Claim,
    Keyring,
    Place,
    PlaceKind,
    sign,
    sign_rotating,
    url,
    verify,
)

__all__ = [
    "ROTATION_S",
    "BadCode",
    "BadCodeReason",
    "Claim",
    "Keyring",
    "Place",
    "PlaceKind",
    "looks_typed",
    "sign",
    "sign_rotating",
    "sign_short",
    "url",
    "verify",
    "verify_short",
]
