"""What a change is about (the topic of a touch), and what of a case follows from it. Pure."""

from collections.abc import Mapping

from models.alerts.declaring import Rule
from models.alerts.facts import Read

_DAILY = frozenset({Read.KEPT, Read.NEWEST_ON, Read.ENTRIES})
_MONTHLY = frozenset({Read.MONTHS, Read.ENTRIES})

READS: Mapping[str, frozenset[Read]] = {
    "canteen_profile": frozenset({Read.PROFILE, Read.PRICES, Read.ENTRIES}),
    "food_licence": frozenset({Read.LICENCES, Read.ENTRIES}),
    "contractor": frozenset({Read.CONTRACTORS, Read.ENTRIES}),
    "staff": frozenset({Read.WORKERS, Read.ENTRIES}),
    "training": _MONTHLY,
    "morning_check": _DAILY,
    "equipment": frozenset({Read.EQUIPMENT, Read.ENTRIES}),
    "three_defences": frozenset({Read.DEFENCES, Read.ENTRIES}),
    "procurement": frozenset({Read.CONTRACTS, Read.PRICES, Read.ENTRIES}),
    "acceptance": _DAILY | {Read.DELIVERIES},
    "storage": _DAILY,
    "food_sample": _DAILY,
    "disinfection": _DAILY,
    "pest_control": _MONTHLY,
    "serving": frozenset({Read.CATERERS, Read.ENTRIES}),
    "shared_meal": _DAILY,
    "site_meeting": _MONTHLY,
    "satisfaction": frozenset({Read.SURVEY, Read.ENTRIES}),
    "finance": frozenset({Read.ENTRIES}),
    "county_supplier": frozenset({Read.COUNTY_CONTRACTS}),
    "supplier": frozenset({Read.DELIVERIES, Read.CATERERS}),
    "committee_list": frozenset({Read.COMMITTEE}),
    "camera": frozenset(),
    "visit": frozenset({Read.SEEN, Read.DUTIES, Read.VISITORS}),
    "problem": frozenset({Read.PROBLEMS, Read.SEEN}),
    "survey": frozenset({Read.SURVEY}),
}
# registers whose rows are no single school's: what they say concerns whoever an alert about them names
OF_MANY = frozenset({"supplier"})

# of these a rule reads its own aspects only
_BY_ASPECT = {Read.KEPT, Read.MONTHS, Read.NEWEST_ON}


def concerns(topic: str, rule: Rule) -> bool:
    """Whether what a rule finds may be otherwise after a change."""
    read = READS[topic] & set(rule.reads)
    return bool(read - _BY_ASPECT) or (bool(read) and topic in rule.aspects)
