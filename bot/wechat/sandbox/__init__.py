"""A served imitation of WeChat: the same paths, checks and error codes, and phones one can look at."""

from bot.wechat.sandbox.app import sandbox_app
from bot.wechat.sandbox.state import (
    OfficialConfig,
    SandboxConfig,
    SmsConfig,
    Template,
    WeComConfig,
    openid_of,
)

__all__ = [
    "OfficialConfig",
    "SandboxConfig",
    "SmsConfig",
    "Template",
    "WeComConfig",
    "openid_of",
    "sandbox_app",
]
