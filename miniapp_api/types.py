"""Types that several areas' bodies and answers share."""

from datetime import date, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from miniapp_api.registry import Input

Item = TypeVar("Item")

# the largest id both engines and JavaScript hold exactly
MOST = 2**53 - 1


def plain(text: str) -> str:
    """Refuse what no keyboard sends and PostgreSQL cannot store."""
    if any(ord(sign) < 32 and sign not in "\n\r\t" for sign in text):
        raise ValueError("含有不可见的控制字符")
    return text


def _one_line(text: str) -> str:
    """Refuse what breaks a line, or a list that is printed."""
    if any(sign in "\n\r\t\x7f\u2028\u2029" or "\x80" <= sign <= "\x9f" for sign in text):
        raise ValueError("只能写一行")
    return plain(text)


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("时间须带时区，如 2026-11-24T10:30:00+08:00")
    if not 2000 <= instant.year <= 2100:
        raise ValueError("时间超出范围")
    return instant


Id = Annotated[int, Field(ge=1, le=MOST)]
After = Annotated[int, Field(ge=0, le=MOST)]
RequestId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{8,64}$"), Field(description="手机生成，重发时不变")
]
Instant = Annotated[datetime, AfterValidator(_aware)]
# a day less than a year before the last instant: what falls due by a day, or by its term, is an instant, too
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2099, 12, 31))]
Month = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
DivisionCode = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9](([0-9]{2}){0,2})$")]
PhotoKey = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
PhotoName = Annotated[
    str,
    StringConstraints(pattern=r"^([0-9a-f]{32}|request:[A-Za-z0-9._-]{8,64})$"),
    Field(description="照片的 key；还没传完的写 request: 加上传它时用的 request_id，到了会自动补上"),
]
Words = Annotated[str, StringConstraints(max_length=1000, strip_whitespace=True), AfterValidator(plain)]
Line = Annotated[str, StringConstraints(max_length=100, strip_whitespace=True), AfterValidator(_one_line)]
Reason = Annotated[
    str, StringConstraints(min_length=2, max_length=200, strip_whitespace=True), AfterValidator(plain)
]


class Page(BaseModel, Generic[Item]):
    """A page of a list. Ask for the following one with `before` = `next`; None: that was the end."""

    items: list[Item]
    next: int | None


class PageQuery(Input):
    before: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


def page(items: list[Item], ids: list[int], limit: int) -> Page[Item]:
    """A page of items in descending id order, with where the next begins."""
    return Page[Item](items=items, next=ids[-1] if len(ids) == limit else None)
