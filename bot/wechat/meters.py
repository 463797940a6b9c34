"""What our dealings with WeChat add up to in this process, for `/metrics`: plain numbers, nobody's names.

Changed on the event loop alone, so without a lock. They begin again with the process.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

BreakerState = Literal["closed", "half_open", "open"]


@dataclass
class Meters:
    """`deliveries`: attempts by channel and how each ended. `token_fetches`: by account and whether WeChat gave
    one. `breakers`: by account, how to learn whether its circuit breaker lets calls through."""

    deliveries: Counter[tuple[str, str]] = field(default_factory=Counter)
    token_fetches: Counter[tuple[str, Literal["given", "failed"]]] = field(default_factory=Counter)
    breakers: dict[str, Callable[[], BreakerState]] = field(default_factory=dict)


# as with loggers, one for the process: who counts need not be handed it
METERS = Meters()
