"""集中半夜填报: a ledger kept at 23:59 is not kept at the moment of work."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Cadence, Finding, Rule, Sort
from models.alerts.facts import Read, SchoolCase
from models.organisations.tables import PostKind
from models.policies.declared import MIDNIGHT_LEAST, MIDNIGHT_PERCENT
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    entries = case.entries
    enough = entries.n >= policies[MIDNIGHT_LEAST.key]
    if enough and entries.at_midnight * 100 >= policies[MIDNIGHT_PERCENT.key] * entries.n:
        said = f"近两周{entries.n}条台账，有{entries.at_midnight}条在23:50到24:00之间填报。"
        yield Finding(Sort.DEFECT, said, {"entries": entries.n, "at_midnight": entries.at_midnight})


MIDNIGHT_ENTRIES = Rule(
    number=44,
    code="midnight_entries",
    name="台账集中在半夜填报",
    level=Severity.GENERAL,
    owner=PostKind.HEAD,
    source="政策参数：台账集中在半夜填报的比例",
    reads=(Read.ENTRIES,),
    judge=judge,
    cadence=Cadence.WEEKLY,
    at_once=False,
    opens=False,
)
