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
