"""Where photos are kept: a folder, memory, and a served imitation of S3."""

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from models.evidence.store import NoSuchObject, PhotoStore, StoreUnavailable

KEY = "photos/0f1e2d3c4b5a"
# more than one piece of a stream
DATA = bytes(range(256)) * 4096


class Bucket:
    """As much of S3 as a store of photos needs, by path; it can be told to fail."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.signed_by: set[str] = set()
        self.failing = False

    async def handle(self, request: web.Request) -> web.Response:
        self.signed_by.add(request.headers["Authorization"].split()[0])
        headers = {"ETag": '"1"', "Last-Modified": "Tue, 24 Nov 2026 02:30:00 GMT"}
        if self.failing:
            return web.Response(status=503)
        if request.method == "PUT":
            self.kept[request.path] = await request.read()
            return web.Response(headers=headers)
        if request.path not in self.kept:
            return web.Response(status=404)
        if request.method == "DELETE":
            del self.kept[request.path]
            return web.Response(status=204)
        return web.Response(body=self.kept[request.path], headers=headers)


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
async def s3_url(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    app = web.Application(client_max_size=len(DATA) * 2)
    app.router.add_route("*", "/{path:.*}", bucket.handle)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "shandu")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    async with TestServer(app) as server:
        yield f"s3://photos-of-yunnan/qujing?region=cn-1&endpoint=http://127.0.0.1:{server.port}"


@pytest.fixture(params=["file", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, s3_url: str) -> PhotoStore:
    urls = {"file": f"file://{tmp_path}/照片 1/photos", "memory": "memory://", "s3": s3_url}
    return PhotoStore.open(urls[request.param])


async def test_what_is_kept_comes_back_whole(store: PhotoStore) -> None:
    await store.put(KEY, DATA)
    assert await store.get(KEY) == DATA
    assert b"".join([piece async for piece in store.stream(KEY)]) == DATA


async def test_keeping_twice_keeps_the_last(store: PhotoStore) -> None:
    await store.put(KEY, b"first")
    await store.put(KEY, b"second")
    assert await store.get(KEY) == b"second"


async def test_what_is_deleted_is_gone_and_may_be_deleted_again(store: PhotoStore) -> None:
    await store.put(KEY, b"photo")
    await store.delete(KEY)
    await store.delete(KEY)
    with pytest.raises(NoSuchObject):
        await store.get(KEY)


async def test_what_was_never_kept_is_told_apart_from_a_fault(store: PhotoStore) -> None:
    with pytest.raises(NoSuchObject):
        await store.get(KEY)
    with pytest.raises(NoSuchObject):
        await anext(store.stream(KEY))


OUTSIDE = {
    "nothing": "",
    "upwards": "../secret",
    "upwards from inside": "photos/../../secret",
    "from the root": "/etc/passwd",
    "the folder itself": ".",
    "an empty part": "photos//a",
    "an open end": "photos/",
    "a Windows path": "photos\\a",
    "upwards in disguise": "photos/%2e%2e/a",
    "a capital, which some disks cannot tell apart": "photos/A",
    "a line break": "photos/a\n",
    "a null byte": "photos/a\0",
    "digits of another script": "photos/٣",
}


@pytest.mark.parametrize("key", OUTSIDE.values(), ids=OUTSIDE)
async def test_no_key_leads_out_of_the_store(tmp_path: Path, key: str) -> None:
    (tmp_path / "secret").write_text("secret")
    store = PhotoStore.open(f"file://{tmp_path}/photos")
    for attempt in (store.put(key, b"x"), store.get(key), store.delete(key), anext(store.stream(key))):
        with pytest.raises(ValueError, match="not a key"):
            await attempt
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["photos", "secret"]


def test_the_folder_is_made_for_us_alone(tmp_path: Path) -> None:
    PhotoStore.open(f"file://{tmp_path}/a/photos")
    assert stat.S_IMODE((tmp_path / "a/photos").stat().st_mode) == 0o700


async def test_a_folder_opened_again_has_its_photos(tmp_path: Path) -> None:
    await PhotoStore.open(f"file://{tmp_path}/photos").put(KEY, b"photo")
    assert await PhotoStore.open(f"file://{tmp_path}/photos").get(KEY) == b"photo"


async def test_a_bucket_holds_the_photo_under_its_prefix_and_the_request_is_signed(
    bucket: Bucket, s3_url: str
) -> None:
    await PhotoStore.open(s3_url).put(KEY, b"photo")
    assert bucket.kept == {f"/photos-of-yunnan/qujing/{KEY}": b"photo"}
    assert bucket.signed_by == {"AWS4-HMAC-SHA256"}


async def test_a_failing_store_says_so_while_the_person_is_still_waiting(bucket: Bucket, s3_url: str) -> None:
    store = PhotoStore.open(s3_url)
    bucket.failing = True
    async with asyncio.timeout(15):
        for attempt in (store.put(KEY, b"x"), store.get(KEY), store.delete(KEY), anext(store.stream(KEY))):
            with pytest.raises(StoreUnavailable, match="请稍后重试"):
                await attempt
    bucket.failing = False
    await store.put(KEY, b"photo")
    assert await store.get(KEY) == b"photo"


async def test_a_store_that_does_not_answer_is_unavailable(s3_url: str) -> None:
    store = PhotoStore.open(s3_url.rpartition(":")[0] + ":9")
    async with asyncio.timeout(15):
        with pytest.raises(StoreUnavailable):
            await store.put(KEY, b"photo")


async def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    store = PhotoStore.open(f"file://{tmp_path}/photos")
    (tmp_path / "photos/photos").write_text("a file where the folder should be")
    with pytest.raises(StoreUnavailable):
        await store.put(KEY, b"photo")


@pytest.mark.parametrize("url", ["photos", "ftp://host/photos", "s3://bucket/photos?colour=red"])
def test_an_address_that_means_no_store_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ValueError):
        PhotoStore.open(url)
