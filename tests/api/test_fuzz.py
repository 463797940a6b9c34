"""The whole API against its own document: no 500, no answer the document does not name."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.cast import Cast, Phone, Stage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# signing oneself out, or parting from one's WeChat, would end a run: they have one of their own
SIGNING_OUT = "sessions/|me/unbind"

# a part of an upload is bytes like any other
HOOKS = """
import schemathesis
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
"""


async def _lived_in(cast: Cast) -> None:
    """Something of everything, so that what is made up meets what is there."""
    member, head, officer = [await cast.phone(name) for name in ("member", "head", "officer")]
    checked = await member.check_in(cast.tianba)
    sent = await member.visit(cast.tianba, checked.headers["request_id"], failing="C06")
    photo = await head.photo(cast.tianba, "problem")
    act = {"request_id": "submitted-once", "words": "已整改", "photos": [photo]}
    assert (await head.post(f"/problems/{sent.json['problems'][0]}/submit", act)).status == 200
    assert (await officer.post("/invitations", {"person_id": cast.people["manager"].id})).status == 201
    await cast.stage.jobs()


async def _fuzz(phone: Phone, folder: Path, *options: str) -> None:
    (folder / "media.py").write_text(HOOKS)
    environ = {**os.environ, "SCHEMATHESIS_HOOKS": "media", "PYTHONPATH": str(folder)}
    fuzz = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", "run", f"{phone.stage.url}/api/openapi.json",
        "--max-examples", "8", "--checks", CHECKS, "--no-color", *options,
        "--header", f"Authorization: Bearer {phone.token}",
        "--seed", "530302", "--generation-database", "none",
        cwd=folder, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await fuzz.communicate()
    assert fuzz.returncode == 0, said.decode()[-6000:]


DEEP, BROAD = "examples,coverage,fuzzing,stateful", "coverage"
# a document is one, whatever the engine: who looks at it how closely is shared out between them
LOOKS = {
    "sqlite": [("officer", DEEP), ("head", BROAD)],
    "postgres": [("member", DEEP), ("officer", BROAD)],
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "phases" in metafunc.fixturenames:
        metafunc.parametrize(("who", "phases"), LOOKS[metafunc.config.getoption("--engine")])


async def test_the_document_tells_the_truth(
    cast: Cast, stage: Stage, who: str, phases: str, tmp_path: Path
) -> None:
    await _lived_in(cast)
    phone = await cast.phone(who)
    await _fuzz(phone, tmp_path, "--phases", phases, "--exclude-path-regex", SIGNING_OUT)
    assert (await phone.get("/me")).status == 200


async def test_the_document_tells_strangers_the_truth(cast: Cast, tmp_path: Path) -> None:
    await _lived_in(cast)
    stranger = await cast.phone("nobody", bind=False, consent=False)
    await _fuzz(stranger, tmp_path, "--phases", BROAD, "--exclude-path-regex", SIGNING_OUT)


async def test_the_document_tells_the_truth_about_signing_out(cast: Cast, tmp_path: Path) -> None:
    phone = await cast.phone("parent")
    await _fuzz(phone, tmp_path, "--phases", "coverage,fuzzing", "--include-path-regex", SIGNING_OUT)
