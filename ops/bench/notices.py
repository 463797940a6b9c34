"""Notices delivered a second, outbox and receipts included, against a bare loop to the same sandbox."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import aiohttp

from bot.jobs import LANES, send_notices
from bot.outbox import IN_FLIGHT
from bot.post import Post
from bot.wechat.account import Account
from bot.wechat.client import Gateway
from bot.wechat.token import LocalTokens
from bot.wording import kinds, word
from models.database import sql
from models.evidence.store import PhotoStore
from models.people.phones import Vault
from models.surveys.sealing import Seal
from ops import memory
from ops.bench.rows import Row, row
from ops.bench.size import rounds, sized
from ops.bench.stage import Stage, process, stage
from ops.clock import real
from ops.wiring import account_of

ROUNDS = rounds(9)
# two seconds and more: a run begins and ends with lanes that wait
NOTICES = sized(9600)
FACTS = {"school": "麒麟区田坝小学", "title": "食品留样", "due": "2026年11月27日 18:00"}


async def measure() -> list[Row]:
    async with (
        stage() as stand,
        process(stand.environ, "ops.cli", "sandbox", "--callback-url", "none", "--forget") as port,
        aiohttp.ClientSession() as session,
    ):
        ours_account = account_of(stand.settings)
        account = Account(
            ours_account.appid, ours_account.secret, ours_account.callback_token, ours_account.aes_key,
            f"http://127.0.0.1:{port}/sandbox",
        )  # fmt: skip
        tokens = LocalTokens(account, session, real)
        gateway = Gateway(account, session, tokens)
        templates = stand.settings.wechat.templates
        store, seal = PhotoStore.open("memory://"), Seal(stand.settings.survey_keys)
        vault = Vault(stand.settings.phone_keys)
        long_term = frozenset(templates.values())
        post = Post(
            gateway, account.appid, templates, long_term, real, store, timedelta(days=90), seal, vault
        )
        await consent(stand, session, account.base_url)
        # as a worker is when it is up
        memory.settled()
        ours, bare = [], []
        for number in range(ROUNDS + 1):
            await _fill(stand, number)
            mine = await _drain(post)
            theirs = await loop(stand, session, account.base_url, await tokens.get(), templates)
            if number > 0:  # the first round warms both up
                ours.append(mine)
                bare.append(theirs)
        return [row("notices delivered", ours, bare, "notices/s")]


async def consent(stand: Stage, session: aiohttp.ClientSession, base: str) -> None:
    """Credits enough for every round of both sides, given inside the sandbox."""
    body = {"openids": stand.openids, "balance": 100 * NOTICES}
    async with session.post(f"{base}/control/credits", json=body) as answer:
        answer.raise_for_status()


async def _fill(stand: Stage, number: int) -> None:
    """NOTICES due deliveries, spread over everybody."""
    now = datetime.now(UTC)
    first = number * NOTICES
    members = len(stand.openids)
    await sql.many(
        "INSERT INTO notice (id, unique_key, kind, post_id, school_id, subject_kind, subject_id, facts, wakes,"
        " created_at)"
        " VALUES ($1, $2, 'problem_assigned', $3, $3, 'problem', 1, $4::jsonb, true, $5)",
        [
            [first + n + 1, f"bench:{first + n}", n % members + 1, sql.dump(FACTS), now]
            for n in range(NOTICES)
        ],
    )
    await sql.many(
        "INSERT INTO delivery (notice_id, person_id, channel, state, run_at, attempts)"
        " VALUES ($1, $2, 'subscribe', 'waiting', $3, 0)",
        [[first + n + 1, n % members + 1, now] for n in range(NOTICES)],
    )
    # as autovacuum has long done where rounds are not a second apart
    await sql.rows("VACUUM (ANALYZE) notice, delivery")


async def _drain(post: Post) -> float:
    began = time.perf_counter()
    while await send_notices(post):
        pass
    took = time.perf_counter() - began
    left = await sql.rows("SELECT COUNT(*) AS n FROM delivery WHERE state <> 'sent'")
    if left[0]["n"]:
        raise RuntimeError(f"{left[0]['n']} notices were not delivered")
    return NOTICES / took


async def loop(
    stand: Stage, session: aiohttp.ClientSession, base: str, token: str, templates: dict[str, str]
) -> float:
    """As many messages by aiohttp alone, as many in flight, nothing recorded."""
    template_id = kinds(templates)["problem_assigned"]
    message = word("problem_assigned", "problem", 1, FACTS, datetime.now(UTC))
    data = {key: {"value": value} for key, value in message.data.items()}
    waiting = iter(range(NOTICES))
    address = f"{base}/cgi-bin/message/subscribe/send?access_token={token}"

    async def client() -> None:
        for number in waiting:
            body = {
                "touser": stand.openids[number % len(stand.openids)],
                "template_id": template_id,
                "data": data,
                "page": message.page,
            }
            async with session.post(address, json=body) as answer:
                said = await answer.json()
                if said["errcode"]:
                    raise RuntimeError(str(said))

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(LANES * IN_FLIGHT)))
    return NOTICES / (time.perf_counter() - began)
