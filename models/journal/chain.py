"""What a sealed step says, byte for byte, and how steps become chains and days become trees. Pure.

The whole is described for auditors in docs/journal.md. A change of these lines needs a new version word.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

SEAL = "shandu-journal-seal-1"
ROOT = "shandu-journal-root-1"
# what comes before the first link
START = "0" * 64

BEIJING = timezone(timedelta(hours=8))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """A step as it stands in the journal; `facts` is JSON text."""

    id: int
    at: datetime
    subject_kind: str
    subject_id: int
    school_id: int | None
    person_id: int | None
    post_id: int | None
    verb: str
    facts: str
    request_key: str | None


def seal_line(no: int, prev_hash: str, place: int, sealed_at: datetime, entry: Entry) -> str:
    """The line whose digest is a step's hash. `no` counts all seals, `place` those of the subject, from 1."""
    return _json(
        [
            SEAL, no, prev_hash, place, microseconds(sealed_at),
            entry.id, microseconds(entry.at), entry.subject_kind, entry.subject_id,
            entry.school_id, entry.person_id, entry.post_id, entry.verb,
            json.loads(entry.facts, parse_float=_number), entry.request_key,
        ]
    )  # fmt: skip


def root_line(day: date, first_seal: int, last_seal: int, tree_hash: str, prev_hash: str) -> str:
    """The line whose digest is the root of a day."""
    return _json([ROOT, prev_hash, day.isoformat(), first_seal, last_seal, tree_hash])


def digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()


def microseconds(instant: datetime) -> int:
    """Since 1970 UTC."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def day_of(instant: datetime) -> date:
    """The Beijing date of an aware instant."""
    return instant.astimezone(BEIJING).date()


def end_of(day: date) -> datetime:
    """The UTC instant at which a Beijing day is over."""
    return datetime.combine(day + timedelta(days=1), time(), BEIJING).astimezone(UTC)


def _json(value: list[Any]) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def _number(text: str) -> float | int:
    # PostgreSQL gives 100000 back for 1e5 and SQLite 100000.0: one value, one spelling
    value = float(text)
    return int(value) if value.is_integer() else value


class Tree:
    """The Merkle tree of RFC 6962 over hashes that come one by one; holds one hash a level."""

    def __init__(self) -> None:
        self._subtrees: list[tuple[int, bytes]] = []

    def add(self, hash_: str) -> None:
        size, node = 1, _leaf(hash_)
        while self._subtrees and self._subtrees[-1][0] == size:
            _, left = self._subtrees.pop()
            size, node = size * 2, _node(left, node)
        self._subtrees.append((size, node))

    def root(self) -> str:
        """Of at least one hash."""
        *rest, (_, root) = self._subtrees
        for _, left in reversed(rest):
            root = _node(left, root)
        return root.hex()


def audit_path(index: int, hashes: list[str]) -> list[str]:
    """What proves that the hash at `index` is in the tree over all of them, lowest first (RFC 6962, 2.1.1)."""
    if len(hashes) == 1:
        return []
    split = 1 << (len(hashes) - 1).bit_length() - 1
    left, right = hashes[:split], hashes[split:]
    if index < split:
        return [*audit_path(index, left), _root_of(right)]
    return [*audit_path(index - split, right), _root_of(left)]


def _root_of(hashes: list[str]) -> str:
    tree = Tree()
    for each in hashes:
        tree.add(each)
    return tree.root()


def _leaf(hash_: str) -> bytes:
    return hashlib.sha256(b"\0" + bytes.fromhex(hash_)).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()
