"""Reading what is pushed to us. Everything malformed is BadCallback, whatever is wrong with it."""

import hashlib
import hmac
import json
import math
import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import xmltodict
from wechatpy.crypto import PrpCrypto

from bot.wechat.account import Account

MOST_BYTES = 64 * 1024
MOST_LEVELS = 16
# the columns they are kept in
MOST_NAME = 64
SKEW = timedelta(minutes=10)
ITEMS = "List"

# what XML 1.0 does not allow, people send all the same, and databases refuse
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));")
# nothing may stand before the message but an XML declaration: no DOCTYPE, hence no entities
_XML = re.compile(r"(?:<\?xml[^<>]*\?>\s*)?<xml[\s>]")

_OPEN, _CLOSE = "<xml>", "</xml>"
_FIELD = re.compile(r"[ \t\n]*<([A-Za-z_][A-Za-z0-9_]*)>(<!\[CDATA\[)?")


class BadCallback(Exception):
    """A push that is not acted on: 403 where the signature or the account is wrong, 400 or 413 otherwise."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True)
class Inbound:
    """A push, decrypted. `kind`: the message type, or the event's name, in lower case.

    `fields` are the platform's own: text without illegal characters, nested at most 16 deep, no NaN. The
    items of a subscribe event, however they came, are a list of dicts of strings under `List`.
    """

    appid: str
    dedupe_key: str
    kind: str
    openid: str
    created_at: datetime | None
    fields: dict[str, Any]


def verify_url(account: Account, query: Mapping[str, str], now: datetime) -> str:
    """What to echo to the console's check of our address; raises BadCallback.

    A mini-program's check is signed; WeCom's (企业微信) has a `msg_signature` and an encrypted `echostr`.
    """
    try:
        timestamp, nonce = _stamp(query, now), _param(query, "nonce")
        echo = _param(query, "echostr")
        if account.encrypts_checks or "msg_signature" in query:
            return _opened(account, query, echo, timestamp, nonce)
        _check(_param(query, "signature"), account.callback_token, timestamp, nonce)
        return echo
    except BadCallback:
        raise
    except Exception as fault:
        raise BadCallback(400, type(fault).__name__) from fault


def decode(account: Account, query: Mapping[str, str], body: bytes, now: datetime) -> Inbound:
    """Verify, decrypt and read one push in secure mode, XML or JSON; raises BadCallback and nothing else."""
    try:
        return _decode(account, query, body, now)
    except BadCallback:
        raise
    except Exception as fault:  # the libraries below raise a dozen kinds for as many malformations
        raise BadCallback(400, type(fault).__name__) from fault


def _decode(account: Account, query: Mapping[str, str], body: bytes, now: datetime) -> Inbound:
    if len(body) > MOST_BYTES:
        raise BadCallback(400, "too long")
    timestamp, nonce = _stamp(query, now), _param(query, "nonce")
    encrypted = _read(body.decode()).get("Encrypt")
    if not isinstance(encrypted, str) or not encrypted:
        raise BadCallback(400, "plaintext in secure mode")
    plain = _opened(account, query, encrypted, timestamp, nonce)
    return _inbound(account, _read(plain), plain)


def _opened(account: Account, query: Mapping[str, str], encrypted: str, timestamp: str, nonce: str) -> str:
    """Verify and decrypt. Wrong signature, other key, other account: 403, and one reason for all keys."""
    _check(_param(query, "msg_signature"), account.callback_token, timestamp, nonce, encrypted)
    try:
        plain: str = _cipher(account.aes_key).decrypt(encrypted, account.appid)
    except Exception as fault:
        raise BadCallback(403, "cannot be decrypted for this account") from fault
    return plain


@lru_cache(maxsize=16)
def _cipher(aes_key: str) -> PrpCrypto:
    """An account's, made once: its key does not change while we run."""
    return PrpCrypto(b64decode(f"{aes_key}="))


def _inbound(account: Account, fields: dict[str, Any], plain: str) -> Inbound:
    kind = _name(fields, "MsgType")
    if kind == "event":
        kind = _name(fields, "Event")
    openid = _name(fields, "FromUserName")
    items = _items(fields)
    if items is not None:
        fields = {**fields, ITEMS: items}
    return Inbound(
        account.appid,
        _dedupe_key(account, openid, fields.get("MsgId"), plain),
        kind.lower(),
        openid,
        _created_at(fields.get("CreateTime")),
        fields,
    )


def _name(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MOST_NAME:
        raise BadCallback(400, f"without {name}")
    return value


def _items(fields: Mapping[str, Any]) -> list[dict[str, str]] | None:
    """The items of a subscribe event: nested and singular in XML, an object or an array in JSON."""
    found = fields.get(ITEMS)
    for name, value in fields.items():
        if name.startswith("Subscribe") and isinstance(value, dict) and ITEMS in value:
            found = value[ITEMS]
    if found is None:
        return None
    several = found if isinstance(found, list) else [found]
    return [
        {key: "" if value is None else str(value) for key, value in item.items()}
        for item in several
        if isinstance(item, dict)
    ]


def _dedupe_key(account: Account, openid: str, message_id: Any, plain: str) -> str:
    """By message id where there is one; else by the whole content, as sender and second are not enough."""
    named = isinstance(message_id, str | int) and bool(message_id)
    mark = f"{openid}\n{message_id}" if named else plain
    return f"{account.appid}:{hashlib.sha256(mark.encode(errors='replace')).hexdigest()}"


def _created_at(seconds: Any) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def _read(text: str) -> dict[str, Any]:
    if not text.isprintable():
        text = _ILLEGAL.sub("", text)
    text = text.strip()
    flat = _flat(text)
    if flat is not None:
        return flat
    if text.startswith("{"):
        found = json.loads(text, strict=False)
    elif _XML.match(text):
        found = xmltodict.parse(_REFERENCE.sub(_legal, text)).get("xml")
    else:
        raise BadCallback(400, "neither XML nor JSON")
    if not isinstance(found, dict):
        raise BadCallback(400, "not a message")
    clean: dict[str, Any] = _clean(found, MOST_LEVELS)
    return clean


def _flat(text: str) -> dict[str, Any] | None:
    """What xmltodict reads in a message with nothing nested, escaped or repeated in it, at a fifth of the
    cost; None for any other. The envelope and most of what people send is so."""
    if not text.startswith(_OPEN) or not text.endswith(_CLOSE) or "&" in text or "\r" in text:
        return None
    fields: dict[str, Any] = {}
    at, end = len(_OPEN), len(text) - len(_CLOSE)
    while at < end:
        found = _FIELD.match(text, at, end)
        if found is None:
            return None
        name, mark = found.groups()
        stop = text.find("]]>" if mark else "<", found.end(), end)
        closing = f"]]></{name}>" if mark else f"</{name}>"
        value = text[found.end() : stop]
        if stop < 0 or name in fields or not text.startswith(closing, stop) or (not mark and "]" in value):
            return None
        fields[name] = value.strip() or None
        at = stop + len(closing)
        while text[at] in " \t\n":
            at += 1
    return fields or None


def _legal(reference: re.Match[str]) -> str:
    """A character reference as it is, or nothing where it names a character that XML refuses."""
    number = int(reference[1], 16) if reference[1] else int(reference[2])
    return "" if number > 0x10FFFF or _ILLEGAL.match(chr(number)) else reference[0]


def _clean(value: Any, levels: int) -> Any:
    """What can be stored: JSON escapes bring back what was stripped, and numbers JSON cannot say."""
    if isinstance(value, str):
        return _ILLEGAL.sub("", value)
    if isinstance(value, float) and not math.isfinite(value):
        raise BadCallback(400, "not a number")
    if isinstance(value, dict | list) and not levels:
        raise BadCallback(400, "nested too deep")
    if isinstance(value, dict):
        return {_ILLEGAL.sub("", key): _clean(one, levels - 1) for key, one in value.items()}
    if isinstance(value, list):
        return [_clean(one, levels - 1) for one in value]
    return value


def _param(query: Mapping[str, str], name: str) -> str:
    value = query.get(name, "")
    if not value:
        raise BadCallback(403 if "signature" in name else 400, f"without {name}")
    return value


def _stamp(query: Mapping[str, str], now: datetime) -> str:
    timestamp = _param(query, "timestamp")
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise BadCallback(400, "timestamp")
    if abs(int(timestamp) - now.timestamp()) > SKEW.total_seconds():
        raise BadCallback(403, "timestamp out of range")
    return timestamp


def _check(signature: str, *parts: str) -> None:
    """As wechatpy's check_signature, but in constant time."""
    # the protocol's choice
    made = hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()
    if not hmac.compare_digest(made.encode(), signature.encode()):
        raise BadCallback(403, "signature")
