"""The rule of who may supervise which school (`people/terms`), asked for each row of a table."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from models.database import sql
from models.organisations.tables import PostKind
from models.people import directory
from models.people.terms import STAFF, Away, Limits, RecusedThere, Term, TermBackwards, TermTooLong, refusal
from models.policies.declared import SCHOOLS_PER_SUPERVISOR, SUPERVISOR_TERM_YEARS
from models.workbooks.appointments import Appointment, Tenure, day, fit, spoken_of, tenure
from models.workbooks.importing import Looking
from models.workbooks.places import known_schools, policy_at
from models.workbooks.reading import Fault

HELD = """
SELECT h.id, h.person_id, po.kind, s.code, h.since_on, h.until_on
FROM holding h JOIN post po ON po.id = h.post_id JOIN school s ON s.id = po.school_id
WHERE h.person_id IN {people} AND (h.until_on IS NULL OR h.until_on > $1)
ORDER BY h.id
"""
RECUSED = """
SELECT r.person_id, s.code, r.reason, r.until_on FROM recusal r JOIN school s ON s.id = r.school_id
WHERE r.person_id IN {people} AND (r.until_on IS NULL OR r.until_on > $1)
"""


@dataclass
class Known:
    """Of people, by telephone number, and schools, by code: terms, work there, what to keep away from."""

    terms: dict[str, dict[str, list[Tenure]]] = field(default_factory=lambda: defaultdict(dict))
    work: dict[tuple[str, str], list[Tenure]] = field(default_factory=lambda: defaultdict(list))
    away: dict[tuple[str, str], Away] = field(default_factory=dict)


async def check(given: list[Appointment], looking: Looking) -> list[Fault]:
    """What the officer's own act would be refused, row after row.

    An end that has come is never refused, nor what changes nothing, unless a recusal holds. What the table
    ends makes room, wherever in it that stands.
    """
    rows = [
        (one, one.phone, one.school_code) for one in given if one.phone and one.school_code and one.since_on
    ]
    schools = await known_schools(code for _, _, code in rows)
    known = await _known([phone for _, phone, _ in rows], looking)
    before = {(phone, code, each) for phone, at in known.terms.items() for code in at for each in at[code]}
    for one, phone, code in rows:
        if spoken_of(tenure(one), theirs := known.terms[phone].get(code, [])):
            fit(tenure(one), theirs)
    limits = await _limits(schools)
    faults = []
    for one, phone, code in rows:
        if code not in schools or (one.until_on is not None and one.until_on <= looking.today):
            continue
        fitted = fit(tenure(one), known.terms[phone].setdefault(code, []))
        others = [
            Term(each.since_on, each.until_on, schools[at].id if at in schools else -number)
            for number, (at, terms) in enumerate(known.terms[phone].items(), 1)
            for each in terms
            if each is not fitted
        ]
        works = any(time.meets(fitted) for time in known.work[phone, code])
        term = Term(fitted.since_on, fitted.until_on, schools[code].id)
        refused = refusal(term, others, known.away.get((phone, code)), limits[code], works_there=works)
        as_it_was = (phone, code, fitted) in before and not isinstance(refused, RecusedThere)
        # of the order of the dates every table is told
        if refused is not None and not as_it_was and not isinstance(refused, TermBackwards):
            column = "离任日期" if isinstance(refused, TermTooLong) else "学校标识码"
            faults.append(Fault(one.row, column, refused.said.rstrip("。")))
    return faults


async def _limits(schools: Iterable[str]) -> dict[str, Limits]:
    most = await policy_at(SCHOOLS_PER_SUPERVISOR, schools)
    years = await policy_at(SUPERVISOR_TERM_YEARS, schools)
    return {code: Limits(int(most[code]), int(years[code])) for code in most}


async def _known(phones: list[str], looking: Looking) -> Known:
    people = await directory.by_phones(looking.vault, phones)
    phone_of = {one.id: phone for phone, one in people.items()}
    ids = sql.packed(sorted(phone_of))
    known = Known()
    recused = await sql.rows(RECUSED.format(people=sql.among(2, "bigint")), looking.today, ids)
    for row in recused:
        until = row["until_on"] and day(row["until_on"])
        known.away[phone_of[row["person_id"]], row["code"]] = Away(row["reason"], until)
    held = await sql.rows(HELD.format(people=sql.among(2, "bigint")), looking.today, ids)
    for row in held:
        phone, code, kind = phone_of[row["person_id"]], row["code"], PostKind(row["kind"])
        time = Tenure(day(row["since_on"]), row["until_on"] and day(row["until_on"]), row["id"])
        if kind is PostKind.SUPERVISOR:
            known.terms[phone].setdefault(code, []).append(time)
        elif kind in STAFF:
            known.work[phone, code].append(time)
    return known
