"""Reading what is pushed to us. Everything malformed is BadCallback, whatever is wrong with it."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from bot.wechat.account import Account

MOST_BYTES = 64 * 1024
SKEW = timedelta(minutes=10)

# what XML 1.0 does not allow, and people send all the same
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class BadCallback(Exception):
    """A push that is not acted on: 403 where the signature or the account is wrong, 400 otherwise."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class Inbound:
    """A push, decrypted. `kind`: the message type, or the event's name, in lower case.

    `fields` are the platform's own, with the items of subscribe events always as a list under `List`.
    """

    appid: str
    dedupe_key: str
    kind: str
    openid: str
    created_at: datetime | None
    fields: dict[str, Any]


def verify_url(account: Account, query: Mapping[str, str], now: datetime) -> str:
    """What to echo to the console's check of our address; raises BadCallback."""
    _check(_param(query, "signature"), account.callback_token, _stamp(query, now), _param(query, "nonce"))
    return _param(query, "echostr")


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
    envelope = _read(body)
    encrypted = envelope.get("Encrypt")
    if not isinstance(encrypted, str) or not encrypted:
        raise BadCallback(400, "plaintext in secure mode")
    signature = _param(query, "msg_signature")
    _check(signature, account.callback_token, timestamp, nonce, encrypted)
    crypto = WeChatCrypto(account.callback_token, account.aes_key, account.appid)
    try:
        plain = crypto.decrypt_message({"Encrypt": encrypted}, signature, timestamp, nonce)
    except Exception as fault:
        raise BadCallback(403, "cannot be decrypted for this account") from fault
    return _inbound(account, _read(plain.encode()), plain)


def _inbound(account: Account, fields: dict[str, Any], plain: str) -> Inbound:
    message_type = fields.get("MsgType")
    openid = fields.get("FromUserName")
    if not isinstance(message_type, str) or not isinstance(openid, str) or not openid:
        raise BadCallback(400, "without type or sender")
    kind = str(fields.get("Event", "")) if message_type == "event" else message_type
    if not kind or len(kind) > 64 or len(openid) > 64:
        raise BadCallback(400, "without event")
    items = _items(fields)
    if items is not None:
        fields = {**fields, "List": items}
    return Inbound(
        account.appid,
        _dedupe_key(account, fields, plain),
        kind.lower(),
        openid,
        _created_at(fields),
        fields,
    )


def _items(fields: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """The items of a subscribe event: nested and singular in XML, an object or an array in JSON."""
    found = fields.get("List")
    for name, value in fields.items():
        if name.startswith("Subscribe") and isinstance(value, dict) and "List" in value:
            found = value["List"]
    if found is None:
        return None
    return [item for item in (found if isinstance(found, list) else [found]) if isinstance(item, dict)]


def _dedupe_key(account: Account, fields: Mapping[str, Any], plain: str) -> str:
    """By message id where there is one; else by the whole content, as sender and second are not enough."""
    message_id = fields.get("MsgId")
    if message_id:
        mark = hashlib.sha256(f"{fields['FromUserName']}\n{message_id}".encode()).hexdigest()
    else:
        mark = hashlib.sha256(plain.encode()).hexdigest()
    return f"{account.appid}:{mark}"


def _created_at(fields: Mapping[str, Any]) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(fields.get("CreateTime", "")), UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def _read(body: bytes) -> dict[str, Any]:
    text = _ILLEGAL.sub("", body.decode("utf-8", errors="strict")).strip()
    if text.startswith("{"):
        found = json.loads(text)
    else:
        if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
            raise BadCallback(400, "DOCTYPE")
        found = xmltodict.parse(text).get("xml")
    if not isinstance(found, dict):
        raise BadCallback(400, "not a message")
    return found


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
    signer = WeChatSigner()
    signer.add_data(*parts)
    if not hmac.compare_digest(signer.signature.encode(), signature.encode()):
        raise BadCallback(403, "signature")
