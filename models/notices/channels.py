"""The ways to a person (渠道), the kinds of notice in groups, and which way is tried after which. Pure.

The in-app inbox (站内) is no way among these: it is the notice itself, and always there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from models.errors import Invalid

# channel → what people call it; the names stand in rows
TITLES = {
    "subscribe": "小程序订阅消息",
    "official": "公众号模板消息",
    "service": "公众号客服消息",
    "wecom": "企业微信应用消息",
    "wecom_group": "企业微信群机器人",
    "sms": "短信",
}
# what somebody may choose for themselves: a group's robot speaks to a group, whoever is in it
PERSONAL = [name for name in TITLES if name != "wecom_group"]


@dataclass(frozen=True)
class Group:
    """Kinds of notice that go the same way. `default`: channels in order, where no policy says otherwise."""

    code: str
    title: str
    default: tuple[str, ...]


ORDINARY = ("subscribe", "official", "service", "wecom")
GROUPS = [
    Group("task", "待办", ORDINARY),
    Group("deadline", "到期与超期", (*ORDINARY, "sms")),
    Group("escalation", "上报与督办", (*ORDINARY, "sms")),
    Group("result", "处理结果", ORDINARY),
    Group("survey", "满意度测评", ORDINARY),
]
BY_CODE = {group.code: group for group in GROUPS}


class NoSuchGroup(Invalid):
    code = "no_such_notice_group"
    sentence = "没有“{group}”这一类通知。"


class WrongRoute(Invalid):
    code = "wrong_route"
    sentence = "通知渠道不能重复，只能从这些里选：{known}。"


def open_to(group: Group, known: Iterable[str]) -> list[str]:
    """The channels a group's kinds may go by: short messages only where they are part of the default."""
    return [name for name in known if name != "sms" or "sms" in group.default]


def checked_route(group: str, channels: Sequence[str], known: Iterable[str]) -> str:
    """The channels as a row keeps them, empty for none; raises NoSuchGroup, WrongRoute."""
    if group not in BY_CODE:
        raise NoSuchGroup(group=group[:20])
    allowed = open_to(BY_CODE[group], known)
    if len(set(channels)) < len(channels) or not set(channels) <= set(allowed):
        raise WrongRoute(known="、".join(TITLES[name] for name in allowed))
    return written(channels)


def written(channels: Sequence[str]) -> str:
    return ",".join(channels)


def read(route: str) -> list[str]:
    """The channels of a row. A delivery of before there were routes has none."""
    return route.split(",") if route else []


@dataclass(frozen=True)
class Onward:
    """Where a notice goes after a channel: `channel` None, nowhere. `passed`: why those between were not tried."""

    channel: str | None
    passed: tuple[str, ...]


def onward(route: str, tried: str, barred: Mapping[str, str]) -> Onward:
    """The next channel of a route after the one that was tried. `barred`: channels that cannot reach the person,
    and why; an empty reason is not worth telling."""
    order = read(route)
    rest = order[order.index(tried) + 1 :] if tried in order else []
    passed: list[str] = []
    for name in rest:
        if name not in barred:
            return Onward(name, tuple(passed))
        if barred[name]:
            passed.append(f"{TITLES[name]}：{barred[name]}")
    return Onward(None, tuple(passed))
