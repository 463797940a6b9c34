"""A cheap phone behind a mountain, as Chromium's DevTools play one: 400 kbit/s both ways, 400 ms to the server and back,
a processor four times slower. (DevTools' own "Slow 3G" adds 2 s to every request: nothing at all is there within 2 s.)
"""

from typing import Any

BYTES_PER_S = 50_000
ROUND_TRIP_MS = 400
CPU_TIMES_SLOWER = 4

# commands of the DevTools protocol, in order
COMMANDS: list[tuple[str, dict[str, Any]]] = [
    ("Network.enable", {}),
    (
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": ROUND_TRIP_MS,
            "downloadThroughput": BYTES_PER_S,
            "uploadThroughput": BYTES_PER_S,
        },
    ),
    ("Emulation.setCPUThrottlingRate", {"rate": CPU_TIMES_SLOWER}),
]

PAGE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "locale": "zh-CN",
}
