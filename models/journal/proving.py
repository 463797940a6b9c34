"""Proving the journal: every chain, every number, every root; or naming what is broken.

Reads page by page, so memory does not grow with the journal. What is written meanwhile is left for next time.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from models.database import sql
from models.journal import chain
from models.journal.chain import BEIJING, START, Tree, digest, root_line, seal_line
from models.journal.sealing import ENTRY, date_of, entry_of

PAGE = 1_000
MOST_FAULTS = 20
# two servers' clocks may differ; a step that claims to be older than those before it was put in later
MOST_APART = timedelta(hours=1)
# after this a working sealer has seen every step, and made the root of a day that is over
LATEST = timedelta(hours=24)


class Broken(StrEnum):
    CHANGED = "内容与封存时不同，封存后被改过"
    REMOVED = "封存过的记录已被删除"
    UNSEALED = "没有封存，是绕过程序补写的，或封存被删除"
    INSERTED = "自称的时间早于排在它前面的记录，是事后补写的"
    LINK_MISSING = "链上缺少一环，它的封存被删除"
    NOT_JOINED = "与链上前一环不相接，中间被插入、调换或重算过"
    NUMBER_MISSING = "封存编号不连续，其间的封存被删除"
    ROOT_DIFFERS = "当日的封存与日根不符，链被重算过，或封存被增删"
    ROOT_CHANGED = "日根自身被改过"
    ROOT_NOT_JOINED = "与前一个日根不相接，日根被改过、删除或重算过"
    ROOT_MISSING = "没有日根，日根被删除，或工作进程（shandu worker）停过"


@dataclass(frozen=True)
class Fault:
    """What is broken, and where: a step of a subject, a seal's number, or a day."""

    broken: Broken
    where: str

    @property
    def said(self) -> str:
        return f"{self.where}：{self.broken.value}"


@dataclass
class Proof:
    """What was found. `faults` holds the first twenty; the journal is proven when there is none.

    `waiting`: steps not sealed yet, `late` of them for more than a day: the sealer stood still and has yet to
    come to them.
    """

    seals: int = 0
    chains: int = 0
    days: int = 0
    waiting: int = 0
    late: int = 0
    root: str | None = None
    faults: list[Fault] = field(default_factory=list)

    def note(self, broken: Broken, where: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(broken, where))


async def prove(progress: Callable[[int, int], None]) -> Proof:
    """Recompute everything from the rows. `progress` hears how many of how many reads are done."""
    proof = Proof()
    roots = await sql.rows("SELECT * FROM journal_root ORDER BY day")
    newest = await sql.rows("SELECT MAX(id) AS no, COUNT(*) AS total, MAX(sealed_at) AS at FROM journal_seal")
    last, total = newest[0]["no"] or 0, newest[0]["total"]
    newest_at = sql.instant(newest[0]["at"])
    done = 0
    chains = _Chains(proof)
    async for page in _by_subject(last):
        for row in page:
            chains.follow(row)
        progress(done := done + len(page), 2 * total)
    _follow_roots(proof, roots)
    days = _Days(proof, roots)
    async for page in _by_number(last):
        for row in page:
            days.follow(row)
        progress(done := done + len(page), 2 * total)
    days.end(newest_at)
    await _look_for_unsealed(proof, newest_at, days.latest)
    return proof


SEALED = f"""
SELECT s.id AS no, s.entry_id, s.subject_kind AS kind, s.subject_id AS subject, s.place, s.prev_hash, s.hash,
       s.sealed_at, {ENTRY}
FROM journal_seal s LEFT JOIN journal_entry e ON e.id = s.entry_id
"""  # noqa: S608


async def _by_subject(last: int) -> AsyncIterator[list[dict[str, Any]]]:
    at: tuple[str, int, int] = ("", 0, 0)
    while page := await sql.rows(
        f"{SEALED} WHERE (s.subject_kind, s.subject_id, s.place) > ($1, $2, $3) AND s.id <= $4"
        f" ORDER BY s.subject_kind, s.subject_id, s.place LIMIT {PAGE}",
        *at, last,
    ):  # fmt: skip
        yield page
        at = page[-1]["kind"], page[-1]["subject"], page[-1]["place"]


async def _by_number(last: int) -> AsyncIterator[list[dict[str, Any]]]:
    no = 0
    while page := await sql.rows(
        f"{SEALED} WHERE s.id > $1 AND s.id <= $2 ORDER BY s.id LIMIT {PAGE}", no, last
    ):
        yield page
        no = page[-1]["no"]


class _Chains:
    """Follows the links of one subject after another."""

    def __init__(self, proof: Proof) -> None:
        self._proof = proof
        self._subject: tuple[str, int] | None = None
        self._place, self._hash = 0, START

    def follow(self, row: dict[str, Any]) -> None:
        if (row["kind"], row["subject"]) != self._subject:
            self._subject = row["kind"], row["subject"]
            self._place, self._hash = 0, START
            self._proof.chains += 1
        self._proof.seals += 1
        broken = self._broken(row)
        if broken is not None:
            self._proof.note(broken, _where(row))
        self._place, self._hash = row["place"], row["hash"]

    def _broken(self, row: dict[str, Any]) -> Broken | None:
        if row["place"] != self._place + 1:
            return Broken.LINK_MISSING
        if row["prev_hash"] != self._hash:
            return Broken.NOT_JOINED
        if row["id"] is None:
            return Broken.REMOVED
        sealed_at = sql.instant(row["sealed_at"])
        assert sealed_at is not None
        line = seal_line(row["no"], row["prev_hash"], row["place"], sealed_at, entry_of(row))
        return None if digest(line) == row["hash"] else Broken.CHANGED


def _follow_roots(proof: Proof, roots: list[dict[str, Any]]) -> None:
    hash_, last = START, 0
    for root in roots:
        day, first = date_of(root["day"]), root["first_seal"]
        line = root_line(day, first, root["last_seal"], root["tree_hash"], root["prev_hash"])
        if (root["prev_hash"], first) != (hash_, last + 1):
            proof.note(Broken.ROOT_NOT_JOINED, f"{day}的日根")
        elif digest(line) != root["hash"]:
            proof.note(Broken.ROOT_CHANGED, f"{day}的日根")
        hash_, last = root["hash"], root["last_seal"]
    proof.days = len(roots)
    proof.root = f"{date_of(roots[-1]['day'])} {hash_}" if roots else None


class _Days:
    """Follows the seals in the order of their numbers and grows each day's tree anew."""

    def __init__(self, proof: Proof, roots: list[dict[str, Any]]) -> None:
        self._proof = proof
        self._roots = roots[::-1]
        self._no, self._in_tree, self._tree = 0, 0, Tree()
        self.latest: datetime | None = None
        self._first_open: datetime | None = None

    def follow(self, row: dict[str, Any]) -> None:
        no = row["no"]
        if no != self._no + 1:
            missing = f"{self._no + 1}" + (f"至{no - 1}" if no > self._no + 2 else "")
            self._proof.note(Broken.NUMBER_MISSING, f"第{missing}号封存（在{_where(row)}之前）")
        self._no = no
        self._look_at_time(row)
        while self._roots and no > self._roots[-1]["last_seal"]:
            self._end_day()
        if self._roots:
            self._tree.add(row["hash"])
            self._in_tree += 1
        elif self._first_open is None:
            self._first_open = sql.instant(row["sealed_at"])

    def _look_at_time(self, row: dict[str, Any]) -> None:
        at, sealed_at = sql.instant(row["at"]), sql.instant(row["sealed_at"])
        if at is None or sealed_at is None:
            return
        if self.latest is not None and at < self.latest - MOST_APART:
            self._proof.note(Broken.INSERTED, _where(row))
        self.latest = max(self.latest or at, min(at, sealed_at))

    def _end_day(self) -> None:
        root = self._roots.pop()
        whole = self._in_tree == root["last_seal"] - root["first_seal"] + 1
        if not whole or self._tree.root() != root["tree_hash"]:
            numbers = f"第{root['first_seal']}至{root['last_seal']}号封存"
            self._proof.note(Broken.ROOT_DIFFERS, f"{date_of(root['day'])}（{numbers}）")
        self._in_tree, self._tree = 0, Tree()

    def end(self, newest_at: datetime | None) -> None:
        """`newest_at`: when the last seal was made."""
        while self._roots:
            self._end_day()
        if self._first_open is not None and newest_at is not None:
            day = chain.day_of(self._first_open)
            if chain.end_of(day) + LATEST <= newest_at:
                self._proof.note(Broken.ROOT_MISSING, str(day))


async def _look_for_unsealed(proof: Proof, newest_at: datetime | None, latest: datetime | None) -> None:
    """Steps without a seal wait for the sealer, who goes by their ids. It is wrong when it has gone past one
    for a day, or when one claims to be older than what is sealed (`latest`): that was put in later."""
    unsealed = "NOT EXISTS (SELECT 1 FROM journal_seal s WHERE s.entry_id = e.id)"
    waiting = await sql.rows(f"SELECT COUNT(*) AS n FROM journal_entry e WHERE {unsealed}")  # noqa: S608
    proof.waiting = waiting[0]["n"]
    if newest_at is None or latest is None or not proof.waiting:
        return
    old = await sql.rows(
        "SELECT COUNT(*) AS n FROM journal_entry e"  # noqa: S608
        f" WHERE {unsealed} AND at < $1 AND id > (SELECT MAX(entry_id) FROM journal_seal) AND at >= $2",
        newest_at - LATEST, latest - MOST_APART,
    )  # fmt: skip
    proof.late = old[0]["n"]
    wrong = await sql.rows(
        "SELECT id, at, subject_kind AS kind, subject_id AS subject FROM journal_entry e"  # noqa: S608
        f" WHERE {unsealed} AND at < $1 AND (id <= (SELECT MAX(entry_id) FROM journal_seal) OR at < $2)"
        f" ORDER BY id LIMIT {MOST_FAULTS}",
        newest_at - LATEST, latest - MOST_APART,
    )  # fmt: skip
    for row in wrong:
        proof.note(Broken.UNSEALED, _where(row | {"entry_id": row["id"], "place": None}))


# of every kind that anything is recorded of
SUBJECTS = {
    "alert": "预警",
    "awaited_photo": "待传照片",
    "check_in": "签到",
    "child": "孩子",
    "content": "送审内容",
    "dispatch": "调度",
    "division": "区划",
    "duty": "任务",
    "group_robot": "群机器人",
    "holding": "任职",
    "identity": "身份",
    "inspection": "督查计划",
    "installation": "本系统",
    "ledger_entry": "台账记录",
    "ledger_month": "月度台账",
    "notice": "通知",
    "person": "人员",
    "photo": "照片",
    "post": "岗位",
    "problem": "问题",
    "recusal": "回避",
    "register_row": "名录",
    "school": "学校",
    "survey_remark": "测评留言",
    "survey_round": "测评",
    "visit": "入校",
}


def _where(row: dict[str, Any]) -> str:
    subject = f"{SUBJECTS.get(row['kind'], row['kind'])}{row['subject']}"
    place = f"的第{row['place']}步" if row["place"] else ""
    at = sql.instant(row["at"])
    when = f"，{at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}" if at else ""
    return f"{subject}{place}（留痕{row['entry_id']}{when}）"
