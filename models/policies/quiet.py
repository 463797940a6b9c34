"""Quiet hours (免打扰时段): when a phone may ring."""

from datetime import datetime, time, timedelta

from models.policies.calendar import BEIJING
from models.policies.declared import QUIET_FROM_H, QUIET_UNTIL_H
from models.policies.queries import Values, effective_in


def maybe(now: datetime) -> bool:
    """Whether any policy within its bounds could make this instant quiet: else none need be asked for."""
    hour = now.astimezone(BEIJING).hour
    return hour >= QUIET_FROM_H.lowest or hour < QUIET_UNTIL_H.highest


def until(now: datetime, policy: Values) -> datetime:
    """The first instant from now on that is not quiet: now itself, or the end of the night."""
    local = now.astimezone(BEIJING)
    hour = local.hour + local.minute / 60
    begins, ends = policy[QUIET_FROM_H.key], policy[QUIET_UNTIL_H.key]
    if ends <= hour < begins:
        return now
    day = local.date() + timedelta(days=1 if hour >= begins else 0)
    return (datetime.combine(day, time(0), BEIJING) + timedelta(hours=ends)).astimezone(now.tzinfo)


async def ends_in(counties: set[str], now: datetime) -> dict[str, datetime]:
    """By county: when phones may ring, now or at the end of the night. Asks only where it may be night."""
    if not maybe(now):
        return dict.fromkeys(counties, now)
    return {county: until(now, policy) for county, policy in (await effective_in(counties)).items()}
