"""What a check-in proves: a score from 0 to 100 with its reasons. Pure.

Higher is better proven. A check-in starts from the base; each reason adds its weight, takes it away, or only
notes a fact, in part or whole. No location is a note: who gives none loses nothing that could be counted
against them. Whatever the weights, a reason for never lowers a score and a reason against never raises one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from models.checkins.rules import PlaceQuality
from models.policies import declared as policy
from models.policies.declared import Parameter
from models.policies.queries import Values

LOWEST, HIGHEST = 0, 100
DAY_MIN = 24 * 60
KMH = 3.6
_NAMED = re.compile(r"\{(\w+)")


@dataclass(frozen=True)
class Facts:
    """What is known of a check-in when it is weighed. `_min` are minutes, `_m` metres; None: not known."""

    rotating: bool
    # from the scan, as best proven, until it arrived here; from the rotating code's minute until it was scanned
    age_min: float
    kept_min: float
    place: PlaceQuality
    distance_m: float | None = None
    # the radius the phone may be out by, and the least of the accuracies it gave
    radius_m: float = 0
    accuracy_m: float | None = None
    altitude_m: float | None = None
    kmh: float = 0
    # on the school's registered place to half a metre; on how many other days to the last digit the same
    exact: bool = False
    same_days: int = 0
    # the other check-in of the person that asks for the greatest speed
    travel_kmh: float = 0
    travel_min: float = 0
    travel_km: float = 0
    travel_school: str = ""
    # schools of the person's check-ins around this one, this one's among them
    schools: int = 1
    # a phone the person used on an earlier day; how many others used it; None: it gave no id
    device_known: bool | None = None
    others: int = 0
    # the stay that is proven, and the longest that is possible; None: no visit was sent
    stay_min: float | None = None
    longest_stay_min: float | None = None
    visit_due: bool = False
    # the short code was typed instead of the picture scanned
    typed: bool = False


class Side(StrEnum):
    FOR = "for"
    AGAINST = "against"
    NOTE = "note"


SIGN = {Side.FOR: 1, Side.AGAINST: -1, Side.NOTE: 0}
Share = Callable[[Facts, Values], float]


@dataclass(frozen=True)
class Reason:
    """One reason: what it is worth, how much of it holds (0: not at all, to 1), and how it is said."""

    code: str
    side: Side
    weight: Parameter | None
    share: Share
    sentence: str


@dataclass(frozen=True)
class Given:
    """A reason that holds for a check-in: the points it adds, and the facts of its sentence."""

    code: str
    side: Side
    points: int
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Score:
    score: int
    reasons: tuple[Given, ...]


def weigh(facts: Facts, values: Values) -> Score:
    """The score of a check-in under the policies that hold at its school."""
    given = tuple(
        _given(reason, share, facts, values) for reason in REASONS if (share := reason.share(facts, values))
    )
    points = round(values[policy.EVIDENCE_BASE.key]) + sum(one.points for one in given)
    return Score(max(LOWEST, min(HIGHEST, points)), given)


def said(code: str, facts: Mapping[str, Any]) -> str:
    """The Chinese sentence of a reason."""
    spoken = {name: lasting(value) if name.endswith("_min") else value for name, value in facts.items()}
    return BY_CODE[code].sentence.format_map(spoken)


def lasting(minutes: float) -> str:
    """A time as people say it: `12分钟`, `3小时`, `6天`."""
    if minutes < 100:
        return f"{int(minutes)}分钟"
    if minutes < 2 * DAY_MIN:
        return f"{int(minutes // 60)}小时"
    return f"{int(minutes // DAY_MIN)}天"


def _given(reason: Reason, share: float, facts: Facts, values: Values) -> Given:
    weight = values[reason.weight.key] if reason.weight else 0
    names: Sequence[str] = _NAMED.findall(reason.sentence)
    told = {name: _plain(getattr(facts, name)) for name in names}
    return Given(reason.code, reason.side, SIGN[reason.side] * round(weight * share), told)


def _plain(value: Any) -> Any:
    return round(value) if isinstance(value, float) else value


def _late(facts: Facts, values: Values) -> float:
    fresh, latest = values[policy.FRESH_MIN.key], values[policy.LATE_DAYS.key] * DAY_MIN
    return _along(facts.age_min, fresh, latest)


def _near(facts: Facts, values: Values) -> float:
    """Whole where the phone knows its place better than the distance asked for, less the worse it does."""
    near = values[policy.FAR_M.key]
    if facts.distance_m is None or facts.distance_m > near:
        return 0
    return near / max(near, facts.radius_m)


def _far(facts: Facts, values: Values) -> float:
    if facts.distance_m is None:
        return 0
    least_m = facts.distance_m - facts.radius_m
    return _along(least_m, values[policy.FAR_M.key], values[policy.SURE_FAR_M.key])


def _vague(facts: Facts, values: Values) -> float:
    """The radius is so wide that the place says neither here nor elsewhere."""
    if facts.distance_m is None or _near(facts, values) or _far(facts, values):
        return 0
    return 1


def _stayed(facts: Facts, values: Values) -> float:
    """Proven by our own clock or the school's screen, until the visit came, and the visit came in time."""
    if facts.stay_min is None or facts.stay_min > values[policy.VISIT_WITHIN_H.key] * 60:
        return 0
    return float(facts.stay_min >= values[policy.STAY_MIN.key])


def _hasty(facts: Facts, values: Values) -> float:
    if facts.longest_stay_min is None:
        return 0
    return 1 - _along(facts.longest_stay_min, 0, values[policy.STAY_MIN.key])


def _along(value: float, none: float, whole: float) -> float:
    """0 up to `none`, 1 from `whole` on, evenly between."""
    if value <= none:
        return 0
    return 1 if value >= whole else (value - none) / (whole - none)


FOR, AGAINST, NOTE = Side.FOR, Side.AGAINST, Side.NOTE
REASONS: list[Reason] = [
    Reason("rotating_code", FOR, policy.ROTATING_POINTS, lambda f, v: f.rotating, "扫的是学校屏幕上的动态码"),
    Reason("static_code", NOTE, None, lambda f, v: not f.rotating and not f.typed, "扫的是张贴的静态码，拍照也能扫"),
    Reason("typed_code", AGAINST, policy.TYPED_CODE_POINTS, lambda f, v: f.typed, "编码是手工输入的，别人报一声也能输"),
    Reason("kept_code", AGAINST, policy.KEPT_CODE_POINTS, lambda f, v: f.kept_min > v["kept_code_min"], "动态码显示{kept_min}之后才扫，可能是转发的照片"),
    Reason("fresh", FOR, policy.FRESH_POINTS, lambda f, v: f.age_min <= v["fresh_min"], "扫码后及时送达（{age_min}）"),
    Reason("late", AGAINST, policy.LATE_POINTS, _late, "扫码{age_min}之后才送达，可能是没有网络"),
    Reason("no_location", NOTE, None, lambda f, v: f.place is PlaceQuality.NONE, "没有提供定位"),
    Reason("fuzzy", NOTE, None, lambda f, v: f.place is PlaceQuality.FUZZY, "只有模糊定位"),
    Reason("unplaced", NOTE, None, lambda f, v: f.place is not PlaceQuality.NONE and f.distance_m is None, "学校没有登记坐标，无法比对距离"),
    Reason("near", FOR, policy.NEAR_POINTS, _near, "定位在学校附近（{distance_m}米，误差{radius_m}米）"),
    Reason("vague", NOTE, None, _vague, "定位距学校{distance_m}米，误差{radius_m}米，说明不了在不在校"),
    Reason("far", AGAINST, policy.FAR_POINTS, _far, "定位距学校{distance_m}米（误差{radius_m}米）"),
    Reason("accuracy", AGAINST, policy.ACCURACY_POINTS, lambda f, v: f.accuracy_m is not None and f.accuracy_m <= 0, "定位精度报为{accuracy_m}米，真实手机做不到，疑似模拟定位"),
    Reason("exact", AGAINST, policy.EXACT_POINTS, lambda f, v: f.exact, "定位与学校登记的坐标完全重合，疑似模拟定位"),
    Reason("repeated", AGAINST, policy.REPEATED_POINTS, lambda f, v: min(f.same_days, 2) / 2, "与本人另外{same_days}天签到的坐标一字不差，疑似模拟定位"),
    Reason("altitude", AGAINST, policy.ALTITUDE_POINTS, lambda f, v: f.altitude_m is not None and f.altitude_m < v["lowest_m"], "海拔报为{altitude_m}米，低于本地最低处，疑似模拟定位"),
    Reason("moving", AGAINST, policy.MOVING_POINTS, lambda f, v: f.kmh > v["fast_kmh"], "扫码时手机正以每小时{kmh}公里移动"),
    Reason("travel", AGAINST, policy.TRAVEL_POINTS, lambda f, v: f.travel_kmh > v["travel_kmh"], "与在“{travel_school}”的签到只隔{travel_min}，相距{travel_km}公里，来不及到达"),
    Reason("burst", AGAINST, policy.BURST_POINTS, lambda f, v: f.schools >= v["burst_schools"], "前后不久共在{schools}所学校签到"),
    Reason("known_device", FOR, policy.KNOWN_DEVICE_POINTS, lambda f, v: f.device_known is True, "用的是本人以前签到的手机"),
    Reason("new_device", NOTE, None, lambda f, v: f.device_known is False, "第一次用这部手机签到"),
    Reason("shared_device", AGAINST, policy.SHARED_DEVICE_POINTS, lambda f, v: min(f.others, 2) / 2, "这部手机近期还为另外{others}人签到"),
    Reason("stayed", FOR, policy.STAYED_POINTS, _stayed, "签到{stay_min}之后提交了入校记录"),
    Reason("hasty", AGAINST, policy.HASTY_POINTS, _hasty, "签到{longest_stay_min}就提交了入校记录"),
    Reason("no_visit", AGAINST, policy.NO_VISIT_POINTS, lambda f, v: f.visit_due, "签到后没有提交入校记录"),
]  # fmt: skip
BY_CODE = {reason.code: reason for reason in REASONS}
