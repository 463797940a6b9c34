"""Signed addresses of pictures: good for ten minutes, for whoever has them. Pure.

An <img> and a mini-program's <image> send no bearer token. The keys are derived from those that sign
codes, so that they rotate with them; what is signed names a picture, a rendition and an instant, nobody.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from models.errors import Forbidden, NotFound
from models.evidence.renditions import Rendition
from qr import Keyring

GOOD_FOR = timedelta(minutes=10)
# whose content check may take half an hour to fetch it
FOR_WECHAT = timedelta(hours=1)
_PURPOSE = b"shandu picture address\0"


class AddressExpired(Forbidden):
    code = "address_expired"
    sentence = "图片地址已过期，请返回上一页重新打开。"


@dataclass(frozen=True)
class Address:
    """What an address says: `expires` in seconds since 1970, `by` the id of the key that signed it."""

    key: str
    rendition: Rendition
    expires: int
    by: int
    mac: str


def sign(
    keyring: Keyring, key: str, rendition: Rendition, now: datetime, good_for: timedelta = GOOD_FOR
) -> Address:
    expires = int((now + good_for).timestamp())
    by = keyring.current
    return Address(key, rendition, expires, by, _mac(keyring.keys[by], key, rendition, expires))


def path(address: Address) -> str:
    """Where the picture is: the address of `GET /pictures/{key}`, without a host."""
    said = {
        "rendition": address.rendition.value,
        "expires": address.expires,
        "by": address.by,
        "mac": address.mac,
    }
    return f"/api/pictures/{address.key}?{urlencode(said)}"


def verify(keyring: Keyring, address: Address, now: datetime) -> None:
    """Raises NotFound for an address we did not make, AddressExpired for one whose time is over."""
    secret = keyring.keys.get(address.by)
    if secret is None:
        raise NotFound
    ours = _mac(secret, address.key, address.rendition, address.expires)
    if not hmac.compare_digest(ours.encode(), address.mac.encode()):
        raise NotFound
    if now.timestamp() >= address.expires:
        raise AddressExpired


def _mac(secret: bytes, key: str, rendition: Rendition, expires: int) -> str:
    said = f"{key}\0{rendition.value}\0{expires}".encode()
    return hmac.new(secret, _PURPOSE + said, hashlib.sha256).hexdigest()
