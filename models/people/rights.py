"""What each kind of post may do: one table."""

from enum import StrEnum

from models.organisations.tables import PostKind


class Right(StrEnum):
    READ_SCHOOL = "read_school"
    """See the school, its check-ins, visits with their photos, and problems."""
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
    IMPORT = "import"
    """Import tables of one's own division."""
    ORGANISE = "organise"
    """End and replace holdings, merge and close schools."""


_READING = {Right.READ_SCHOOL}
_MONITOR = {Right.READ_SCHOOL, Right.CHECK_IN, Right.REPORT}
_SCHOOL = {Right.READ_SCHOOL, Right.RECTIFY, Right.SHOW_CODE}
_OFFICER = {
    Right.READ_SCHOOL,
    Right.READ_PEOPLE,
    Right.REPORT,
    Right.VERIFY,
    Right.DECIDE,
    Right.REOPEN,
    Right.REVOKE_CODE,
    Right.PLAN_DUTIES,
    Right.INVITE,
    Right.IMPORT,
    Right.ORGANISE,
}

RIGHTS: dict[PostKind, frozenset[Right]] = {
    PostKind.PARENT: frozenset({Right.REPORT}),
    PostKind.COMMITTEE: frozenset(_MONITOR),
    PostKind.SUPERVISOR: frozenset(_MONITOR),
    PostKind.HEAD: frozenset(_SCHOOL | {Right.READ_PEOPLE}),
    PostKind.MANAGER: frozenset(_SCHOOL),
    PostKind.FINANCE: frozenset(_READING),
    PostKind.COUNTY: frozenset(_OFFICER | {Right.SET_POLICY}),
    PostKind.PREFECTURE: frozenset(_OFFICER | {Right.SET_POLICY}),
    PostKind.PROVINCE: frozenset(_OFFICER | {Right.SET_POLICY}),
    PostKind.REGULATOR: frozenset(_READING),
    PostKind.ADMINISTRATOR: frozenset(
        {
            Right.READ_SCHOOL,
            Right.READ_PEOPLE,
            Right.INVITE,
            Right.SET_POLICY,
            Right.REVOKE_CODE,
            Right.IMPORT,
            Right.ORGANISE,
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
