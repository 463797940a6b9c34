"""The credit ledger: how many more messages of a template a person allows. Only WeChat's events count."""

from datetime import datetime

from models.database import sql

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


async def spent(pairs: list[tuple[str, str]], now: datetime) -> None:
    """Messages that were accepted for sending: one credit each."""
    await sql.many(
        "UPDATE credit SET balance = CASE WHEN balance > 0 THEN balance - 1 ELSE 0 END, changed_at = $3"
        " WHERE openid = $1 AND template_id = $2",
        [[openid, template_id, now] for openid, template_id in pairs],
    )


async def exhausted(pairs: list[tuple[str, str]], now: datetime) -> None:
    """43101: the platform's ledger says nothing is left."""
    await sql.many(
        "UPDATE credit SET balance = 0, changed_at = $3 WHERE openid = $1 AND template_id = $2",
        [[openid, template_id, now] for openid, template_id in pairs],
    )


async def balances(openids: list[str]) -> dict[tuple[str, str], int]:
    """What is left, by openid and template; a pair never heard of is absent."""
    found = await sql.rows(
        f"SELECT openid, template_id, balance FROM credit WHERE openid IN ({sql.places(openids)})",  # noqa: S608
        *openids,
    )
    return {(row["openid"], row["template_id"]): row["balance"] for row in found}
