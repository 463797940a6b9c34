"""What people and the official account said to each other, as their phones show it."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

LINES_KEPT = 200


@dataclass
class Chat:
    """One person's chat with the official account.

    `lines` are {id, by: account | person, kind, at, read, …}; `open_until` (ISO 8601) and `answers` are what
    the account may still say by customer-service messages.
    """

    user: str
    openid: str
    following: bool = False
    open_until: str = ""
    answers: int = 0
    lines: list[dict[str, Any]] = field(default_factory=list)
    # ids of templates the person turned off
    refused: list[str] = field(default_factory=list)

    def put(self, line_id: int, by: str, kind: str, at: datetime, **content: Any) -> None:
        """A line below the others; the person's own are read."""
        line = {"id": line_id, "by": by, "kind": kind, **content}
        self.lines.append({**line, "at": at.isoformat(), "read": by == "person"})
        del self.lines[:-LINES_KEPT]

    def open_window(self, now: datetime, window: timedelta, answers: int) -> None:
        """The person did something: the account may answer for so long and so many times, or as it might."""
        until = now + window
        if self.open_until:
            until = max(until, datetime.fromisoformat(self.open_until))
        self.open_until, self.answers = until.isoformat(), max(answers, self.answers)


def official_openid_of(user: str) -> str:
    """Somebody's openid at the official account: another than at the mini-program."""
    return "o" + hashlib.sha256(f"sandbox-official:{user}".encode()).hexdigest()[:27]


class Chats:
    """All chats, by user."""

    def __init__(self) -> None:
        self._chats: dict[str, Chat] = {}
        self._users: dict[str, str] = {}

    def of(self, user: str) -> Chat:
        """A user's chat; empty, and not following, if there was none."""
        if user not in self._chats:
            self._add(Chat(user, official_openid_of(user)))
        return self._chats[user]

    def find(self, openid: str) -> Chat | None:
        user = self._users.get(openid)
        return None if user is None else self._chats[user]

    def _add(self, chat: Chat) -> None:
        self._chats[chat.user], self._users[chat.openid] = chat, chat.user

    def clear(self) -> None:
        self._chats.clear()
        self._users.clear()

    def said(self) -> list[dict[str, Any]]:
        """For the file."""
        return [vars(chat) for chat in self._chats.values()]

    def read(self, said: list[dict[str, Any]]) -> None:
        for one in said:
            self._add(Chat(**one))
