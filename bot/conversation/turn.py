"""One thing a person said, what is known when it is answered, and what an answer is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.conversation.heard import Heard
from bot.conversation.words import Said
from bot.wechat.errors import Verdict, WeChatError
from models.conversations.states import EMPTY, State
from models.evidence.store import PhotoStore
from models.people.access import Viewer
from qr import Keyring


class NotNow(Exception):
    """The chat takes no more at the moment: nothing was sent."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s


@dataclass(frozen=True)
class Chat:
    """Where it is said: one of our accounts.

    `link` makes words that open a page of the mini-program, as far as this chat can. `fetch` downloads a
    photo by its media id; `say` sends a text to somebody, or raises NotNow; `unionid` asks who somebody is elsewhere (None:
    this account does not know); `close` puts words in the place of a pressed card's buttons.
    """

    appid: str
    name: str
    link: Callable[[str, str], str]
    fetch: Callable[[str], Awaitable[bytes]]
    say: Callable[[str, str], Awaitable[object]]
    verdict: Callable[[int], Verdict]
    explain: Callable[[WeChatError], str]
    unionid: Callable[[str], Awaitable[str | None]] | None = None
    close: Callable[[str, str, str], Awaitable[None]] | None = None


@dataclass(frozen=True)
class Turn:
    """`event_id` makes acts repeatable. `brought`: keys of the photos that `bring` made ready."""

    event_id: int
    heard: Heard
    said: Said
    state: State
    viewer: Viewer
    chat: Chat
    store: PhotoStore
    keyring: Keyring
    now: datetime
    today: date
    brought: tuple[str, ...] = ()

    @property
    def request_id(self) -> str:
        return f"chat-{self.event_id}"


@dataclass(frozen=True)
class Answer:
    """What to say (nothing: silence), and where the conversation stands then."""

    text: str
    state: State = EMPTY


@dataclass(frozen=True)
class Wish:
    """What somebody wants: which function does it and with what.

    `act` runs in the transaction that also keeps the answer; `bring` runs before it and may use the network.
    `stranger`: also for who is not bound.
    """

    act: Callable[["Turn", "Wish"], Awaitable[Answer]]
    number: int | None = None
    words: str = ""
    bring: Callable[["Turn", "Wish"], Awaitable[tuple[str, ...]]] | None = field(default=None)
    stranger: bool = False


Router = Callable[[Heard, Said, State], Wish | None]
