"""Which subscribe-message templates to ask consent for at the next natural tap."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.database import sql
from models.notices.audiences import AUDIENCES
from models.organisations.tables import PostKind
from models.people.access import Viewer
from models.policies import declared as policy
from models.policies.queries import effective

# WeChat asks for no more in one tap
MOST = 5


@dataclass(frozen=True)
class Kept:
    """What the ledger knows of one template of one person."""

    balance: int
    refused_at: datetime | None


@dataclass(frozen=True)
class Rules:
    """Ask while fewer than `enough` messages are left, and after a refusal not for `pause`. A long-term template
    is asked for until it was accepted."""

    enough: int
    pause: timedelta
    long_term: frozenset[str]


def to_ask(templates: Iterable[str], ledger: Mapping[str, Kept], rules: Rules, now: datetime) -> list[str]:
    """Those to ask for, whoever has fewest messages left first, at most five."""
    wanted = [
        (kept.balance if kept else 0, template)
        for template in set(templates)
        if _asks(kept := ledger.get(template), template in rules.long_term, rules, now)
    ]
    return [template for _, template in sorted(wanted)[:MOST]]


def _asks(kept: Kept | None, long_term: bool, rules: Rules, now: datetime) -> bool:
    if kept is None:
        return True
    if kept.refused_at is not None:
        return now >= kept.refused_at + rules.pause
    return not long_term and kept.balance < rules.enough


def kinds_for(posts: Iterable[PostKind]) -> set[str]:
    """The kinds of notice that any of these posts is told."""
    held = set(posts)
    return {kind for kind, told in AUDIENCES.items() if held & set(told)}


async def asked_of(
    viewer: Viewer, template_of: Mapping[str, str], long_term: frozenset[str], now: datetime
) -> list[str]:
    """The templates to ask the viewer for now. `template_of`: the account's template of each kind."""
    kinds = kinds_for(held.kind for held in viewer.posts)
    templates = {template_of[kind] for kind in kinds if kind in template_of}
    if not templates:
        return []
    values = await effective(await _place(viewer))
    found = await sql.rows(
        "SELECT template_id, balance, refused_at FROM credit WHERE openid = $1", viewer.openid
    )
    ledger = {row["template_id"]: Kept(row["balance"], sql.instant(row["refused_at"])) for row in found}
    rules = Rules(
        int(values[policy.CREDIT_ENOUGH.key]), timedelta(days=values[policy.ASK_AGAIN_DAYS.key]), long_term
    )
    return to_ask(templates, ledger, rules, now)


async def _place(viewer: Viewer) -> str:
    """Whose policy counts: the division of the viewer's first post, or the county of its school."""
    first = viewer.posts[0]
    if first.division_code is not None:
        return first.division_code
    found = await sql.rows("SELECT county_code FROM school WHERE id = $1", first.school_id)
    return str(found[0]["county_code"])
