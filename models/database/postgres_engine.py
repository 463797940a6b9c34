"""Tortoise's asyncpg client made safe for cancelled requests, and a round trip cheaper.

A task cancelled between taking a connection and having begun would leak that connection: after as many
cancellations as the pool is large, the process stands still.
"""

import asyncio
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionContextPooled
from tortoise.connection import get_connections


class Connection(asyncpg.Connection):  # type: ignore[misc]
    """A pooled connection that costs no round trip when it is given back.

    Nothing here sets session state (the migration lock is released by hand), so there is nothing to reset.
    An open transaction is still rolled back.
    """

    def get_reset_query(self) -> str:
        return ""


class CancelSafeContext(TransactionContextPooled):
    __slots__ = ()

    async def __aenter__(self) -> Any:
        await self.ensure_connection()
        client: Any = self.client
        pool = client._parent._pool
        connection = client._connection = await pool.acquire()
        token = get_connections().set(self.connection_name, client)
        try:
            await client.begin()
        except BaseException:
            get_connections().reset(token)
            # asyncpg rolls an open transaction back when the connection returns to the pool
            await asyncio.shield(pool.release(connection))
            raise
        self.token = token
        return client


class Client(AsyncpgDBClient):
    """Tortoise's client; the way of most statements is a tenth of a check-in shorter."""

    connection_class = Connection

    def _check_loop(self) -> bool:
        # a process of ours has one loop, and asking which costs a system call a statement
        return True

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        if self._pool is None:
            await self.acquire_connection().ensure_connection()
        self.log.debug("%s: %s", query, values)
        found: Any = await self._translate_exceptions(Client._fetch, query, values or [])
        return [dict(row) for row in found]

    async def _fetch(self, query: str, values: list[Any]) -> list[asyncpg.Record]:
        pool: Any = self._pool
        async with pool.acquire() as connection:
            found: list[asyncpg.Record] = await connection.fetch(query, *values)
        return found

    def _in_transaction(self) -> Any:
        return CancelSafeContext(TransactionWrapper(self), self._pool_init_lock)


client_class = Client
