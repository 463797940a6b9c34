"""Pushes acknowledged a second, one process, 32 connections, beside WeRoBot on Tornado in the same run.

Both get the same pushes in secure mode, verify, decrypt and read them. Ours has stored each before it says
`success`; WeRoBot stores nothing, keeps no sessions and answers without words, which is the least it can do.
"""

import secrets
import time
from collections.abc import Callable

from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.utils import WeChatSigner

from bot.wechat.account import Account
from models.database import sql
from ops.bench import load
from ops.bench.load import Connection, Job
from ops.bench.rows import Row, row
from ops.bench.size import rounds, sized
from ops.bench.stage import Stage, process, stage
from ops.wiring import account_of

CLIENTS = 32
ROUNDS = rounds(7)
PUSHES = sized(2000)
TEXT = (
    "<xml><ToUserName><![CDATA[gh_bench]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
    "<CreateTime>{at}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[田坝小学今天的整改照片什么时候交？]]></Content><MsgId>{number}</MsgId></xml>"
)
SEALED = "<xml><ToUserName><![CDATA[gh_bench]]></ToUserName><Encrypt><![CDATA[{}]]></Encrypt></xml>"


async def measure() -> list[Row]:
    async with stage() as stand:
        account = account_of(stand.settings)
        theirs = {
            "BENCH_TOKEN": account.callback_token,
            "BENCH_AES_KEY": account.aes_key,
            "BENCH_APPID": account.appid,
        }
        async with (
            process(stand.environ, "ops.cli", "serve") as our_port,
            process(stand.environ | theirs, "ops.bench.werobot_door") as their_port,
        ):
            ours, other = [], []
            for number in range(ROUNDS + 1):
                pushes = _pushes(stand, account, number)
                mine = await load.run(our_port, CLIENTS, range(PUSHES), _job("/wechat/callback", pushes))
                robot = await load.run(their_port, CLIENTS, range(PUSHES), _job("/", pushes))
                if number > 0:  # the first round warms both up
                    ours.append(mine)
                    other.append(robot)
            await _all_there((ROUNDS + 1) * PUSHES)
    return [
        row("callback 32 clients", [m.per_s for m in ours], [m.per_s for m in other], "pushes/s"),
        row("callback 32 clients p99", [m.p99_ms for m in ours], [m.p99_ms for m in other], "ms"),
    ]


def _pushes(stand: Stage, account: Account, number: int) -> list[tuple[str, bytes]]:
    """One round's pushes, each its query and its body: texts of as many people, sealed as WeChat seals."""
    crypto = PrpCrypto(WeChatCrypto(account.callback_token, account.aes_key, account.appid).key)
    return [_push(stand, account, crypto.encrypt, number * PUSHES + each) for each in range(PUSHES)]


def _push(
    stand: Stage, account: Account, encrypt: Callable[[str, str], bytes], number: int
) -> tuple[str, bytes]:
    openid = stand.openids[number % len(stand.openids)]
    at, nonce = str(int(time.time())), secrets.token_hex(5)
    plain = TEXT.format(openid=openid, at=at, number=24_000_000_000_000_000 + number)
    encrypted = encrypt(plain, account.appid).decode()
    query = (
        f"signature={_signed(account.callback_token, at, nonce)}&timestamp={at}&nonce={nonce}&openid={openid}"
        f"&encrypt_type=aes&msg_signature={_signed(account.callback_token, at, nonce, encrypted)}"
    )
    return query, SEALED.format(encrypted).encode()


def _signed(*parts: str) -> str:
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)


def _job(path: str, pushes: list[tuple[str, bytes]]) -> Job:
    async def job(connection: Connection, number: int) -> None:
        query, body = pushes[number]
        head = f"POST {path}?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\n"
        said = await connection.ask(head.encode(), body)
        if said not in (b"success", b""):
            raise RuntimeError(str(said[:200]))

    return job


async def _all_there(expected: int) -> None:
    found = await sql.rows("SELECT COUNT(*) AS n FROM inbound_event")
    if found[0]["n"] != expected:
        raise RuntimeError(f"{found[0]['n']} of {expected} pushes are stored")
