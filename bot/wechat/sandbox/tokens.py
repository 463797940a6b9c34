"""The imitation's access tokens: two kinds that know nothing of each other, as WeChat has them."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

LIFE = timedelta(hours=2)
OVERLAP = timedelta(minutes=5)
FORCE_APART = timedelta(seconds=30)
MOST_FORCED = 20
REMEMBERED = timedelta(hours=1)


@dataclass
class Issued:
    """A token given out. `superseded`: a newer one has taken its place, and it ends with the overlap."""

    value: str
    appid: str
    issued_at: datetime
    ends_at: datetime
    superseded: bool = False


class TooManyForced(Exception):
    """The day's 20 forced refreshes are used."""


class Tokens:
    """Each account has at most one newest token of each kind; the one before works five minutes more."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._issued: dict[str, Issued] = {}
        self._newest: dict[tuple[str, str], Issued] = {}
        self._forced: dict[tuple[str, date], int] = {}

    def stable(self, appid: str, *, force: bool) -> tuple[str, int]:
        """The token and its seconds: the same until five minutes before its end, a new one by force.

        Force is asked in vain within 30 s of the last token, and raises TooManyForced after 20 in a day.
        """
        now = self._clock()
        newest = self._newest.get((appid, "stable"))
        usable = newest is not None and newest.ends_at - now > OVERLAP
        if force and (newest is None or now - newest.issued_at >= FORCE_APART):
            self._count_forced(appid, now)
            usable = False
        if newest is None or not usable:
            newest = self._issue(appid, "stable", now)
        return newest.value, int((newest.ends_at - now).total_seconds())

    def plain(self, appid: str) -> tuple[str, int]:
        """A new token at every call, the older interface's way."""
        return self._issue(appid, "plain", self._clock()).value, int(LIFE.total_seconds())

    def fault(self, token: str) -> tuple[int, str] | None:
        """Why a token does not work; None when it does."""
        issued = self._issued.get(token)
        if not token:
            return 41001, "access_token missing"
        if issued is None or (issued.superseded and issued.ends_at <= self._clock()):
            return 40001, "invalid credential, access_token is invalid or not latest"
        return (42001, "access_token expired") if issued.ends_at <= self._clock() else None

    def appid_of(self, token: str) -> str:
        return self._issued[token].appid

    def forget(self) -> None:
        """Every token stops working at once, as when the secret is reset."""
        self._issued.clear()
        self._newest.clear()
        self._forced.clear()

    def _issue(self, appid: str, kind: str, now: datetime) -> Issued:
        before = self._newest.get((appid, kind))
        if before is not None:
            before.ends_at, before.superseded = min(before.ends_at, now + OVERLAP), True
        self._issued = {
            value: issued for value, issued in self._issued.items() if issued.ends_at + REMEMBERED > now
        }
        issued = Issued(f"sandbox-token-{secrets.token_hex(40)}", appid, now, now + LIFE)
        self._issued[issued.value] = self._newest[appid, kind] = issued
        return issued

    def _count_forced(self, appid: str, now: datetime) -> None:
        used = self._forced.get((appid, now.date()), 0)
        if used >= MOST_FORCED:
            raise TooManyForced
        self._forced = {key: n for key, n in self._forced.items() if key[1] == now.date()}
        self._forced[appid, now.date()] = used + 1
