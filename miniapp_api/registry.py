"""Routes declared once: the types that validate a request are the types in the OpenAPI document."""

import inspect
import re
import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Generic, TypeVar

import pydantic
from aiohttp import web
from pydantic import BaseModel, ConfigDict, TypeAdapter

from miniapp_api.context import context
from miniapp_api.limits import Limit
from models.errors import Invalid, Kind, Refusal

Handler = Callable[..., Awaitable[Any]]
Declared = TypeVar("Declared", bound=Handler)
Body = TypeVar("Body")
_PATH_NAME = re.compile(r"\{(\w+)\}")


class Problem(BaseModel):
    """An error as RFC 9457 has it. `code` is stable; `detail` is the sentence to show."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    facts: dict[str, Any] | None = None
    errors: list[dict[str, str]] | None = None


class Input(BaseModel):
    """Base of all request bodies and queries: unknown names are refused, text has no NUL."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Answered(Generic[Body]):
    """A body with another status than the declared one: 200 for what was there already."""

    body: Body
    status: int


class BadRequest(Invalid):
    """Facts: `errors`, where and what."""

    code = "validation"
    sentence = "提交的内容不符合要求，请检查后重试。"


class WrongMediaType(Refusal):
    kind = Kind.INVALID
    code = "wrong_media_type"
    sentence = "请求的内容类型不对。"


@dataclass(frozen=True)
class Route:
    """One operation. `signed_in` False: open to everybody."""

    method: str
    path: str
    handler: Handler
    status: int
    tag: str
    signed_in: bool
    body: Any
    query: Any
    headers: Any
    path_types: dict[str, Any]
    output: Any
    upload: bool
    raw: str | None
    media: tuple[str, ...]
    errors: tuple[int, ...]
    limit: Limit

    @property
    def summary(self) -> str:
        """The first sentence, wherever its lines break."""
        said = " ".join(inspect.cleandoc(self.handler.__doc__ or self.handler.__name__).split())
        return re.split(r"(?<=[.])\s", said, maxsplit=1)[0]

    @cached_property
    def served(self) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """The handler with its limit, its validation and its answer around it."""
        return _served(self)


@dataclass
class Routes:
    """The operations of one area, under one tag."""

    tag: str
    routes: list[Route] = field(default_factory=list)

    def add(
        self,
        method: str,
        path: str,
        *,
        status: int = 200,
        signed_in: bool = True,
        upload: bool = False,
        raw: str | None = None,
        media: tuple[str, ...] = (),
        errors: tuple[int, ...] = (),
        limit: Limit | None = None,
    ) -> Callable[[Declared], Declared]:
        """Declare a handler. Its parameters `body`, `query`, `headers` and those of the path are validated.

        `headers` is a model whose aliases are the headers' names; others are passed over. `upload`:
        multipart with one part `file`. `raw`: the media type of a body the handler reads. `media`: what it
        may answer instead of JSON. `errors`: statuses beyond those every such route may answer. `limit`: how
        often it may be asked, by the table in `limits.py`; uploads have their own, everything else is
        ordinary.
        """

        def declare(handler: Declared) -> Declared:
            hints = typing.get_type_hints(handler, include_extras=True)
            output = hints.pop("return", None)
            if typing.get_origin(output) is Answered:
                (output,) = typing.get_args(output)
            if output is type(None) or (isinstance(output, type) and issubclass(output, web.StreamResponse)):
                output = None
            names = _PATH_NAME.findall(path)
            self.routes.append(
                Route(
                    method, path, handler, status, self.tag, signed_in,
                    hints.get("body"), hints.get("query"), hints.get("headers"),
                    {name: hints[name] for name in names},
                    None if media else output, upload, raw, media, errors,
                    limit or ("upload" if upload or raw else "ordinary"),
                )
            )  # fmt: skip
            return handler

        return declare


def mount(app: web.Application, routes: list[Route]) -> None:
    """Serve the routes. Fixed paths before those with names, so that `/sessions/mine` is not an id."""
    for route in sorted(routes, key=lambda route: "{" in route.path):
        app.router.add_route(route.method, route.path, route.served)


def _served(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    paths = {name: TypeAdapter(kind) for name, kind in route.path_types.items()}
    query = TypeAdapter(route.query) if route.query else None
    headers = TypeAdapter(route.headers) if route.headers else None
    body = TypeAdapter(route.body) if route.body else None
    output = TypeAdapter(route.output) if route.output else None

    async def serve(request: web.Request) -> web.StreamResponse:
        outside = context(request)
        await outside.limits.request(request, route.limit, outside.now())
        given: dict[str, Any] = {}
        faults: list[dict[str, str]] = []
        for name, adapter in paths.items():
            _read(given, name, faults, "path", partial(adapter.validate_python, request.match_info[name]))
        if query:
            _read(given, "query", faults, "query", lambda: query.validate_python(_flat(request)))
        if headers:
            _read(given, "headers", faults, "header", lambda: headers.validate_python(_said(request, route)))
        if body:
            raw = await _json_of(request)
            _read(given, "body", faults, "body", lambda: body.validate_json(raw))
        if faults:
            raise BadRequest(errors=faults)
        answer = await route.handler(request, **given)
        if isinstance(answer, web.StreamResponse):
            return answer
        status = route.status
        if isinstance(answer, Answered):
            answer, status = answer.body, answer.status
        if output is None:
            return web.Response(status=status)
        return web.Response(body=output.dump_json(answer), status=status, content_type="application/json")

    return serve


def _read(
    given: dict[str, Any], name: str, faults: list[dict[str, str]], where: str, read: Callable[[], Any]
) -> None:
    try:
        given[name] = read()
    except pydantic.ValidationError as fault:
        faults += [
            {"in": where, "at": ".".join(map(str, error["loc"])), "message": error["msg"]}
            for error in fault.errors(include_url=False, include_input=False, include_context=False)
        ]


async def _json_of(request: web.Request) -> bytes:
    if request.content_type != "application/json":
        raise WrongMediaType(expected="application/json")
    return await request.read()


def _flat(request: web.Request) -> dict[str, Any]:
    query = request.query
    return {key: values[0] if len(values := query.getall(key)) == 1 else values for key in query}


def _said(request: web.Request, route: Route) -> dict[str, str]:
    """The headers the route declares, of all that a client sends."""
    names = [field.alias for field in route.headers.model_fields.values()]
    return {name: request.headers[name] for name in names if name in request.headers}


def openapi(
    routes: list[Route], title: str, version: str, server: str, more: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the routes, as a JSON value. `more`: schemas that no route's types say."""
    inputs: list[tuple[Any, Any, TypeAdapter[Any]]] = [("problem", "serialization", TypeAdapter(Problem))]
    for number, route in enumerate(routes):
        if route.body:
            inputs.append(((number, "body"), "validation", TypeAdapter(route.body)))
        if route.output:
            inputs.append(((number, "out"), "serialization", TypeAdapter(route.output)))
        for name, kind in route.path_types.items():
            inputs.append(((number, name), "validation", TypeAdapter(kind)))
        # with the rest: two enumerations of one name have to be told apart here, too
        for where, kind in (("query", route.query), ("header", route.headers)):
            if kind:
                inputs.append(((number, where), "validation", TypeAdapter(kind)))
    schemas, definitions = TypeAdapter.json_schemas(inputs, ref_template="#/components/schemas/{model}")
    by_key = {key: schema for (key, _mode), schema in schemas.items()}
    components: dict[str, Any] = {**definitions.get("$defs", {}), **(more or {})}
    paths: dict[str, Any] = {}
    for number, route in enumerate(routes):
        operation = _operation(route, number, by_key, components)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    for (_number, part), schema in ((key, one) for key, one in by_key.items() if key != "problem"):
        # its fields stand in the operation, one by one
        if part in ("query", "header"):
            components.pop(_model_of(schema), None)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"session": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(
    route: Route, number: int, schemas: dict[Any, Any], components: dict[str, Any]
) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": schemas[number, name]}
        for name in route.path_types
    ]
    if route.query:
        parameters += _parameters(schemas[number, "query"], "query", components)
    if route.headers:
        parameters += _parameters(schemas[number, "header"], "header", components)
    operation: dict[str, Any] = {
        "summary": route.summary,
        "description": inspect.cleandoc(route.handler.__doc__ or ""),
        "operationId": route.handler.__name__,
        "tags": [route.tag],
        "parameters": parameters,
        "responses": _responses(route, number, schemas),
    }
    if route.signed_in:
        operation["security"] = [{"session": []}]
    if route.body:
        operation["requestBody"] = _content("application/json", schemas[number, "body"], required=True)
    if route.upload:
        picture = {
            "type": "object",
            "properties": {"file": {"type": "string", "format": "binary"}},
            "required": ["file"],
        }
        operation["requestBody"] = _content("multipart/form-data", picture, required=True)
    if route.raw:
        part = {"type": "string", "format": "binary"}
        operation["requestBody"] = _content(route.raw, part, required=True)
    return operation


def _content(media: str, schema: Any, **more: Any) -> dict[str, Any]:
    return {"content": {media: {"schema": schema}}, **more}


def _model_of(reference: dict[str, Any]) -> str:
    """The name of the model that a schema is a reference to."""
    return str(reference["$ref"]).rpartition("/")[2]


def _parameters(model: dict[str, Any], where: str, components: dict[str, Any]) -> list[dict[str, Any]]:
    schema = components[_model_of(model)]
    required = schema.get("required", [])
    return [
        {"name": name, "in": where, "required": name in required, "schema": each}
        for name, each in schema["properties"].items()
    ]


def _responses(route: Route, number: int, schemas: dict[Any, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "done"}
    if route.output:
        done |= _content("application/json", schemas[number, "out"])
    if route.media:
        picture = {"schema": {"type": "string", "format": "binary"}}
        done["content"] = dict.fromkeys(route.media, picture)
    answers = {str(route.status): done}
    if 200 in route.errors:
        answers["200"] = done
    for status in sorted(_statuses(route)):
        answers[str(status)] = {
            "description": "refused",
            **_content("application/problem+json", schemas["problem"]),
        }
    answers["429"]["headers"] = {
        "Retry-After": {"description": "seconds", "schema": {"type": "integer", "minimum": 1}}
    }
    return answers


def _statuses(route: Route) -> set[int]:
    statuses = {429} | {status for status in route.errors if status >= 400}
    if route.body or route.query or route.headers or route.path_types or route.upload:
        statuses |= {400, 422}
    if route.body or route.upload or route.raw:
        statuses |= {413, 415}
    if route.signed_in:
        statuses |= {401, 403}
    if route.path_types:
        statuses |= {404}
    return statuses
