"""Where the bytes of photos are kept: a folder, an S3-compatible store, or memory for tests."""

import re
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore, ObjectStore, from_url

from models.errors import Kind, Refusal

_KEY = re.compile(r"[0-9a-z]+(?:/[0-9a-z]+)*")


class StoreUnavailable(Refusal):
    kind = Kind.UNAVAILABLE
    code = "store_unavailable"
    sentence = "照片暂时存不上，请稍后重试。照片仍在手机里。"


class NoSuchObject(LookupError):
    """Nothing is kept under this key."""


class PhotoStore:
    """Objects by key. Keys are lower-case letters and digits, parted by slashes: no way out of the folder."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def open(cls, url: str) -> Self:
        """`file:///FOLDER` (made when missing), `s3://BUCKET/PREFIX` or `memory://`."""
        parts = urlsplit(url)
        if parts.scheme == "memory":
            return cls(MemoryStore())
        if parts.scheme == "file":
            folder = Path(url.removeprefix("file://"))
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return cls(LocalStore(prefix=folder))
        return cls(from_url(url))

    async def put(self, key: str, data: bytes) -> None:
        """Keep the bytes, whole or not at all. Repeatable."""
        try:
            await self._store.put_async(_checked(key), data)
        except (BaseError, OSError) as fault:
            raise StoreUnavailable from fault

    async def get(self, key: str) -> bytes:
        """The bytes; raises NoSuchObject or StoreUnavailable."""
        try:
            found = await self._store.get_async(_checked(key))
            return bytes(await found.bytes_async())
        except (NotFoundError, FileNotFoundError) as fault:
            raise NoSuchObject(key) from fault
        except (BaseError, OSError) as fault:
            raise StoreUnavailable from fault

    async def delete(self, key: str) -> None:
        """Forget the bytes. Repeatable."""
        try:
            await self._store.delete_async(_checked(key))
        except (NotFoundError, FileNotFoundError):
            return
        except (BaseError, OSError) as fault:
            raise StoreUnavailable from fault


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a key: {key!r}")
    return key
