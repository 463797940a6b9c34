"""What the imitation remembers: phones, credits, tokens, codes, faults, and what it was asked."""

import asyncio
import hashlib
import json
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.wechat.account import Account

CODE_LIFE = timedelta(minutes=5)
TOKEN_LIFE = timedelta(hours=2)
OVERLAP = timedelta(minutes=5)
MESSAGES_KEPT = 200
LOG_KEPT = 10_000
CODES_KEPT = 10_000


@dataclass(frozen=True)
class Template:
    """A subscribe-message template of the account: its id, title and (key, label) fields."""

    id: str
    title: str
    fields: list[tuple[str, str]]
    long_term: bool = False


@dataclass(frozen=True)
class SandboxConfig:
    """`callback_url` None: nothing is pushed. `callback_format`: xml or json."""

    accounts: list[Account]
    templates: list[Template]
    callback_url: str | None = None
    callback_format: str = "xml"


@dataclass
class Phone:
    user: str
    openid: str
    nickname: str = ""
    phone: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Code:
    """A single-use code of wx.login or of the phone-number button."""

    user: str
    purpose: str
    ends_at: datetime


@dataclass
class Fault:
    """What goes wrong on a path; `times` None: always. `drop_reply`: before or after doing it."""

    path: str
    errcode: int | None = None
    delay_s: float = 0
    drop_reply: str | None = None
    times: int | None = None


def openid_of(user: str) -> str:
    """The same openid for the same phone, however often the sandbox starts: `o` and 27 characters."""
    return "o" + hashlib.sha256(f"sandbox:{user}".encode()).hexdigest()[:27]


class State:
    """All of it, in memory; written to a file shortly after a change when one is named."""

    def __init__(self, config: SandboxConfig, clock: Callable[[], datetime], file: Path | None) -> None:
        self.config = config
        self.clock = clock
        self.phones: dict[str, Phone] = {}
        self.users: dict[str, str] = {}
        self.credits: dict[tuple[str, str], int] = {}
        self.codes: dict[str, Code] = {}
        self.tokens: dict[str, datetime] = {}
        self.token: str | None = None
        self.faults: list[Fault] = []
        self.log: deque[dict[str, Any]] = deque(maxlen=LOG_KEPT)
        self.counts: dict[str, int] = {}
        self.sending: set[str] = set()
        self.message_id = 0
        self._file = file
        self._dirty = asyncio.Event()
        self._read()

    @property
    def account(self) -> Account:
        return self.config.accounts[0]

    def template(self, template_id: str) -> Template | None:
        return next((one for one in self.config.templates if one.id == template_id), None)

    def phone(self, user: str) -> Phone:
        """The phone of a user, bought now if there is none."""
        if user not in self.phones:
            self.phones[user] = Phone(user, openid_of(user))
            self.users[openid_of(user)] = user
            self.changed()
        return self.phones[user]

    def phone_of(self, openid: str) -> Phone | None:
        user = self.users.get(openid)
        return self.phones.get(user) if user is not None else None

    def new_code(self, user: str, purpose: str) -> str:
        code = secrets.token_hex(16)
        while len(self.codes) >= CODES_KEPT:
            self.codes.pop(next(iter(self.codes)))
        self.codes[code] = Code(user, purpose, self.clock() + CODE_LIFE)
        return code

    def spend_code(self, code: str, purpose: str) -> Phone | None:
        """The phone behind a code, once and for five minutes."""
        found = self.codes.pop(code, None)
        if found is None or found.purpose != purpose or found.ends_at < self.clock():
            return None
        return self.phone(found.user)

    def stable_token(self, force: bool) -> tuple[str, int]:
        """The present token and its seconds; a new one when the old is near its end, or by force.

        The one before goes on working for five minutes.
        """
        now = self.clock()
        self.counts["token_fetches"] = self.counts.get("token_fetches", 0) + 1
        self.tokens = {token: end for token, end in self.tokens.items() if end > now}
        ends_at = self.tokens.get(self.token) if self.token else None
        if force or ends_at is None or ends_at - now < OVERLAP:
            if self.token in self.tokens:
                self.tokens[self.token] = min(self.tokens[self.token], now + OVERLAP)
            self.token = "sandbox-token-" + secrets.token_hex(40)
            self.tokens[self.token] = ends_at = now + TOKEN_LIFE
        assert self.token is not None and ends_at is not None
        return self.token, int((ends_at - now).total_seconds())

    def token_works(self, token: str) -> bool:
        ends_at = self.tokens.get(token)
        return ends_at is not None and ends_at > self.clock()

    def take_fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.path == path:
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.faults.remove(fault)
                return fault
        return None

    def note(self, path: str, errcode: int, openid: str = "") -> None:
        line: dict[str, Any] = {"path": path, "errcode": errcode, "at": self.clock().isoformat()}
        self.log.append(line | ({"openid": openid} if openid else {}))

    def deliver(self, phone: Phone, template: Template, data: dict[str, Any], page: str) -> str:
        """Put a message on the phone; returns its id."""
        self.message_id += 1
        phone.messages.append(
            {
                "id": self.message_id,
                "template": template.id,
                "title": template.title,
                "fields": [
                    {"key": key, "label": label, "value": data[key]["value"]}
                    for key, label in template.fields
                ],
                "page": page,
                "at": self.clock().isoformat(),
                "read": False,
            }
        )
        del phone.messages[:-MESSAGES_KEPT]
        self.changed()
        return str(self.message_id)

    def reset(self) -> None:
        for kept in (self.phones, self.users, self.credits, self.codes, self.tokens, self.counts):
            kept.clear()
        self.faults.clear()
        self.log.clear()
        self.token = None
        self.changed()

    def changed(self) -> None:
        self._dirty.set()

    async def keep_saving(self) -> None:
        """Write the file shortly after changes, whole or not at all, until cancelled."""
        if self._file is None:
            return
        try:
            while True:
                await self._dirty.wait()
                self._dirty.clear()
                await asyncio.to_thread(self._write, self._snapshot())
                await asyncio.sleep(0.5)
        finally:
            self._write(self._snapshot())

    def _snapshot(self) -> str:
        said = {
            "phones": [asdict(phone) for phone in self.phones.values()],
            "credits": [[openid, template, n] for (openid, template), n in self.credits.items()],
            "message_id": self.message_id,
        }
        return json.dumps(said, ensure_ascii=False)

    def _write(self, text: str) -> None:
        assert self._file is not None
        draft = self._file.with_suffix(".new")
        draft.write_text(text)
        draft.replace(self._file)

    def _read(self) -> None:
        if self._file is None or not self._file.exists():
            return
        said = json.loads(self._file.read_text())
        for kept in said["phones"]:
            phone = Phone(**kept)
            self.phones[phone.user] = phone
            self.users[phone.openid] = phone.user
        self.credits = {(openid, template): n for openid, template, n in said["credits"]}
        self.message_id = said["message_id"]
