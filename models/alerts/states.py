"""Where an alert stands, and what a new judgement makes of it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from models.alerts.declaring import Finding, Rule


class Mode(StrEnum):
    """`trial`: what a rule would have raised. Nobody is told of it and nobody answers it."""

    LIVE = "live"
    TRIAL = "trial"


class Switch(StrEnum):
    """Whether a rule raises alerts: `trial`, in trials only."""

    ON = "on"
    TRIAL = "trial"
    OFF = "off"


class State(StrEnum):
    """`answered`: the post has said what it says, and the fact is still there. `withdrawn`: the fact is gone.
    `lapsed`: the time it was about is long past, and nobody answered."""

    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


STATE_NAMES = {
    State.OPEN: "待处理", State.ANSWERED: "已答复", State.WITHDRAWN: "已自动撤回", State.LAPSED: "逾期未答复",
}  # fmt: skip
ACTIVE = (State.OPEN, State.ANSWERED)


class Answer(StrEnum):
    """已补填 · 拍照为证 · 确实没有（确有问题）."""

    ENTRY = "entry"
    PHOTO = "photo"
    LACKING = "lacking"


ANSWER_NAMES = {Answer.ENTRY: "已有，补填", Answer.PHOTO: "拍照为证", Answer.LACKING: "确实没有"}

# what one alert is known by
Key = tuple[str, str]


@dataclass(frozen=True)
class Found:
    """A finding of a rule, with whose it is. `school_id` None: the county's own."""

    rule: Rule
    school_id: int | None
    county_code: str
    finding: Finding

    @property
    def key(self) -> Key:
        """The rule and the matter."""
        return self.rule.code, f"{self.school_id or self.county_code}:{self.finding.key}"[:80]


@dataclass(frozen=True)
class Known:
    """An alert that is open or answered, as it stands. `closed`: the problem that came of its answer was closed."""

    id: int
    rule: str
    key: str
    state: State
    sort: str
    said: str
    stage: int
    about_on: date | None
    closed: bool
    muted_until: date | None


@dataclass
class Changes:
    """What is to be written: new ones (or old ones that are back), those that changed (and whether the post is told
    anew), and the ids of those that are over."""

    raised: list[Found] = field(default_factory=list)
    changed: list[tuple[int, Found, bool]] = field(default_factory=list)
    withdrawn: list[int] = field(default_factory=list)
    lapsed: list[int] = field(default_factory=list)


def changes(
    found: Iterable[Found], known: Iterable[Known], rules: Mapping[str, Rule], today: date
) -> Changes:
    """Compare what was found with what is known of the same rules and places.

    Told anew: a later stage, a problem that was closed while the fact is still there, and the end of a mute.
    """
    before = {(one.rule, one.key): one for one in known}
    out = Changes()
    for one in found:
        alert = before.pop(one.key, None)
        if alert is None:
            out.raised.append(one)
            continue
        finding = one.finding
        unmuted = alert.muted_until is not None and alert.muted_until < today
        anew = finding.stage > alert.stage or alert.closed or unmuted
        if anew or (finding.sort.value, finding.said, finding.stage) != (alert.sort, alert.said, alert.stage):
            out.changed.append((alert.id, one, anew))
    for alert in before.values():
        since = rules[alert.rule].span.since(today)
        if alert.about_on is not None and alert.about_on < since:
            out.lapsed.append(alert.id)
        else:
            out.withdrawn.append(alert.id)
    return out
