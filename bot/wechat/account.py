"""One of our WeChat accounts."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Account:
    """What the console gives: ids and secrets, and the base of the interfaces' addresses (no slash)."""

    appid: str
    secret: str = field(repr=False)
    callback_token: str = field(repr=False)
    aes_key: str = field(repr=False)
    base_url: str
