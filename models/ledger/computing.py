"""Entries that nobody writes because we know them: a round's satisfaction, counted from its answers."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.database import sql
from models.ledger import validation
from models.ledger.declaring import Aspect
from models.ledger.places import school_standing
from models.ledger.rules import refused
from models.ledger.tables import Origin
from models.ledger.writing import Row, insert
from models.organisations.actions import ensure_post
from models.policies.calendar import beijing_date

NOBODY = 0


async def compute(
    form: Aspect, school_id: int, mark: str, values: Mapping[str, Any], now: datetime
) -> int | None:
    """Write an entry of a school for today, in the caller's transaction; its id, or None when the mark was used
    before. It hangs on the owner's post and on no person. Raises EntryRefused for values no form accepts."""
    today = beijing_date(now)
    standing = await school_standing(school_id, form, today, None)
    kept, faults = validation.read(form, form.version, values)
    if faults:
        raise refused(faults)
    post = await ensure_post(form.owner, school_id=school_id)
    body_hash = hashlib.sha256(sql.dump(sorted(kept.items())).encode()).hexdigest()
    row = Row(
        school_id, standing.county_code, None, post.id, NOBODY, form, form.version, today, None, now, now, False,
        Origin.COMPUTED, mark, body_hash, kept,
        tuple(validation.defects(form, form.version, kept, standing.policy)),
    )  # fmt: skip
    return await insert(row)
