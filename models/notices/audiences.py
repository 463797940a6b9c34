"""Which posts each kind of notice is told to: what to ask their consent for.

Written down beside the actions that put notices, which know it one by one; a test compares the kinds.
"""

from models.organisations.tables import PostKind

_HEAD = (PostKind.HEAD,)
_SCHOOL = (PostKind.HEAD, PostKind.MANAGER)
_COUNTY = (PostKind.COUNTY,)
_LADDER = (PostKind.COUNTY, PostKind.PREFECTURE, PostKind.PROVINCE)
_MONITORS = (PostKind.COMMITTEE, PostKind.SUPERVISOR)
# whom somebody above may ask for an answer, and who takes a lead
_ASKED = (PostKind.HEAD, PostKind.COUNTY, PostKind.PREFECTURE, PostKind.REGULATOR)
_MENDERS = (PostKind.ADMINISTRATOR, PostKind.PROVINCE)
# whoever found a problem hears of its end
_FINDERS = (PostKind.PARENT, *_MONITORS, *_LADDER)

AUDIENCES: dict[str, tuple[PostKind, ...]] = {
    "problem_assigned": _SCHOOL,
    "problem_due_soon": _SCHOOL,
    "problem_overdue": _SCHOOL,
    "problem_still_open": _SCHOOL,
    "problem_escalated": _LADDER,
    "problem_moved": (*_SCHOOL, *_LADDER),
    "problem_referred": _COUNTY,
    "problem_submitted": _FINDERS,
    "problem_returned": _SCHOOL,
    "problem_closed": (*_SCHOOL, *_FINDERS),
    "problem_appealed": _COUNTY,
    "problem_decided": (*_SCHOOL, *_FINDERS),
    "problem_reopened": (*_SCHOOL, PostKind.COUNTY),
    "survey_open": _HEAD,
    "survey_result": _HEAD,
    "record_to_sign": _HEAD,
    "record_unsigned": (PostKind.SUPERVISOR,),
    "record_due_soon": (PostKind.HEAD, PostKind.SUPERVISOR),
    "record_overdue": (PostKind.HEAD, PostKind.SUPERVISOR),
    "record_escalated": _COUNTY,
    "record_confirmed": (PostKind.SUPERVISOR,),
    "record_defended": (PostKind.SUPERVISOR, PostKind.COUNTY),
    "rectification_notice": _HEAD,
    "term_ending": _COUNTY,
    "content_waiting": _COUNTY,
    "alert_raised": (*_SCHOOL, PostKind.FINANCE, PostKind.COUNTY),
    # whoever may write what others see
    "content_allowed": (PostKind.PARENT, *_MONITORS, *_SCHOOL),
    "content_refused": (PostKind.PARENT, *_MONITORS, *_SCHOOL),
    "dispatch_issued": _ASKED,
    "dispatch_answered": _LADDER,
    "dispatch_returned": _ASKED,
    "dispatch_settled": _ASKED,
    "ledger_appealed": _COUNTY,
    "ledger_decided": _SCHOOL,
    "channel_broken": _MENDERS,
    "channel_mended": _MENDERS,
    "morning_list": (*_SCHOOL, PostKind.SUPERVISOR),
    "week_summary": _LADDER,
    "month_coverage": (*_MONITORS, PostKind.COUNTY),
    # whoever is told several things at once
    "merged": (*_SCHOOL, *_FINDERS, PostKind.REGULATOR),
    "merged_urgent": (*_SCHOOL, *_LADDER),
}
