"""The credit ledger: how many more messages of a template a person allows. Only WeChat's events count."""

from collections import Counter
from datetime import datetime

from models.database import sql

# more than anybody can have accepted
ALL = 2**30

GRANT = """
INSERT INTO credit (openid, template_id, balance, refused_at, changed_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (openid, template_id) DO UPDATE SET
  balance = CASE WHEN $6 THEN 0 ELSE credit.balance + $3 END, refused_at = $4, changed_at = $5
RETURNING balance
"""


async def accepted(openid: str, template_id: str, now: datetime) -> None:
    """One tap on “accept”: one more message."""
    await sql.rows(GRANT, openid, template_id, 1, None, now, False)


async def refused(openid: str, template_id: str, now: datetime) -> None:
    """Refused for this time or for good: whatever was left cannot be relied on."""
    await sql.rows(GRANT, openid, template_id, 0, now, now, True)


SPENT = """
UPDATE credit SET balance = CASE WHEN balance > v.c3 THEN balance - v.c3 ELSE 0 END, changed_at = v.c4
FROM {rows} WHERE credit.openid = v.c1 AND credit.template_id = v.c2
"""


async def spent(pairs: list[tuple[str, str]], now: datetime) -> None:
    """Messages that were accepted for sending: one credit each. In the caller's transaction."""
    counted = Counter(pairs)
    values = [[openid, template_id, n, now] for (openid, template_id), n in sorted(counted.items())]
    await sql.over_rows(SPENT, ["text", "text", "int", "timestamptz"], values)


async def exhausted(pairs: list[tuple[str, str]], now: datetime) -> None:
    """43101: the platform's ledger says nothing is left. In the caller's transaction."""
    values = [[openid, template_id, ALL, now] for openid, template_id in sorted(set(pairs))]
    await sql.over_rows(SPENT, ["text", "text", "int", "timestamptz"], values)


async def balances(openids: list[str]) -> dict[tuple[str, str], int]:
    """What is left, by openid and template; a pair never heard of is absent."""
    found = await sql.rows(
        f"SELECT openid, template_id, balance FROM credit WHERE openid IN {sql.among(1, 'text')}",  # noqa: S608
        sql.packed(openids),
    )
    return {(row["openid"], row["template_id"]): row["balance"] for row in found}
