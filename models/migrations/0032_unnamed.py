"""Sentences of alerts without the names of those whom they are about."""

import re
from json import dumps, loads
from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops

# what follows the name in a rule's sentences
AFTER_NAME = {
    "perfect_records": r"近120天",
    "copied_answers": r"近60天",
    "visit_rush": r"\d{4}年\d+月\d+日在",
    "health_certificate": r"的健康证",
}
WHO = "〔姓名〕"
FOUND = "SELECT id, rule, matter, said, facts FROM alert WHERE rule IN ({rules})"


async def leave_out(_apps: Any, editor: Any) -> None:
    on_postgres = editor.client.capabilities.dialect == "postgres"
    rules = ", ".join(f"'{rule}'" for rule in AFTER_NAME)
    change = "UPDATE alert SET said = $1, facts = $2::jsonb WHERE id = $3"
    if not on_postgres:
        change = "UPDATE alert SET said = ?, facts = ? WHERE id = ?"
    for row in await editor.client.execute_query_dict(FOUND.format(rules=rules)):
        said, named = re.subn(f"^.*?(?={AFTER_NAME[row['rule']]})", WHO, row["said"], count=1)
        facts = loads(row["facts"]) if isinstance(row["facts"], str) else row["facts"]
        if named and row["rule"] != "health_certificate":
            # what tells the matters of a county apart is the person's id
            facts = facts | {"person_id": int(row["matter"].rpartition(":")[2])}
        if named:
            await editor.client.execute_query(change, [said, dumps(facts, ensure_ascii=False), row["id"]])


async def stay(_apps: Any, _editor: Any) -> None:
    """The release before reads them as they are."""


class Migration(migrations.Migration):
    dependencies = [("shandu", "0030_inspections")]

    initial = False

    operations = [ops.RunPython(leave_out, reverse_code=stay)]
