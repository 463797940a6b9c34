"""Working on what people said: one thing of a person after the other, many people at once.

Taken and committed; read; photos fetched, which may take a while; then, in one transaction, the act, where
the conversation stands and the answer. Whoever dies in between leaves it to be taken again when the lease is
over: acts know their request, photos theirs, so nothing is done twice.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from bot.conversation.fitting import fit
from bot.conversation.heard import Heard, Way, hear
from bot.conversation.routers import route, said
from bot.conversation.turn import Answer, Chat, Turn, Wish
from bot.wechat.errors import ReplyLost, Unreachable, WeChatError
from models.conversations import actions as conversations
from models.conversations.states import EMPTY
from models.errors import Conflict, NotFound, Refusal
from models.evidence.store import PhotoStore
from models.notices import inbound
from models.notices.inbound import Event
from models.people import accounts, linking
from models.people.accounts import Known
from models.policies.calendar import beijing_date
from qr import Keyring

log = logging.getLogger(__name__)

LANES = 4
MOST_FAILURES = 3
MOST_TRIES = 8
AWAY = (Unreachable, ReplyLost, WeChatError)

STRANGER = "您还没有绑定。请回复“绑定”加邀请码，例如：绑定 K7QM4TX2RW。没有邀请码的，请联系学校或县教体局。"
FORGOTTEN = "上次没办完的事已超过12小时，没有提交。\n"
NOT_DONE = "这条没有办成，请稍后再发一次，或在小程序里办理。"
NOT_FETCHED = "微信一直没有把照片传给我们，请重新发送这张照片。"


@dataclass(frozen=True)
class World:
    """What the work needs from outside; `chats` by appid, the keys of posters' codes."""

    chats: Mapping[str, Chat]
    store: PhotoStore
    keyring: Keyring
    now: Callable[[], datetime]


async def converse(world: World) -> int:
    """Work on everything that was said; return how many things that were."""
    return sum(await asyncio.gather(*(_lane(world) for _ in range(LANES))))


async def _lane(world: World) -> int:
    count = 0
    while event := await inbound.take(world.now()):
        await _work(world, event)
        count += 1
    return count


async def _work(world: World, event: Event) -> None:
    if event.attempts > MOST_TRIES:
        # begun so often and never ended: whoever worked on it died of it
        log.error("chat event given up", extra={"event": event.id, "kind": event.kind})
        await _again(world, event, 0, NOT_DONE)
        return
    try:
        await _answer(world, event)
    except AWAY as fault:
        # the platform did not give us a photo, or not say who this is
        log.warning("chat waits for wechat", extra={"event": event.id, "said": str(fault)})
        await _again(world, event, MOST_TRIES, NOT_FETCHED)
    except Exception:
        log.exception("chat event failed", extra={"event": event.id, "kind": event.kind})
        await _again(world, event, MOST_FAILURES, NOT_DONE)


async def _again(world: World, event: Event, most: int, else_say: str) -> None:
    """Later, twice as late each time; after so many times it is given up, and its sender hears so."""
    now = world.now()
    if event.attempts < most:
        await inbound.again(event, now + timedelta(seconds=5 * 2**event.attempts))
        return
    async with in_transaction():
        if await inbound.finish(event):
            await conversations.answer(event.id, event.appid, event.openid, else_say, now)


async def _answer(world: World, event: Event) -> None:
    heard, chat = hear(event.kind, event.body), world.chats.get(event.appid)
    if heard is None or chat is None:
        await inbound.finish(event)
        return
    known = await _known(chat, event.openid, heard, world.now())
    now = world.now()
    remembered = (await conversations.remember(chat.appid, event.openid, now)).of(known.viewer.person_id)
    meant = said(heard, remembered.state)
    turn = Turn(
        event.id, heard, meant, remembered.state, known.viewer, chat, world.store, world.keyring,
        now, beijing_date(now),
    )  # fmt: skip
    wish = route(heard, meant, remembered.state)
    answer = None
    if known.viewer.person_id is None and not wish.stranger:
        answer = Answer(STRANGER, turn.state)
    elif wish.bring is not None:
        try:
            turn = replace(turn, brought=await wish.bring(turn, wish))
        except Refusal as refusal:
            answer = Answer(refusal.said, turn.state)
    async with in_transaction():
        if not await inbound.finish(event):
            return
        answer = answer or await _acted(turn, wish)
        await conversations.keep(chat.appid, event.openid, answer.state, known.viewer.person_id, turn.now)
        if answer.text:
            text = FORGOTTEN + answer.text if remembered.forgotten else answer.text
            await conversations.answer(
                event.id, chat.appid, event.openid, fit(text), turn.now, card=heard.card
            )


async def _acted(turn: Turn, wish: Wish) -> Answer:
    """The act; its refusal is the answer, and undoes what it had begun."""
    try:
        async with in_transaction():
            return await wish.act(turn, wish)
    except Refusal as refusal:
        # moved on, or not theirs: there is nothing to go on with
        over = isinstance(refusal, Conflict | NotFound)
        return Answer(refusal.said, EMPTY if over else turn.state)


async def _known(chat: Chat, openid: str, heard: Heard, now: datetime) -> Known:
    """Who it is. Whoever is not bound is looked for by their unionid each time: they may have bound
    themselves elsewhere meanwhile."""
    today = beijing_date(now)
    known = await accounts.find(chat.appid, openid, today)
    if known is not None and known.viewer.person_id is not None:
        return known
    unionid = known.unionid if known is not None else None
    if unionid is None and chat.unionid is not None and heard.way is not Way.UNFOLLOW:
        unionid = await _unionid(chat, openid)
    await linking.meet(chat.appid, openid, unionid, now)
    known = await accounts.find(chat.appid, openid, today)
    assert known is not None
    return known


async def _unionid(chat: Chat, openid: str) -> str | None:
    assert chat.unionid is not None
    try:
        return await chat.unionid(openid)
    except WeChatError as fault:
        # without it people bind by code
        log.warning("no unionid", extra={"said": str(fault)})
        return None
