"""Envelopes for ballots: AES-256-GCM under a key that the database never holds. Pure.

Every envelope has the same length, so that it cannot be told which holds many words. It is bound to its
box, so that a ballot moved to another school or round cannot be opened.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

# the marks and two hundred characters of four bytes, or of two when escaped
INSIDE_BYTES = 1100
NONCE_BYTES = 12


class CannotOpen(ValueError):
    """The key is missing or wrong, or the envelope was tampered with."""


@dataclass(frozen=True)
class Seal:
    """Keys by id, 1 to 255; new envelopes are closed with the highest id."""

    keys: Mapping[int, bytes] = field(repr=False)

    def close(self, content: Mapping[str, Any], round_id: int, school_id: int, nonce: bytes) -> bytes:
        """An envelope around a small JSON object. `nonce`: 12 bytes of chance, never used twice."""
        inside = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        if len(inside) > INSIDE_BYTES:
            raise ValueError("too long for an envelope")
        key_id = max(self.keys)
        cipher = self._cipher(key_id).encrypt(nonce, inside.ljust(INSIDE_BYTES), _box(round_id, school_id))
        return bytes([key_id]) + nonce + cipher

    def open(self, envelope: bytes, round_id: int, school_id: int) -> dict[str, Any]:
        """What is inside; raises CannotOpen."""
        key_id, nonce, cipher = envelope[0], envelope[1 : NONCE_BYTES + 1], envelope[NONCE_BYTES + 1 :]
        if key_id not in self.keys:
            raise CannotOpen(f"no key {key_id}")
        try:
            inside = self._cipher(key_id).decrypt(nonce, cipher, _box(round_id, school_id))
        except InvalidTag:
            raise CannotOpen("tampered with, or another key") from None
        found: dict[str, Any] = json.loads(inside)
        return found

    def _cipher(self, key_id: int) -> AESGCM:
        return AESGCM(hashlib.sha256(b"survey ballot" + self.keys[key_id]).digest())


def _box(round_id: int, school_id: int) -> bytes:
    return b"%d:%d" % (round_id, school_id)
