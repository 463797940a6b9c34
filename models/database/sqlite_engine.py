"""Tortoise's SQLite client made safe for several processes and for cancelled requests.

Two faults of the stock client are mended here. A deferred ``BEGIN`` lets two processes read first and
then fail with "database is locked" when both write: ``BEGIN IMMEDIATE`` queues them instead. A task
cancelled while it enters a transaction leaves the connection's lock taken for ever: every request after
it would hang.
"""

import asyncio
import sqlite3
from typing import Any

from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.connection import get_connections
from tortoise.exceptions import TransactionManagementError


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction that takes the write lock when it begins."""

    async def begin(self) -> None:
        try:
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as fault:
            raise TransactionManagementError(fault) from fault


class CancelSafeContext(SqliteTransactionContext):
    """Undoes a half-begun transaction before it lets a cancellation through."""

    __slots__ = ()

    async def __aenter__(self) -> Any:
        await self._trxlock.acquire()
        self.token: Any = None
        try:
            await self.ensure_connection()
            self.token = get_connections().set(self.connection_name, self.connection)
            await self.connection.begin()
        except BaseException:
            if self.token is not None:
                get_connections().reset(self.token)
            await asyncio.shield(asyncio.ensure_future(self._undo()))
            raise
        return self.connection

    async def _undo(self) -> None:
        try:
            if self.connection._connection:
                await self.connection._connection.rollback()
        finally:
            self._trxlock.release()


class Client(SqliteClient):
    def _in_transaction(self) -> Any:
        return CancelSafeContext(ImmediateTransaction(self), self._lock)


client_class = Client
