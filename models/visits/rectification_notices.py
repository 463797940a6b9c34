"""Issuing the rectification notice (整改通知书) of a supervisor's visit: numbered once, kept as issued."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tortoise.transactions import in_transaction

from models.contents.states import NOT_SHOWN
from models.database import sql
from models.errors import Conflict, Forbidden, Invalid
from models.evidence.tables import Purpose
from models.journal.actions import record
from models.notices import actions as notices
from models.notices.actions import Subject
from models.organisations.tables import Division, PostKind
from models.people import access
from models.people.access import Viewer
from models.people.rights import Right
from models.policies.calendar import BEIJING, beijing_date, spoken
from models.problems.states import State
from models.problems.tables import Problem, Severity, Source
from models.visits import queries
from models.visits.forms import form
from models.visits.queries import RecordState, WholeVisit, record_state
from models.visits.tables import Completion, RectificationNotice, VisitKind
from models.visits.veiling import Veiled, for_print, withheld

SEVERITY_NAMES = {Severity.GENERAL: "一般", Severity.SERIOUS: "较大", Severity.MAJOR: "重大"}


class SupervisorsOnly(Invalid):
    code = "supervisors_only"
    sentence = "只有责任督学的督查记录可以开具整改通知书。"


class NothingToRectify(Invalid):
    code = "nothing_to_rectify"
    sentence = "这次督查没有需要限期整改的问题，不用开具整改通知书。"


class SignatureAwaited(Conflict):
    code = "signature_awaited"
    sentence = "签名图片还没有传完，请等它传完后再开具。"


class RecordUnanswered(Conflict):
    code = "record_unanswered"
    sentence = "学校还没有签字、确认或申辩。{due}后仍未答复的，可以直接开具。"


async def issue(
    viewer: Viewer, visit_id: int, check_code: str, now: datetime
) -> tuple[RectificationNotice, bool]:
    """Give the visit's notice the county's next number of the year; again, the same notice.

    For the visitor and officers who verify. `check_code` is the unguessable end of the verification page's
    address if it is new. Returns the notice and whether it is new.
    """
    whole = await queries.whole(viewer, visit_id)
    _require_issuer(viewer, whole)
    if whole.notice is not None:
        return whole.notice, False
    found, shown = await _findings(whole, now), await for_print(whole.visit)
    year, county = now.astimezone(BEIJING).year, await Division.get(code=whole.school.county_code)
    async with in_transaction():
        # one number at a time in a county and year: a gap or a double would need an explanation in court
        await sql.advisory_lock(int(f"{county.code}{year}"))
        known = await RectificationNotice.get_or_none(visit_id=visit_id)
        if known is not None:
            return known, False
        last = await sql.rows(
            "SELECT MAX(number) AS last FROM rectification_notice WHERE county_code = $1 AND year = $2",
            county.code, year,
        )  # fmt: skip
        number = (last[0]["last"] or 0) + 1
        content = _content(whole, county, found, shown, year, number, now)
        notice = await RectificationNotice.create(
            visit_id=visit_id, county_code=county.code, year=year, number=number, check_code=check_code,
            issued_at=now, issued_by=viewer.bound, content=content,
        )  # fmt: skip
        await _tell(viewer, whole, content, found, now)
        return notice, True


def check_url(public_url: str, notice: RectificationNotice) -> str:
    """The address of the page that says whether a printed notice is genuine."""
    return f"{public_url.rstrip('/')}/documents/{notice.check_code}"


def signature_keys(notice: RectificationNotice) -> list[str]:
    """The pictures the document shows."""
    keys = (notice.content["visitor_signature"], notice.content["school_signature"])
    return [str(key) for key in keys if key]


def _require_issuer(viewer: Viewer, whole: WholeVisit) -> None:
    if whole.visit.person_id == viewer.person_id:
        return
    if access.reaches(viewer, Right.VERIFY, whole.school) is None:
        raise Forbidden


async def _findings(whole: WholeVisit, now: datetime) -> list[Problem]:
    """What the visit found and no appeal cancelled; refuses where there is nothing to order."""
    visit = whole.visit
    if visit.kind is not VisitKind.SUPERVISOR:
        raise SupervisorsOnly
    due = visit.record_due_at
    if record_state(visit) is RecordState.INCOMPLETE and due is not None and due > now:
        raise RecordUnanswered(due=spoken(due))
    if any(one.purpose is Purpose.SIGNATURE for one in whole.awaited):
        raise SignatureAwaited
    found = (
        await Problem.filter(school_id=whole.school.id, source=Source.VISIT, source_id=visit.id)
        .exclude(state=State.CANCELLED)
        .order_by("id")
    )
    if all(problem.due_at is None for problem in found):
        raise NothingToRectify
    over = await withheld(found)
    for problem in found:
        if problem.id in over:
            # the rows in memory are for printing only
            problem.words = NOT_SHOWN
    return found


async def _tell(
    viewer: Viewer, whole: WholeVisit, content: Mapping[str, Any], found: list[Problem], now: datetime
) -> None:
    school, visit = whole.school, whole.visit
    await record(
        "visit", visit.id, "issue_notice", now,
        school_id=school.id, person_id=viewer.bound, facts={"number": content["number"]},
    )  # fmt: skip
    first = min(problem.due_at for problem in found if problem.due_at is not None)
    await notices.put(
        "rectification_notice", f"visit:{visit.id}:rectification-notice",
        Subject("visit", visit.id, school.id, school.county_code), (PostKind.HEAD,),
        {"school": school.name, "title": f"整改通知书第{content['sequence']}", "due": spoken(first)},
        now, beijing_date(now),
    )  # fmt: skip


def _content(
    whole: WholeVisit,
    county: Division,
    found: list[Problem],
    shown: Veiled,
    year: int,
    number: int,
    now: datetime,
) -> dict[str, Any]:
    visit, sequence = whole.visit, f"{number:04d}号"
    visitor_signatures = [key for key in whole.signatures if key != whole.school_signature]
    return {
        "number": f"{county.name}教督整〔{year}〕第{sequence}",
        "sequence": sequence,
        "bureau": f"{county.name}教育体育局",
        "school": whole.school.name,
        "visited": _day(visit.visited_at),
        "issued": _day(now),
        "visitor": whole.who,
        "companions": shown.visitors(visit.companions),
        "findings": [_finding(problem, visit.form_version) for problem in found],
        "visitor_signature": visitor_signatures[0] if visitor_signatures else None,
        "school_signature": whole.school_signature,
        "school_said": _school_said(whole, shown),
        "defence": shown.schools(visit.defence),
    }


def _finding(problem: Problem, version: int) -> dict[str, Any]:
    items = {item.code: item for item in form(VisitKind.SUPERVISOR.value, version).items}
    deadline = spoken(problem.due_at) if problem.due_at is not None else "已当场整改"
    return {
        "problem_id": problem.id,
        "item": problem.item,
        "title": problem.title,
        "words": problem.words,
        "severity": SEVERITY_NAMES[problem.severity],
        "basis": items[problem.item].basis,
        "deadline": deadline,
        "appealed": problem.state is State.APPEALED,
    }


def _school_said(whole: WholeVisit, shown: Veiled) -> str:
    """How the school answered, where its signature does not say it."""
    visit = whole.visit
    if visit.completed_how is Completion.CONFIRMATION:
        assert visit.completed_at is not None
        said = f"经学校负责人{whole.answered_by}于{spoken(visit.completed_at)}在微信上确认。"
        words = shown.schools(visit.answer_words or "")
        return said + (f"学校意见：{words}" if words else "")
    if visit.completed_how is Completion.DEFENCE:
        return "学校已提出申辩，见正文。"
    if whole.school_signature is None:
        return "学校逾期未签字、未确认，也未提出申辩。"
    return ""


def _day(instant: datetime) -> str:
    return f"{instant.astimezone(BEIJING):%Y年%m月%d日}"
