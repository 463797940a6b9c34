"""What an entry must satisfy beside its values, and the refusals of the ledger. Pure."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from models.errors import Conflict, Forbidden, Invalid
from models.ledger.declaring import MEAL_NAMES, Aspect, Meal, Rhythm
from models.ledger.periods import CLOCK_SKEW
from models.ledger.validation import Fault
from models.organisations.tables import PostKind
from models.people.rights import POST_NAMES
from models.policies.calendar import beijing_date

# who fills in for others at the same school
STANDS_IN = {PostKind.HEAD}
# the reason of the revision that a signature makes
SIGNED = "复核签字"


class EntryRefused(Invalid):
    """Facts: `faults`, a list of (item, sentence), strangers first, then in the form's order."""

    code = "entry_refused"
    sentence = "台账有{count}处需要补充或改正：{first}"


class VersionUnknown(Invalid):
    code = "form_unknown"
    sentence = "没有这个版本的台账表，请更新小程序后再提交。已填写的内容会保留在手机里。"


class NotYourAspect(Forbidden):
    code = "not_your_aspect"
    sentence = "“{aspect}”由{owner}填报，您的岗位不能填。"


class AlreadyRecorded(Conflict):
    """Facts: `entry_id`, the one that is there."""

    code = "already_recorded"
    sentence = "“{aspect}”{when}已经填过，请更正原来的记录。"


class MonthLocked(Conflict):
    code = "ledger_month_locked"
    sentence = "{month}的台账县教体局已确认锁定。确需改动，请由学校负责人申辩，或请县教体局重新开放。"


class NotCurrent(Conflict):
    code = "entry_not_current"
    sentence = "这条记录已被更正过，请打开最新的一版再改。"


class StandsInRegister(Conflict):
    code = "stands_in_register"
    sentence = "“{aspect}”已记入名录，不能撤回。请更正这条记录，或在名录中注明不再有效。"


class InRegisterAlready(Conflict):
    """What a correction would make of a register's row is there as another row."""

    code = "in_register_already"
    sentence = "名录中已有另一条“{label}”，请更正那一条。这一条填重了的，请在名录中注明不再有效。"


class NothingToSign(Invalid):
    code = "nothing_to_sign"
    sentence = "这条记录不需要您签字。"


class SignedAlready(Conflict):
    code = "signed_already"
    sentence = "您已在这条记录上签过字，须由另一人复核签字。"


def refused(faults: list[Fault]) -> EntryRefused:
    return EntryRefused(
        count=len(faults), first=faults[0].sentence, faults=[(one.item, one.sentence) for one in faults]
    )


def may_fill(kind: PostKind, aspect: Aspect) -> bool:
    """Whether a post makes entries of an aspect: its owner, or the head for everybody at the school."""
    return kind is aspect.owner or (kind in STANDS_IN and aspect.owner is not PostKind.COUNTY)


def owner_said(aspect: Aspect) -> str:
    return POST_NAMES[aspect.owner]


def place_faults(
    aspect: Aspect, for_on: date, meal: str | None, made_at: datetime, now: datetime, back_days: float
) -> Iterator[Fault]:
    """What is wrong with the date, the meal and the phone's clock."""
    today = beijing_date(now)
    if for_on > today:
        yield Fault("for_on", "日期不能晚于今天。")
    elif (today - for_on).days > back_days:
        yield Fault("for_on", f"最早只能补填{back_days:g}天内的台账，请联系县教体局。")
    if aspect.rhythm is Rhythm.MEAL and meal not in set(Meal):
        yield Fault("meal", f"请选择餐次：{'、'.join(MEAL_NAMES.values())}。")
    if aspect.rhythm is not Rhythm.MEAL and meal is not None:
        yield Fault("meal", f"“{aspect.name}”不分餐次。")
    if made_at > now + CLOCK_SKEW:
        ahead = int((made_at - now) / timedelta(minutes=1))
        yield Fault("made_at", f"手机时间比现在快{ahead}分钟，请校准手机时间后重试。")


def said_when(for_on: date, meal: str | None) -> str:
    return f"{for_on:%m月%d日}" + (MEAL_NAMES[Meal(meal)] if meal else "")
