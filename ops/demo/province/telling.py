"""What was made, in lines that people read."""

import resource
from collections import Counter
from collections.abc import Iterator

from ops.demo.province import Made

TABLES = {
    "school": "学校", "canteen": "食堂和就餐点", "person": "人员", "register_row": "名录（供应商、证照、合同、人员、摄像头）",
    "ledger_entry": "台账", "visit": "入校", "problem": "问题",
}  # fmt: skip


def lines(made: Made, took_s: float) -> Iterator[str]:
    """How many rows there are and what it took, then for each rule what alerts are to find, and how many cases only look like it."""
    for table, name in TABLES.items():
        yield f"{name} {made.rows[table]:,}"
    found: Counter[str] = Counter()
    for (rule, _, _), times in made.planted.items():
        found[rule] += times
    planted: Counter[str] = Counter()
    for (rule, _), times in made.cases.items():
        planted[rule] += times
    rows, peak_mb = sum(made.rows.values()), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield f"共 {rows:,} 行，用时 {took_s:.1f} 秒，每秒 {rows / took_s:,.0f} 行，内存峰值 {peak_mb:.0f} MB"
    yield f"埋设情形 {made.cases.total():,}，应发现 {made.planted.total():,}："
    for rule in sorted(planted | found):
        yield f"  {rule:24} 情形 {planted[rule]:5}  应发现 {found[rule]:5}"
    yield "已装入。运行 shandu demo 在其上启动演示。"
