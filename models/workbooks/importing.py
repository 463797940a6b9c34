"""A file into the database: every row is right, or nothing is written. Repeatable."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path

from tortoise.transactions import in_transaction

from models.database import sql
from models.journal.actions import record
from models.people.access import Held
from models.people.phones import Vault
from models.people.rights import Right
from models.policies.calendar import beijing_date
from models.workbooks.marking import mark
from models.workbooks.reach import Reach, importers
from models.workbooks.reading import FAULTS_SHOWN, Column, Fault, Read, read
from models.workbooks.spool import MOST_OF_ONE, Key, Rows, Spool

# two imports at once would write the same rows in different orders and stop each other
IMPORT_LOCK = 530_000_003
INSTALLATION = "installation", 1
# batches after which tables that were empty have grown beyond what their plans were made for
LOOK_AGAIN_AFTER = {1, 8, 64}


@dataclass(frozen=True)
class Counts:
    """Subjects (people, schools) that are new, that the file changes, and that it leaves as they are."""

    new: int = 0
    changed: int = 0
    same: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.new + other.new, self.changed + other.changed, self.same + other.same)


@dataclass(frozen=True)
class Looking:
    """What a check and a writing know besides the rows: the instant, the keys of sealed numbers, whose rows may be
    in the file (None: everybody's), and who sent it (None: the command line's)."""

    now: datetime
    vault: Vault
    reach: Reach | None = None
    person_id: int | None = None

    @property
    def today(self) -> date:
        return beijing_date(self.now)


Check = Callable[[Rows, Looking], Awaitable[list[Fault]]]


@dataclass(frozen=True)
class Sheet:
    """A kind of table: its columns, whose rows belong together, what to check beyond single cells, how to
    write it. Both get all rows of some subjects at a time, by row. A check may find what is no fault, too.

    `warn` speaks of what is unusual and refuses nothing; `warn_key` groups the rows for it. `senders`: with which
    posts it may be sent, by which right. `grows`: tables that it may make many times as large.
    """

    kind: str
    title: str
    about: tuple[str, ...]
    columns: Sequence[Column]
    key: Key
    check: Check
    write: Callable[[Rows, Looking], Awaitable[Counts]]
    warn_key: Key | None = None
    warn: Check | None = None
    senders: Callable[[tuple[Held, ...]], tuple[Held, ...]] = importers
    right: Right = Right.IMPORT
    grows: tuple[str, ...] = ("person", "holding", "post", "school", "canteen")


@dataclass(frozen=True)
class Imported:
    """Rows read and what became of their subjects; or the faults, and nothing written.

    `faults` and `warnings` are the first in the file's order, `fault_count` and `warning_count` all of
    them. `unused` are headers that no column claims.
    """

    rows: int
    counts: Counts = Counts()
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    warnings: list[Fault] = field(default_factory=list)
    warning_count: int = 0
    unused: list[str] = field(default_factory=list)


STAGES = {"read": "读取", "check": "核对", "write": "写入"}


class Progress:
    """How far it is: the stage, its rows done, and all rows (0: not known yet). Read it at any time."""

    def __init__(self) -> None:
        self.stage, self.done, self.total = "read", 0, 0

    def enter(self, stage: str, total: int) -> None:
        self.stage, self.done, self.total = stage, 0, total


class _DryRun(Exception):
    """Undoes the writing of a dry run."""


@dataclass(frozen=True)
class Wish:
    """How to import: only try, where to put a marked copy of a file with faults or warnings, what else to do in
    the transaction that writes, and whose import the journal says it was: the command line's is the
    installation's."""

    dry_run: bool = False
    marked_copy: Path | None = None
    also: Callable[[Counts], Awaitable[None]] | None = None
    subject: tuple[str, int] = INSTALLATION
    person_id: int | None = None
    name: str | None = None


async def import_sheet(
    path: Path,
    sheet: Sheet,
    vault: Vault,
    clock: Callable[[], datetime],
    *,
    reach: Reach | None = None,
    wish: Wish = Wish(),
    progress: Progress | None = None,
) -> Imported:
    """Read, check everything, then write in one transaction; a dry run takes that back.

    What is written bears the time of writing, however long reading took. Raises WorkbookRefused for no table
    of ours.
    """
    progress = progress or Progress()
    keys = [sheet.key] if sheet.warn_key is None else [sheet.key, sheet.warn_key]
    with Spool.opened(sheet.columns, keys) as spool:
        digest, found = await asyncio.to_thread(_read, path, sheet, spool, progress)
        await _check(spool, sheet, Looking(clock(), vault, reach, wish.person_id), progress)
        counts = Counts()
        if not spool.count():
            facts = {"kind": sheet.kind, "name": wish.name or path.name, "sha256": digest}
            looking = partial(Looking, vault=vault, reach=reach, person_id=wish.person_id)
            counts = await _write(spool, sheet, lambda: looking(clock()), wish, progress, facts)
        if wish.marked_copy is not None and (spool.count() or spool.count("warning")):
            await asyncio.to_thread(mark, path, wish.marked_copy, spool, sheet.title)
        return Imported(
            found.rows, counts, spool.faults(FAULTS_SHOWN), spool.count(),
            spool.warnings(FAULTS_SHOWN), spool.count("warning"), found.unused,
        )  # fmt: skip


def _read(path: Path, sheet: Sheet, spool: Spool, progress: Progress) -> tuple[str, Read]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()

    def take(number: int, row: dict[str, object]) -> None:
        spool.take(number, row)
        progress.done = spool.rows

    return digest, read(path, sheet.columns, take, spool.fault, sheet.title)


async def _check(spool: Spool, sheet: Sheet, looking: Looking, progress: Progress) -> None:
    progress.enter("check", spool.rows)
    for number in spool.too_many():
        spool.fault(Fault(number, sheet.columns[0].header, f"从这一行起，同一对象超过{MOST_OF_ONE}行"))
    for rows in spool.batches():
        for fault in await sheet.check(rows, looking):
            (spool.fault if fault.grave else spool.warn)(fault)
        progress.done += len(rows)
    if sheet.warn is not None:
        for rows in spool.batches(1):
            for warning in await sheet.warn(rows, looking):
                spool.warn(warning)


async def _write(
    spool: Spool,
    sheet: Sheet,
    looking_now: Callable[[], Looking],
    wish: Wish,
    progress: Progress,
    facts: dict[str, str],
) -> Counts:
    progress.enter("write", spool.rows)
    counts = Counts()
    try:
        async with in_transaction():
            await sql.advisory_lock(IMPORT_LOCK)
            looking = looking_now()
            # a batch comes from a file of ours within a millisecond or two: no thread inside a transaction
            for number, rows in enumerate(spool.batches(), start=1):
                counts += await sheet.write(rows, looking)
                if number in LOOK_AGAIN_AFTER:
                    await sql.look_again(*sheet.grows)
                progress.done += len(rows)
            if wish.dry_run:
                raise _DryRun
            if wish.also is not None:
                await wish.also(counts)
            said = {**facts, **vars(counts)}
            await record(*wish.subject, "import", looking.now, person_id=wish.person_id, facts=said)
    except _DryRun:
        pass
    return counts
