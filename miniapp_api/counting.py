"""Counting requests, on the event loop alone and hence without a lock: two look-ups and four additions each."""

from bisect import bisect_left
from dataclasses import dataclass, field

BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass
class Requests:
    """How many requests by method, route and status, and how long by method and route.

    `slow`: the requests of a route in each of the bounds' intervals, and the seconds of all of them together.
    """

    count: dict[tuple[str, str, int], int] = field(default_factory=dict)
    slow: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        """`route` is the pattern of an address, so that there are no more labels than routes."""
        if method not in METHODS:
            # a client's own word
            method = "other"
        self.count[method, route, status] = self.count.get((method, route, status), 0) + 1
        kept = self.slow.get((method, route))
        if kept is None:
            kept = self.slow[method, route] = [0.0] * (len(BOUNDS_S) + 2)
        kept[bisect_left(BOUNDS_S, seconds)] += 1
        kept[-1] += seconds
