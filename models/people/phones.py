"""Telephone numbers as they are kept: sealed for reading back, digested for finding. Pure; keys are given.

A number has ten digits that vary: a bare hash of it is undone by trying them all. Hence a keyed digest, and a
dump of the database without the keys tells neither whose a number is nor whether somebody has one.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


class CannotUnseal(ValueError):
    """Sealed under a key that is not given, or changed since. Never quotes the number."""


class Vault:
    """Seals and finds numbers. `keys` by id, the current one first; ids are kept beside what they sealed."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys:
            raise ValueError("a vault needs a key")
        self._sealing = {number: AESGCM(_derived(key, b"seal")) for number, key in keys.items()}
        self._indexing = [_derived(key, b"digest") for key in keys.values()]
        self.current = next(iter(keys))

    def seal(self, phone: str) -> str:
        """The number under the current key: `KEY-ID.BASE64`, another text each time."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        hidden = self._sealing[self.current].encrypt(nonce, phone.encode(), str(self.current).encode())
        return self.mark + base64.urlsafe_b64encode(nonce + hidden).decode()

    def unseal(self, sealed: str) -> str:
        """The number again, under whichever key it lies; raises CannotUnseal."""
        number, _, text = sealed.partition(".")
        try:
            kept = base64.urlsafe_b64decode(text)
            cipher = self._sealing[int(number)]
            return cipher.decrypt(kept[:NONCE_BYTES], kept[NONCE_BYTES:], number.encode()).decode()
        except (KeyError, ValueError, InvalidTag) as fault:
            raise CannotUnseal("sealed under an unknown key, or damaged") from fault

    def digest(self, phone: str) -> str:
        """What a number is found by: 64 hexadecimal digits, the same each time under the current key."""
        return _digest(self._indexing[0], phone)

    def digests(self, phone: str) -> list[str]:
        """Under every key, the current one first: for look-ups while a rotation is under way."""
        return [_digest(key, phone) for key in self._indexing]

    @property
    def mark(self) -> str:
        """How everything sealed under the current key begins."""
        return f"{self.current}."

    @property
    def marks(self) -> list[str]:
        """How everything that can be unsealed begins."""
        return [f"{number}." for number in self._sealing]


def masked(phone: str) -> str:
    """A number to recognise and not to call: 154****0001."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else "****"


def _digest(key: bytes, phone: str) -> str:
    return hmac.new(key, phone.encode(), hashlib.sha256).hexdigest()


def _derived(key: bytes, purpose: bytes) -> bytes:
    """One secret, two keys: what finds numbers cannot read them."""
    return HKDF(SHA256(), 32, salt=None, info=b"shandu phone " + purpose).derive(key)
