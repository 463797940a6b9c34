"""Gathering facts, set by set: one statement for each thing that rules read, for all schools asked about at once.

A new thing to read is a name in `facts.Read`, an attribute of the case, and a line here.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from models.alerts.facts import NOTHING_SEEN, CountyCase, Entries, Read, SchoolCase, Survey
from models.alerts.gathering import caterers, ledger, people, registers, visits
from models.alerts.gathering.scope import Scope

Gather = Callable[[Scope], Awaitable[Mapping[int, Any]]]


@dataclass(frozen=True)
class Source:
    """How one thing is gathered for many schools, and what it is where nothing was found."""

    gather: Gather
    nothing: Any


OF_SCHOOLS: dict[Read, Source] = {
    Read.PROFILE: Source(ledger.profiles, None),
    Read.DEFENCES: Source(ledger.defences, None),
    Read.EQUIPMENT: Source(ledger.equipment, None),
    Read.KEPT: Source(ledger.kept, {}),
    Read.MONTHS: Source(ledger.months, {}),
    Read.ENTRIES: Source(ledger.entries, Entries()),
    Read.NEWEST_ON: Source(ledger.newest_on, None),
    Read.DELIVERIES: Source(ledger.deliveries, ()),
    Read.LICENCES: Source(registers.licences, ()),
    Read.CONTRACTORS: Source(registers.contractors, ()),
    Read.WORKERS: Source(registers.workers, ()),
    Read.CONTRACTS: Source(registers.contracts, ()),
    Read.COMMITTEE: Source(registers.committees, None),
    Read.PRICES: Source(registers.prices, ()),
    Read.SEEN: Source(visits.seen, NOTHING_SEEN),
    Read.DUTIES: Source(visits.duties, {}),
    Read.SURVEY: Source(people.surveys, Survey()),
    Read.PROBLEMS: Source(people.problems, ()),
    Read.REPEATS: Source(people.repeats, ()),
}
OF_COUNTIES: dict[Read, Callable[[Scope], Awaitable[Any]]] = {
    Read.COUNTY_CONTRACTS: registers.county_contracts,
    Read.CATERERS: caterers.caterers,
    Read.VISITORS: visits.visitors,
}


async def fill(cases: Collection[SchoolCase], reads: Collection[Read], scope: Scope) -> None:
    """Give the cases of the scope's schools what is to be read."""
    for read in sorted(reads):
        if read in OF_COUNTIES:
            of_all = await OF_COUNTIES[read](scope)
            for case in cases:
                setattr(case, read.value, of_all)
            continue
        source = OF_SCHOOLS[read]
        found = await source.gather(scope)
        for case in cases:
            setattr(case, read.value, found.get(case.id, source.nothing))


async def fill_county(case: CountyCase, reads: Collection[Read], scope: Scope) -> None:
    for read in sorted(reads):
        setattr(case, read.value, await OF_COUNTIES[read](scope))
