"""What people do with alerts: answer them in one tap, mute them for a time, switch rules on."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tortoise.transactions import in_transaction

from models.alerts import rights, telling
from models.alerts.cases import Standpoint
from models.alerts.declaring import Rule, unnamed
from models.alerts.gathering.scope import Shared
from models.alerts.rules import BY_CODE
from models.alerts.running import judge, lock
from models.alerts.states import ACTIVE, STATE_NAMES, Answer, Mode, State, Switch
from models.alerts.tables import Alert, AlertRule
from models.database import sql
from models.errors import Conflict, Forbidden, Invalid, NotFound, RequestReused
from models.evidence.actions import attach
from models.evidence.tables import Purpose
from models.journal.actions import record
from models.journal.queries import taken
from models.ledger.aspects import BY_CODE as ASPECTS
from models.organisations.tables import PostKind, School
from models.people import access
from models.people.access import Held, Viewer
from models.people.rights import POST_NAMES, Right
from models.policies.calendar import beijing_date
from models.policies.declared import MUTE_MOST_DAYS
from models.policies.queries import effective, terms_in
from models.problems.actions import Found, Origin, open_problem
from models.problems.clocks import clock_of
from models.problems.tables import Source

PROVINCE = "53"


class AlertOver(Conflict):
    code = "alert_over"
    sentence = "这条预警目前是“{state}”，不用再办。请刷新后查看。"


class NotYourAlert(Forbidden):
    code = "not_your_alert"
    sentence = "这条预警由{owner}答复。"


class EntryDoesNotAnswer(Invalid):
    code = "entry_does_not_answer"
    sentence = "这条台账不是预警之后填的{aspects}，请补填后再答复。"


class StillSo(Conflict):
    """Facts: `said`, what the ledger says after the entry."""

    code = "alert_still_so"
    sentence = "补填以后预警还在：{said}"


class PhotoNeeded(Invalid):
    code = "photo_needed"
    sentence = "请至少拍一张现场照片。"


class NoPhotoHere(Invalid):
    code = "no_photo_here"
    sentence = "这条预警不能用照片答复，请补填台账，或选择“确实没有”。"


class WordsNotHere(Invalid):
    code = "words_not_here"
    sentence = "只有“确实没有”并转为问题整改的答复才写说明。"


class BadMute(Invalid):
    code = "bad_mute"
    sentence = "静默须从今天起，最长{most:g}天，到期自动恢复。"


@dataclass(frozen=True)
class Said:
    """An answer as the phone sends it. `entry_id`: an entry of the ledger, or a row of a register that the rule
    goes by."""

    request_id: str
    answer: Answer
    entry_id: int | None = None
    photo_keys: tuple[str, ...] = ()
    words: str = ""


async def answer(viewer: Viewer, alert_id: int, said: Said, now: datetime) -> Alert:
    """Answer an alert for the post that owns it. Idempotent by request id.

    补填: it is judged again and withdrawn, or StillSo says why not. 照片: kept with it, for the county to see. 确实没有:
    opens a problem for the school to rectify, where the rule is of that sort. Raises NotFound, NotYourAlert,
    AlertOver, EntryDoesNotAnswer, PhotoNeeded, NoPhotoHere, WordsNotHere and what photos and problems raise.
    """
    key = f"{viewer.bound}:{said.request_id}"
    async with in_transaction():
        # the order of locks of whoever judges: the county first
        alert = await _load(viewer, alert_id, lock_county=True)
        held = _require(viewer, alert)
        before = await taken(key)
        if before is not None:
            if (before.subject_kind, before.subject_id) != ("alert", alert_id):
                raise RequestReused
            return alert
        if alert.state is not State.OPEN:
            raise AlertOver(state=STATE_NAMES[alert.state])
        await _take(viewer, alert, held, said, now)
        await record(
            "alert", alert.id, f"answer_{said.answer.value}", now,
            school_id=alert.school_id, person_id=viewer.bound, post_id=held.post_id,
            facts={
                "entry": said.entry_id, "photos": list(said.photo_keys), "problem": alert.problem_id,
                "words": said.words,
            },
            request_key=key,
        )  # fmt: skip
        await telling.untell([alert.id], now, beijing_date(now))
        return await Alert.get(id=alert_id)


async def _take(viewer: Viewer, alert: Alert, held: Held, said: Said, now: datetime) -> None:
    ruled = BY_CODE[alert.rule]
    if said.words.strip() and not (said.answer is Answer.LACKING and ruled.opens):
        raise WordsNotHere
    alert.state, alert.answer, alert.answered_at = State.ANSWERED, said.answer, now
    alert.answered_by, alert.changed_at, alert.entry_id = viewer.bound, now, said.entry_id
    if said.answer is Answer.ENTRY:
        await _require_entry(ruled, alert, said.entry_id)
    elif said.answer is Answer.PHOTO:
        await _attach(viewer, alert, said, now)
    elif ruled.opens and alert.school_id is not None:
        await _open(viewer, alert, held, ruled, said, now)
    await alert.save(
        update_fields=[
            "state", "answer", "answered_at", "answered_by", "changed_at", "entry_id", "problem_id",
        ]
    )  # fmt: skip
    if said.answer is Answer.ENTRY:
        await _judge_again(alert, ruled, now)


async def _require_entry(ruled: Rule, alert: Alert, entry_id: int | None) -> None:
    """The entry is of the right aspect and place, and was made since the alert was raised."""
    found = await sql.rows(
        "SELECT aspect AS form FROM ledger_entry WHERE id = $1 AND current AND received_at >= $2"
        " AND (school_id = $3 OR school_id IS NULL AND county_code = $4)"
        " UNION ALL SELECT form FROM register_row WHERE id = $1 AND changed_at >= $2"
        " AND (school_id IS NULL OR school_id = $3)",
        entry_id or 0, alert.raised_at, alert.school_id or 0, alert.county_code,
    )  # fmt: skip
    if not any(row["form"] in ruled.aspects for row in found):
        names = "、".join(ASPECTS[code].name for code in ruled.aspects if code in ASPECTS)
        raise EntryDoesNotAnswer(aspects=f"“{names}”" if names else "记录")


async def _judge_again(alert: Alert, ruled: Rule, now: datetime) -> None:
    code = alert.county_code
    standpoint = Standpoint.present(
        code, await effective(code), (await terms_in({code}))[code], now, Shared()
    )
    only = None if alert.school_id is None else [alert.school_id]
    await judge(standpoint, [ruled], only, now)
    after = await Alert.get(id=alert.id)
    if after.state in ACTIVE:
        raise StillSo(said=unnamed(after.said))


async def _attach(viewer: Viewer, alert: Alert, said: Said, now: datetime) -> None:
    if alert.school_id is None:
        raise NoPhotoHere
    if not said.photo_keys:
        raise PhotoNeeded
    await attach(viewer, alert.school_id, said.photo_keys, Purpose.LEDGER, "alert", alert.id, now)


async def _open(viewer: Viewer, alert: Alert, held: Held, ruled: Rule, said: Said, now: datetime) -> None:
    school = await School.get(id=alert.school_id)
    words = "\n".join(filter(None, [unnamed(alert.said), said.words.strip()]))
    found = Found(ruled.item, ruled.name, words, ruled.level, said.photo_keys)
    origin = Origin(
        Source.ALERT, alert.id, f"alert:{alert.id}:{alert.times}.{alert.told}", viewer.bound, held.post_id
    )
    problem = await open_problem(school, origin, found, await clock_of(school.county_code), now)
    await attach(viewer, school.id, said.photo_keys, Purpose.PROBLEM, "problem", problem.id, now)
    alert.problem_id = problem.id


async def mute(viewer: Viewer, alert_id: int, until_on: date, reason: str, now: datetime) -> Alert:
    """Keep an alert quiet until a Beijing date, inclusive: nobody is told of it, and no list counts it as open.

    Repeatable; raises NotFound, Forbidden, AlertOver, BadMute.
    """
    async with in_transaction():
        alert = await _load(viewer, alert_id, lock_county=True)
        held = await _officer(viewer, alert)
        today = beijing_date(now)
        most = (await effective(alert.county_code))[MUTE_MOST_DAYS.key]
        if not today <= until_on <= today + timedelta(days=most):
            raise BadMute(most=most)
        if alert.state not in ACTIVE:
            raise AlertOver(state=STATE_NAMES[alert.state])
        alert.muted_until, alert.muted_reason, alert.muted_by = until_on, reason, viewer.bound
        alert.changed_at = now
        await alert.save(update_fields=["muted_until", "muted_reason", "muted_by", "changed_at"])
        facts = {"until_on": until_on.isoformat(), "reason": reason}
        await _note(viewer, alert, held, "mute", facts, now)
        await telling.untell([alert.id], now, today)
        return alert


async def unmute(viewer: Viewer, alert_id: int, now: datetime) -> Alert:
    """Let a muted alert be heard again, at once if the fact is still there. Repeatable."""
    async with in_transaction():
        alert = await _load(viewer, alert_id, lock_county=True)
        held = await _officer(viewer, alert)
        if alert.muted_until is None:
            return alert
        alert.muted_until, alert.told_at, alert.changed_at = None, None, now
        await alert.save(update_fields=["muted_until", "told_at", "changed_at"])
        await _note(viewer, alert, held, "unmute", {}, now)
        await telling.tell(alert.county_code, now, beijing_date(now))
        return alert


async def switch(viewer: Viewer, code: str, to: Switch, now: datetime) -> None:
    """Switch a rule on, off, or to trials only, for the whole province. Its open alerts are withdrawn with it.

    Raises NotFound and Forbidden. Repeatable.
    """
    held = access.division(viewer, PROVINCE, Right.SET_POLICY)
    if code not in BY_CODE:
        raise NotFound
    ruled = BY_CODE[code]
    async with in_transaction():
        await AlertRule.update_or_create(
            defaults={"switch": to, "set_by": viewer.bound, "set_at": now}, rule=ruled.code
        )
        if to is not Switch.ON:
            over = await sql.rows(
                "UPDATE alert SET state = 'withdrawn', ended_at = $2, changed_at = $2 WHERE rule = $1"
                " AND mode = 'live' AND state IN ('open', 'answered') RETURNING id",
                ruled.code, now,
            )  # fmt: skip
            await telling.untell([row["id"] for row in over], now, beijing_date(now))
        await record(
            "division", int(PROVINCE), "switch_alert_rule", now,
            person_id=viewer.bound, post_id=held.post_id, facts={"rule": ruled.code, "to": to.value},
        )  # fmt: skip


async def _load(viewer: Viewer, alert_id: int, *, lock_county: bool) -> Alert:
    """The alert, where the viewer has any business with it; NotFound otherwise."""
    alert = await Alert.get_or_none(id=alert_id, mode=Mode.LIVE, rule__in=list(BY_CODE))
    if alert is None:
        raise NotFound
    if rights.answers(viewer, PostKind(alert.owner), alert.school_id, alert.county_code) is None:
        await readable(viewer, alert)
    if lock_county:
        await lock(alert.county_code)
        alert = await Alert.filter(id=alert_id).select_for_update().get()
    return alert


async def readable(viewer: Viewer, alert: Alert) -> None:
    """Raises NotFound unless the viewer sees the place, Forbidden unless they may read such alerts there."""
    if alert.school_id is None:
        access.division(viewer, alert.county_code, BY_CODE[alert.rule].reading)
        return
    school = await access.school(viewer, alert.school_id)
    if alert.rule not in rights.readable_at(viewer, school):
        raise Forbidden(right=BY_CODE[alert.rule].reading.value)


def _require(viewer: Viewer, alert: Alert) -> Held:
    held = rights.answers(viewer, PostKind(alert.owner), alert.school_id, alert.county_code)
    if held is None:
        raise NotYourAlert(owner=POST_NAMES[PostKind(alert.owner)])
    return held


async def _officer(viewer: Viewer, alert: Alert) -> Held:
    if alert.school_id is None:
        return access.division(viewer, alert.county_code, Right.MUTE_ALERT)
    return await access.require(viewer, Right.MUTE_ALERT, await School.get(id=alert.school_id))


async def _note(
    viewer: Viewer, alert: Alert, held: Held, verb: str, facts: dict[str, str], now: datetime
) -> None:
    await record(
        "alert", alert.id, verb, now,
        school_id=alert.school_id, person_id=viewer.bound, post_id=held.post_id, facts=facts,
    )  # fmt: skip
