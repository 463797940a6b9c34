"""Setting a policy parameter, and the dates of a school term."""

from datetime import date, datetime

from tortoise.transactions import in_transaction

from models.errors import Invalid
from models.journal.actions import record
from models.people import access
from models.people.access import Viewer
from models.people.rights import Right
from models.policies import terms
from models.policies.declared import BY_KEY
from models.policies.queries import terms_in
from models.policies.tables import Policy, SchoolTerm
from models.policies.terms import Term


class NoSuchParameter(Invalid):
    code = "no_such_parameter"
    sentence = "没有“{key}”这个政策参数。"


class OutOfBounds(Invalid):
    code = "policy_out_of_bounds"
    sentence = "{name}只能在{lowest:g}到{highest:g}{unit}之间。"


async def set_policy(viewer: Viewer, division_code: str, key: str, value: float, now: datetime) -> None:
    """Set a parameter for a division and all below it that set none of their own. Repeatable.

    Raises NotFound outside the officer's division, Forbidden for those who only read it, NoSuchParameter and
    OutOfBounds.
    """
    held = access.division(viewer, division_code, Right.SET_POLICY)
    parameter = BY_KEY.get(key)
    if parameter is None:
        raise NoSuchParameter(key=key)
    if not parameter.lowest <= value <= parameter.highest:
        raise OutOfBounds(
            name=parameter.name, lowest=parameter.lowest, highest=parameter.highest, unit=parameter.unit
        )
    async with in_transaction():
        await Policy.update_or_create(
            defaults={"value": value, "set_by": viewer.bound, "set_at": now},
            division_code=division_code,
            key=key,
        )
        await record(
            "division",
            int(division_code),
            "set_policy",
            now,
            person_id=viewer.person_id,
            post_id=held.post_id,
            facts={"key": key, "value": value},
        )


async def set_term(
    viewer: Viewer, division_code: str, term: str, begins_on: date, ends_on: date, now: datetime
) -> None:
    """Set when schools of a division, and of all below it that set none of their own, teach. Repeatable.

    Raises NotFound outside the officer's division, Forbidden for those who only read it, and BadTerm.
    """
    held = access.division(viewer, division_code, Right.SET_POLICY)
    dates = Term(begins_on, ends_on)
    terms.require_sound(term, dates, (await terms_in({division_code}))[division_code])
    async with in_transaction():
        await SchoolTerm.update_or_create(
            defaults={"begins_on": begins_on, "ends_on": ends_on, "set_by": viewer.bound, "set_at": now},
            division_code=division_code,
            term=term,
        )
        await record(
            "division", int(division_code), "set_term", now,
            person_id=viewer.person_id, post_id=held.post_id,
            facts={"term": term, "begins_on": begins_on.isoformat(), "ends_on": ends_on.isoformat()},
        )  # fmt: skip
