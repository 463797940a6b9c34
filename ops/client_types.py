"""The API's document as TypeScript: `python -m ops.client_types FILE` writes the types of the phone's client.

Each operation is one entry, `"GET /schools/{school_id}"`, with what it takes (`path`, `query`, `body`) and its
`answer`; models are entries of `Schemas`.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

from miniapp_api.app import ROUTES
from miniapp_api.docs import TITLE, VERSION
from miniapp_api.ledger_schemas import ledger_schemas
from miniapp_api.registry import openapi

Json = dict[str, Any]

PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
JSON = "application/json"


def typescript(document: Json) -> str:
    """The whole module, the same text for the same document."""
    inputs = _inputs(document)
    schemas = [
        f"  {_named(name)}: {_type(schema, required_only=name in inputs, depth=1)}"
        for name, schema in sorted(document["components"]["schemas"].items())
    ]
    operations = [
        f"  '{method.upper()} {path}': {_operation(operation)}"
        for path, methods in sorted(document["paths"].items())
        for method, operation in sorted(methods.items())
    ]
    return "\n".join(
        [
            "/* Made from the API's document by ops/client_types.py. */",
            "export interface Schemas {", *schemas, "}", "",
            "export interface Operations {", *operations, "}", "",
        ]
    )  # fmt: skip


def _inputs(document: Json) -> set[str]:
    """Models that are sent: there a field with a default may be left out, in an answer it is always there."""
    found: set[str] = set()
    waiting = [
        reference
        for methods in document["paths"].values()
        for operation in methods.values()
        for reference in _references(operation.get("requestBody", {}))
    ]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(document["components"]["schemas"][name])
    return found


def _references(value: Any) -> list[str]:
    return re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(value))


def _operation(operation: Json) -> str:
    parts = []
    for place in ("path", "query"):
        named = [one for one in operation["parameters"] if one["in"] == place]
        if named:
            fields = "; ".join(
                f"{_named(one['name'])}{'' if one.get('required') else '?'}: {_type(one['schema'], True, 2)}"
                for one in named
            )
            optional = "" if any(one.get("required") for one in named) else "?"
            parts.append(f"{place}{optional}: {{ {fields} }}")
    body = operation.get("requestBody", {}).get("content", {}).get(JSON)
    if body:
        parts.append(f"body: {_type(body['schema'], True, 2)}")
    parts.append(f"answer: {_answer(operation)}")
    return f"{{ {'; '.join(parts)} }}"


def _answer(operation: Json) -> str:
    for status, answer in sorted(operation["responses"].items()):
        if status.startswith("2"):
            content = answer.get("content", {})
            return _type(content[JSON]["schema"], False, 2) if JSON in content else "unknown"
    return "unknown"


def _type(schema: Json, required_only: bool, depth: int) -> str:
    """A JSON schema as a type. `required_only`: what has a default may be left out."""
    if "$ref" in schema:
        return f"Schemas['{schema['$ref'].rpartition('/')[2]}']"
    if "const" in schema:
        return _literal(schema["const"])
    if "enum" in schema:
        return " | ".join(map(_literal, schema["enum"]))
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " | ".join(dict.fromkeys(_type(one, required_only, depth) for one in schema[union]))
    kind = schema.get("type")
    if kind == "array":
        return _array(schema, required_only, depth)
    if kind == "object":
        return _object(schema, required_only, depth)
    return PLAIN.get(str(kind), "unknown")


def _array(schema: Json, required_only: bool, depth: int) -> str:
    if "prefixItems" in schema:
        return f"[{', '.join(_type(one, required_only, depth) for one in schema['prefixItems'])}]"
    inner = _type(schema.get("items", {}), required_only, depth)
    return f"({inner})[]" if " | " in inner else f"{inner}[]"


def _object(schema: Json, required_only: bool, depth: int) -> str:
    fields = schema.get("properties")
    if fields is None:
        patterns = list(schema.get("patternProperties", {}).values())
        more = patterns[0] if patterns else schema.get("additionalProperties")
        inner = _type(more, required_only, depth) if isinstance(more, dict) else "unknown"
        return f"Record<string, {inner}>"
    required = set(schema.get("required", []))
    indent = "  " * (depth + 1)
    lines = [
        f"{indent}{_named(name)}{'?' if required_only and name not in required else ''}: "
        f"{_type(one, required_only, depth + 1)}"
        for name, one in fields.items()
    ]
    return "\n".join(["{", *lines, f"{'  ' * depth}}}"])


def _named(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else f"'{name}'"


def _literal(value: Any) -> str:
    return (
        json.dumps(value, ensure_ascii=False).replace('"', "'")
        if isinstance(value, str)
        else json.dumps(value)
    )


def main(path: Path) -> None:
    """Write the file if it would change, so that nothing is built anew for nothing."""
    text = typescript(openapi(ROUTES, TITLE, VERSION, "/api", ledger_schemas()))
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
