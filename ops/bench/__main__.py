"""`python -m ops.bench [NAME…]`: print a table, or with JSON=1 one object a line on standard output.

With QUICK=1 every row is tried, in a round of a few jobs: its figures mean nothing.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable

from ops.bench import (
    alerts,
    callback,
    check_in,
    cold_start,
    deciding,
    imports,
    journal,
    notices,
    province,
    survey,
    visit,
    workers,
)
from ops.bench.rows import Row

BENCHMARKS: dict[str, Callable[[], Awaitable[list[Row]]]] = {
    "check-in": check_in.measure,
    "visit": visit.measure,
    "notices": notices.measure,
    "decided": deciding.measure,
    "workers": workers.measure,
    "callback": callback.measure,
    "journal": journal.measure,
    "survey": survey.measure,
    "imports": imports.measure,
    "province": province.measure,
    "client": cold_start.measure,
    "alerts": alerts.measure,
}


async def _main(wanted: list[str]) -> None:
    as_json = os.environ.get("JSON") == "1"
    if not as_json:
        print(f"{'name':34}{'ours':>12}{'other':>12}{'ratio':>8}  unit", flush=True)
    for name, measure in BENCHMARKS.items():
        if wanted and name not in wanted:
            continue
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        for row in await measure():
            print(json.dumps(row.as_json()) if as_json else row.as_text(), flush=True)


asyncio.run(_main(sys.argv[1:]))
