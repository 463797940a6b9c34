"""How the phone's client is given out: small, kept for ever, and with no script but its own."""

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

import pytest
from playwright.sync_api import Browser

# what is smaller is sent as it is (miniprogram/build/h5.ts)
LEAST_BYTES = 600

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("client")]


def test_the_page_is_asked_for_anew_and_its_assets_never_again(demo_url: str, chrome: Browser) -> None:
    ask = chrome.new_context().request
    start = ask.get(f"{demo_url}/m/")
    assert start.headers["cache-control"] == "no-cache"
    assert "unsafe" not in start.headers["content-security-policy"]
    assert ask.get(f"{demo_url}/m").url == f"{demo_url}/m/"
    names = re.findall(r'"/m/(assets/[^"]+)"', start.text())
    assert names
    for name in names:
        asset = ask.get(f"{demo_url}/m/{name}", headers={"Accept-Encoding": "gzip"})
        assert asset.headers["cache-control"].endswith("immutable")
        if len(asset.body()) >= LEAST_BYTES:
            assert asset.headers["content-encoding"] == "gzip"
            assert asset.headers["vary"] == "Accept-Encoding"
    assert ask.get(f"{demo_url}/m/sw.js").headers["cache-control"] == "no-cache"
    assert ask.get(f"{demo_url}/m/assets/../index.html").status == 404
    assert ask.get(f"{demo_url}/m/assets/none.js").status == 404


def test_the_api_tells_phones_the_time_that_it_goes_by(demo_url: str, chrome: Browser) -> None:
    ask = chrome.new_context().request
    ask.post(f"{demo_url}/demo/clock", data={"hours": 5})
    said = parsedate_to_datetime(ask.get(f"{demo_url}/api/forms").headers["date"])
    now = datetime.fromisoformat(ask.get(f"{demo_url}/demo/now").json()["now"])
    assert abs((said - now).total_seconds()) < 5
