"""核对膳督留痕导出 / verify an export of Shandu's journal. Needs Python 3.9 and nothing else.

    python3 verify.py [DAY=HASH …]

export.json says which days, and which subject, the export is of. Every line of journal.jsonl and roots.jsonl is itself what was hashed (SHA-256 of its UTF-8 bytes without the
line's end). DAY=HASH: roots that you noted when they were published; only they show that not everything was
made anew. Ends with 1 and names the first line that is wrong.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

SEAL, ROOT, START = "shandu-journal-seal-1", "shandu-journal-root-1", "0" * 64
# an hour: servers' clocks differ; a step that claims to be older than those before it was put in later
MOST_APART_US = 3_600_000_000

Roots = dict[str, tuple[int, int, str, str]]


class Wrong(Exception):
    pass


def read(name: str) -> Iterator[tuple[str, str, Any]]:
    """Each line's number, text and value."""
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file, 1):
            text = line.rstrip("\n")
            try:
                yield f"{name} 第{number}行", text, json.loads(text)
            except ValueError:
                raise Wrong(f"{name} 第{number}行：不是 JSON") from None


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def leaf(hash_: str) -> bytes:
    return hashlib.sha256(b"\0" + bytes.fromhex(hash_)).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def need(fact: object, where: str, sentence: str) -> None:
    if not fact:
        raise Wrong(f"{where}：{sentence}")


def read_roots() -> Roots:
    """Day → (first, last, tree hash, root hash), each following the one before."""
    roots: Roots = {}
    hash_, last = START, 0
    for where, text, value in read("roots.jsonl"):
        need(isinstance(value, list) and len(value) == 6 and value[0] == ROOT, where, "格式不对")
        _, prev, day, first, until, tree = value
        need(prev == hash_ and first == last + 1, where, "与前一个日根不相接")
        hash_, last = digest(text), until
        roots[day] = first, until, tree, hash_
    return roots


def read_seals(*, whole: bool) -> Iterator[tuple[str, int, str]]:
    """Yield (where, number, hash) of each step; every subject's steps follow one another."""
    heads: dict[tuple[str, int], tuple[str, int]] = {}
    before, latest = None, 0
    for where, text, value in read("journal.jsonl"):
        need(isinstance(value, list) and len(value) == 15 and value[0] == SEAL, where, "格式不对")
        no, prev, place, subject = value[1], value[2], value[3], (value[7], value[8])
        if before is not None:
            need(no == before + 1 if whole else no > before, where, "封存编号不连续")
        if subject in heads or place == 1:
            known = heads.get(subject, (START, 0))
            need((prev, place) == (known[0], known[1] + 1), where, "与同一对象的前一步不相接")
        sealed_at, at = value[4], value[6]
        need(at >= latest - MOST_APART_US, where, "自称的时间早于排在它前面的记录，是事后补写的")
        latest = max(latest, min(at, sealed_at))
        before, hash_ = no, digest(text)
        heads[subject] = hash_, place
        yield where, no, hash_


def tree_root(hashes: Iterable[str]) -> str:
    """RFC 6962."""
    stack: list[tuple[int, bytes]] = []
    for hash_ in hashes:
        size, made = 1, leaf(hash_)
        while stack and stack[-1][0] == size:
            size, made = size * 2, node(stack.pop()[1], made)
        stack.append((size, made))
    made = stack.pop()[1]
    while stack:
        made = node(stack.pop()[1], made)
    return made.hex()


def verify_whole(roots: Roots, days: list[str]) -> int:
    """Whole days: each day's tree grows from its steps to its root."""
    seals, count = read_seals(whole=True), 0
    for day in days:
        first, last, tree, _ = roots[day]
        held: list[str] = []
        for where, no, hash_ in seals:
            need(no == first + len(held), where, f"不是{day}的第{first + len(held)}号封存")
            held.append(hash_)
            if no == last:
                break
        need(len(held) == last - first + 1, "journal.jsonl", f"{day}的记录不全")
        need(tree_root(held) == tree, "journal.jsonl", f"{day}的各步与日根不符")
        count += len(held)
    need(next(seals, None) is None, "journal.jsonl", "末尾有多余的行")
    return count


def verify_subject(roots: Roots) -> int:
    """Single steps: each has a path to the root of its day (RFC 9162, 2.1.3.2)."""
    count, proofs = 0, {value["no"]: (where, value) for where, _, value in read("proofs.jsonl")}
    for where, no, hash_ in read_seals(whole=False):
        need(no in proofs, where, "没有通往日根的路径")
        _, proof = proofs.pop(no)
        first, last, tree, _ = roots[proof["day"]]
        need(first <= no <= last, where, "不在所说的那一天")
        index, end, made = no - first, last - first, leaf(hash_)
        for step in proof["path"]:
            need(end > 0, where, "路径太长")
            if index % 2 or index == end:
                made = node(bytes.fromhex(step), made)
                while index % 2 == 0 and index:
                    index, end = index // 2, end // 2
            else:
                made = node(made, bytes.fromhex(step))
            index, end = index // 2, end // 2
        need(end == 0 and made.hex() == tree, where, "与日根不符")
        count += 1
    need(not proofs, "journal.jsonl", "缺少有路径的步骤")
    return count


def main(pins: list[str]) -> int:
    try:
        roots = read_roots()
        for pin in pins:
            day, _, hash_ = pin.partition("=")
            need(day in roots and roots[day][3] == hash_.lower(), pin, "与导出中的日根不符")
        _, _, about = next(read("export.json"))
        days = [day for day in sorted(roots) if about["from"] <= day <= about["to"]]
        count = verify_subject(roots) if about["subject"] else verify_whole(roots, days)
    except (Wrong, StopIteration, KeyError, TypeError, ValueError, OSError) as wrong:
        print(f"✗ {wrong}" if isinstance(wrong, Wrong) else f"✗ 文件缺失或格式不对：{wrong!r}")
        return 1
    day = max(roots)
    covered = f"{about['from']}至{about['to']}" + (f"，{about['subject']}" if about["subject"] else "")
    print(f"✓ {covered}，{count}步、{len(roots)}个日根全部相符；{len(pins)}个留存的日根相符")
    print(f"  最近的日根 {day} {roots[day][3]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
