"""Who reaches what: every operation of the document × every role × own, neighbour's and foreign places.

The tables below are the specification, written down independently of `models/people/rights.py`.

A new operation needs one line: in OPEN when anybody may ask, in OWN when it is about the asker alone (and
in BY_POST when it is for some posts only), else in SCOPED, with the roles that may within their reach
(`may`), those that see the subject and are told that they may not (`told`: 403), and what everybody else
hears (`outside`: 404, and not a word different from what is said of something that does not exist). Reach
is a role's own school, or every school below its division. What a path or a body needs is found by name:
add a field to Subject for a new `{name}`, and an entry to BODIES, QUERIES, HEADERS or FILES, whose values
must be good enough to get past validation; INSTEAD says where a name means another field. A right answer to
somebody who may is anything but 401, 403, 404 and 5xx: content is for other tests.
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest

from miniapp_api.app import ROUTES
from models.alerts.declaring import Sort
from models.alerts.states import Mode, State
from models.alerts.tables import Alert, AlertTrial
from models.contents.states import CheckState
from models.contents.tables import Content, ContentCheck
from models.digests.tables import Digest
from models.ledger.states import MonthState
from models.ledger.tables import LedgerMonth, RegisterRow
from models.notices.tables import Delivery, Notice
from models.organisations.actions import ensure_post
from models.organisations.tables import PostKind, School, SchoolStage
from models.people.registering import add_person
from models.people.tables import Holding, Person
from models.problems.tables import Severity
from models.surveys.tables import RemarkState, SurveyRemark
from models.visits import duties
from models.visits.tables import Duty
from tests.cast import SINCE, Answer, Phone, Stage, jpeg, new_id
from tests.conftest import START

pytestmark = pytest.mark.slow

# --- the specification -----------------------------------------------------------------------------------

PARENT, COMMITTEE, SUPERVISOR = PostKind.PARENT, PostKind.COMMITTEE, PostKind.SUPERVISOR
HEAD, MANAGER, FINANCE = PostKind.HEAD, PostKind.MANAGER, PostKind.FINANCE
REGULATOR, ADMINISTRATOR = PostKind.REGULATOR, PostKind.ADMINISTRATOR

NOBODY: set[PostKind] = set()
EVERYBODY = set(PostKind)
OFFICERS = {PostKind.COUNTY, PostKind.PREFECTURE, PostKind.PROVINCE}
MONITORS = {COMMITTEE, SUPERVISOR}
SCHOOL = {HEAD, MANAGER}
ABOVE = OFFICERS | {REGULATOR, ADMINISTRATOR}
READERS = EVERYBODY - {PARENT}
MANAGERS = OFFICERS | {ADMINISTRATOR}

OWN_PLACE, NEXT_SCHOOL, NEXT_COUNTY, NEXT_PREFECTURE = "own", "neighbour", "next county", "foreign"
SCOPES = {OWN_PLACE: "530302", NEXT_SCHOOL: "530302", NEXT_COUNTY: "530303", NEXT_PREFECTURE: "530402"}

# post → where it is held (None: at the school called "own"), and what it reaches from there
PLACES: dict[PostKind, tuple[str | None, set[str]]] = {
    **dict.fromkeys([PARENT, *MONITORS, *SCHOOL, FINANCE], (None, {OWN_PLACE})),
    **dict.fromkeys([PostKind.COUNTY, REGULATOR, ADMINISTRATOR], ("530302", {OWN_PLACE, NEXT_SCHOOL})),
    PostKind.PREFECTURE: ("5303", {OWN_PLACE, NEXT_SCHOOL, NEXT_COUNTY}),
    PostKind.PROVINCE: ("53", set(SCOPES)),
}

# a picture's address is signed for somebody who may see it: whoever has the address sees the picture
OPEN = {
    "POST /sessions",
    "GET /divisions",
    "GET /forms",
    "GET /questionnaires",
    "GET /journal/roots",
    # what is needed to draw again
    "GET /draws/{plan_id}",
    "GET /pictures/{key}",
    "OPTIONS /uploads",
    # the forms of the ledger, as those of visits
    "GET /ledger/aspects",
    "GET /ledger/aspects/{aspect_code}",
    "GET /ledger/registers",
}

# about the asker alone → whether a WeChat that is bound to nobody is told to bind first (403)
OWN = {
    "GET /me": False,
    "POST /me/phone": False,
    "POST /me/invitation": False,
    "POST /me/chat-codes": True,
    "GET /sessions": False,
    "DELETE /sessions": False,
    "GET /duties": True,
    "GET /follow-ups": True,
    "GET /ledger/due": True,
    "GET /alerts": True,
    "GET /alert-rules": False,
    "GET /me/today": True,
    "GET /me/dispatch": True,
    "GET /me/morning": True,
    "PUT /me/morning": True,
    "GET /notices": True,
    "POST /notices/read": True,
    "GET /me/subscriptions": False,
    # a code of a browser: nobody's in the tables, and not even looked at for those who may not use the desk
    "POST /desk-tickets/scan": True,
    "POST /desk-tickets/confirm": True,
    "POST /desk-tickets/refuse": True,
    "GET /me/channels": True,
    "PUT /me/channels/{group}": True,
    "GET /me/consents": False,
    "POST /me/consents": False,
    "DELETE /me/consents/{kind}": False,
    "GET /me/data": False,
    "POST /me/erasure": True,
    "POST /me/erasure/confirm": True,
    "DELETE /me/erasure": True,
    "GET /me/children": True,
    "GET /me/surveys": True,
    # empty for everybody but officers
    "GET /erasures": False,
    "POST /imports": True,
    "GET /imports": True,
    "GET /templates/{kind}": False,
    # last: it signs the phone out
    "POST /me/unbind": True,
}

# of those, what is not for everybody: the others are told so (403)
BY_POST = {
    "POST /imports": MANAGERS,
    **{f"POST /desk-tickets/{verb}": MANAGERS for verb in ("scan", "confirm", "refuse")},
}


@dataclass(frozen=True)
class Line:
    """`mixed`: a list that may hold other places' lines beside the subject's."""

    operation: str
    may: set[PostKind]
    told: set[PostKind] | None = None
    outside: int = 404
    mixed: bool = False


SCOPED = [
    # somebody else's phone, check-in, child, file, and picture on its way: nobody's business
    Line("DELETE /sessions/{session_id}", may=NOBODY),
    Line("POST /visits", may=NOBODY),
    Line("DELETE /me/children/{child_id}", may=NOBODY),
    Line("POST /surveys/{round_id}/answers", may=NOBODY),
    Line("GET /imports/{import_id}", may=NOBODY),
    Line("GET /imports/{import_id}/marked-copy", may=NOBODY),
    Line("POST /imports/{import_id}/commit", may=NOBODY),
    Line("HEAD /uploads/{key}", may=NOBODY),
    Line("PATCH /uploads/{key}", may=NOBODY),
    Line("POST /uploads/{key}", may=NOBODY),
    Line("DELETE /uploads/{key}", may=NOBODY),
    # people: who must keep away and who is set over whom is for those that manage them, and others hear
    # nothing of it
    Line("POST /invitations", may=MANAGERS),
    Line("POST /schools/{school_id}/invitations.{format}", may=MANAGERS, told=READERS),
    Line("POST /schools/{school_id}/parent-invitations.{format}", may=MANAGERS | {HEAD}, told=READERS),
    Line("POST /people/{person_id}/unbind", may=MANAGERS),
    Line("GET /schools/{school_id}/recusals", may=MANAGERS),
    Line("POST /schools/{school_id}/recusals", may=MANAGERS),
    Line("POST /recusals/{recusal_id}/end", may=MANAGERS),
    Line("POST /schools/{school_id}/supervisors", may=MANAGERS),
    Line("POST /supervisors/{term_id}/end", may=MANAGERS),
    # of somebody who has left a post at the place and asks to be forgotten
    Line("POST /erasures/{erasure_id}/carry-out", may=MANAGERS),
    # divisions
    Line("GET /schools", may=ABOVE),
    Line("GET /divisions/{code}/policies", may=ABOVE),
    Line("PUT /divisions/{code}/policies/{key}", may=MANAGERS, told=ABOVE),
    Line("GET /divisions/{code}/channels", may=ABOVE),
    Line("PUT /divisions/{code}/channels/{group}", may=MANAGERS, told=ABOVE),
    Line("GET /divisions/{code}/terms", may=ABOVE),
    Line("PUT /divisions/{code}/terms/{term}", may=MANAGERS, told=ABOVE),
    Line("GET /divisions/{code}/coverage", may=ABOVE),
    Line("GET /divisions/{code}/figures", may=ABOVE),
    Line("GET /divisions/{code}/follow-ups", may=ABOVE),
    Line("GET /divisions/{code}/surveys", may=ABOVE),
    Line("GET /divisions/{code}/satisfaction", may=ABOVE),
    Line("GET /divisions/{code}/supervisors", may=MANAGERS, told=ABOVE),
    # what could teach how to forge evidence
    Line("GET /divisions/{code}/check-ins", may=OFFICERS, told=ABOVE),
    Line("GET /divisions/{code}/repeated-photos", may=OFFICERS, told=ABOVE),
    Line("POST /divisions/{code}/surveys", may=OFFICERS, told=ABOVE),
    # what became of notices, and whom none reaches
    Line("GET /divisions/{code}/deliveries", may=MANAGERS, told=ABOVE),
    Line("GET /divisions/{code}/unreached", may=MANAGERS, told=ABOVE),
    Line("POST /divisions/{code}/people/find", may=MANAGERS, told=ABOVE),
    Line("GET /notices/{notice_id}/life", may=MANAGERS),
    Line("POST /deliveries/{delivery_id}/resend", may=MANAGERS),
    Line("POST /notices/{notice_id}/withdraw", may=MANAGERS),
    Line("POST /people/{person_id}/phone", may=MANAGERS),
    Line("POST /people/{person_id}/called", may=MANAGERS),
    # what the content check leaves to a person
    Line("GET /content-checks", may=OFFICERS, told=ABOVE),
    Line("POST /content-checks/{check_id}/allow", may=OFFICERS, told=READERS),
    Line("POST /content-checks/{check_id}/refuse", may=OFFICERS, told=READERS),
    # the group's robot: its address is shown to nobody
    Line("GET /divisions/{code}/robot", may=MANAGERS, told=ABOVE),
    Line("PUT /divisions/{code}/robot", may=MANAGERS, told=ABOVE),
    Line("DELETE /divisions/{code}/robot", may=MANAGERS, told=ABOVE),
    # a county's summary
    Line("GET /digests/{digest_id}", may=ABOVE),
    # schools
    Line("GET /schools/{school_id}", may=READERS),
    Line("GET /schools/{school_id}/staff", may=READERS),
    Line("GET /schools/{school_id}/check-ins", may=READERS),
    Line("GET /schools/{school_id}/visits", may=READERS),
    Line("GET /schools/{school_id}/duties", may=READERS),
    Line("GET /schools/{school_id}/rotating-code", may=SCHOOL),
    Line("GET /schools/{school_id}/poster.{format}", may=SCHOOL | MANAGERS, told=READERS),
    Line("GET /schools/{school_id}/mini-program-code", may=SCHOOL | MANAGERS, told=READERS),
    Line("POST /schools/{school_id}/posters/revoke", may=MANAGERS, told=READERS),
    Line("GET /schools/{school_id}/robot", may=MANAGERS | {HEAD}, told=READERS),
    Line("PUT /schools/{school_id}/robot", may=MANAGERS | {HEAD}, told=READERS),
    Line("DELETE /schools/{school_id}/robot", may=MANAGERS | {HEAD}, told=READERS),
    # check-ins and visits; whoever has a code knows the school, so nothing is hidden from them
    Line("POST /check-ins", may=MONITORS, outside=403),
    Line("GET /visits/{visit_id}", may=READERS),
    Line("POST /duties/{duty_id}/excuse", may=OFFICERS),
    Line("POST /duties/{duty_id}/swap", may=OFFICERS),
    Line("GET /schools/{school_id}/follow-ups", may=READERS),
    # supervisors' records; the list is of all places within reach
    Line("GET /records", may=READERS, outside=200, mixed=True),
    Line("POST /visits/{visit_id}/confirm", may={HEAD}, told=READERS),
    Line("POST /visits/{visit_id}/defence", may={HEAD}, told=READERS),
    Line("POST /visits/{visit_id}/rectification-notice", may=OFFICERS, told=READERS),
    Line("GET /visits/{visit_id}/rectification-notice.pdf", may=READERS),
    # surveys: results are for everybody at the school, words for its head and those above
    Line("POST /me/children", may={PARENT, COMMITTEE}, told=EVERYBODY),
    Line("GET /schools/{school_id}/surveys", may=EVERYBODY),
    Line("GET /schools/{school_id}/board", may=EVERYBODY),
    Line("GET /schools/{school_id}/surveys/{round_id}", may=EVERYBODY),
    Line("GET /schools/{school_id}/surveys/{round_id}/remarks", may=OFFICERS | {HEAD}),
    Line("GET /schools/{school_id}/surveys/{round_id}/poster.{format}", may=MANAGERS | {HEAD}, told=READERS),
    Line("POST /schools/{school_id}/surveys", may=OFFICERS, told=READERS),
    Line("POST /survey-remarks/{remark_id}/decide", may=OFFICERS, told=READERS),
    Line("POST /surveys/{round_id}/move", may=OFFICERS, told=READERS),
    Line("POST /surveys/{round_id}/cancel", may=OFFICERS, told=READERS),
    # the ledger: the school's people keep it, the county locks it, certificates are for few
    Line("POST /ledger/entries", may=SCHOOL, told=READERS),
    Line("POST /ledger/entries/{entry_id}/correct", may=SCHOOL, told=READERS),
    Line("POST /ledger/entries/{entry_id}/withdraw", may=SCHOOL, told=READERS),
    # what is read of people, by those who have a post at the school
    Line("POST /ledger/entries/{entry_id}/sign", may=SCHOOL | {SUPERVISOR}, told=READERS),
    Line("POST /ledger/registers/{register}", may=SCHOOL, told=READERS),
    Line(
        "GET /ledger/register-rows/{row_id}", may=READERS - {COMMITTEE, FINANCE, ADMINISTRATOR}, told=READERS
    ),
    Line("POST /ledger/register-rows/{row_id}/end", may=SCHOOL | {FINANCE}, told=READERS),
    Line("GET /schools/{school_id}/ledger/entries", may=READERS),
    Line("GET /ledger/entries/{entry_id}", may=READERS - {COMMITTEE, FINANCE, ADMINISTRATOR}, told=READERS),
    Line("GET /divisions/{code}/ledger/entries", may=ABOVE),
    Line("POST /ledger/entries/{entry_id}/reveal", may=OFFICERS | {HEAD}, told=READERS),
    Line("POST /ledger/register-rows/{row_id}/reveal", may=OFFICERS | {HEAD}, told=READERS),
    Line(
        "GET /schools/{school_id}/ledger/registers/{register}",
        may=READERS - {COMMITTEE, FINANCE, ADMINISTRATOR},
        told=READERS,
    ),
    Line("GET /divisions/{code}/ledger/registers/{register}", may=ABOVE - {ADMINISTRATOR}, told=ABOVE),
    Line("GET /schools/{school_id}/ledger/aspects/{aspect_code}/workbook", may=READERS),
    Line("GET /divisions/{county}/ledger/aspects/{aspect_code}/workbook", may=ABOVE),
    Line(
        "GET /schools/{school_id}/ledger/registers/{register}/workbook",
        may=READERS - {COMMITTEE, FINANCE, ADMINISTRATOR},
        told=READERS,
    ),
    Line(
        "GET /divisions/{code}/ledger/registers/{register}/workbook", may=ABOVE - {ADMINISTRATOR}, told=ABOVE
    ),
    Line("GET /schools/{school_id}/ledger/suppliers", may=SCHOOL | {FINANCE, PostKind.COUNTY}, told=READERS),
    Line("GET /schools/{school_id}/ledger/signers", may=SCHOOL | {FINANCE, PostKind.COUNTY}, told=READERS),
    Line("GET /schools/{school_id}/ledger/months/{month}", may=READERS),
    Line("GET /ledger/months/{month_id}", may=READERS),
    Line("POST /schools/{school_id}/ledger/months/{month}/confirm", may=OFFICERS, told=READERS),
    Line("POST /schools/{school_id}/ledger/months/{month}/appeal", may={HEAD}, told=READERS),
    Line("POST /schools/{school_id}/ledger/months/{month}/uphold", may=OFFICERS, told=READERS),
    Line("POST /schools/{school_id}/ledger/months/{month}/reopen", may=OFFICERS, told=READERS),
    Line("GET /divisions/{code}/ledger/months/{month}", may=ABOVE),
    Line("POST /divisions/{code}/ledger/months/{month}/confirm", may=OFFICERS, told=ABOVE),
    Line("GET /divisions/{code}/ledger/completeness", may=ABOVE),
    # inspections: drawn by officers, read by those above; who is drawn is published, of others' plans nothing else
    Line("GET /inspections", may=ABOVE),
    Line("POST /inspections", may=OFFICERS, told=ABOVE),
    Line("GET /inspections/{plan_id}", may=ABOVE),
    Line("GET /inspections/{plan_id}/check", may=ABOVE),
    Line("POST /inspections/{plan_id}/draw", may=OFFICERS, told=ABOVE),
    Line("POST /inspections/{plan_id}/cancel", may=OFFICERS, told=ABOVE),
    Line("POST /inspected-schools/{inspection_id}/done", may=OFFICERS),
    # orders from above: whoever is asked answers, whoever asked settles
    Line("GET /dispatch", may=OFFICERS | {REGULATOR}, told=ABOVE),
    Line("POST /dispatch", may=OFFICERS, told=READERS),
    Line("GET /dispatch/{order_id}", may=OFFICERS | {REGULATOR, HEAD}),
    Line("POST /dispatch/{order_id}/answer", may={HEAD}, told=OFFICERS | {REGULATOR}),
    Line("POST /dispatch/{order_id}/return", may=OFFICERS, told={REGULATOR, HEAD}),
    Line("POST /dispatch/{order_id}/settle", may=OFFICERS, told={REGULATOR, HEAD}),
    Line("POST /dispatch/{order_id}/withdraw", may=OFFICERS, told={REGULATOR, HEAD}),
    Line("GET /divisions/{county}/ledger/schools", may=ABOVE),
    Line("GET /schools/{school_id}/ledger/completeness", may=READERS),
    # alerts: whoever reads the ledger reads them, the post that owns one answers it, officers keep it quiet
    Line("GET /schools/{school_id}/alerts", may=READERS),
    Line("GET /alerts/{alert_id}", may=READERS),
    Line("POST /alerts/{alert_id}/answer", may=SCHOOL, told=READERS),
    Line("POST /alerts/{alert_id}/mute", may=OFFICERS, told=READERS),
    Line("POST /alerts/{alert_id}/unmute", may=OFFICERS, told=READERS),
    Line("GET /divisions/{code}/alerts", may=ABOVE),
    Line("GET /divisions/{code}/alerts/counts", may=ABOVE),
    Line("GET /divisions/{code}/alerts/rules", may=ABOVE),
    Line("POST /divisions/{code}/alert-trials", may=MANAGERS, told=ABOVE),
    Line("GET /divisions/{code}/alert-trials", may=MANAGERS, told=ABOVE),
    Line("GET /alert-trials/{trial_id}/alerts", may=MANAGERS, told=ABOVE),
    # rules are switched for the whole province
    Line("PUT /alert-rules/{rule_code}/switch", may={PostKind.PROVINCE}),
    # photos
    Line("POST /photos", may=EVERYBODY - {REGULATOR, ADMINISTRATOR}, told=READERS),
    Line("POST /uploads", may=EVERYBODY - {REGULATOR, ADMINISTRATOR}, told=READERS),
    Line("GET /photos/{key}", may=READERS),
    Line("POST /photos/addresses", may=READERS),
    # problems; the list is empty for outsiders
    Line("GET /problems", may=READERS, outside=200),
    Line("GET /problems/{problem_id}", may=READERS),
    Line("GET /problems/{problem_id}/receipts", may=READERS),
    Line("POST /problems", may=MONITORS | OFFICERS | {PARENT}),
    Line("POST /problems/{problem_id}/submit", may=SCHOOL, told=READERS),
    Line("POST /problems/{problem_id}/appeal", may=SCHOOL, told=READERS),
    Line("POST /problems/{problem_id}/close", may=OFFICERS, told=READERS),
    Line("POST /problems/{problem_id}/return", may=OFFICERS, told=READERS),
    Line("POST /problems/{problem_id}/uphold", may=OFFICERS, told=READERS),
    Line("POST /problems/{problem_id}/reject", may=OFFICERS, told=READERS),
    Line("POST /problems/{problem_id}/reopen", may=OFFICERS, told=READERS),
    Line("POST /problems/{problem_id}/reschedule", may=OFFICERS, told=READERS),
    # posts and schools that end; closing comes last, for it ends the posts at the school
    Line("POST /posts/{post_id}/leave", may=MANAGERS, told=READERS),
    Line("POST /posts/{post_id}/take-over", may=MANAGERS, told=READERS),
    Line("POST /schools/{school_id}/merge", may=MANAGERS, told=READERS),
    Line("POST /schools/{school_id}/close", may=MANAGERS, told=READERS),
]

# --- what there is to ask for, and how -------------------------------------------------------------------


@dataclass(frozen=True)
class Subject:
    """Things of one place, by the names that paths give them."""

    school_id: int
    code: str
    place_code: str
    problem_id: int
    appealed_id: int
    visit_id: int
    duty_id: int
    session_id: int
    person_id: int
    check_in: str
    key: str
    erasure_id: int
    record_id: int
    noticed_id: int
    upload_key: str
    address: str
    child_id: int
    round_id: int
    remark_id: int
    recusal_id: int
    term_id: int
    post_id: int
    import_id: int
    notice_id: int
    delivery_id: int
    check_id: int
    digest_id: int
    entry_id: int
    row_id: int
    month_id: int
    plan_id: int
    inspection_id: int
    order_id: int
    county: str
    alert_id: int
    trial_id: int
    rule_code: str
    month: str = "2026-11"
    aspect_code: str = "food_sample"
    register: str = "staff"
    own_register: str = "supplier"
    format: str = "png"
    sheet: str = "xlsx"
    kind: str = "location"
    group: str = "task"
    table: str = "people"


# what no place has; the school's code is one that we signed, for nobody can sign another
NOTHING = Subject(
    school_id=999_999, code="999999", place_code="", problem_id=999_999, appealed_id=999_999, visit_id=999_999,
    duty_id=999_999, session_id=999_999, person_id=999_999, check_in="0" * 24, key="0" * 32,
    erasure_id=999_999, record_id=999_999, noticed_id=999_999, upload_key="0" * 32,
    address=f"/api/pictures/x?rendition=original&expires=1795500000&by=1&mac={'0' * 64}",
    child_id=999_999, round_id=999_999, remark_id=999_999, recusal_id=999_999, term_id=999_999,
    post_id=999_999, import_id=999_999, notice_id=999_999, delivery_id=999_999, check_id=999_999,
    entry_id=999_999, row_id=999_999, month_id=999_999, plan_id=999_999, inspection_id=999_999, order_id=999_999, county="999999",
     digest_id=999_999,
    alert_id=999_999, trial_id=999_999, rule_code="no_such_rule",
)  # fmt: skip

Make = Callable[[Subject], dict[str, Any]]


def _act(subject: Subject) -> dict[str, Any]:
    # neither state of the two problems allows the move, and the photo is nobody's: nothing is ever changed
    return {"request_id": new_id(), "words": "已经看过", "photos": ["f" * 32]}


def _visit(subject: Subject) -> dict[str, Any]:
    return {
        "request_id": new_id(), "check_in": subject.check_in, "kind": "committee", "form_version": 1,
        "answers": [], "photos": [], "signatures": [],
    }  # fmt: skip


def _answer(subject: Subject) -> dict[str, Any]:
    marks = dict.fromkeys([f"S{number:02d}" for number in range(1, 12)], 80) | {"S12": 9}
    return {"child_id": subject.child_id, "form_version": 1, "marks": marks, "days": 5, "channel": "child"}


def _reply(subject: Subject) -> dict[str, Any]:
    return {"request_id": new_id(), "words": "情况属实"}


def _plan(subject: Subject) -> dict[str, Any]:
    # the days of the round that is there: another one there is never planned
    return {"opens_on": "2026-11-24", "closes_on": "2026-12-04"}


def _why(subject: Subject) -> dict[str, Any]:
    return {"reason": "情况有变"}


def _entry(subject: Subject) -> dict[str, Any]:
    # whoever may is told what is missing: nothing is ever kept
    return {
        "request_id": new_id(), "aspect": "staff", "version": 1, "school_id": subject.school_id,
        "for_on": "2026-11-24", "made_at": START.isoformat(), "values": {},
    }  # fmt: skip


def _row(subject: Subject) -> dict[str, Any]:
    return {"request_id": new_id(), "version": 1, "school_id": subject.school_id, "values": {}}


def _order(subject: Subject) -> dict[str, Any]:
    return {
        "request_id": new_id(), "step": "reminder", "school_id": subject.school_id, "title": "留样不全",
        "words": "请核实并补齐", "due_on": "2026-12-01",
    }  # fmt: skip


MOVES = ("submit", "close", "return", "appeal", "uphold", "reject", "reopen")
BODIES: dict[str, Make] = {
    "POST /me/phone": lambda _: {"code": "not-a-code"},
    "POST /me/invitation": lambda _: {"code": "NOTACODE23"},
    "POST /notices/read": lambda _: {"ids": [1]},
    "PUT /me/morning": lambda _: {"wanted": True, "at": "07:30"},
    "POST /me/consents": lambda subject: {"kind": subject.kind, "version": 1},
    "POST /me/erasure/confirm": lambda _: {"words": "确认注销"},
    "POST /invitations": lambda subject: {"person_id": subject.person_id},
    "PUT /divisions/{code}/policies/{key}": lambda _: {"value": 7},
    "PUT /divisions/{code}/channels/{group}": lambda _: {"channels": ["subscribe", "official"]},
    "PUT /me/channels/{group}": lambda _: {"channels": []},
    "PUT /divisions/{code}/terms/{term}": lambda _: {"begins_on": "2027-03-01", "ends_on": "2027-07-10"},
    "POST /problems/{problem_id}/reschedule": lambda _: {
        "request_id": new_id(), "words": "因为这样", "due_on": "2026-12-01"},
    "POST /schools/{school_id}/posters/revoke": lambda _: {"reason": "海报遗失"},
    "POST /check-ins": lambda subject: {
        "code": subject.place_code, "request_id": new_id(), "scanned_at": START.isoformat()
    },
    "POST /visits": _visit,
    "POST /duties/{duty_id}/excuse": lambda _: {"reason": "停课"},
    "POST /duties/{duty_id}/swap": lambda _: {"person_id": 999_999},
    "POST /problems": lambda subject: {
        "request_id": new_id(), "school_id": subject.school_id, "title": "餐具没有消毒"
    },
    **{f"POST /problems/{{problem_id}}/{move}": _act for move in MOVES},
    "POST /visits/{visit_id}/confirm": _reply,
    "POST /visits/{visit_id}/defence": _reply,
    "POST /photos/addresses": lambda subject: {"photos": [subject.key]},
    "POST /me/children": lambda subject: {
        "request_id": new_id(), "school_id": subject.school_id, "grade": 3
    },
    "POST /surveys/{round_id}/answers": _answer,
    "POST /schools/{school_id}/surveys": _plan,
    "POST /divisions/{code}/surveys": _plan,
    "POST /surveys/{round_id}/move": _plan,
    "POST /surveys/{round_id}/cancel": _why,
    "POST /survey-remarks/{remark_id}/decide": lambda _: {"state": "shown"},
    "POST /content-checks/{check_id}/refuse": _why,
    "POST /people/{person_id}/unbind": _why,
    # an address that is none: whoever may is told so, and no group is spoken to
    "PUT /divisions/{code}/robot": lambda _: {"name": "县局群", "webhook": "nothing"},
    "PUT /schools/{school_id}/robot": lambda _: {"name": "食堂群", "webhook": "nothing"},
    "POST /schools/{school_id}/recusals": lambda subject: {
        "person_id": subject.person_id, "reason": "亲属在该校任职"
    },
    "POST /recusals/{recusal_id}/end": _why,
    "POST /schools/{school_id}/supervisors": lambda subject: {
        "person_id": subject.person_id, "since_on": "2026-12-01"
    },
    "POST /posts/{post_id}/leave": lambda subject: {"person_id": subject.person_id, "on": "2026-12-31"},
    "POST /posts/{post_id}/take-over": lambda subject: {
        "person_id": subject.person_id, "name": "接任人", "phone": "19800000001", "since_on": "2026-12-31"
    },
    # into itself: nothing is merged
    "POST /schools/{school_id}/merge": lambda subject: {"into": subject.school_id, "reason": "布局调整"},
    "POST /schools/{school_id}/close": _why,
    "POST /deliveries/{delivery_id}/resend": _why,
    "POST /notices/{notice_id}/withdraw": _why,
    "POST /divisions/{code}/people/find": lambda _: {"phone": "15499999999"},
    "POST /people/{person_id}/called": lambda subject: {"notices": [subject.notice_id]},
    **{f"POST /desk-tickets/{verb}": lambda _: {"ticket": "x" * 32} for verb in ("scan", "confirm", "refuse")},
    "POST /ledger/entries": _entry,
    "POST /ledger/entries/{entry_id}/correct": lambda _: {
        "request_id": new_id(), "version": 1, "values": {}, "reason": "填错了"
    },
    "POST /ledger/entries/{entry_id}/withdraw": lambda _: {"request_id": new_id(), "reason": "填重了"},
    "POST /ledger/entries/{entry_id}/sign": lambda _: {"request_id": new_id()},
    "POST /ledger/registers/{register}": _row,
    "POST /ledger/register-rows/{row_id}/end": _why,
    "POST /ledger/entries/{entry_id}/reveal": lambda _: {"item": "certificate"},
    "POST /ledger/register-rows/{row_id}/reveal": lambda _: {"item": "certificate"},
    **{
        f"POST /schools/{{school_id}}/ledger/months/{{month}}/{move}": _why
        for move in ("appeal", "uphold", "reopen")
    },
    "POST /inspections": lambda subject: {
        "request_id": new_id(), "division": subject.code, "month": "2026-11", "title": "现场抽查",
        "agency": "education", "way": "onsite", "matters": ["sample"], "number": 1, "public_source": "收盘点位",
    },
    # drawn already: nothing is drawn or cancelled again
    "POST /inspections/{plan_id}/draw": lambda _: {"public_value": "另一个数值"},
    "POST /inspections/{plan_id}/cancel": _why,
    "POST /inspected-schools/{inspection_id}/done": lambda _: {"on": "2026-01-01"},
    "POST /dispatch": _order,
    **{f"POST /dispatch/{{order_id}}/{move}": _reply for move in ("answer", "settle", "withdraw")},
    "POST /dispatch/{order_id}/return": lambda subject: _reply(subject) | {"due_on": "2026-12-01"},
    "POST /supervisors/{term_id}/end": lambda _: {"reason": "情况有变", "until_on": "2026-12-01"},
    # a photo that is nobody's: nothing is ever answered
    "POST /alerts/{alert_id}/answer": lambda _: {
        "request_id": new_id(), "answer": "photo", "photos": ["f" * 32]
    },
    "POST /alerts/{alert_id}/mute": lambda _: {"reason": "停用改造", "until_on": "2026-12-01"},
    "PUT /alert-rules/{rule_code}/switch": lambda _: {"to": "on"},
    "POST /divisions/{code}/alert-trials": lambda subject: {"rule": "rat_proof", "month": "2026-10"},
}  # fmt: skip
QUERIES: dict[str, Make] = {
    "GET /schools": lambda subject: {"division": subject.code},
    "GET /dispatch": lambda subject: {"division": subject.code},
    "GET /inspections": lambda subject: {"division": subject.code},
    "GET /problems": lambda subject: {"school_id": subject.school_id},
    "GET /records": lambda subject: {"division": subject.code},
    "GET /content-checks": lambda subject: {"division": subject.code},
    "GET /pictures/{key}": lambda subject: dict(parse_qsl(urlsplit(subject.address).query)),
    "POST /imports": lambda _: {"kind": "people", "name": "人员.csv"},
    "POST /photos": lambda subject: {
        "school_id": subject.school_id, "purpose": "problem", "request_id": new_id()
    },
}  # fmt: skip
TUS = {"Tus-Resumable": "1.0.0"}
PART = TUS | {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
HEADERS: dict[str, Make] = {
    "POST /uploads": lambda subject: TUS | {
        "Upload-Length": "1000",
        "Upload-Metadata": _metadata(school_id=subject.school_id, purpose="problem", request_id=new_id()),
    },
    "HEAD /uploads/{key}": lambda _: TUS,
    "DELETE /uploads/{key}": lambda _: TUS,
    "PATCH /uploads/{key}": lambda _: PART,
    "POST /uploads/{key}": lambda _: PART | {"X-HTTP-Method-Override": "PATCH"},
}  # fmt: skip


def _metadata(**said: Any) -> str:
    return ",".join(f"{name} {base64.b64encode(str(each).encode()).decode()}" for name, each in said.items())


# where a path's name means another field: of the two problems, the one on which the move may not be made
INSTEAD: dict[str, tuple[str, str]] = {
    **{
        f"POST /problems/{{problem_id}}/{move}": ("problem_id", "appealed_id")
        for move in ("submit", "appeal", "close", "return", "reopen")
    },
    "POST /visits/{visit_id}/confirm": ("visit_id", "record_id"),
    "POST /visits/{visit_id}/defence": ("visit_id", "record_id"),
    "POST /visits/{visit_id}/rectification-notice": ("visit_id", "noticed_id"),
    "GET /visits/{visit_id}/rectification-notice.pdf": ("visit_id", "noticed_id"),
    "POST /schools/{school_id}/invitations.{format}": ("format", "sheet"),
    "POST /schools/{school_id}/parent-invitations.{format}": ("format", "sheet"),
    "GET /templates/{kind}": ("kind", "table"),
    "POST /ledger/registers/{register}": ("register", "own_register"),
    **{f"{method} /uploads/{{key}}": ("key", "upload_key") for method in ("HEAD", "PATCH", "POST", "DELETE")},
}


async def ask(phone: Phone, operation: str, subject: Subject) -> Answer:
    method, path = operation.split(" ", 1)
    if operation in INSTEAD:
        name, field = INSTEAD[operation]
        path = path.replace(f"{{{name}}}", str(getattr(subject, field)))
    if "policies/{key}" in path:
        path = path.replace("{key}", "late_days")
    path = path.replace("{term}", "2027-spring")
    path = re.sub(r"\{(\w+)\}", lambda name: str(getattr(subject, name[1])), path)
    more: dict[str, Any] = {}
    if operation in QUERIES:
        more["params"] = QUERIES[operation](subject)
    if operation in BODIES:
        more["json"] = BODIES[operation](subject)
    if operation in FILES:
        data, name, media = FILES[operation]
        more["data"] = aiohttp.FormData({"other": "x"})
        more["data"].add_field("file", data, filename=name, content_type=media)
    if operation in HEADERS:
        more["data"] = None if method in ("HEAD", "DELETE") else b"x" * 10
        return await _with_headers(phone, method, path, HEADERS[operation](subject), more["data"])
    return await phone.ask(method, path, **more)


async def _with_headers(
    phone: Phone, method: str, path: str, headers: dict[str, str], data: bytes | None
) -> Answer:
    own = {"Authorization": f"Bearer {phone.token}"} if phone.token else {}
    async with phone.stage.http.request(method, f"/api{path}", headers=own | headers, data=data) as answer:
        # what is answered to HEAD has no body
        is_json = "json" in answer.content_type and method != "HEAD"
        return Answer(answer.status, await answer.json() if is_json else {}, answer.headers)


FILES = {
    "POST /photos": (jpeg(64, 64), "photo.jpg", "image/jpeg"),
    "POST /imports": ("姓名,手机号\n".encode(), "人员.csv", "text/csv"),
}

# --- the people and the places ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Role:
    """`kind` is None for those who hold no post."""

    name: str
    phone: Phone
    kind: PostKind | None
    reach: set[str]
    bound: bool = True


class World:
    """One school a scope with everything in it, and somebody of every role."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.schools: dict[str, School] = {}
        self.subjects: dict[str, Subject] = {}
        self.roles: list[Role] = []
        self.nobodies: list[Role] = []

    async def build(self) -> "World":
        for number, (scope, county) in enumerate(SCOPES.items(), 1):
            self.schools[scope] = await School.create(
                code=f"53030200{number:02d}", name=f"第{number}小学", county_code=county,
                stage=SchoolStage.PRIMARY,
            )  # fmt: skip
        for scope, school in self.schools.items():
            self.subjects[scope] = await self._fill(school)
        for kind in PostKind:
            place, reach = PLACES[kind]
            phone = await self.phone(kind.value, (kind, place or self.schools[OWN_PLACE]))
            self.roles.append(Role(kind.value, phone, kind, reach))
        self.roles.append(Role("without a post", await self.phone("without a post"), None, set()))
        unbound = await self.phone("not bound", bind=False)
        self.roles.append(Role("not bound", unbound, None, set(), bound=False))
        gone = await self.phone("signed out")
        mine = (await gone.get("/sessions")).json
        assert (await gone.ask("DELETE", f"/sessions/{mine[0]['id']}")).status == 204
        stranger = Phone(self.stage, gone.person)
        self.nobodies = [Role("no token", stranger, None, set()), Role("signed out", gone, None, set())]
        return self

    async def phone(self, name: str, *posts: tuple[PostKind, School | str], bind: bool = True) -> Phone:
        return await Phone(self.stage, await self.person(name, *posts)).turn_on(bind=bind, consent=False)

    async def person(self, name: str, *posts: tuple[PostKind, School | str]) -> Person:
        number = await Person.all().count()
        vault, now = self.stage.world.context.vault, self.stage.clock()
        person = await add_person(vault, f"{name}{number}"[:40], f"1540000{number:04d}", now)
        for kind, place in posts:
            at = {"school_id": place.id} if isinstance(place, School) else {"division_code": place}
            await Holding.create(person=person, post=await ensure_post(kind, **at), since_on=SINCE)  # type: ignore[arg-type]
        return person

    async def _fill(self, school: School) -> Subject:
        """Everything a place can have; whoever made it holds a post that gives no role a part in it."""
        member = await self.phone("member", (COMMITTEE, school))
        subject = await self._inspected(await self._kept(self._at(school), school), school)
        await duties.open_month("2026-11")
        checked = await member.check_in(school)
        visit = await member.visit(school, checked.headers["request_id"])
        assert visit.status == 201, visit.json
        other = await member.check_in(school)
        assert other.status == 201, other.json
        key = (await member.get(f"/visits/{visit.json['id']}")).json["photos"][0]
        begun = await ask(member, "POST /uploads", self._at(school))
        addresses = await member.post("/photos/addresses", {"photos": [key]})
        waiting = await ContentCheck.create(
            content=Content.WORDS, target_id=1_000_000 + school.id, school_id=school.id,
            county_code=school.county_code, person_id=member.person.id, words="加微信看图",
            state=CheckState.REVIEW, created_at=self.stage.clock(),
        )  # fmt: skip
        return replace(
            await self._managed(await self._surveyed(await self._found(subject, school), school), school),
            visit_id=visit.json["id"],
            duty_id=(await Duty.get(school_id=school.id, month="2026-11", kind="committee")).id,
            session_id=(await member.get("/sessions")).json[0]["id"],
            check_in=other.headers["request_id"],
            key=key,
            upload_key=begun.headers["Location"].rsplit("/", 1)[1],
            address=addresses.json[0]["address"],
            check_id=waiting.id,
        )  # fmt: skip

    async def _kept(self, subject: Subject, school: School) -> Subject:
        """An entry of the ledger about somebody, and the register's row it made."""
        manager = await self.phone("manager", (MANAGER, school))
        values = {
            "name": "李琼仙", "job": "cook", "certificate": "QJ20260012345", "from_on": "2026-09-01",
            "until_on": "2027-08-31", "trained": True,
        }  # fmt: skip
        entry = await manager.post("/ledger/entries", _entry(subject) | {"values": values})
        assert entry.status == 201, entry.json
        row = await RegisterRow.get(form="staff", school_id=school.id)
        month = await LedgerMonth.create(
            school_id=school.id, month="2026-10", state=MonthState.CONFIRMED, changed_at=self.stage.clock(),
            changed_by=manager.person.id,
        )  # fmt: skip
        raised = await Alert.create(
            mode=Mode.LIVE, rule="rat_proof", matter=f"{school.id}:", school_id=school.id,
            county_code=school.county_code, owner=MANAGER.value, level=Severity.SERIOUS, sort=Sort.NO_RECORD,
            said="本学期台账没有填防鼠设施。", facts={}, state=State.OPEN, raised_at=self.stage.clock(),
            changed_at=self.stage.clock(),
        )  # fmt: skip
        trial = await AlertTrial.create(
            rule="fly_proof", division_code=school.county_code, month="2026-10",
            asked_by=manager.person.id, asked_at=self.stage.clock(), done_at=self.stage.clock(),
        )  # fmt: skip
        return replace(
            subject,
            entry_id=entry.json["id"],
            row_id=row.id,
            month_id=month.id,
            alert_id=raised.id,
            trial_id=trial.id,
            rule_code="rat_proof",
        )

    async def _found(self, subject: Subject, school: School) -> Subject:
        """Problems, a supervisor's record that the school has not answered, and one with its notice."""
        parent, head = await self.phone("parent", (PARENT, school)), await self.phone("head", (HEAD, school))
        found = [await parent.post("/problems", BODIES["POST /problems"](subject)) for _ in range(2)]
        appeal = {"request_id": new_id(), "words": "情况不属实"}
        assert (await head.post(f"/problems/{found[1].json['id']}/appeal", appeal)).status == 200
        supervisor = await self.phone("supervisor", (SUPERVISOR, school))
        record = await self._supervised(supervisor, school, signed=False)
        noticed = await self._supervised(supervisor, school, signed=True)
        issued = await supervisor.post(f"/visits/{noticed}/rectification-notice")
        assert issued.status == 201, issued.json
        notice = await Notice.filter(school_id=school.id, kind="problem_assigned").order_by("id").first()
        assert notice is not None
        delivery = await Delivery.filter(notice_id=notice.id).order_by("id").first()
        assert delivery is not None
        return replace(
            subject,
            notice_id=notice.id,
            delivery_id=delivery.id,
            problem_id=found[0].json["id"],
            appealed_id=found[1].json["id"],
            record_id=record,
            noticed_id=noticed,
        )

    async def _supervised(self, phone: Phone, school: School, *, signed: bool) -> int:
        check_in = (await phone.check_in(school)).headers["request_id"]
        body = await phone.visit_body(school, check_in, kind="supervisor", grade="")
        body["answers"][1] |= {
            "verdict": "problem", "remark": "总监缺位三个月", "severity": "serious",
            "handling": "deadline", "photos": [await phone.photo(school)],
        }  # fmt: skip
        if signed:
            body["signatures"].append(await phone.photo(school, "signature"))
        sent = await phone.post("/visits", body)
        assert sent.status == 201, sent.json
        return int(sent.json["id"])

    async def _surveyed(self, subject: Subject, school: School) -> Subject:
        """A child of somebody, a round, and words out of a box."""
        officer = await self.phone("officer", (PostKind.COUNTY, school.county_code))
        parent = await self.phone("parent", (PARENT, school))
        await parent.agree("child_data")
        child = await parent.post("/me/children", BODIES["POST /me/children"](subject))
        assert child.status == 201, child.json
        planned = await officer.post(f"/schools/{school.id}/surveys", _plan(subject))
        assert planned.status == 201, planned.json
        # by themselves words appear when five have answered and the round is over
        remark = await SurveyRemark.create(
            id=school.id, round_id=planned.json["id"], school_id=school.id, words="汤有点咸",
            state=RemarkState.WAITING,
        )  # fmt: skip
        return replace(subject, child_id=child.json["id"], round_id=planned.json["id"], remark_id=remark.id)

    async def _inspected(self, subject: Subject, school: School) -> Subject:
        """A plan of the county in which the school was drawn, and an order to its head."""
        officer = await self.phone("officer", (PostKind.COUNTY, school.county_code))
        await ensure_post(HEAD, school_id=school.id)
        body = BODIES["POST /inspections"](subject) | {"number": 100}
        plan = await officer.post("/inspections", body)
        assert plan.status == 201, plan.json
        plan_id = plan.json["id"]
        drawn = await officer.post(f"/inspections/{plan_id}/draw", {"public_value": "3891.26"})
        mine = next(one for one in drawn.json["drawn"] if one["school_id"] == school.id)
        order = await officer.post("/dispatch", _order(subject))
        assert order.status == 201, order.json
        return replace(subject, plan_id=plan_id, inspection_id=mine["id"], order_id=order.json["id"])

    async def _managed(self, subject: Subject, school: School) -> Subject:
        """Somebody who may be invited, must keep away or was assigned, and one who asked to be forgotten."""
        officer = await self.phone("officer", (PostKind.COUNTY, school.county_code))
        invited = await self.person("invited", (FINANCE, school))
        assigned = await self.person("assigned", (PARENT, school))
        away = {"person_id": invited.id, "reason": "配偶为该校食堂承包人"}
        recusal = await officer.post(f"/schools/{school.id}/recusals", away)
        assert recusal.status == 201, recusal.json
        term = await officer.post(
            f"/schools/{school.id}/supervisors", {"person_id": assigned.id, "since_on": "2026-12-01"}
        )
        assert term.status == 201, term.json
        file = await ask(officer, "POST /imports", subject)
        assert file.status == 202, file.json
        gone = await self.phone("gone", (FINANCE, school))
        await Holding.filter(person_id=gone.person.id).update(until_on=START.date())
        erasure = await gone.post("/me/erasure")
        assert erasure.status == 201, erasure.json
        words = BODIES["POST /me/erasure/confirm"](NOTHING)
        assert (await gone.post("/me/erasure/confirm", words)).status == 200
        # by itself it appears on Mondays
        digest = await Digest.create(
            unique_key=f"week:2026-W48:{school.county_code}{school.id}", kind="week", period="2026-W48",
            division_code=school.county_code, marks=[],
            content={"title": "每周小结", "lead": "", "figures": [], "sections": []}, created_at=START,
        )  # fmt: skip
        return replace(
            subject,
            digest_id=digest.id,
            person_id=invited.id,
            post_id=(await Holding.get(person_id=invited.id)).post_id,
            import_id=file.json["id"],
            recusal_id=recusal.json["id"],
            term_id=term.json["id"],
            erasure_id=erasure.json["id"],
        )

    def _at(self, school: School) -> Subject:
        code = self.stage.code(school, school.poster_generation)
        return replace(
            NOTHING, school_id=school.id, code=school.county_code, county=school.county_code, place_code=code
        )

    async def again(self, scope: str) -> Subject:
        """The subject with the code that hangs there now: revoking it is one of the operations."""
        school = await School.get(id=self.schools[scope].id)
        code = self.stage.code(school, school.poster_generation)
        return replace(self.subjects[scope], place_code=code)


@pytest.fixture
async def world(stage: Stage) -> World:
    return await World(stage).build()


# --- the tests -------------------------------------------------------------------------------------------


def test_every_operation_of_the_document_is_in_a_table() -> None:
    named = [*OPEN, *OWN, *(line.operation for line in SCOPED)]
    served = [f"{route.method} {route.path}" for route in ROUTES]
    missing = sorted(set(served) - set(named))
    assert not missing, f"say in tests/api/test_access_matrix.py who may ask for {missing}"
    assert sorted(named) == sorted(served), "an operation is in two tables, or is served no more"
    open_to_all = {f"{route.method} {route.path}" for route in ROUTES if not route.signed_in}
    assert open_to_all == OPEN
    bodies = {f"{route.method} {route.path}" for route in ROUTES if route.body} - OPEN
    assert bodies == set(BODIES), "an operation has a body and no entry in BODIES"


def _wrong(said: Answer, expected: str, school_id: int = 0) -> bool:
    if expected == "may":
        broken = said.status in (401, 403, 404, 429) or said.status >= 500
        return broken or (said.status == 422 and said.code == "validation")
    if expected == "empty":
        return said.status != 200 or said.json["items"] != []
    if expected in ("listed", "unlisted"):
        there = said.status == 200 and school_id in {item["school_id"] for item in said.json["items"]}
        return said.status != 200 or there is not (expected == "listed")
    return said.status != int(expected)


def _expected(line: Line, role: Role, scope: str) -> str:
    inside = role.kind is not None and scope in role.reach
    if inside and role.kind in line.may:
        return "listed" if line.mixed else "may"
    if inside and role.kind in (line.told or ()):
        return "403"
    if line.mixed:
        return "unlisted"
    return "empty" if line.outside == 200 else str(line.outside)


async def _deviations(world: World, line: Line) -> list[str]:
    found = []
    for role in world.roles:
        absent = await ask(role.phone, line.operation, NOTHING) if line.outside == 404 else None
        for scope in SCOPES:
            expected = _expected(line, role, scope)
            subject = await world.again(scope)
            said = await ask(role.phone, line.operation, subject)
            where = f"{line.operation}: {role.name}, {scope}"
            told = f"{said.status} {said.json if isinstance(said.json, dict) else ''}"
            hidden = expected == "404"
            if expected in ("404", "unlisted") and not role.bound and said.status == 403:
                # told to bind first, before anything is looked up
                expected = "403"
            if _wrong(said, expected, subject.school_id):
                found.append(f"{where}: expected {expected}, got {told}")
            elif hidden and absent is not None and _heard(said) != _heard(absent):
                found.append(f"{where}: {told} can be told from what does not exist: {_heard(absent)}")
    for role in world.nobodies:
        said = await ask(role.phone, line.operation, await world.again(OWN_PLACE))
        if said.status != 401:
            found.append(f"{line.operation}: {role.name}: expected 401, got {said.status}")
    return found


def _heard(said: Answer) -> tuple[Any, ...]:
    return said.status, *(said.json.get(name) for name in ("code", "detail", "facts"))


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_everybody_reaches_what_they_may_and_nothing_else(world: World) -> None:
    found = [said for line in SCOPED for said in await _deviations(world, line)]
    assert not found, f"{len(found)} deviations:\n" + "\n".join(found)


@pytest.mark.slow
async def test_what_is_ones_own_needs_a_phone_that_is_signed_in(world: World) -> None:
    found = []
    for operation, binding in OWN.items():
        for role in world.roles:
            said = await ask(role.phone, operation, NOTHING)
            may = role.kind in BY_POST.get(operation, EVERYBODY | {None})
            expected = "may" if may and (role.bound or not binding) else "403"
            if _wrong(said, expected):
                found.append(f"{operation}: {role.name}: expected {expected}, got {said.status} {said.json}")
        for role in world.nobodies:
            said = await ask(role.phone, operation, NOTHING)
            if said.status != 401:
                found.append(f"{operation}: {role.name}: expected 401, got {said.status}")
    assert not found, "\n".join(found)


async def test_what_is_open_needs_no_phone_and_a_forged_address_tells_nothing(world: World) -> None:
    stranger, subject = world.nobodies[0].phone, world.subjects[OWN_PLACE]
    for operation in sorted(OPEN - {"POST /sessions"}):
        said = await ask(stranger, operation, subject)
        assert said.status in (200, 204), f"{operation}: {said.status} {said.json}"
    forged = await ask(stranger, "GET /pictures/{key}", replace(subject, address=NOTHING.address))
    absent = await ask(stranger, "GET /pictures/{key}", NOTHING)
    assert forged.status == 404
    assert _heard(forged) == _heard(absent)
