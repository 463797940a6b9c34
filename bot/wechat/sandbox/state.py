"""What the imitation remembers: phones, credits, codes, faults, and what it was asked."""

import asyncio
import hashlib
import json
import secrets
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from bot.wechat.account import Account
from bot.wechat.sandbox.chats import Chats
from bot.wechat.sandbox.tokens import Tokens
from bot.wechat.sandbox.wecom.enterprise import Enterprise
from bot.wechat.wecom.account import WeComAccount

CODE_LIFE = timedelta(minutes=5)
MESSAGES_KEPT = 200
LOG_KEPT = 10_000
CODES_KEPT = 10_000
MEDIA_KEPT = 200
SAVE_EVERY_S = 0.5
# of the time, at most this part goes into writing the file: a big state is written less often
SAVING_SHARE = 0.05


@dataclass(frozen=True)
class Template:
    """A subscribe-message template of the account: its id, title and (key, label) fields.

    `long_term` (长期订阅): one consent is enough for any number of messages.
    """

    id: str
    title: str
    fields: list[tuple[str, str]]
    long_term: bool = False


@dataclass(frozen=True)
class OfficialConfig:
    """The official account (公众号) of the same owner, its message templates and its callback address."""

    account: Account
    templates: list[Template]
    callback_url: str | None = None


@dataclass(frozen=True)
class SmsConfig:
    """Who sends short messages: the key, and the texts of the templates by id, with ${names}."""

    key: str = field(repr=False)
    templates: dict[str, str]


@dataclass(frozen=True)
class WeComConfig:
    """Our application in an enterprise of WeCom (企业微信), and its callback address."""

    account: WeComAccount
    callback_url: str | None = None


@dataclass(frozen=True)
class SandboxConfig:
    """The first account is the mini-program: phones, templates and callbacks are its.

    `callback_url` None: nothing is pushed. `callback_format`: xml or json, of all accounts.
    """

    accounts: list[Account]
    templates: list[Template]
    callback_url: str | None = None
    callback_format: str = "xml"
    official: OfficialConfig | None = None
    sms: SmsConfig | None = None
    wecom: WeComConfig | None = None

    @property
    def every_account(self) -> list[Account]:
        return self.accounts + ([self.official.account] if self.official is not None else [])


class Message(NamedTuple):
    """A subscribe message as a phone has it; `fields` are key, label and value, `at` an ISO instant.

    A tuple of words and tuples: a sandbox under load has hundreds of thousands, which Python's collector need not
    look through.
    """

    id: int
    template: str
    title: str
    fields: tuple[tuple[str, str, str], ...]
    page: str
    at: str


@dataclass
class Phone:
    user: str
    openid: str
    nickname: str = ""
    phone: str = ""
    messages: list[Message] = field(default_factory=list)
    unread: set[int] = field(default_factory=set)
    # short messages
    texts: list[dict[str, Any]] = field(default_factory=list)

    def shown(self, message: Message) -> dict[str, Any]:
        """One of its messages as the pages and the file have it."""
        fields = [{"key": key, "label": label, "value": value} for key, label, value in message.fields]
        return {**message._asdict(), "fields": fields, "read": message.id not in self.unread}


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
    errmsg: str = "sandbox fault"
    delay_s: float = 0
    drop_reply: str | None = None
    times: int | None = None
    # what the sender of short messages answers
    code: str | None = None


def openid_of(user: str) -> str:
    """The same openid for the same phone, however often the sandbox starts: `o` and 27 characters."""
    return "o" + hashlib.sha256(f"sandbox:{user}".encode()).hexdigest()[:27]


def unionid_of(user: str) -> str:
    """Who somebody is in all accounts of the owner."""
    return "u" + openid_of(user)[1:]


def number_of(user: str) -> str:
    """A mobile number for a phone whose owner gave none, always the same."""
    return f"199{int(hashlib.sha256(f'number:{user}'.encode()).hexdigest(), 16) % 10**8:08d}"


class State:
    """All of it, in memory; written to a file shortly after a change when one is named."""

    def __init__(self, config: SandboxConfig, clock: Callable[[], datetime], file: Path | None) -> None:
        self.config = config
        self.clock = clock
        self.tokens = Tokens(clock)
        self.phones: dict[str, Phone] = {}
        self.users: dict[str, str] = {}
        self.credits: dict[tuple[str, str], int] = {}
        self.codes: dict[str, Code] = {}
        self.faults: list[Fault] = []
        self.log: deque[dict[str, Any]] = deque(maxlen=LOG_KEPT)
        self.counts: Counter[str] = Counter()
        self.sending: set[str] = set()
        self.chats = Chats()
        # what people sent in chats, by media id
        self.media: dict[str, bytes] = {}
        # what the content check makes of the next pictures; pass where nothing is said
        self.pictures: deque[str] = deque()
        self.enterprise = Enterprise(clock, self.changed)
        # when a phone last had the mini-program open
        self.seen: dict[str, datetime] = {}
        self.message_id = 0
        self._templates = {one.id: one for one in config.templates}
        self._file = file
        self._dirty = asyncio.Event()
        self._writing = Lock()
        self._read()

    @property
    def account(self) -> Account:
        """The mini-program."""
        return self.config.accounts[0]

    def template(self, template_id: str) -> Template | None:
        return self._templates.get(template_id)

    def phone(self, user: str) -> Phone:
        """The phone of a user, bought now if there is none."""
        if user not in self.phones:
            self.add(Phone(user, openid_of(user), phone=number_of(user)))
        return self.phones[user]

    def add(self, phone: Phone) -> None:
        self.phones[phone.user] = phone
        self.users[phone.openid] = phone.user
        self.changed()

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
        if found is None or found.purpose != purpose or found.ends_at <= self.clock():
            return None
        return self.phone(found.user)

    def allow(self, openid: str, template_id: str, choice: str) -> None:
        """What a person chose for a template: one more message, or none at all."""
        left = self.credits.get((openid, template_id), 0)
        self.credits[openid, template_id] = left + 1 if choice == "accept" else 0
        self.changed()

    def spend_credit(self, openid: str, template: Template) -> bool:
        """Whether a message may go: it costs a credit, except where the one consent is for long."""
        left = self.credits.get((openid, template.id), 0)
        if left > 0 and not template.long_term:
            self.credits[openid, template.id] = left - 1
        return left > 0

    def keep_media(self, data: bytes) -> str:
        """A media id for what somebody sent; the oldest are forgotten."""
        media_id = secrets.token_urlsafe(32)
        while len(self.media) >= MEDIA_KEPT:
            self.media.pop(next(iter(self.media)))
        self.media[media_id] = data
        return media_id

    def take_fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.path == path:
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.faults.remove(fault)
                return fault
        return None

    def note(self, path: str, openid: str, **outcome: Any) -> None:
        """A line in the log: never a token, never a secret."""
        self.counts[path] += 1
        line: dict[str, Any] = {"path": path, **outcome, "at": self.clock().isoformat()}
        if openid:
            line["openid"] = openid
        self.log.append(line)

    def deliver(self, phone: Phone, template: Template, data: dict[str, Any], page: str) -> str:
        """Put a message on the phone; returns its id."""
        self.message_id += 1
        self.counts["delivered"] += 1
        fields = tuple([(key, label, data[key]["value"]) for key, label in template.fields])
        phone.messages.append(
            Message(self.message_id, template.id, template.title, fields, page, self.clock().isoformat())
        )
        phone.unread.add(self.message_id)
        phone.unread.difference_update(one.id for one in phone.messages[:-MESSAGES_KEPT])
        del phone.messages[:-MESSAGES_KEPT]
        self.changed()
        return str(self.message_id)

    def reset(self) -> None:
        """As new. Message ids go on, so that no receipt fits a message of before."""
        self.tokens.forget()
        for kept in (
            self.phones,
            self.users,
            self.credits,
            self.codes,
            self.faults,
            self.log,
            self.counts,
            self.seen,
            self.chats,
            self.media,
            self.pictures,
            self.enterprise,
        ):
            kept.clear()
        self.changed()

    def changed(self) -> None:
        self._dirty.set()

    async def keep_saving(self) -> None:
        """Write the file shortly after changes, whole or not at all, until cancelled; then a last time."""
        if self._file is None:
            return
        try:
            while True:
                await self._dirty.wait()
                self._dirty.clear()
                began = time.perf_counter()
                await asyncio.to_thread(_write, self._writing, self._file, self._snapshot())
                took = time.perf_counter() - began
                await asyncio.sleep(max(SAVE_EVERY_S, took / SAVING_SHARE))
        finally:
            # a thread may be at it still: the last word is ours
            _write(self._writing, self._file, self._snapshot())

    def _snapshot(self) -> str:
        said = {
            "phones": [_kept(phone) for phone in self.phones.values()],
            "credits": [[openid, template, n] for (openid, template), n in self.credits.items()],
            "chats": self.chats.said(),
            "enterprise": self.enterprise.said(),
            "message_id": self.message_id,
        }
        return json.dumps(said, ensure_ascii=False)

    def _read(self) -> None:
        if self._file is None or not self._file.exists():
            return
        said = json.loads(self._file.read_text(encoding="utf-8"))
        for kept in said["phones"]:
            self.add(_phone(kept))
        self.credits = {(openid, template): n for openid, template, n in said["credits"]}
        # a file of before the official account has no chats
        self.chats.read(said.get("chats", []))
        if "enterprise" in said:
            self.enterprise.read(said["enterprise"])
        self.message_id = said["message_id"]


def _kept(phone: Phone) -> dict[str, Any]:
    """A phone as the file has it."""
    kept = {name: value for name, value in vars(phone).items() if name != "unread"}
    return {**kept, "messages": [phone.shown(message) for message in phone.messages]}


def _phone(kept: dict[str, Any]) -> Phone:
    messages = [
        Message(
            one["id"], one["template"], one["title"],
            tuple((said["key"], said["label"], said["value"]) for said in one["fields"]), one["page"], one["at"],
        )
        for one in kept["messages"]
    ]  # fmt: skip
    unread = {one["id"] for one in kept["messages"] if not one["read"]}
    return Phone(**{**kept, "messages": messages, "unread": unread})


def _write(writing: Lock, file: Path, text: str) -> None:
    with writing:
        _replace(file, text)


def _replace(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
