"""What a channel is: a way to a person, with its own limits and its own words. One module each."""

from datetime import datetime
from typing import Protocol

from bot.post import Post
from models.notices.outbox import Case, Due, Lane, Outcome


class Channel(Protocol):
    """`NAME` is that of models/notices/channels.py. Modules of this package are channels."""

    NAME: str

    def lane(self, post: Post) -> Lane | None:
        """What it delivers; None: this installation does not have it."""
        ...

    def waits(self, post: Post) -> bool:
        """Whether its platform refuses everything at the moment: then nothing is claimed."""
        ...

    async def barred(self, post: Post, cases: list[Case], now: datetime) -> dict[int, str]:
        """Of cases it might take over, those it cannot, and why."""
        ...

    async def unfit(self, post: Post, batch: list[Due], now: datetime) -> list[Outcome]:
        """Of deliveries it has claimed, the outcomes of those not worth a call."""
        ...

    async def send(self, post: Post, due: Due, now: datetime) -> Outcome:
        """Send one and say what happened. Never raises for what the platform or the network does."""
        ...
