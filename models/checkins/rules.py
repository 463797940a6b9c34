"""What a scan proves. Pure: no clock, no database."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from models.checkins.places import Coordinates, Point, metres, point
from models.errors import Forbidden, Invalid, NotFound
from qr import Claim, PlaceKind

CLOCK_SKEW = timedelta(minutes=10)


class PlaceQuality(StrEnum):
    PRECISE = "precise"
    FUZZY = "fuzzy"
    NONE = "none"


@dataclass(frozen=True)
class Where:
    """What the phone says of its place: everything as the platform gave it, so that it can be weighed again.

    `accuracy_m` and `horizontal_accuracy_m` are radii. A platform that does not know a figure leaves it out,
    or gives 0 or -1.
    """

    quality: PlaceQuality
    longitude: float | None = None
    latitude: float | None = None
    accuracy_m: float | None = None
    coordinates: Coordinates = Coordinates.WGS84
    altitude_m: float | None = None
    vertical_accuracy_m: float | None = None
    horizontal_accuracy_m: float | None = None
    speed_mps: float | None = None

    @property
    def point(self) -> Point | None:
        """The place in WGS-84; None without one."""
        if self.longitude is None or self.latitude is None:
            return None
        return point(self.coordinates, self.longitude, self.latitude)


NOWHERE = Where(PlaceQuality.NONE)


@dataclass(frozen=True)
class SchoolFacts:
    """What a judgement needs to know of the school and the policies that hold there."""

    id: int
    longitude: float | None
    latitude: float | None
    poster_generation: int
    open: bool
    late_days: float
    # the name of the school that took it over
    merged_into: str | None = None


@dataclass(frozen=True)
class Judgement:
    """When the visit was, as best proven, and how far from the school the phone said it was."""

    at: datetime
    distance_m: int | None


class CodeRevoked(Invalid):
    code = "code_revoked"
    sentence = "这张二维码已作废，请扫描学校现在张贴的新码。"


class CodeForeign(Invalid):
    code = "code_foreign"
    sentence = "这不是膳督的学校二维码，请扫描校门口张贴的“校园餐监督签到码”。"


class CodeMalformed(Invalid):
    code = "code_malformed"
    sentence = "二维码内容不完整，请擦净或走近一些重新扫描。"


class TypedCodeSlip(Invalid):
    code = "code_mistyped"
    sentence = "编码有一位输错了，请对照海报再输一遍。"


class TypedCodeWrong(Invalid):
    code = "code_wrong"
    sentence = "没有这个编码，请对照学校现在张贴的海报再输一遍，或扫海报上的二维码。"


class SchoolClosed(Invalid):
    code = "school_closed"
    sentence = "这所学校已停办或合并，不再签到。"


class SchoolMerged(Invalid):
    code = "school_merged"
    sentence = "这所学校已并入“{into}”，请扫描“{into}”张贴的二维码。"


class NoPostHere(Forbidden):
    code = "no_post_here"
    sentence = "您不是“{school}”的膳食家委会委员或责任督学，不能在这里签到。"


class Recused(Forbidden):
    code = "recused"
    sentence = "按回避规定（{reason}），您不能在“{school}”签到督查，请由他人代替。"


class TooLate(Invalid):
    code = "too_late"
    sentence = "这次签到是{days}天前的，超过了补传期限{limit:g}天，请联系县教体局登记。"


class FromTheFuture(Invalid):
    code = "from_the_future"
    sentence = "手机时间比现在快{minutes}分钟，请校准手机时间后重试。"


def school_of(claim: Claim) -> int:
    """The school a code names; NotFound for codes of other places."""
    if claim.place.kind is not PlaceKind.SCHOOL:
        raise NotFound
    return claim.place.id


def judge(claim: Claim, school: SchoolFacts, scanned_at: datetime, where: Where, now: datetime) -> Judgement:
    """Accept the scan and say when and how far; raises a refusal that tells the person what to do.

    A rotating code proves its own minute; for a poster the device's clock is all there is. A missing or
    distant place is evidence for others to weigh and never a reason to refuse.
    """
    if school.merged_into is not None:
        raise SchoolMerged(into=school.merged_into)
    if not school.open:
        raise SchoolClosed
    if claim.generation != school.poster_generation:
        raise CodeRevoked
    at = claim.rotating_at or scanned_at
    if at > now + CLOCK_SKEW:
        raise FromTheFuture(minutes=int((at - now).total_seconds() // 60))
    if now - at > timedelta(days=school.late_days):
        raise TooLate(days=(now - at).days, limit=school.late_days)
    return Judgement(min(at, now), _distance_m(school, where))


def _distance_m(school: SchoolFacts, where: Where) -> int | None:
    """Metres from the school's registered place; None when either is unknown."""
    there = where.point
    if there is None or school.longitude is None or school.latitude is None:
        return None
    return round(metres((school.longitude, school.latitude), there))
