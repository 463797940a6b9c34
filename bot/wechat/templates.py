"""What the consoles say of an account's templates."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# a line of a template's content: 学校:{{thing1.DATA}}
FIELD = re.compile(r"([^\n{}]*?)[:：]?\{\{(\w+)\.DATA\}\}")
LONG_TERM = 3


@dataclass(frozen=True)
class AccountTemplate:
    """`fields`: (key, label) in order. `long_term` None: the account makes no difference."""

    id: str
    title: str
    fields: tuple[tuple[str, str], ...]
    long_term: bool | None = None


def of_mini_program(said: Mapping[str, Any]) -> list[AccountTemplate]:
    """The answer of /wxaapi/newtmpl/gettemplate."""
    return [
        AccountTemplate(
            str(one.get("priTmplId")), str(one.get("title")), _fields(one), one.get("type") == LONG_TERM
        )
        for one in _items(said.get("data"))
    ]


def of_official(said: Mapping[str, Any]) -> list[AccountTemplate]:
    """The answer of /cgi-bin/template/get_all_private_template."""
    return [
        AccountTemplate(str(one.get("template_id")), str(one.get("title")), _fields(one))
        for one in _items(said.get("template_list"))
    ]


def _items(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _fields(one: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((key, label.strip()) for label, key in FIELD.findall(str(one.get("content", ""))))
