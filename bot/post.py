"""What the jobs need of the outside world."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.conversation.working import World as Talking
from bot.sms import SmsGateway
from bot.wechat.client import Gateway
from bot.wechat.contents import ContentChecker
from bot.wechat.official import OfficialGateway
from bot.wechat.wecom.gateway import WeComGateway
from bot.wechat.wecom.robots import Robots
from models.evidence.store import PhotoStore
from models.people.phones import Vault
from models.surveys.sealing import Seal


@dataclass(frozen=True)
class Official:
    """The official account, and the ids of its message templates by name, as far as it has them."""

    gateway: OfficialGateway
    appid: str
    templates: Mapping[str, str]


@dataclass(frozen=True)
class Sms:
    """Who sends short messages for us, and their ids of our templates by name."""

    gateway: SmsGateway
    templates: Mapping[str, str]


@dataclass(frozen=True)
class WeCom:
    """Our application in WeCom. Members' userids are identities under the corpid. `public_url`: what the links of
    its cards begin with."""

    gateway: WeComGateway
    corpid: str
    public_url: str


@dataclass(frozen=True)
class Post:
    """WeChat, the mini-program's template ids by name, those without credits, a clock, the photos, after how long
    a photo that no record took is collected, the keys of ballot boxes and of telephone numbers, and the official
    account, the sender of short messages, WeCom and the robots of its groups where there are any; what conversations
    need, and the content check.
    """

    gateway: Gateway
    appid: str
    templates: Mapping[str, str]
    long_term: frozenset[str]
    now: Callable[[], datetime]
    store: PhotoStore
    unused_after: timedelta
    seal: Seal
    vault: Vault
    official: Official | None = None
    sms: Sms | None = None
    talking: Talking | None = None
    checker: ContentChecker | None = None
    wecom: WeCom | None = None
    robots: Robots | None = None
