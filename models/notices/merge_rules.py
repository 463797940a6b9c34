"""Whether small notices of one person go one by one, wait for each other, or become one message. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from models.notices.kinds import BY_CODE
from models.notices.texts import whole_lines

NAMED = 3
# of problems that are more than 一般 whatever must be done about them
GRAVE = ("serious", "major")


@dataclass(frozen=True)
class Policy:
    """`window`: how long from a first message on they are counted, and how long those above `free` wait for each
    other; none: they do not wait. `least`: how many make one message.
    """

    window: timedelta
    free: int
    least: int


# where nothing can be said as one message
NEVER = Policy(timedelta(0), 1, 1_000_000)


@dataclass(frozen=True)
class Window:
    """Since when a person was sent how many messages."""

    since: datetime
    sent: int

    def runs(self, policy: Policy, now: datetime) -> bool:
        """Not one that has not begun yet: it is of before the clock was put back."""
        return self.since <= now < self.since + policy.window

    def full(self, policy: Policy, now: datetime) -> bool:
        return self.runs(policy, now) and self.sent >= policy.free


def after(window: Window | None, messages: int, policy: Policy, now: datetime) -> Window:
    """The window once so many messages more have gone."""
    if window is not None and window.runs(policy, now):
        return Window(window.since, window.sent + messages)
    return Window(now, messages)


def pressing(kind: str, facts: Mapping[str, Any]) -> bool:
    """Whether a notice never waits for others: what is urgent, and what asks for an act about a grave problem."""
    known = BY_CODE.get(kind)
    if known is None:
        return False
    return known.urgent or (known.group != "result" and facts.get("severity") in GRAVE)


class Decision(StrEnum):
    RELEASE = "release"
    HOLD = "hold"
    MERGE = "merge"


@dataclass(frozen=True)
class Pile:
    """One person's small notices on one channel.

    `fresh` are new, `stuck` wait to be sent already: released a moment ago, or tried in vain. `loose`: a
    message of several must be put together anew. `pressing`: one of the new ones never waits.
    """

    fresh: int
    stuck: int = 0
    loose: bool = False
    pressing: bool = False


def decide(pile: Pile, window: Window | None, policy: Policy, now: datetime) -> Decision:
    """What becomes of a pile, by what the person was sent a moment ago."""
    merges = pile.fresh + pile.stuck >= policy.least
    # what waits already, the new ones join: nobody is kept from anything by that
    goes = pile.loose or pile.pressing or (pile.stuck and merges)
    if not goes and window is not None and window.full(policy, now):
        return Decision.HOLD
    return Decision.MERGE if merges else Decision.RELEASE


def is_urgent(kind: str) -> bool:
    return kind in BY_CODE and BY_CODE[kind].urgent


@dataclass(frozen=True)
class Original:
    """A notice as one line of a message."""

    kind: str
    facts: dict[str, Any]


def line(one: Original) -> str:
    """`整改即将到期：食品留样（麒麟区田坝小学，2026年11月27日 18:00）`."""
    title = BY_CODE[one.kind].title if one.kind in BY_CODE else "通知"
    what = str(one.facts.get("title") or "")
    where = "，".join(str(one.facts[name]) for name in ("school", "due") if one.facts.get(name))
    then = one.facts.get("next")
    return (
        title
        + (f"：{what}" if what else "")
        + (f"（{where}）" if where else "")
        + (f"。{then}" if then else "")
    )


def _matters(one: Original) -> list[str]:
    """What it is about, each by its name: of a notice of several matters, “未留样等2项” would count twice."""
    if one.facts.get("matters"):
        return str(one.facts["matters"]).split("、")
    return [str(one.facts.get("title") or line(one))]


def facts(originals: Sequence[Original]) -> dict[str, str]:
    """What the words of the one message are made from; the originals in the order they were told."""
    count, urgent = len(originals), sum(is_urgent(one.kind) for one in originals)
    title = f"您有{count}条待办" + (f"，其中{urgent}条紧急" if urgent else "")
    titles = list(dict.fromkeys(name for one in originals for name in _matters(one)))
    schools = list(dict.fromkeys(str(one.facts["school"]) for one in originals if one.facts.get("school")))
    names = "、".join(titles[:NAMED]) + ("等" if len(titles) > NAMED else "")
    lines = [f"{number}. {line(one)}" for number, one in enumerate(originals, 1)]
    return {
        "title": title,
        "names": names,
        "school": schools[0] if len(schools) == 1 else f"{len(schools)}所学校" if schools else "",
        "count": str(count),
        "text": whole_lines([f"{title}：", *lines]),
    }
