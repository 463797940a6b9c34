"""What each kind of post may do: one table."""

from enum import StrEnum

from models.organisations.tables import PostKind


class Right(StrEnum):
    READ_SCHOOL = "read_school"
    """See the school, its check-ins, visits with their photos, and problems."""
    READ_EVIDENCE = "read_evidence"
    """See how well check-ins are proven, and why: not for those who could learn from it how to forge one."""
    READ_PEOPLE = "read_people"
    """See who holds which post, with telephone numbers."""
    CHECK_IN = "check_in"
    """Check in and send the monthly visit."""
    REPORT = "report"
    """Report a problem, with photos, and follow it."""
    RECTIFY = "rectify"
    """Submit a rectification or an appeal for the school."""
    VERIFY = "verify"
    """Close or return any rectification in the place."""
    DECIDE = "decide"
    """Decide appeals."""
    REOPEN = "reopen"
    """Reopen a closed problem that one did not find oneself."""
    SHOW_CODE = "show_code"
    """Show the rotating code."""
    REVOKE_CODE = "revoke_code"
    """Void the posters of a school, print new ones."""
    PLAN_DUTIES = "plan_duties"
    """Excuse a duty, or have someone else make it."""
    SET_POLICY = "set_policy"
    INVITE = "invite"
    INVITE_PARENTS = "invite_parents"
    """Give those who are nothing but parents of the school their codes, and print what is handed to them."""
    ERASE = "erase"
    """Carry out somebody's own request to be forgotten."""
    ANSWER_SURVEYS = "answer_surveys"
    """Answer satisfaction surveys as a guardian of the school's pupils."""
    READ_SURVEYS = "read_surveys"
    """See the rounds and the published results of satisfaction surveys."""
    READ_REMARKS = "read_remarks"
    """Read the words guardians added to their answers."""
    PLAN_SURVEYS = "plan_surveys"
    """Plan, move and cancel rounds; decide on words that wait."""
    MANAGE_PEOPLE = "manage_people"
    """Record recusals, assign supervisors to schools."""
    SIGN_RECORD = "sign_record"
    """Answer a supervisor's record for the school: confirm it, or state the defence."""
    IMPORT = "import"
    """Import tables of one's own division."""
    REVIEW_CONTENT = "review_content"
    """Decide on words and photos that the platform's content check leaves to a person."""
    ORGANISE = "organise"
    """End and replace holdings, merge and close schools."""
    USE_DESK = "use_desk"
    """Sign a browser in, by scanning, to the pages under `/desk/`."""
    READ_DELIVERIES = "read_deliveries"
    """See what became of every notice, and who cannot be reached."""
    HANDLE_DELIVERIES = "handle_deliveries"
    """Send a notice again, take back what has not gone out, note that somebody was telephoned."""
    REVEAL_PHONE = "reveal_phone"
    """Have the number of somebody who cannot be reached shown whole; each time is journalled."""
    READ_LEDGER = "read_ledger"
    """Read the ledger's entries, registers and figures."""
    READ_LEDGER_PEOPLE = "read_ledger_people"
    """Read who works in a canteen and what certificates they have, with the numbers masked."""
    READ_LEDGER_MONEY = "read_ledger_money"
    """Read fees, waivers and refunds in the ledger."""
    KEEP_LEDGER = "keep_ledger"
    """Make and correct entries of the aspects that are the post's own."""
    APPEAL_LEDGER = "appeal_ledger"
    """Object, for the school, to a month that the county confirmed."""
    LOCK_LEDGER = "lock_ledger"
    """Confirm and lock a school's month, decide on an appeal, open it again."""
    REVEAL_NUMBER = "reveal_number"
    """Have a certificate's number shown whole; each time is journalled."""
    READ_INSPECTIONS = "read_inspections"
    """See plans of inspections, their draws and what was drawn."""
    PLAN_INSPECTIONS = "plan_inspections"
    """Plan inspections, draw schools, note that one was inspected."""
    READ_DISPATCH = "read_dispatch"
    """See the orders in a division, and what was answered."""
    DISPATCH = "dispatch"
    """Issue an order to a school or a division below, return its answer, settle it."""
    MUTE_ALERT = "mute_alert"
    """Keep an alert quiet for a time, with a reason."""
    SET_ROBOT = "set_robot"
    """Give the group chat of a school or a division a robot that tells it what happens, or take it away."""


_READING = {Right.READ_SCHOOL, Right.READ_SURVEYS}
_LEDGER = {Right.READ_LEDGER, Right.READ_LEDGER_PEOPLE, Right.READ_LEDGER_MONEY}
_MONITOR = {Right.READ_SCHOOL, Right.READ_SURVEYS, Right.CHECK_IN, Right.REPORT, Right.READ_LEDGER}
_SCHOOL = {Right.READ_SCHOOL, Right.READ_SURVEYS, Right.RECTIFY, Right.SHOW_CODE, Right.KEEP_LEDGER} | _LEDGER
_DESK = {Right.USE_DESK, Right.READ_DELIVERIES, Right.HANDLE_DELIVERIES, Right.REVEAL_PHONE}
_OFFICER = (_DESK | _LEDGER) | {
    Right.MUTE_ALERT,
    Right.LOCK_LEDGER,
    Right.REVEAL_NUMBER,
    Right.READ_SCHOOL,
    Right.READ_EVIDENCE,
    Right.READ_PEOPLE,
    Right.REPORT,
    Right.VERIFY,
    Right.DECIDE,
    Right.REOPEN,
    Right.REVOKE_CODE,
    Right.PLAN_DUTIES,
    Right.INVITE,
    Right.INVITE_PARENTS,
    Right.ERASE,
    Right.READ_SURVEYS,
    Right.READ_REMARKS,
    Right.PLAN_SURVEYS,
    Right.MANAGE_PEOPLE,
    Right.IMPORT,
    Right.ORGANISE,
    Right.REVIEW_CONTENT,
    Right.SET_ROBOT,
    Right.READ_INSPECTIONS,
    Right.PLAN_INSPECTIONS,
    Right.READ_DISPATCH,
    Right.DISPATCH,
}

RIGHTS: dict[PostKind, frozenset[Right]] = {
    PostKind.PARENT: frozenset({Right.REPORT, Right.ANSWER_SURVEYS, Right.READ_SURVEYS}),
    PostKind.COMMITTEE: frozenset(_MONITOR | {Right.ANSWER_SURVEYS}),
    PostKind.SUPERVISOR: frozenset(_MONITOR | _LEDGER),
    PostKind.HEAD: frozenset(
        _SCHOOL
        | {
            Right.READ_PEOPLE,
            Right.READ_REMARKS,
            Right.SIGN_RECORD,
            Right.INVITE_PARENTS,
            Right.SET_ROBOT,
            Right.APPEAL_LEDGER,
            Right.REVEAL_NUMBER,
        }
    ),
    PostKind.MANAGER: frozenset(_SCHOOL),
    PostKind.FINANCE: frozenset(_READING | {Right.READ_LEDGER, Right.READ_LEDGER_MONEY, Right.KEEP_LEDGER}),
    PostKind.COUNTY: frozenset(_OFFICER | {Right.SET_POLICY, Right.KEEP_LEDGER}),
    PostKind.PREFECTURE: frozenset(_OFFICER | {Right.SET_POLICY}),
    PostKind.PROVINCE: frozenset(_OFFICER | {Right.SET_POLICY}),
    PostKind.REGULATOR: frozenset(_READING | _LEDGER | {Right.READ_INSPECTIONS, Right.READ_DISPATCH}),
    PostKind.ADMINISTRATOR: frozenset(
        _DESK
        | {
            Right.READ_LEDGER,
            Right.READ_SCHOOL,
            Right.READ_SURVEYS,
            Right.READ_PEOPLE,
            Right.INVITE,
            Right.INVITE_PARENTS,
            Right.ERASE,
            Right.MANAGE_PEOPLE,
            Right.SET_POLICY,
            Right.REVOKE_CODE,
            Right.IMPORT,
            Right.ORGANISE,
            Right.SET_ROBOT,
            Right.READ_INSPECTIONS,
        }
    ),
}

POST_NAMES: dict[PostKind, str] = {
    PostKind.PARENT: "家长",
    PostKind.COMMITTEE: "膳食家委会委员",
    PostKind.SUPERVISOR: "责任督学",
    PostKind.HEAD: "学校负责人",
    PostKind.MANAGER: "食堂管理员",
    PostKind.FINANCE: "财务人员",
    PostKind.COUNTY: "县教体局",
    PostKind.PREFECTURE: "州市教体局",
    PostKind.PROVINCE: "省教体局",
    PostKind.REGULATOR: "市场监管",
    PostKind.ADMINISTRATOR: "管理员",
}
