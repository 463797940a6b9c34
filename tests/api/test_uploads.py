"""Photos in parts over a weak network: tus 1.0.0, resumed anywhere, bounded, and nothing lost."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from models.evidence.tables import Photo, Upload
from ops.wiring import web_app
from tests.cast import Answer, Cast, Phone, Stage, jpeg, new_id
from tests.conftest import free_port, served

pytestmark = pytest.mark.slow

PART = {"Content-Type": "application/offset+octet-stream"}
VERSION = {"Tus-Resumable": "1.0.0"}


def metadata(school_id: int, request_id: str, purpose: str = "visit") -> str:
    said = {"school_id": str(school_id), "purpose": purpose, "request_id": request_id, "filename": "饭菜.jpg"}
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())


async def begin(phone: Phone, cast: Cast, length: int, request_id: str | None = None, **more: str) -> Answer:
    said = metadata(cast.tianba.id, request_id or new_id())
    headers = {**VERSION, "Upload-Length": str(length), "Upload-Metadata": said, **more}
    return await ask(phone, "POST", "/uploads", headers)


async def ask(
    phone: Phone, method: str, path: str, headers: dict[str, str], data: bytes | None = None, url: str = ""
) -> Answer:
    own = {"Authorization": f"Bearer {phone.token}", **headers}
    address = f"{url or phone.stage.url}/api{path.removeprefix('/api')}"
    async with aiohttp.request(method, address, headers=own, data=data) as answer:
        said: Any = await answer.json() if "json" in answer.content_type and method != "HEAD" else None
        return Answer(answer.status, said, answer.headers)


async def patch(phone: Phone, at: str, offset: int, data: bytes, url: str = "", **more: str) -> Answer:
    headers = {**VERSION, **PART, "Upload-Offset": str(offset), **more}
    return await ask(phone, "PATCH", at, headers, data, url)


async def offset(phone: Phone, at: str, url: str = "") -> int:
    answer = await ask(phone, "HEAD", at, VERSION, url=url)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    return int(answer.headers["Upload-Offset"])


async def test_a_photo_in_parts_is_the_photo(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    data, request_id = jpeg(), new_id()
    begun = await begin(member, cast, len(data), request_id)
    assert (begun.status, begun.headers["Upload-Offset"], begun.headers["Tus-Resumable"]) == (
        201,
        "0",
        "1.0.0",
    )
    at = begun.headers["Location"]
    assert begun.headers["Upload-Expires"].endswith("GMT")
    for start in range(0, len(data), 5000):
        sent = await patch(member, at, start, data[start : start + 5000])
        assert (sent.status, sent.headers["Upload-Offset"]) == (204, str(min(start + 5000, len(data))))
    key = sent.headers["Shandu-Photo"]
    assert (await member.get(f"/photos/{key}")).json == data
    assert (await ask(member, "HEAD", at, VERSION)).headers["Shandu-Photo"] == key
    assert [one async for one in stage.world.context.store.keys("uploads/")] == []
    # as a whole it would have been the same photo
    assert (await member.send_photo(cast.tianba, "visit", data, request_id)).json["key"] == key
    # and the last part, when its answer was lost
    assert (await patch(member, at, len(data), b"")).headers["Shandu-Photo"] == key


@pytest.fixture
async def second(stage: Stage) -> AsyncIterator[str]:
    """The address of another application over the same database and store."""
    port = free_port()
    async with served(web_app(stage.world, with_sandbox=False), port):
        yield f"http://127.0.0.1:{port}"


async def test_another_process_goes_on_where_the_first_stopped(cast: Cast, second: str) -> None:
    member = await cast.phone("member", consent=False)
    data = jpeg()
    at = (await begin(member, cast, len(data))).headers["Location"]
    assert (await patch(member, at, 0, data[:7000])).status == 204
    assert await offset(member, at, second) == 7000
    assert (await patch(member, at, 7000, data[7000:9000], second)).status == 204
    assert (await patch(member, at, 9000, data[9000:])).status == 204
    assert await Photo.filter(person_id=member.person.id).count() == 1


async def test_what_came_before_the_line_broke_is_kept(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    data = jpeg()
    at = (await begin(member, cast, len(data))).headers["Location"]
    _, writer = await asyncio.open_connection("127.0.0.1", stage.world.settings.port)
    head = (
        f"PATCH {at} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {member.token}\r\n"
        f"Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: {PART['Content-Type']}\r\n"
        f"Content-Length: {len(data)}\r\n\r\n"
    )
    writer.write(head.encode() + data[:6000])
    await writer.drain()
    await asyncio.sleep(0.2)
    writer.close()
    for _ in range(50):
        if (came := await offset(member, at)) > 0:
            break
        await asyncio.sleep(0.05)
    assert came == 6000
    assert (await patch(member, at, came, data[came:])).status == 204


async def test_of_two_parts_for_one_place_one_counts(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    data = jpeg()
    at = (await begin(member, cast, len(data))).headers["Location"]
    sent = await asyncio.gather(*(patch(member, at, 0, data[: 4000 + n]) for n in range(4)))
    assert sorted(one.status for one in sent) == [204, 409, 409, 409]
    won = await offset(member, at)
    assert won == next(int(one.headers["Upload-Offset"]) for one in sent if one.status == 204)
    last = await asyncio.gather(*(patch(member, at, won, data[won:]) for _ in range(3)))
    (photo,) = await Photo.filter(person_id=member.person.id)
    # nor does it matter whether the answer was lost and the part is sent once more; another one is refused
    for one in [*last, await patch(member, at, won, data[won:])]:
        assert (one.status, one.headers["Shandu-Photo"]) == (204, photo.key)
    other = await patch(member, at, won, data[won:-1] + b"x")
    assert (other.status, other.json["facts"]["offset"]) == (409, len(data))
    assert (await member.get(f"/photos/{photo.key}")).json == data
    assert [one async for one in stage.world.context.store.keys("uploads/")] == []


async def test_a_part_that_was_damaged_on_the_way_does_not_count(cast: Cast) -> None:
    member = await cast.phone("member", consent=False)
    data = jpeg()
    at = (await begin(member, cast, len(data))).headers["Location"]
    for name in ("sha1", "sha256"):
        wrong = f"{name} {base64.b64encode(hashlib.new(name, b'other').digest()).decode()}"
        answer = await patch(member, at, 0, data[:5000], **{"Upload-Checksum": wrong})
        assert (answer.status, answer.code, await offset(member, at)) == (460, "checksum_mismatch", 0)
    unknown = await patch(member, at, 0, data[:5000], **{"Upload-Checksum": "crc32 AAAA"})
    assert unknown.status == 422
    right = f"sha1 {base64.b64encode(hashlib.sha1(data[:5000]).digest()).decode()}"
    assert (await patch(member, at, 0, data[:5000], **{"Upload-Checksum": right})).status == 204


async def test_the_protocol_is_kept_to_the_letter(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    data = jpeg()
    at = (await begin(member, cast, len(data))).headers["Location"]
    async with stage.http.options("/api/uploads") as said:
        assert (said.status, said.headers["Tus-Version"]) == (204, "1.0.0")
        assert said.headers["Tus-Extension"] == "creation,termination,expiration,checksum"
        assert said.headers["Tus-Max-Size"] == str(10 * 2**20)
    for method, path in (("POST", "/uploads"), ("HEAD", at), ("PATCH", at), ("DELETE", at)):
        more = {"Upload-Length": "9", "Upload-Metadata": "", "Upload-Offset": "0", **PART}
        old = await ask(member, method, path, {"Tus-Resumable": "0.2.2", **more})
        assert (old.status, old.headers["Tus-Version"]) == (412, "1.0.0"), method
    wrong = await patch(member, at, 3, data)
    assert (wrong.status, wrong.code, wrong.headers["Tus-Resumable"]) == (409, "wrong_offset", "1.0.0")
    assert (await ask(member, "PATCH", at, {**VERSION, "Upload-Offset": "0"}, data)).status == 415
    assert (await patch(member, at, 0, data + b"more")).status == 413
    assert await offset(member, at) == 0
    assert (await ask(member, "DELETE", at, VERSION)).status == 204
    assert (await ask(member, "HEAD", at, VERSION)).status == 404


async def test_the_mini_program_sends_parts_by_post(cast: Cast) -> None:
    member = await cast.phone("member", consent=False)
    data = jpeg()
    at = (await begin(member, cast, len(data))).headers["Location"]
    headers = {**VERSION, **PART, "Upload-Offset": "0"}
    assert (await ask(member, "POST", at, headers, data)).status == 422
    sent = await ask(member, "POST", at, {**headers, "X-HTTP-Method-Override": "PATCH"}, data)
    assert (sent.status, "Shandu-Photo" in sent.headers) == (204, True)


@pytest.mark.parametrize(
    "said", ["", "school_id", "school_id !!!", "school_id MQ==,purpose eA==,request_id eA=="]
)
async def test_a_photo_nobody_can_place_is_not_begun(cast: Cast, said: str) -> None:
    member = await cast.phone("member", consent=False)
    answer = await begin(member, cast, 100, **{"Upload-Metadata": said})
    assert (answer.status, answer.code) == (422, "validation")


async def test_an_upload_is_its_senders_alone_and_bounded(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    other = await cast.phone("second_member", consent=False)
    request_id = new_id()
    at = (await begin(member, cast, 100, request_id)).headers["Location"]
    for method in ("HEAD", "DELETE"):
        assert (await ask(other, method, at, VERSION)).status == 404
    assert (await patch(other, at, 0, b"x")).status == 404
    # begun again after its answer was lost
    assert (await begin(member, cast, 100, request_id)).headers["Location"] == at
    assert (await begin(member, cast, 101, request_id)).code == "request_reused"
    assert (await begin(member, cast, 10 * 2**20 + 1)).status == 413
    at_once = await asyncio.gather(*(begin(member, cast, 100) for _ in range(30)))
    assert sorted(answer.status for answer in at_once) == [201] * 19 + [409] * 11
    assert (await begin(member, cast, 100)).code == "too_many_uploads"
    assert (await begin(await cast.phone("stranger", consent=False), cast, 100)).status == 404


async def test_an_upload_given_up_is_collected_and_may_begin_anew(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    data, request_id = jpeg(), new_id()
    ats = [(await begin(member, cast, len(data), one)).headers["Location"] for one in (request_id, new_id())]
    for at in ats:
        assert (await patch(member, at, 0, data[:5000])).status == 204
    stage.forward(days=3, minutes=1)
    assert (await ask(member, "HEAD", ats[0], VERSION)).status == 404
    anew = await begin(member, cast, len(data), request_id)
    assert (anew.status, anew.headers["Upload-Offset"]) == (201, "0")
    await stage.jobs()
    assert await Upload.all().count() == 1
    assert [one async for one in stage.world.context.store.keys("uploads/")] == []


async def test_what_is_no_photo_ends_the_upload_with_a_sentence(cast: Cast) -> None:
    member = await cast.phone("member", consent=False)
    data = b"<html>" + b"x" * 5000
    at = (await begin(member, cast, len(data))).headers["Location"]
    await patch(member, at, 0, data[:1000])
    refused = await patch(member, at, 1000, data[1000:])
    assert (refused.status, refused.code) == (422, "photo_refused")
    assert (await ask(member, "HEAD", at, VERSION)).status == 404


async def test_a_store_that_fails_loses_nothing(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member", consent=False)
    data = jpeg()
    at = (await begin(member, cast, len(data))).headers["Location"]
    assert (await patch(member, at, 0, data[:5000])).status == 204
    folder = Path(stage.world.settings.store_url.removeprefix("file://"))
    away = folder.rename(folder.with_name("away"))
    folder.write_text("a file where the folder was: nothing can be kept")
    for start, end in ((5000, 9000), (5000, len(data))):
        failed = await patch(member, at, start, data[start:end])
        assert (failed.status, failed.code) == (503, "store_unavailable")
        assert await offset(member, at) == 5000
    assert (await member.send_photo(cast.tianba, "visit", data, new_id())).status == 503
    folder.unlink()
    away.rename(folder)
    done = await patch(member, at, 5000, data[5000:])
    assert done.status == 204
    assert (await member.get(f"/photos/{done.headers['Shandu-Photo']}")).json == data
