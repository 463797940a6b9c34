"""Telling posts of what was raised: several matters of one post in one notice, in the caller's transaction."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from models.alerts.declaring import SORT_NAMES, Sort
from models.alerts.rules import BY_CODE, TELLING
from models.database import sql
from models.notices import actions as notices
from models.notices.actions import Subject, Telling
from models.organisations.actions import place_key
from models.organisations.tables import PostKind
from models.problems.tables import Severity

KIND = "alert_raised"
GRAVEST = [severity.value for severity in (Severity.MAJOR, Severity.SERIOUS, Severity.GENERAL)]

# what a post is asked for where an entry of the ledger answers; else the kind's own sentence asks
FILLED = "请补填、拍照，或说明确实没有"

UNTOLD = """
SELECT a.id, a.rule, a.school_id, a.owner, a.level, a.sort, a.told, s.name AS school
FROM alert a LEFT JOIN school s ON s.id = a.school_id
WHERE a.county_code = $1 AND a.mode = 'live' AND a.state = 'open' AND a.told_at IS NULL
  AND (a.muted_until IS NULL OR a.muted_until < $2) AND a.rule IN {rules}
ORDER BY a.id
"""
TOLD = "UPDATE alert SET told_at = $3, told_with = v.c2, told = told + 1 FROM {rows} WHERE alert.id = v.c1"
HELD = """
SELECT DISTINCT po.place_key FROM post po JOIN holding h ON h.post_id = po.id
WHERE po.place_key IN {keys} AND h.since_on <= $2 AND (h.until_on IS NULL OR h.until_on > $2)
"""
# notices all of whose alerts are no longer open
OVER = """
SELECT DISTINCT a.told_with FROM alert a WHERE a.id IN {ids} AND a.told_with IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM alert o WHERE o.told_with = a.told_with AND o.state = 'open'
                AND (o.muted_until IS NULL OR o.muted_until < $2))
"""


async def tell(county_code: str, now: datetime, today: date) -> int:
    """Tell the owners of a county's alerts of which nobody was told; return how many notices there are."""
    groups: dict[tuple[int | None, str], list[dict[str, Any]]] = defaultdict(list)
    untold = UNTOLD.format(rules=sql.among(3, "text"))
    for row in await sql.rows(untold, county_code, today, sql.packed(TELLING)):
        groups[row["school_id"], row["owner"]].append(row)
    if not groups:
        return 0
    held = await _held(groups, today)
    tellings, told = [], []
    for (school_id, owner), rows in groups.items():
        lead = min(rows, key=lambda row: (GRAVEST.index(row["level"]), row["id"]))
        post = _post(school_id, PostKind(owner), held)
        tellings.append(_telling(lead, rows, school_id, county_code, post))
        told += [[row["id"], lead["id"]] for row in rows]
    await notices.put_all(tellings, now, today)
    await sql.over_rows(TOLD, ["bigint", "bigint"], told, now)
    return len(tellings)


def _telling(
    lead: dict[str, Any], rows: list[dict[str, Any]], school_id: int | None, county_code: str, post: PostKind
) -> Telling:
    rule = BY_CODE[lead["rule"]]
    place = lead["school"] or "县教体局"
    matters = "、".join(dict.fromkeys(BY_CODE[row["rule"]].name for row in [lead, *rows]))
    facts = {
        "school": place, "title": rule.name + (f"等{len(rows)}项" if len(rows) > 1 else ""), "matters": matters,
        "names": place, "sorts": _sorts(rows), "ask": FILLED if rule.aspects else "",
    }  # fmt: skip
    subject = Subject("alert", lead["id"], school_id, county_code)
    return Telling(KIND, f"alert:{lead['id']}:{lead['told']}", subject, (post,), facts)


def _sorts(rows: list[dict[str, Any]]) -> str:
    """`没有记录2项、确有缺陷1项`."""
    numbers = {sort: sum(row["sort"] == sort for row in rows) for sort in Sort}
    return "、".join(f"{SORT_NAMES[sort]}{n}项" for sort, n in numbers.items() if n)


async def _held(groups: Collection[tuple[int | None, str]], today: date) -> set[str]:
    """Keys of the school posts among the owners' that somebody holds."""
    keys = {place_key(PostKind(owner), school_id=school) for school, owner in groups if school is not None}
    found = await sql.rows(HELD.format(keys=sql.among(1, "text")), sql.packed(sorted(keys)), today)
    return {row["place_key"] for row in found}


def _post(school_id: int | None, owner: PostKind, held: set[str]) -> PostKind:
    """The owner; the head where nobody holds the owner's post at the school."""
    if school_id is None or owner is PostKind.COUNTY or place_key(owner, school_id=school_id) in held:
        return owner
    return PostKind.HEAD


async def untell(ids: Collection[int], now: datetime, today: date) -> None:
    """Take back notices of these alerts that have not gone out, where no other open alert is told of with them."""
    if not ids:
        return
    found = await sql.rows(OVER.format(ids=sql.among(1, "bigint")), sql.packed(sorted(ids)), today)
    await notices.withdraw_all("alert", [row["told_with"] for row in found], [KIND], now)
