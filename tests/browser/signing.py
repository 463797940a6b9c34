"""A finger that signs."""

import math

from playwright.sync_api import Locator


def sign_with_a_finger(pad: Locator) -> None:
    """A stroke over a pad that is on the screen, as a touch and not as a mouse."""
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    finger = pad.page.context.new_cdp_session(pad.page)
    points = [(box["x"] + 60 + step * 12, box["y"] + 90 + 40 * math.sin(step)) for step in range(14)]
    for number, (x, y) in enumerate(points):
        kind = "touchMove" if number else "touchStart"
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
