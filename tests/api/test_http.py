"""What holds for every operation: the document, errors, ids, bounds."""

import json

import pytest

from miniapp_api.app import ROUTES
from miniapp_api.ledger_schemas import ledger_schemas
from models.alerts import states as alerts
from models.problems import states as problems
from tests.cast import Cast, Stage

pytestmark = pytest.mark.slow


async def test_the_document_is_openapi_and_names_every_operation(stage: Stage) -> None:
    async with stage.http.get("/api/openapi.json") as answer:
        document = await answer.json()
    assert document["openapi"] == "3.1.0"
    named = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert named == {(route.method, route.path) for route in ROUTES}


async def test_the_document_has_a_schema_for_each_form_of_the_ledger(stage: Stage) -> None:
    async with stage.http.get("/api/openapi.json") as answer:
        schemas = (await answer.json())["components"]["schemas"]
    assert set(ledger_schemas()) <= set(schemas)
    sample = schemas["LedgerFoodSample"]
    assert (sample["title"], sample["properties"]["grams"]["title"]) == ("食品留样", "留样量")


async def test_enumerations_of_one_name_are_told_apart_in_the_document(stage: Stage) -> None:
    """The phone's types are made from it: a problem's states are no alert's."""
    async with stage.http.get("/api/openapi.json") as answer:
        document = await answer.json()

    def states(path: str) -> set[str]:
        (found,) = [one for one in document["paths"][path]["get"]["parameters"] if one["name"] == "state"]
        name = found["schema"]["anyOf"][0]["$ref"].rpartition("/")[2]
        return set(document["components"]["schemas"][name]["enum"])

    assert states("/problems") == set(problems.State)
    assert states("/schools/{school_id}/alerts") == set(alerts.State)


async def test_the_documentation_page_needs_no_other_host(stage: Stage) -> None:
    async with stage.http.get("/api/docs") as answer:
        page = await answer.text()
    assert "//" not in page.replace("<!doctype html>", "")
    for asset in ("docs/assets/swagger-ui.css", "docs/assets/swagger-ui-bundle.js", "docs/start.js"):
        async with stage.http.get(f"/api/{asset}") as answer:
            assert answer.status == 200
            assert asset in page
    async with stage.http.get("/api/docs/assets/..%2f__init__.py") as answer:
        assert answer.status == 404


async def test_a_browser_gets_a_page_where_there_is_no_address_and_a_program_a_problem(stage: Stage) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for path, headers, media in [
        ("/nothing-here", browser, "text/html"),
        ("/static/nothing.js", browser, "text/html"),
        ("/nothing-here", {}, "application/problem+json"),
        ("/api/nothing-here", browser, "application/problem+json"),
    ]:
        async with stage.http.get(path, headers=headers) as answer:
            assert (answer.status, answer.content_type) == (404, media), path


async def test_a_browser_finds_the_icon(stage: Stage) -> None:
    async with stage.http.get("/favicon.ico") as answer:
        assert (answer.status, answer.content_type) == (200, "image/svg+xml")


async def test_every_error_is_a_problem_document(stage: Stage) -> None:
    for method, path, status, code in [
        ("GET", "/api/nothing-here", 404, "not_found"),
        ("PUT", "/api/check-ins", 405, "method_not_allowed"),
        ("GET", "/api/me", 401, "not_signed_in"),
    ]:
        async with stage.http.request(method, path) as answer:
            body = await answer.json(content_type="application/problem+json")
            assert (answer.status, body["status"], body["code"]) == (status, status, code)
            assert body["request_id"] == answer.headers["X-Request-Id"]


async def test_a_callers_request_id_is_kept_when_it_is_plain(stage: Stage) -> None:
    for given, kept in [("phone-42.retry_1", True), ("<script>", False), ("a" * 200, False)]:
        async with stage.http.get("/healthz", headers={"X-Request-Id": given}) as answer:
            assert (answer.headers["X-Request-Id"] == given) is kept


async def test_what_is_read_goes_compressed_to_who_takes_it_so(cast: Cast) -> None:
    member = await cast.phone("member")
    headers = {"Authorization": f"Bearer {member.token}"}

    async def sent(path: str, taken: str) -> tuple[str | None, str | None, int]:
        """How an answer came over the wire, and in how many bytes."""
        raw = await cast.stage.http.get(f"/api{path}", headers=headers | {"Accept-Encoding": taken})
        async with raw as answer:
            length = int(answer.headers["Content-Length"])
            return answer.headers.get("Content-Encoding"), answer.headers.get("Vary"), length

    coding, vary, small = await sent("/forms", "br;q=1.0, gzip;q=0.8")
    plain, also, whole = await sent("/forms", "gzip;q=0, identity")
    assert (coding, vary, plain, also) == ("gzip", "Accept-Encoding", None, "Accept-Encoding")
    assert small * 3 < whole
    # of a few bytes nothing is saved
    assert (await sent("/me", "gzip"))[:2] == (None, None)


async def test_an_answer_to_a_write_is_never_compressed(cast: Cast) -> None:
    """It may hold a token, or what a stranger had written for somebody."""
    member = await cast.phone("member")
    checked = await member.check_in(cast.tianba)
    body = await member.visit_body(cast.tianba, checked.headers["request_id"])
    headers = {"Authorization": f"Bearer {member.token}", "Accept-Encoding": "gzip"}
    wrong = {"answers": [{"item": f"X{n}", "verdict": "pass", "nonsense": 1} for n in range(60)]}
    async with cast.stage.http.post("/api/visits", json=body | wrong, headers=headers) as answer:
        assert answer.status == 422 and int(answer.headers["Content-Length"]) > 1024
        assert "Content-Encoding" not in answer.headers


async def test_a_body_that_is_too_long_is_not_read(cast: Cast) -> None:
    assert await _raw(cast, b"{" + b" " * 300_000 + b"}") == (413, "too_large")


async def _raw(cast: Cast, body: bytes, media: str = "application/json") -> tuple[int, str]:
    member = await cast.phone("member")
    headers = {"Authorization": f"Bearer {member.token}", "Content-Type": media}
    async with cast.stage.http.post("/api/check-ins", data=body, headers=headers) as answer:
        return answer.status, (await answer.json())["code"]


@pytest.mark.parametrize(
    ("body", "media", "status", "code"),
    [
        (b"", "application/json", 422, "validation"),
        (b"{", "application/json", 422, "validation"),
        (b"[]", "application/json", 422, "validation"),
        (b'"\xff"', "application/json", 422, "validation"),
        (json.dumps({"code": "x"}).encode(), "text/plain", 415, "wrong_media_type"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(
    cast: Cast, body: bytes, media: str, status: int, code: str
) -> None:
    assert await _raw(cast, body, media) == (status, code)


async def test_a_body_that_is_not_what_its_headers_say_is_refused(cast: Cast) -> None:
    member = await cast.phone("member")
    headers = {
        "Authorization": f"Bearer {member.token}",
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
    }
    async with cast.stage.http.post("/api/check-ins", data=b"notgzip", headers=headers) as answer:
        assert answer.status == 400


async def test_ready_says_what_is_missing(stage: Stage) -> None:
    async with stage.http.get("/readyz") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ready", "faults": []})
    async with stage.http.get("/healthz") as answer:
        assert answer.status == 200


async def test_what_an_operation_is_for_is_said_in_a_whole_sentence(stage: Stage) -> None:
    async with stage.http.get("/api/openapi.json") as answer:
        document = await answer.json()
    summaries = [one["summary"] for path in document["paths"].values() for one in path.values()]
    assert "Who I am, and what I may do where." in summaries
    assert [said for said in summaries if not said.endswith((".", ")"))] == []
