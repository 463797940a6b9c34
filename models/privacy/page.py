"""The tables of docs/security.md, printed from the declarations: what is kept where, how long, and what erasure does.

`python -m models.privacy.page` prints them; a test holds the page to it.
"""

from models.privacy.declared import BELONGINGS, OnErasure
from models.privacy.retention import RULES

DONE = {OnErasure.DELETE: "删除 deleted", OnErasure.KEEP: "保留 kept"}


def kept() -> str:
    """What belongs to a person, one row a column that names them."""
    lines = [
        "| 表 table | 列 column | 内容 | 注销时 on erasure | 在“我的数据”中 exported | 说明 |",
        "|---|---|---|---|---|---|",
    ]
    for one in reversed(BELONGINGS):
        done = DONE.get(one.on_erasure, "清空 emptied: " + ", ".join(f"`{name}`" for name in one.blank))
        shown = ", ".join(f"`{name}`" for name in one.shown) or "—"
        lines.append(f"| `{one.table}` | `{one.column}` | {one.label} | {done} | {shown} | {one.why} |")
    return "\n".join(lines) + "\n"


def retained() -> str:
    """The rules of `shandu retain`."""
    lines = [
        "| 规则 rule | 表 table | 做什么 | 默认天数 days | 政策参数 policy | 依据 source |",
        "|---|---|---|---|---|---|",
    ]
    for rule in RULES:
        period = rule.period
        days, key, source = (
            (f"{period.default:g}", f"`{period.key}`", period.source) if period else ("—", "—", "随登录记录")
        )
        lines.append(f"| {rule.name} | `{rule.table}` | {rule.label} | {days} | {key} | {source} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(kept())
    print(retained(), end="")
