"""What the enterprise remembers: members, their chats, cards that can be answered, groups and robots."""

import secrets
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

LINES_KEPT = 200
CODE_LIFE = timedelta(hours=72)
MEMBER_LIMITS = ((30, timedelta(minutes=1)), (1000, timedelta(hours=1)))
ROBOT_LIMITS = ((20, timedelta(minutes=1)),)
# numbers that are nobody's: more in a day shut the interface
MOST_MISSES = 100


@dataclass(frozen=True)
class Line:
    """Where a line of a member's chat stands."""

    userid: str
    id: int


@dataclass
class Member:
    """`visible`: the application may write to them. `lines`: {id, by: app | member, kind, at, …}."""

    userid: str
    visible: bool = True
    lines: list[dict[str, Any]] = field(default_factory=list)

    def line(self, line_id: int) -> dict[str, Any] | None:
        return next((one for one in self.lines if one["id"] == line_id), None)


@dataclass
class Group:
    """A group chat with a robot of ours in it; `key` is empty when the robot was removed."""

    name: str
    key: str
    lines: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Enterprise:
    """All of it. `changed` is told of whatever the file ought to know."""

    clock: Callable[[], datetime]
    changed: Callable[[], None]
    members: dict[str, Member] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    codes: dict[str, tuple[Line, datetime]] = field(default_factory=dict)
    task_ids: set[str] = field(default_factory=set)
    misses: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    last_id: int = 0
    _heard: dict[str, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))
    _contents: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def join(self, userid: str) -> Member:
        """Somebody becomes a member, or is shown the application again."""
        member = self.members.setdefault(userid, Member(userid))
        member.visible = True
        self.changed()
        return member

    def group(self, name: str) -> Group:
        """A group with a robot; made, or given a new robot, where there is none."""
        group = self.groups.setdefault(name, Group(name, ""))
        group.key = group.key or str(uuid4())
        self.changed()
        return group

    def robot(self, key: str) -> Group | None:
        return next((one for one in self.groups.values() if key and one.key == key), None)

    def put(self, lines: list[dict[str, Any]], by: str, **content: Any) -> int:
        """A line at the end of a chat; its id."""
        self.last_id += 1
        lines.append(
            {
                "id": self.last_id,
                "by": by,
                **content,
                "at": self.clock().isoformat(),
                "read": by == "member",
            }
        )
        del lines[:-LINES_KEPT]
        self.changed()
        return self.last_id

    def takes(self, name: str, limits: tuple[tuple[int, timedelta], ...]) -> bool:
        """Whether one more message is within the limits; counted when it is."""
        now, heard = self.clock(), self._heard[name]
        longest = max(period for _, period in limits)
        while heard and heard[0] <= now - longest:
            heard.popleft()
        if any(sum(at > now - period for at in heard) >= most for most, period in limits):
            return False
        heard.append(now)
        return True

    def is_repeated(self, userid: str, content: str, within: timedelta) -> bool:
        """Whether a member has had the content within the time; remembered when not."""
        now = self.clock()
        before = self._contents.get((userid, content))
        if before is not None and before <= now < before + within:
            return True
        self._contents[userid, content] = now
        return False

    def new_code(self, userid: str, line_id: int) -> str:
        """A response code: changes a card once and for 72 hours."""
        code = secrets.token_urlsafe(32)
        self.codes[code] = Line(userid, line_id), self.clock() + CODE_LIFE
        self.changed()
        return code

    def spend_code(self, code: str) -> dict[str, Any] | None:
        """The card behind a code; None when the code is unknown, used or too old."""
        place, ends_at = self.codes.pop(code, (None, self.clock()))
        if place is None or ends_at <= self.clock():
            return None
        member = self.members.get(place.userid)
        return member.line(place.id) if member is not None else None

    def clear(self) -> None:
        """As new. Ids go on."""
        for kept in (
            self.members, self.groups, self.codes, self.task_ids, self.misses,
            self._heard, self._contents,
        ):  # fmt: skip
            kept.clear()

    def said(self) -> dict[str, Any]:
        """For the file."""
        return {
            "members": [vars(one) for one in self.members.values()],
            "groups": [vars(one) for one in self.groups.values()],
            "codes": [
                [code, place.userid, place.id, ends_at.isoformat()]
                for code, (place, ends_at) in self.codes.items()
            ],
            "task_ids": sorted(self.task_ids),
            "last_id": self.last_id,
        }

    def read(self, said: dict[str, Any]) -> None:
        for member in said["members"]:
            self.members[member["userid"]] = Member(**member)
        for group in said["groups"]:
            self.groups[group["name"]] = Group(**group)
        for code, userid, line_id, ends_at in said["codes"]:
            self.codes[code] = Line(userid, line_id), datetime.fromisoformat(ends_at)
        self.task_ids, self.last_id = set(said["task_ids"]), said["last_id"]
