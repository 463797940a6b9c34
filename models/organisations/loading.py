"""The divisions of Yunnan, by their GB/T 2260 codes, into the database."""

import csv
from importlib.resources import files

from tortoise.transactions import in_transaction

from models.database import sql

UPSERT = """
INSERT INTO division (code, level, name, longitude, latitude) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (code) DO UPDATE SET level = $2, name = $3, longitude = $4, latitude = $5
"""


async def load_divisions() -> int:
    """Write all 146 divisions; returns how many there are. Repeatable."""
    text = files("models.organisations").joinpath("divisions.csv").read_text("utf-8")
    rows = [
        [row["code"], row["level"], row["name"], _degrees(row["longitude"]), _degrees(row["latitude"])]
        for row in csv.DictReader(text.splitlines())
    ]
    async with in_transaction():
        await sql.many(UPSERT, rows)
    return len(rows)


def _degrees(text: str) -> float | None:
    return float(text) if text else None
