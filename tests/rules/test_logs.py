"""What a log line may hold, whatever the code that logs it does."""

import json
import logging
from typing import Any

import pytest

from miniapp_api.middleware import current_request_id
from ops.logs import MOST_CHARACTERS, Lines, as_json, as_text

PHONE = "13987654321"
OPENID = "oABCD-efgh_1234567890ijklmnop"[:28]
TOKEN = "Zk3v9Q1xT7-pL0sW_aB4cD5eF6gH7iJ8kL9mN0oP1q"
JS_CODE = "0b3Xyz1w3AbCdE2fGh4w3Ij5Kl2Xyz1p"
QR = "EQEAAQAAAAFtQmJ3dX-aYk_wZhh"
ROBOT = "693a91f6-7aaa-4bc4-97a0-0ec2fa5aaa01"
SECRETS = [PHONE, OPENID, TOKEN, JS_CODE, QR, ROBOT]


def record(message: object, *args: object, **extra: Any) -> logging.LogRecord:
    made = logging.LogRecord("shandu.test", logging.INFO, "here.py", 1, message, args, None)
    vars(made).update(extra)
    return made


def raised(fault: Exception) -> logging.LogRecord:
    try:
        raise fault
    except Exception as caught:
        made = record("failed")
        made.exc_info = (type(caught), caught, caught.__traceback__)
    return made


HIDDEN = {
    "a phone number": record(f"call {PHONE} back"),
    "a phone number with the country": record(f"call +86{PHONE}"),
    "a phone number in groups": record("call 139 8765 4321 or 139-8765-4321"),
    "a phone number as an argument": record("call %s", PHONE),
    "a phone number as a number": record("call", caller=int(PHONE)),
    "a phone number between Chinese words": record(f"手机号{PHONE}未登记"),
    "an openid": record(f"no person for {OPENID}"),
    "an openid in an address": record(f"GET /user/info?openid={OPENID}&lang=zh_CN"),
    "an openid in an extra list": record("sent", targets=[OPENID]),
    "a session token": record("session %s", TOKEN),
    "a short token by its name": record("token=abc123"),
    "a token in an extra field": record("request", session_token="abc123"),
    "an Authorization header": record(f"Authorization: Bearer {TOKEN}"),
    "an Authorization header's short token": record("headers {'Authorization': 'Bearer abc123'}"),
    "an Authorization header among extra fields": record("in", headers={"Authorization": "Basic abc123"}),
    "an access token in an address": record("POST /cgi-bin/message?access_token=abc123&lang=zh"),
    "an app secret in an address": record("GET /cgi-bin/token?appid=wx1&secret=abc123"),
    "a session key in JSON": record('{"session_key": "abc123==", "expires_in": 7200}'),
    "a session key in a dict": record("%s", {"session_key": "abc123=="}),
    "a group robot's key in an address": record(f"POST /cgi-bin/webhook/send?key={ROBOT}"),
    "a group robot's key by its name": record(f"key={ROBOT}"),
    "a login code in an address": record(f"GET /sns/jscode2session?js_code={JS_CODE}&grant_type=x"),
    "a code in an address": record("GET /bind?code=AB12cd34"),
    "a code in JSON": record(f'{{"code": "{QR}"}}'),
    "a code as an extra field": record("scan", code=QR),
    "a QR token": record(f"scanned {QR}"),
    "a QR link": record(f"GET /q/{QR}?x=1"),
    "a database's password": record("postgres://shandu:abc123@db:5432/shandu"),
    "a secret in an exception": raised(ValueError(f"bad token {TOKEN} of {PHONE}")),
    "a secret in an exception's cause": raised(ExceptionGroup("several", [KeyError(OPENID)])),
    "an object's text": record("odd", thing=ValueError(PHONE)),
    "bytes": record("body", body=PHONE.encode()),
    "a key of a mapping": record("sent", by_phone={PHONE: 1}),
    "arguments that do not fit": record("%d people", TOKEN),
}
LEAKS = [*SECRETS, "abc123", "AB12cd34", "139 8765 4321", "139-8765-4321"]


@pytest.mark.parametrize("layout", [as_json, as_text])
@pytest.mark.parametrize("what", HIDDEN)
def test_a_log_line_never_holds(what: str, layout: Any) -> None:
    line = Lines(layout).format(HIDDEN[what])

    assert [leak for leak in LEAKS if leak in line] == []


KEPT = {
    "a school's name": record("曲靖市麒麟区第一小学 已签到"),
    "a refusal's code": record("refused code=too_far"),
    "an error code": record("answered errcode=43101 code=43101"),
    "a request id of a phone": record("twice 3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
    "a division's code": record("division 530302 of 530300"),
    "a time in milliseconds": record("at 1764037800123"),
    "a path": record("/work/shandu/models/checkins/actions.py line 120"),
}


@pytest.mark.parametrize("what", KEPT)
def test_a_log_line_keeps(what: str) -> None:
    line = json.loads(Lines(as_json).format(KEPT[what]))

    assert line["message"] == KEPT[what].getMessage()


def test_a_json_line_has_the_extra_fields_and_the_request_id() -> None:
    mark = current_request_id.set("req-12345678")
    try:
        line = json.loads(Lines(as_json).format(record("done", status=409, code="too_far", ms=1.5)))
    finally:
        current_request_id.reset(mark)

    assert line | {"time": ""} == {
        "time": "",
        "level": "INFO",
        "logger": "shandu.test",
        "message": "done",
        "request_id": "req-12345678",
        "status": 409,
        "code": "too_far",
        "ms": 1.5,
    }


@pytest.mark.parametrize("layout", [as_json, as_text])
@pytest.mark.parametrize("breaking", ["\n", "\r\n", "\x1b[2J", "\u2028", "\x85", "\x00"])
def test_nobody_can_forge_a_line_or_move_the_cursor(layout: Any, breaking: str) -> None:
    forged = f"name{breaking}2026-11-24 INFO all is well"

    for made in (record(forged), record("%s", forged), record("x", school=forged)):
        line = Lines(layout).format(made)
        assert line.splitlines() == [line]
        assert line.isprintable()


def test_the_rows_of_a_traceback_cannot_pass_for_records() -> None:
    line = Lines(as_text).format(raised(ValueError("first\n2026-11-24T00:00:00Z INFO forged")))

    head, *rows = line.split("\n")
    assert "failed" in head
    assert rows
    assert all(row.startswith("    | ") for row in rows)


def test_a_line_has_a_limit() -> None:
    line = Lines(as_json).format(record("很" * 100_000))

    assert len(line) < MOST_CHARACTERS + 200
