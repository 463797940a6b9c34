"""The clock every process reads. A demonstration's can be moved forward; a real one cannot."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

Clock = Callable[[], datetime]


def real() -> datetime:
    """The present instant, aware UTC."""
    return datetime.now(UTC)


class DemoClock:
    """The present plus an offset kept in a file, so that all processes of a demonstration agree."""

    def __init__(self, home: Path) -> None:
        self._file = home / "demo-clock"

    @property
    def offset(self) -> timedelta:
        try:
            return timedelta(seconds=float(self._file.read_text()))
        except (FileNotFoundError, ValueError):
            return timedelta()

    def __call__(self) -> datetime:
        return real() + self.offset

    def forward(self, by: timedelta) -> datetime:
        """Move the clock forward; backward is refused with ValueError. Returns the new present."""
        if by < timedelta():
            raise ValueError("a clock is not turned back")
        text = str((self.offset + by).total_seconds())
        draft = self._file.with_suffix(".new")
        draft.write_text(text)
        draft.replace(self._file)
        return self()
