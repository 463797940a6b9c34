"""Whether small notices of one person go one by one, wait for each other, or become one message. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from models.notices.kinds import BY_CODE
from models.notices.texts import whole_lines

NAMED = 3


@dataclass(frozen=True)
class Policy:
    """`window`: how long small notices after a first one wait for each other; none: they do not wait.

    `least`: how many make one message.
    """

    window: timedelta
    least: int


class Decision(StrEnum):
    RELEASE = "release"
    HOLD = "hold"
    MERGE = "merge"


def decide(
    fresh: int, stuck: int, loose: bool, since: datetime | None, policy: Policy, now: datetime
) -> Decision:
    """What becomes of one person's small notices on one channel.

    `fresh` are new, `stuck` wait to be sent already: released a moment ago, or tried in vain. `loose`: a
    message of several must be put together anew. `since`: when this person's window began.
    """
    merges = fresh + stuck >= policy.least
    if loose or (stuck and merges):
        # what waits already, the new ones join: nobody is kept from anything by that
        return Decision.MERGE if merges else Decision.RELEASE
    # a window that has not begun yet is of before the clock was put back
    if since is not None and since <= now < since + policy.window:
        return Decision.HOLD
    return Decision.MERGE if merges else Decision.RELEASE


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


def facts(originals: Sequence[Original]) -> dict[str, str]:
    """What the words of the one message are made from; the originals in the order they were told."""
    count = len(originals)
    titles = list(dict.fromkeys(str(one.facts.get("title") or line(one)) for one in originals))
    schools = list(dict.fromkeys(str(one.facts["school"]) for one in originals if one.facts.get("school")))
    names = "、".join(titles[:NAMED]) + ("等" if len(titles) > NAMED else "")
    lines = [f"{number}. {line(one)}" for number, one in enumerate(originals, 1)]
    return {
        "title": f"您有{count}条待办",
        "names": names,
        "school": schools[0] if len(schools) == 1 else f"{len(schools)}所学校" if schools else "",
        "count": str(count),
        "text": whole_lines([f"您有{count}条待办：", *lines]),
    }
