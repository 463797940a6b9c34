"""How the domain says no.

A refusal is an ordinary answer: it has a stable code, a Chinese sentence for the person and the facts
behind it. `miniapp_api/errors.py` turns each kind into one HTTP status. Anything else that escapes an
action is a fault of ours.
"""

from enum import Enum
from typing import Any, ClassVar


class Kind(Enum):
    """What sort of no it is; the only thing the HTTP layer needs to know."""

    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    INVALID = "invalid"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"


class Refusal(Exception):
    """Base of all refusals. `code` is stable and public; `sentence` may name facts in braces."""

    kind: ClassVar[Kind] = Kind.INVALID
    code: ClassVar[str] = "refused"
    sentence: ClassVar[str] = "无法办理。"

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.said)

    @property
    def said(self) -> str:
        """The Chinese sentence with its facts filled in."""
        return self.sentence.format_map(self.facts)


class NotFound(Refusal):
    """Also what an outsider hears of something that exists: the two must not be told apart."""

    kind = Kind.NOT_FOUND
    code = "not_found"
    sentence = "没有找到，或您无权查看。"


class Forbidden(Refusal):
    kind = Kind.FORBIDDEN
    code = "forbidden"
    sentence = "您的岗位没有这项权限。"


class Conflict(Refusal):
    kind = Kind.CONFLICT
    code = "conflict"
    sentence = "与已有记录冲突。"


class RequestReused(Conflict):
    """The same request id came again with other content; the first one stands."""

    code = "request_reused"
    sentence = "这个提交编号已用于另一份内容，原记录未改动。请重新填写后再提交。"


class Invalid(Refusal):
    code = "invalid"
    sentence = "填写有误，请检查后再提交。"
