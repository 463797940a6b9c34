"""Where the tables are and how a database address becomes a Tortoise configuration."""

from typing import Any
from urllib.parse import unquote, urlsplit

APP = "shandu"

TABLES = [
    "models.journal.tables",
    "models.organisations.tables",
    "models.people.tables",
    "models.policies.tables",
    "models.notices.tables",
    "models.conversations.tables",
    "models.contents.tables",
    "models.groups.tables",
    "models.evidence.tables",
    "models.ledger.tables",
    "models.problems.tables",
    "models.inspections.tables",
    "models.checkins.tables",
    "models.visits.tables",
    "models.digests.tables",
    "models.dispatch.tables",
    "models.privacy.tables",
    "models.surveys.tables",
    "models.alerts.tables",
    "models.workbooks.tables",
]


def config(database_url: str, pool: int = 5) -> dict[str, Any]:
    """A Tortoise configuration for `sqlite://PATH` or `postgres://USER:PASSWORD@HOST:PORT/NAME`.

    `pool` is the number of PostgreSQL connections of this process; SQLite has one.
    Raises ValueError for any other scheme.
    """
    return {
        "connections": {"default": _connection(database_url, pool)},
        "apps": {
            APP: {
                "models": TABLES,
                "default_connection": "default",
                "migrations": "models.migrations",
            }
        },
        "use_tz": True,
        "timezone": "UTC",
    }


def _connection(database_url: str, pool: int) -> dict[str, Any]:
    if database_url.startswith("sqlite://"):
        return {
            "engine": "models.database.sqlite_engine",
            "credentials": {
                "file_path": database_url.removeprefix("sqlite://"),
                "journal_mode": "WAL",
                # FULL: a commit answered to a phone survives a power cut, as PostgreSQL's does
                "synchronous": "FULL",
                "busy_timeout": 10_000,
            },
        }
    parts = urlsplit(database_url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(f"unknown database scheme {parts.scheme!r}")
    return {
        "engine": "models.database.postgres_engine",
        "credentials": {
            "host": parts.hostname or "127.0.0.1",
            "port": parts.port or 5432,
            "user": unquote(parts.username or "postgres"),
            "password": unquote(parts.password or "") or None,
            "database": parts.path.lstrip("/") or "postgres",
            "minsize": 1,
            "maxsize": pool,
        },
    }


# For `tortoise -c models.database.config.DRAFTING makemigrations`, which compares tables with migrations.
DRAFTING = config("sqlite://:memory:")
