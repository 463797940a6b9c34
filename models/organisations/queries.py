"""Divisions and schools as everybody may know them, and schools as an insider reads them."""

from models.organisations.rules import span
from models.organisations.tables import Division, School


async def divisions(parent: str | None = None) -> list[Division]:
    """All divisions, or those just below one; by code."""
    query = Division.all()
    if parent is not None:
        first, end = span(parent)
        # codes of one level are one width apart: 53 → 5303 → 530302
        query = query.filter(code__gt=first, code__lt=end)
        rows = await query.order_by("code")
        return [row for row in rows if len(row.code) == len(parent) + 2]
    return await query.order_by("code")


async def within(code: str) -> list[Division]:
    """A division and all below it, by code."""
    first, end = span(code)
    return await Division.filter(code__gte=first, code__lt=end).order_by("code")


async def open_schools(division_code: str, after_id: int | None = None, limit: int = 50) -> list[School]:
    """Open schools of a division, by id, after an id."""
    first, end = span(division_code)
    query = School.filter(county_code__gte=first, county_code__lt=end, open=True)
    if after_id is not None:
        query = query.filter(id__gt=after_id)
    return await query.order_by("id").limit(limit)
