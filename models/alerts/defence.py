"""One of the three defences (三防): what the ledger says of it, and what a visitor counted. Pure."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Judge, Sort
from models.alerts.facts import Counts, Entry, SchoolCase
from models.alerts.findings import late_in_term, number, spoken_day
from models.policies.queries import Values


def judge_of(item: str, name: str) -> Judge:
    """Judges the item of the ledger's three defences and the visitor's count of the same name."""

    def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
        if not case.cooks:
            return
        entry, seen = case.defences, getattr(case.seen.counts or Counts(), item)
        told = number(entry.items, item) if entry else None
        facts = {"counted": told, "seen": seen}
        fresh = entry is not None and told is not None and entry.for_on >= case.calendar.term_began
        if told == 0:
            assert entry is not None
            yield Finding(Sort.DEFECT, f"{spoken_day(entry.for_on)}台账记着{name}0处。", facts)
        elif seen == 0 and not fresh:
            yield Finding(Sort.DEFECT, f"入校查看时{name}一处也没有，本学期台账也没有填。", facts)
        elif not fresh and late_in_term(case, policies):
            yield Finding(Sort.NO_RECORD, f"本学期台账没有填{name}{_known(entry, told, seen)}。", facts)
        elif (
            seen == 0 and entry is not None and case.seen.counted_on and case.seen.counted_on >= entry.for_on
        ):
            said = f"台账记着{name}{told}处，{spoken_day(case.seen.counted_on)}入校查看时一处也没有。"
            yield Finding(Sort.CONTRADICTION, said, facts)

    return judge


def _known(entry: Entry | None, told: int | None, seen: int | None) -> str:
    before = f"，上次是{spoken_day(entry.for_on)}填的{told}处" if entry and told else ""
    return before + (f"，入校查看时见到{seen}处" if seen else "")
