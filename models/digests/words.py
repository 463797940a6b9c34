"""The words of digests: a page that can be read on a phone, and the facts of the notice. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from models.digests.rules import Item, Standing, line
from models.notices.texts import whole_lines

NAMED = 2


@dataclass(frozen=True)
class Line:
    """A line of a page; `subject_*` say what it opens, if anything."""

    text: str
    subject_kind: str = ""
    subject_id: int = 0
    school_id: int | None = None


@dataclass(frozen=True)
class Figure:
    """A number beside that of the period before: `入校 18次（前一周15次）`."""

    name: str
    now: str
    before: str


@dataclass(frozen=True)
class Section:
    title: str
    lines: list[Line]


@dataclass(frozen=True)
class Content:
    """A digest as it is read."""

    title: str
    lead: str
    figures: list[Figure] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def text(self) -> str:
        """All of it as plain lines, for the inbox."""
        said = [self.title, self.lead]
        said += [
            f"{one.name}：{one.now}" + (f"（前一周{one.before}）" if one.before else "")
            for one in self.figures
        ]
        for section in self.sections:
            said += [section.title, *(f"· {one.text}" for one in section.lines)]
        return whole_lines([one for one in said if one])


def named(names: Sequence[str], most: int = NAMED) -> str:
    """The first few of many: `食品留样、三防设施等`."""
    different = list(dict.fromkeys(names))
    return "、".join(different[:most]) + ("等" if len(different) > most else "")


def morning(items: Sequence[Item], fresh: Sequence[Item], today: date) -> Content:
    """What is new first, then everything else that is open."""
    rest = [item for item in items if item not in fresh]
    sections = [Section("今天要办", [_line(item, today) for item in fresh])]
    if rest:
        sections.append(Section("其他待办", [_line(item, today) for item in rest]))
    return Content(f"{today.month}月{today.day}日待办清单", morning_head(items), sections=sections)


def morning_head(items: Sequence[Item]) -> str:
    """`待办5件，超期1件，今天到期2件`: fits a template's field whatever the numbers."""
    overdue = sum(item.standing is Standing.OVERDUE for item in items)
    due = sum(item.standing is Standing.TODAY for item in items)
    parts = [f"待办{len(items)}件"]
    parts += [f"超期{overdue}件"] if overdue else []
    parts += [f"今天到期{due}件"] if due else []
    return "，".join(parts)


def facts(content: Content, head: str, names: str, due: str = "") -> dict[str, str]:
    """What the words of a notice are made from."""
    said = {"title": head, "names": names, "text": content.text}
    return said | {"due": due} if due else said


def _line(item: Item, today: date) -> Line:
    return Line(line(item, today), item.subject_kind, item.subject_id, item.school_id)
