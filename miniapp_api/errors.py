"""The one place where a refusal becomes an HTTP answer."""

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from pydantic_core import to_jsonable_python

from miniapp_api import pages
from miniapp_api.context import REQUEST_ID
from miniapp_api.registry import BadRequest, Problem, WrongMediaType
from miniapp_api.tus import VERSION, ChecksumMismatch, WrongVersion
from models.errors import Kind, Refusal

log = logging.getLogger(__name__)

STATUS = {
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.INVALID: 422,
    Kind.TOO_LARGE: 413,
    Kind.TOO_MANY: 429,
    Kind.UNAVAILABLE: 503,
}

# Statuses that only one refusal has.
OWN_STATUS: dict[type[Refusal], int] = {WrongMediaType: 415, WrongVersion: 412, ChecksumMismatch: 460}
TITLES = {460: "Checksum Mismatch"}  # of tus, unknown to HTTPStatus

# What aiohttp itself refuses before a handler is reached.
WORDS = {
    400: ("bad_request", "请求的格式不正确。"),
    404: ("not_found", "没有这个地址。"),
    405: ("method_not_allowed", "这个地址不支持这种操作。"),
    413: ("too_large", "上传的内容太大。"),
    415: ("wrong_media_type", "请求的内容类型不对。"),
}


@web.middleware
async def errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Every answer that is not a success is RFC 9457 with a stable code and a Chinese sentence; but a
    browser that opens an address there is not gets a page."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return _refused(request, refusal)
    except web.HTTPException as fault:
        if fault.status < 400:
            raise
        if fault.status == 404 and _is_browser(request):
            return pages.missing()
        code, said = WORDS.get(fault.status, ("http", "请求未能完成。"))
        headers = {"Allow": fault.headers["Allow"]} if "Allow" in fault.headers else {}
        return _answer(request, fault.status, code, said, headers=headers)
    except (web.RequestPayloadError, HttpProcessingError):
        # a body that is not what its headers say: wrongly compressed, cut, or without an end
        return _answer(request, 400, *WORDS[400])
    except Exception:
        log.exception("unhandled", extra={"path": request.path, "method": request.method})
        return _answer(request, 500, "internal", "服务器出错了，已记录。请稍后重试，填写的内容不会丢失。")


def _is_browser(request: web.Request) -> bool:
    """Whether a person opens a page, by what only browsers ask for; the API's addresses are programs'."""
    wanted = request.headers.get("Accept", "")
    return (
        request.method in ("GET", "HEAD") and "text/html" in wanted and not request.path.startswith("/api/")
    )


def status_of(refusal: Refusal) -> int:
    return OWN_STATUS.get(type(refusal), STATUS[refusal.kind])


def _refused(request: web.Request, refusal: Refusal) -> web.Response:
    status = status_of(refusal)
    faults = refusal.facts.get("errors") if isinstance(refusal, BadRequest) else None
    facts = {key: value for key, value in refusal.facts.items() if key != "errors"}
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if "wait_s" in refusal.facts:
        headers["Retry-After"] = str(refusal.facts["wait_s"])
    headers |= {"Tus-Version": VERSION} if status == 412 else {}
    return _answer(request, status, refusal.code, refusal.said, facts or None, faults, headers)


def _answer(
    request: web.Request,
    status: int,
    code: str,
    said: str,
    facts: dict[str, object] | None = None,
    faults: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> web.Response:
    problem = Problem(
        title=TITLES.get(status) or HTTPStatus(status).phrase,
        status=status,
        detail=said,
        code=code,
        request_id=request.get(REQUEST_ID, ""),
        facts=to_jsonable_python(facts),
        errors=faults,
    )
    return web.Response(
        status=status,
        body=problem.model_dump_json(exclude_none=True).encode(),
        content_type="application/problem+json",
        headers=headers,
    )
