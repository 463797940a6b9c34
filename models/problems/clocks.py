"""What a county's deadlines go by: its policy and its school terms."""

from dataclasses import dataclass

from models.policies.declared import HOLIDAYS_COUNT
from models.policies.queries import Values, effective_in, terms_in
from models.policies.terms import Terms
from models.policies.working_time import Days
from models.problems.ladder import Pace
from models.problems.tables import Severity


@dataclass(frozen=True)
class Clock:
    """`terms`: the school terms of the county, which stop the clock of some severities."""

    policy: Values
    terms: Terms

    def days(self, severity: Severity) -> Days:
        """The days that count for a problem: school holidays do where the policy says so."""
        return Days(None if self.policy[HOLIDAYS_COUNT[severity].key] else self.terms)

    def pace(self, severity: Severity) -> Pace:
        return Pace(severity, self.policy, self.days(severity))


async def clocks_in(county_codes: set[str]) -> dict[str, Clock]:
    """The clocks of many counties in two questions."""
    policies, terms = await effective_in(county_codes), await terms_in(county_codes)
    return {code: Clock(policies[code], terms[code]) for code in county_codes}


async def clock_of(county_code: str) -> Clock:
    return (await clocks_in({county_code}))[county_code]
