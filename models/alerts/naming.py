"""Whom an alert is about: their name is looked up when the alert is read, and stored with none."""

from collections.abc import Collection

from models.alerts.declaring import WHO, unnamed
from models.alerts.tables import Alert
from models.database import sql
from models.people.queries import names


async def sayings(alerts: Collection[Alert]) -> dict[int, str]:
    """The alerts' sentences by their ids, for those who may read them: with the name that a person has now, which is
    已注销用户 after an erasure, or that the register has of somebody who works in a canteen."""
    about = [one for one in alerts if WHO in one.said]
    people = {one.id: int(str(one.facts["person_id"])) for one in about if "person_id" in one.facts}
    rows = {one.id: one.row_id for one in about if one.id not in people and one.row_id is not None}
    of_people, of_rows = await names(set(people.values())), await _labels(set(rows.values()))
    named = {one: of_people.get(person) for one, person in people.items()}
    named |= {one: of_rows.get(row) for one, row in rows.items()}
    return {one.id: one.said.replace(WHO, named.get(one.id) or unnamed(WHO)) for one in alerts}


async def _labels(row_ids: set[int]) -> dict[int, str]:
    if not row_ids:
        return {}
    found = await sql.rows(
        f"SELECT id, label FROM register_row WHERE id IN {sql.among(1, 'bigint')}",  # noqa: S608
        sql.packed(sorted(row_ids)),
    )
    return {row["id"]: row["label"] for row in found}
