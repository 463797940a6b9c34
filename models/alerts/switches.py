"""Which rules are on, and where alerts are raised at all."""

from collections.abc import Collection

from models.alerts.declaring import Rule
from models.alerts.rules import RULES
from models.alerts.states import Switch
from models.alerts.tables import AlertRule
from models.policies.declared import ALERTS_ON
from models.policies.queries import Values, effective_in


async def switches() -> dict[str, Switch]:
    """Of every rule: as an officer has set it, else as it is declared."""
    declared = {rule.code: Switch.TRIAL if rule.trial else Switch.ON for rule in RULES}
    rows = await AlertRule.filter(rule__in=list(declared)).values("rule", "switch")
    return declared | {row["rule"]: Switch(row["switch"]) for row in rows}


async def rules_on() -> list[Rule]:
    """The rules that raise alerts, by number."""
    found = await switches()
    return [rule for rule in RULES if found[rule.code] is Switch.ON]


async def policies_on(county_codes: Collection[str]) -> dict[str, Values]:
    """The policies of those counties where alerts are raised, in order."""
    found = await effective_in(set(county_codes))
    return {code: found[code] for code in sorted(found) if found[code][ALERTS_ON.key]}
