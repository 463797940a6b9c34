"""Files to import: sent, checked by a worker, written when their sender says so."""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.database.leases import kept
from models.errors import Conflict, Forbidden, Kind, NotFound, Refusal
from models.evidence.store import NoSuchObject, PhotoStore
from models.people.access import Viewer
from models.people.phones import Vault
from models.people.queries import posts_of
from models.policies.calendar import beijing_date
from models.workbooks.folders import private_folder
from models.workbooks.importing import Counts, Imported, Progress, Wish, import_sheet
from models.workbooks.reach import Reach
from models.workbooks.reading import Fault
from models.workbooks.scanning import WorkbookRefused
from models.workbooks.sheets import SHEETS
from models.workbooks.tables import ImportFile, ImportState

MOST_BYTES = 20 * 2**20
LEASE = timedelta(seconds=60)
TICK_S = 0.5
MOST_ATTEMPTS = 3
# telephone numbers are in these files: they go when they are written, or after this time
KEPT = timedelta(days=7)
FORGOTTEN_AT_ONCE = 20

WORN_OUT = "处理这份文件时服务器几次出错，已停止。请另存为 .xlsx 后重新上传，或告知管理员。"
GONE = "文件已过期删除，请重新上传。"
NO_LONGER = "您已没有导入的权限。"


class FileTooLarge(Refusal):
    kind = Kind.TOO_LARGE
    code = "file_too_large"
    sentence = "文件超过20MB，请分成几个文件再上传。"


class NotReady(Conflict):
    code = "import_not_ready"
    sentence = "这份文件还没有核对通过，不能导入。请改正后重新上传。"


class NoMarkedCopy(NotFound):
    code = "no_marked_copy"
    sentence = "这份文件没有标注件：还没有核对完、没有问题，或已过期。"


class _Overtaken(Exception):
    """Another worker has finished the file meanwhile; what this one wrote is taken back."""


def _require_sender(viewer: Viewer, kind: str) -> None:
    sheet = SHEETS[kind]
    if not sheet.senders(viewer.posts):
        raise Forbidden(right=sheet.right.value)


async def send(
    viewer: Viewer, kind: str, name: str, data: bytes, key: str, store: PhotoStore, now: datetime
) -> ImportFile:
    """Keep a file and have it checked; nothing is written of it. Raises Forbidden, FileTooLarge."""
    person_id = viewer.bound
    _require_sender(viewer, kind)
    if len(data) > MOST_BYTES:
        raise FileTooLarge
    await store.put(_path(key), data)
    digest = hashlib.sha256(data).hexdigest()
    return await ImportFile.create(
        key=key, kind=kind, person_id=person_id, name=name, sha256=digest,
        state=ImportState.WAITING, stage="read", created_at=now,
    )  # fmt: skip


async def mine(viewer: Viewer, file_id: int) -> ImportFile:
    """A file the viewer sent; NotFound for others'."""
    found = await ImportFile.get_or_none(id=file_id, person_id=viewer.bound)
    if found is None:
        raise NotFound
    return found


async def latest(viewer: Viewer, limit: int = 20) -> list[ImportFile]:
    """The viewer's own files, newest first."""
    return await ImportFile.filter(person_id=viewer.bound).order_by("-id").limit(limit)


async def commit(viewer: Viewer, file_id: int, now: datetime) -> ImportFile:
    """Have the checked bytes written. Repeatable; raises NotReady before they are found right."""
    _require_sender(viewer, (await mine(viewer, file_id)).kind)
    await sql.rows(
        "UPDATE import_file SET state = 'committing', to_write = TRUE, lease_until = NULL, attempts = 0,"
        " stage = 'read', rows_done = 0 WHERE id = $1 AND state = 'checked' AND forgotten_at IS NULL RETURNING id",
        file_id,
    )
    file = await mine(viewer, file_id)
    if file.state not in (ImportState.COMMITTING, ImportState.DONE):
        raise NotReady
    return file


async def marked_copy(viewer: Viewer, file_id: int, store: PhotoStore) -> tuple[str, bytes]:
    """The file's name, and its bytes with what is wrong marked."""
    file = await mine(viewer, file_id)
    if not file.marked:
        raise NoMarkedCopy
    try:
        return file.name, await store.get(_marked_path(file.key))
    except NoSuchObject as gone:
        raise NoMarkedCopy from gone


async def work(store: PhotoStore, vault: Vault, now: Callable[[], datetime]) -> int:
    """Check or write one file that waits, and throw old ones away; how many were looked at.

    A worker that dies leaves nothing written: the next one starts over when the lease is out.
    """
    file = await _claim(now())
    if file is None:
        return await _forget_old(store, now())
    if file.attempts > MOST_ATTEMPTS:
        await _refuse(file, WORN_OUT, now())
        return 1
    progress = Progress()
    async with kept(TICK_S, lambda: _tell(file, progress, now())):
        await _work_on(file, store, vault, progress, now)
    return 1


async def _claim(now: datetime) -> ImportFile | None:
    found = await sql.rows(
        "UPDATE import_file SET lease_until = $2, attempts = attempts + 1,"  # noqa: S608
        " state = CASE WHEN to_write THEN 'committing' ELSE 'working' END"
        " WHERE id IN (SELECT id FROM import_file WHERE forgotten_at IS NULL"
        " AND state IN ('waiting', 'working', 'committing') AND (lease_until IS NULL OR lease_until < $1)"
        f" ORDER BY id LIMIT 1{sql.skip_locked()}) RETURNING id",
        now, now + LEASE,
    )  # fmt: skip
    return await ImportFile.get(id=found[0]["id"]) if found else None


async def _tell(file: ImportFile, progress: Progress, now: datetime) -> None:
    """Renew the lease and say how far it is."""
    await sql.rows(
        "UPDATE import_file SET stage = $2, rows_done = $3, rows_total = $4, lease_until = $5"
        " WHERE id = $1 AND state IN ('working', 'committing') RETURNING id",
        file.id, progress.stage, progress.done, progress.total, now + LEASE,
    )  # fmt: skip


async def _work_on(
    file: ImportFile, store: PhotoStore, vault: Vault, progress: Progress, clock: Callable[[], datetime]
) -> None:
    posts = SHEETS[file.kind].senders(await posts_of(file.person_id, beijing_date(clock())))
    if not posts:
        await _refuse(file, NO_LONGER, clock())
        return
    with private_folder() as folder:
        path, marked = folder / "file", folder / "marked.xlsx"
        try:
            await _fetch(store, file, path)
            done = await import_sheet(
                path, SHEETS[file.kind], vault, clock, reach=Reach(posts), progress=progress,
                wish=Wish(
                    not file.to_write, marked, lambda counts: _write_down(file, counts, clock()),
                    ("import", file.id), file.person_id, file.name,
                ),
            )  # fmt: skip
        except WorkbookRefused as refused:
            await _refuse(file, str(refused), clock())
        except NoSuchObject:
            await _refuse(file, GONE, clock())
        except _Overtaken:
            return
        else:
            if marked.exists():
                await store.put(_marked_path(file.key), await asyncio.to_thread(marked.read_bytes))
            await _conclude(file, done, marked.exists(), clock())


async def _fetch(store: PhotoStore, file: ImportFile, path: Path) -> None:
    """The very bytes that were sent."""
    data = await store.get(_path(file.key))
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise WorkbookRefused("保存的文件与上传时不一致，请重新上传")
    await asyncio.to_thread(path.write_bytes, data)


async def _write_down(file: ImportFile, counts: Counts, now: datetime) -> None:
    """In the transaction that writes: the file is done, once."""
    done = await sql.rows(
        "UPDATE import_file SET state = 'done', new = $2, changed = $3, same = $4, finished_at = $5"
        " WHERE id = $1 AND state = 'committing' RETURNING id",
        file.id, counts.new, counts.changed, counts.same, now,
    )  # fmt: skip
    if not done:
        raise _Overtaken


async def _conclude(file: ImportFile, done: Imported, marked: bool, now: datetime) -> None:
    if done.fault_count:
        state = ImportState.FAULTY
    else:
        state = ImportState.DONE if file.to_write else ImportState.CHECKED
    report = {
        "faults": _listed(done.faults), "warnings": _listed(done.warnings),
        "warning_count": done.warning_count, "unused": done.unused,
    }  # fmt: skip
    await _end(file, now, state, report, vars(done.counts), done.rows, done.fault_count, marked)


async def _refuse(file: ImportFile, said: str, now: datetime) -> None:
    await _end(file, now, ImportState.REFUSED, {"said": said}, vars(Counts()), 0, 0, False)


async def _end(
    file: ImportFile, now: datetime, state: ImportState, report: dict[str, Any], counts: dict[str, int],
    rows: int, faults: int, marked: bool,
) -> None:  # fmt: skip
    # what a commit has found faulty since the check is not done, what is done stays done
    async with in_transaction():
        await ImportFile.filter(id=file.id, state__in=["working", "committing", state.value]).update(
            state=state, report=report, rows_done=rows, rows_total=rows, fault_count=faults, marked=marked,
            lease_until=None, finished_at=now, **counts,
        )  # fmt: skip


def _listed(faults: list[Fault]) -> list[dict[str, Any]]:
    return [vars(fault) for fault in faults]


async def _forget_old(store: PhotoStore, now: datetime) -> int:
    """Throw the bytes of files away that are written or old."""
    old = await sql.rows(
        "SELECT id, key FROM import_file WHERE forgotten_at IS NULL AND (state = 'done' OR created_at < $1)"  # noqa: S608
        f" ORDER BY id LIMIT {FORGOTTEN_AT_ONCE}",
        now - KEPT,
    )
    for row in old:
        await store.delete(_path(row["key"]))
        await store.delete(_marked_path(row["key"]))
        await ImportFile.filter(id=row["id"]).update(forgotten_at=now, marked=False)
    return len(old)


def _path(key: str) -> str:
    return f"imports/{key}"


def _marked_path(key: str) -> str:
    return f"marked/{key}"
