"""Once a period, whoever comes first: how scheduled jobs run once with any number of workers."""

from datetime import datetime

from models.database import sql


async def take(job: str, period: str, now: datetime) -> bool:
    """Whether this worker is the one to run the job for the period."""
    new = await sql.rows(
        "INSERT INTO tick (job, period, at) VALUES ($1, $2, $3)"
        " ON CONFLICT (job, period) DO NOTHING RETURNING id",
        job, period, now,
    )  # fmt: skip
    return bool(new)


async def taken(job: str, period: str) -> bool:
    """Whether the job has run for the period: to look before much is read."""
    return bool(await sql.rows("SELECT 1 AS yes FROM tick WHERE job = $1 AND period = $2", job, period))
