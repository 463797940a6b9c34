"""Visits a second: a 200 kB photo, a signature, 20 answers; at 1, 8 and 32 clients.

The anchor stores the same rows and bytes. For orientation: ODK Central does 52 submissions a second with
8 clients on two cores, p95 269 ms.
"""

import io
import json
import secrets

from PIL import Image

from ops.bench import load
from ops.bench.check_in import check_in_body, head
from ops.bench.load import Connection, Job
from ops.bench.rows import Row, row
from ops.bench.size import rounds, sized
from ops.bench.stage import Stage, process, stage

ROUNDS = rounds(5)
JOBS = {1: sized(60), 8: sized(200), 32: sized(300)}
BOUNDARY = "----shandu-bench"


async def measure() -> list[Row]:
    rows: list[Row] = []
    picture, signature = _picture(), _signature()
    async with (
        stage() as stand,
        process(stand.environ, "ops.cli", "serve") as our_port,
        process(stand.environ, "ops.bench.bare") as bare_port,
    ):
        for clients, count in JOBS.items():
            ours, bare = [], []
            for number in range(ROUNDS + 1):
                jobs = range(number * count, (number + 1) * count)
                mine = await load.run(
                    our_port, clients, jobs, await _jobs(stand, our_port, jobs, picture, signature)
                )
                theirs = await load.run(
                    bare_port, clients, jobs, await _jobs(stand, bare_port, jobs, picture, signature)
                )
                if number > 0:  # the first round warms both up
                    ours.append(mine)
                    bare.append(theirs)
            name = f"visit {clients} client{'s' if clients > 1 else ''}"
            rows.append(row(name, [m.per_s for m in ours], [m.per_s for m in bare], "submissions/s"))
            rows.append(row(f"{name} p95", [m.p95_ms for m in ours], [m.p95_ms for m in bare], "ms"))
    return rows


async def _jobs(stand: Stage, port: int, jobs: range, picture: bytes, signature: bytes) -> Job:
    """The submissions of one round, whose check-ins are made beforehand and not measured."""
    marks = {number: secrets.token_hex(8) for number in jobs}

    async def check_in(connection: Connection, number: int) -> None:
        member = number % len(stand.tokens)
        body = check_in_body(stand, member, f"check-in-{marks[number]}")
        await connection.ask(head(stand, member, "/check-ins"), body)

    await load.run(port, 8, jobs, check_in)

    async def submit(connection: Connection, number: int) -> None:
        member, mark = number % len(stand.tokens), marks[number]
        photo = await _upload(connection, stand, member, picture, "visit", f"photo-{mark}")
        signed = await _upload(connection, stand, member, signature, "signature", f"signature-{mark}")
        body = json.dumps(_visit(mark, photo, signed)).encode()
        await connection.ask(head(stand, member, "/visits"), body)

    return submit


async def _upload(
    connection: Connection, stand: Stage, member: int, data: bytes, purpose: str, request_id: str
) -> str:
    query = f"/photos?school_id={stand.schools[member]}&purpose={purpose}&request_id={request_id}"
    body = (
        (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="p"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        ).encode()
        + data
        + f"\r\n--{BOUNDARY}--\r\n".encode()
    )
    media = f"multipart/form-data; boundary={BOUNDARY}"
    answer = await connection.ask(head(stand, member, query, media), body)
    return str(json.loads(answer)["key"])


def _visit(mark: str, photo: str, signature: str) -> dict[str, object]:
    answers: list[dict[str, object]] = [{"item": f"C{n:02d}", "verdict": "pass"} for n in range(1, 21)]
    answers[11]["counts"] = {"dust": 3, "rat": 2, "fly": 4}
    answers[15]["scores"] = dict.fromkeys(("look", "smell", "taste", "warmth", "portion"), 4)
    return {
        "request_id": f"visit-{mark}",
        "check_in": f"check-in-{mark}",
        "kind": "committee",
        "form_version": 1,
        "answers": answers,
        "grade": "good",
        "remarks": "饭菜温度合适",
        "companions": "",
        "photos": [photo],
        "signatures": [signature],
    }


def _picture() -> bytes:
    """A JPEG of about 200 kB, as a cheap phone makes them."""
    image = Image.effect_noise((1280, 960), 22).convert("RGB")
    for quality in range(90, 20, -3):
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality)
        if out.tell() <= 205_000:
            break
    return out.getvalue()


def _signature() -> bytes:
    out = io.BytesIO()
    Image.new("L", (300, 120), 255).save(out, "PNG")
    return out.getvalue()
