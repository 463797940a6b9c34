"""Where the bytes of photos are kept: a folder, an S3-compatible store, or memory for tests."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore, ObjectStore, S3Store

from models.errors import Kind, Refusal

# a person is waiting with a phone in the hand: three tries and a sentence, not ten tries in three minutes
PATIENCE = timedelta(seconds=10)
CHUNK_BYTES = 256 * 1024

SETTLING_S = 0.2

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
        """`file:///FOLDER` (made when missing), `s3://BUCKET/PREFIX` or `memory://`; ValueError for others.

        What the AWS_ variables do not say of an S3-compatible store may stand in the query, by obstore's
        names: `?endpoint=https://HOST&region=cn-1&virtual_hosted_style_request=true`.
        """
        parts = urlsplit(url)
        if parts.scheme == "memory":
            return cls(MemoryStore())
        if parts.scheme == "file":
            folder = Path(url.removeprefix("file://"))
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return cls(LocalStore(prefix=folder))
        if parts.scheme == "s3":
            return cls(_s3(f"s3://{parts.netloc}{parts.path}", dict(parse_qsl(parts.query))))
        raise ValueError(f"no such kind of store: {parts.scheme!r}")

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

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """The bytes in pieces; raises NoSuchObject or StoreUnavailable, the latter also half-way."""
        try:
            found = await self._store.get_async(_checked(key))
            async for piece in found.stream(min_chunk_size=CHUNK_BYTES):
                yield piece
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

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        """Every key that begins with a folder's name and slash; raises StoreUnavailable."""
        try:
            async for page in self._store.list(prefix):
                for found in page:
                    if _KEY.fullmatch(found["path"]):
                        yield found["path"]
        except (NotFoundError, FileNotFoundError):
            return
        except (BaseError, OSError) as fault:
            raise StoreUnavailable from fault


async def settle() -> None:
    """To await last in a process that has used a store.

    obstore's thread lets go of our objects a moment after it answers: a process that ends before that is
    aborted, and its exit status lost (PyO3/pyo3-async-runtimes issue 40).
    """
    await asyncio.sleep(SETTLING_S)


def _s3(url: str, query: dict[str, str]) -> S3Store:
    # one DELETE an object: not every compatible store knows S3's deletion by list
    config: Any = {"disable_bulk_delete": "true", **query}
    options: Any = {"retry_config": {"max_retries": 2, "retry_timeout": PATIENCE}}
    if query.get("endpoint", "").startswith("http://"):
        # only here: options for the client would make it forget AWS_ALLOW_HTTP
        options["client_options"] = {"allow_http": True}
    try:
        return S3Store.from_url(url, config=config, **options)
    except BaseError as fault:
        raise ValueError(str(fault).partition("\n")[0]) from fault


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a key: {key!r}")
    return key
