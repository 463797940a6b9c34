"""A process that gets the token once it is told to, and says it: `python -m tests.bot.token_process`."""

import asyncio
import os
import sys
from datetime import UTC, datetime

import aiohttp
import redis.asyncio

from bot.wechat.account import Account
from bot.wechat.token import SharedTokens


async def main() -> None:
    account = Account(os.environ["APPID"], os.environ["SECRET"], "", "", os.environ["BASE"])
    client = redis.asyncio.Redis.from_url(os.environ["REDIS"])
    async with aiohttp.ClientSession() as http:
        keeper = SharedTokens(client, account, http, lambda: datetime.now(UTC))
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        print(await keeper.get(), flush=True)
    await client.aclose()


if __name__ == "__main__":
    asyncio.run(main())
