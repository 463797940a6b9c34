"""The row of an entry, its journal step and what follows from it (figures, alerts), written as one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.journal.inserting import STEP
from models.ledger.declaring import Form, ItemKind
from models.ledger.tables import Origin
from models.ledger.validation import Fault
from models.organisations.touching import TOUCH, Touched, touch

COLUMNS = (
    "school_id", "county_code", "canteen_id", "post_id", "person_id", "aspect", "version", "for_on", "meal", "made_at",
    "received_at", "late", "origin", "request_id", "body_hash", "items", "defects", "defect_items", "signers", "photos",
    "register_row_id", "revision", "original_id", "replaces_id", "reason",
)  # fmt: skip
# PostgreSQL's types of these, for writes of many rows
TYPES = [
    "bigint", "text", "bigint", "bigint", "bigint", "text", "smallint", "date", "text", "timestamptz",
    "timestamptz", "boolean", "text", "text", "text", "jsonb", "smallint", "text", "smallint", "smallint",
    "bigint", "smallint", "bigint", "bigint", "text",
]  # fmt: skip
INSERT = f"""
INSERT INTO ledger_entry ({", ".join(COLUMNS)}, current)
VALUES ({", ".join(f"${n}" for n in range(1, len(COLUMNS) + 1))}, true)
ON CONFLICT (person_id, request_id) DO NOTHING RETURNING id
""".replace("$16", "$16::jsonb")  # noqa: S608
CHANGE = "INSERT INTO ledger_change (county_code, day, aspect)"
AT_ONCE = f"""
WITH new AS ({INSERT}),
step AS ({STEP} SELECT $26::timestamptz, 'ledger_entry', id, $27::bigint, $28::bigint, $29::bigint, $30, $31::jsonb
  FROM new),
change AS ({CHANGE} SELECT $32::varchar, $33::date, $34::varchar FROM new),
touched AS ({TOUCH} SELECT $32::varchar, $27::bigint, $21::bigint, $34::varchar FROM new)
SELECT id FROM new
"""  # noqa: S608


@dataclass(frozen=True)
class Row:
    """An entry ready to be written. `items` are as they are stored: certificates sealed."""

    school_id: int | None
    county_code: str
    canteen_id: int | None
    post_id: int
    person_id: int
    form: Form
    version: int
    for_on: date
    meal: str | None
    made_at: datetime
    received_at: datetime
    late: bool
    origin: Origin
    request_id: str
    body_hash: str
    items: Mapping[str, Any]
    defects: tuple[Fault, ...]
    register_row_id: int | None = None
    revision: int = 1
    original_id: int | None = None
    replaces_id: int | None = None
    reason: str | None = None

    @property
    def values(self) -> list[Any]:
        """In the order of COLUMNS."""
        return [
            self.school_id, self.county_code, self.canteen_id, self.post_id, self.person_id, self.form.code,
            self.version, self.for_on, self.meal, self.made_at, self.received_at, self.late, self.origin.value,
            self.request_id, self.body_hash, sql.dump(self.items), len(self.defects), listed(self.defects),
            signers_in(self.form, self.items), len(photos_in(self.form, self.items)), self.register_row_id,
            self.revision, self.original_id, self.replaces_id, self.reason,
        ]  # fmt: skip

    @property
    def step(self) -> list[Any]:
        """When, whose, who, on which post, what, and the facts: the journal's, without the entry's id."""
        facts: dict[str, Any] = {
            "aspect": self.form.code, "for_on": self.for_on.isoformat(), "sha256": self.body_hash,
        }  # fmt: skip
        if self.replaces_id is not None:
            facts |= {"replaces": self.replaces_id, "reason": self.reason}
        verb = "record" if self.replaces_id is None else "correct"
        # what we compute is nobody's
        return [self.received_at, self.school_id, self.person_id or None, self.post_id, verb, sql.dump(facts)]

    @property
    def touched(self) -> Touched:
        return Touched(self.county_code, self.school_id, self.form.code, self.register_row_id)

    @property
    def change(self) -> list[Any]:
        return [self.county_code, self.for_on, self.form.code]


async def insert(row: Row) -> int | None:
    """Write one entry with its step and its change; None when the request was carried out already.

    On PostgreSQL it is one statement, so it needs no transaction of its own, and may be in another's.
    """
    if sql.on_postgres():
        new = await sql.rows(AT_ONCE, *row.values, *row.step, *row.change)
        return int(new[0]["id"]) if new else None
    async with in_transaction():
        new = await sql.rows(INSERT, *row.values)
        if not new:
            return None
        at, school, *rest = row.step
        await sql.rows(
            f"{STEP} VALUES ($1, 'ledger_entry', $2, $3, $4, $5, $6, $7) RETURNING id",
            at, new[0]["id"], school, *rest,
        )  # fmt: skip
        await sql.rows(f"{CHANGE} VALUES ($1, $2, $3) RETURNING id", *row.change)
        await touch([row.touched])
    return int(new[0]["id"])


async def changed(county_code: str, school_id: int | None, form: Form, day: date) -> None:
    """What follows from entries (figures, alerts) looks again, in the caller's transaction."""
    await sql.rows(f"{CHANGE} VALUES ($1, $2, $3) RETURNING id", county_code, day, form.code)
    await touch([Touched(county_code, school_id, form.code, None)])


def listed(defects: tuple[Fault, ...]) -> str | None:
    return ",".join(one.item for one in defects)[:200] or None


def photos_in(form: Form, values: Mapping[str, Any]) -> list[str]:
    return [name for item in form.items if item.kind is ItemKind.PHOTOS for name in values.get(item.code, [])]


def signers_in(form: Form, values: Mapping[str, Any]) -> int:
    """How many different people signed."""
    return len(
        {values[item.code] for item in form.items if item.kind is ItemKind.SIGNER and item.code in values}
    )
