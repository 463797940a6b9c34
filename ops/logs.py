"""Logs: one line a record, as JSON or for reading; what must not be written is taken out at the last moment.

Callers keep tokens, phone numbers and openids out of what they log; this is the net under them. It works on
the finished text of message, arguments, exception and extra fields, so nothing reaches the output around it.
"""

import json
import logging
import re
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from miniapp_api.middleware import current_request_id
from ops.settings import Settings

SHORT = 64
MOST_CHARACTERS = 8_000

_HIDDEN_NAMES = (
    "access_token|refresh_token|session_token|token|secret|appsecret|corpsecret|password|passwd|session_key"
    "|js_code|aes_key|encodingaeskey|signature|msg_signature|ticket|cookie|invitation"
)
# our refusals' codes (too_far) and WeChat's (43101) are wanted in logs; a login or QR code is neither
_PLAIN_CODE = r"(?![a-z_]{1,40}(?![^\s\"',;&)}\]])|-?[0-9]{1,6}(?![^\s\"',;&)}\]]))"

# In this order: the earlier ones know more about what they take out.
HIDDEN: list[tuple[re.Pattern[str], str]] = [
    (re.compile(r"(?i)(authorization\W{1,4})(?:(?:bearer|basic)\s+)?[^\s\"',;}]+"), r"\1[hidden]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 [hidden]"),
    (re.compile(r"(://[^/\s:@]*:)[^/\s@]+@"), r"\1[hidden]@"),
    (re.compile(rf"(?i)\b({_HIDDEN_NAMES})(=|[\"']?\s*:\s*[\"']?)[^\s&\"',;<>)}}]+"), r"\1\2[hidden]"),
    (re.compile(rf"\b(code)(=|[\"']?\s*:\s*[\"']){_PLAIN_CODE}[^\s&\"',;<>)}}]+"), r"\1\2[hidden]"),
    # a group robot's: whoever has it speaks in the group
    (re.compile(r"(?i)(webhook/send\?key=|\bkey=(?=[0-9a-f]{8}-))[^\s&\"',;<>)}]+"), r"\1[hidden]"),
    (re.compile(r"(/q/)[^\s?#\"'<>]+"), r"\1[code]"),
    (re.compile(r"(?<![A-Za-z0-9_-])o[A-Za-z0-9_-]{27}(?![A-Za-z0-9_-])"), "[openid]"),
    # a place's code: 27 or 32 characters, version 1
    (re.compile(r"(?<![A-Za-z0-9_-])E[A-Za-z0-9_-]{26}(?:[A-Za-z0-9_-]{5})?(?![A-Za-z0-9_-])"), "[code]"),
    (re.compile(r"(?<!\d)(?:86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"), "[phone]"),
    # anything long, unbroken and mixed is taken for a token, except the UUIDs phones use as request ids
    (
        re.compile(
            r"(?<![A-Za-z0-9_-])(?![0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![A-Za-z0-9_-]))"
            r"(?=[A-Za-z_-]*[0-9])(?=[0-9_-]*[A-Za-z])[A-Za-z0-9_-]{32,}"
        ),
        "[token]",
    ),
]
HIDDEN_FIELDS = re.compile(rf"(?i)(?:.*_)?({_HIDDEN_NAMES}|authorization|openid|phone|phone_number|mobile)")

# what would start a line of its own, or move a terminal's cursor
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def setup(settings: Settings) -> None:
    """Send everything from SHANDU_LOG_LEVEL up to standard error in the form of SHANDU_LOG. Repeatable."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines(as_json if settings.log == "json" else as_text))
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(True)
    # no line of ours says which thread, process or source line wrote it, and asking costs every request
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    # it names paths and addresses; our own line of a request names the route
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    logging.getLogger("tortoise").setLevel(logging.WARNING)


class Lines(logging.Formatter):
    """A record as clean fields, laid out by `layout`."""

    def __init__(self, layout: Callable[[dict[str, Any]], str]) -> None:
        super().__init__()
        self._layout = layout

    def format(self, record: logging.LogRecord) -> str:
        return self._layout(self._fields(record))

    def _fields(self, record: logging.LogRecord) -> dict[str, Any]:
        at = datetime.fromtimestamp(record.created, UTC)
        fields: dict[str, Any] = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": clean(_message(record)),
        }
        if current_request_id.get():
            fields["request_id"] = current_request_id.get()
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        fields |= {name: _clean_field(name, value) for name, value in extra.items() if name not in fields}
        if record.exc_info and record.exc_info[0]:
            fields["exception"] = clean(self.formatException(record.exc_info))
        if record.stack_info:
            fields["stack"] = clean(record.stack_info)
        return fields


def clean(text: str) -> str:
    """`text` without secrets, cut to MOST_CHARACTERS. Control characters stay: the layouts escape them."""
    return _clean_again(text) if len(text) <= SHORT else _clean(text)


@lru_cache(maxsize=1024)
def _clean_again(text: str) -> str:
    """Routes, methods and our own sentences come thousands of times a minute."""
    return _clean(text)


def _clean(text: str) -> str:
    # cut first with room to spare, so that a secret at the edge is still seen whole
    text = text[: 2 * MOST_CHARACTERS]
    for pattern, instead in HIDDEN:
        text = pattern.sub(instead, text)
    return text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS] + "…"


_ENCODER = json.JSONEncoder(ensure_ascii=False, default=str)


def as_json(fields: dict[str, Any]) -> str:
    # JSON itself escapes what is below U+0020
    return escape(_ENCODER.encode(fields))


def as_text(fields: dict[str, Any]) -> str:
    """One line; an exception follows on lines of its own, each marked, so that none can pass for a record."""
    rest = dict(fields)
    head = " ".join(str(rest.pop(name)) for name in ("time", "level", "logger", "message"))
    traces = [str(rest.pop(name)) for name in ("exception", "stack") if name in rest]
    line = escape(" ".join([head, *(f"{name}={value}" for name, value in rest.items())]))
    marked = [f"    | {escape(row)}" for trace in traces for row in trace.split("\n")]
    return "\n".join([line, *marked])


def escape(text: str) -> str:
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:
        # logging's own report of this would print the arguments as they are
        return f"{record.msg} (its arguments do not fit)"


def _clean_field(name: str, value: Any) -> Any:
    if HIDDEN_FIELDS.fullmatch(name):
        return "[hidden]"
    match value:
        case None | bool():
            return value
        case int() | float() if abs(value) < 10**9:
            return value
        case int() | float():
            # a phone number may come as a number
            cleaned = clean(str(value))
            return value if cleaned == str(value) else cleaned
        case str():
            # with its name, so that the rules for names apply: code="…" is hidden as code=… is
            return clean(f"{name}={value}").removeprefix(f"{name}=")
        case bytes():
            return f"[{len(value)} bytes]"
        case Mapping():
            return {clean(str(key)): _clean_field(str(key), item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean_field(name, item) for item in value]
        case _:
            return clean(str(value))
