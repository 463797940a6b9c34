"""Certificates' numbers on their way into a row: sealed, with what may be shown of them beside."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from models.database import sql
from models.ledger.declaring import Form, ItemKind
from models.ledger.numbers import masked
from models.people import resealing
from models.people.phones import Vault


def hidden_items(form: Form) -> list[str]:
    """Codes of the items whose values are sealed, of every version."""
    return [item.code for item in form.items if item.kind is ItemKind.CERTIFICATE]


def body_hashes(form: Form, said: Mapping[str, Any], vault: Vault) -> list[str]:
    """What a repeat is known by, under every key, the current first. A bare hash of a number could be undone by
    trying them all: numbers go in by their keyed digest."""
    hidden = [code for code in hidden_items(form) if isinstance(said.get("values", {}).get(code), str)]
    digests = [vault.digests(said["values"][code]) for code in hidden]
    keys = len(vault.marks) if hidden else 1
    found = []
    for key in range(keys):
        values = {**said["values"], **{code: digests[place][key] for place, code in enumerate(hidden)}}
        found.append(
            hashlib.sha256(sql.dump(sorted({**said, "values": values}.items())).encode()).hexdigest()
        )
    return found


async def seal(form: Form, values: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
    """Values as they are stored, in the caller's transaction. What is sealed already stays."""
    stored = dict(values)
    for code in hidden_items(form):
        number = stored.get(code)
        if isinstance(number, str):
            new = await sql.rows(
                "INSERT INTO sealed_number (sealed) VALUES ($1) RETURNING id", vault.seal(number)
            )
            stored[code] = {"sealed": new[0]["id"], "masked": masked(number)}
    return stored


async def seal_many(numbers: Sequence[str], vault: Vault) -> list[dict[str, Any]]:
    """As `seal`, of many numbers in their order, in the caller's transaction."""
    sealed = [vault.seal(number) for number in numbers]
    if sql.on_postgres():
        new = await sql.rows(
            "INSERT INTO sealed_number (sealed) SELECT unnest($1::text[]) RETURNING id, sealed", sealed
        )
    else:
        new = [
            row
            for one in sealed
            for row in await sql.rows(
                "INSERT INTO sealed_number (sealed) VALUES ($1) RETURNING id, sealed", one
            )
        ]
    # no two are sealed alike
    ids = {row["sealed"]: row["id"] for row in new}
    return [
        {"sealed": ids[one], "masked": masked(number)} for one, number in zip(sealed, numbers, strict=True)
    ]


async def unseal(sealed_id: int, vault: Vault) -> str:
    """The number again; who may see it is for the caller to ask first."""
    (row,) = await sql.rows("SELECT sealed FROM sealed_number WHERE id = $1", sealed_id)
    return vault.unseal(row["sealed"])


async def unseal_many(sealed_ids: Sequence[int], vault: Vault) -> dict[int, str]:
    """As `unseal`, of many by their ids."""
    found = await sql.rows(
        f"SELECT id, sealed FROM sealed_number WHERE id IN {sql.among(1, 'bigint')}",  # noqa: S608
        sql.packed(sorted(set(sealed_ids))),
    )
    return {row["id"]: vault.unseal(row["sealed"]) for row in found}


async def lying(vault: Vault) -> int:
    """How many numbers are not under the current key."""
    found = await sql.rows(
        "SELECT COUNT(*) AS n FROM sealed_number WHERE sealed NOT LIKE $1 || '%'", vault.mark
    )
    return int(found[0]["n"])


def reseal(vault: Vault) -> AsyncIterator[int]:
    """Bring every number under the vault's current key; yields how many each batch moved. Resumable."""
    return resealing.reseal("sealed_number", "sealed", vault)
