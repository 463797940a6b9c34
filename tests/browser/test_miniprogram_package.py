"""What WeChat DevTools and its reviewers look at: the build's files, their sizes, and what is declared of privacy."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops.client import BUILT_FOR_WECHAT as BUILT
from ops.client import CLIENT, make

pytestmark = [pytest.mark.slow]

MAIN_BYTES = 1_500_000
# WeChat's own bounds
PACKAGE_BYTES, PRELOADED_BYTES, ALL_BYTES = 2_000_000, 2_000_000, 20_000_000
REASON_CHARACTERS = 30
LOCATIONS = {
    "chooseAddress", "chooseLocation", "choosePoi", "getFuzzyLocation", "getLocation", "onLocationChange",
    "startLocationUpdate", "startLocationUpdateBackground",
}  # fmt: skip
# interfaces that WeChat refuses unless the account's privacy guide names them
PRIVATE = LOCATIONS | {
    "addPhoneCalendar", "addPhoneContact", "chooseImage", "chooseInvoiceTitle", "chooseMedia", "chooseMessageFile",
    "chooseVideo", "chooseLicensePlate", "getClipboardData", "getRecorderManager", "getUserInfo", "getUserProfile",
    "getWeRunData", "saveImageToPhotosAlbum", "saveVideoToPhotosAlbum", "setClipboardData", "startAccelerometer",
    "startCompass", "startDeviceMotionListening", "startGyroscope", "startRecord",
}  # fmt: skip
PRIVATE_BUTTONS = {"getPhoneNumber", "getRealtimePhoneNumber", "chooseAvatar", "getUserInfo"}


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    make(["mp-weixin"])


def read(name: str) -> Any:
    return json.loads((BUILT / name).read_text())


def packages() -> list[dict[str, Any]]:
    app = read("app.json")
    found = app.get("subPackages", app.get("subpackages", []))
    assert isinstance(found, list)
    return found


def pages() -> list[str]:
    main = list(read("app.json")["pages"])
    return main + [f"{one['root'].rstrip('/')}/{page}" for one in packages() for page in one["pages"]]


def files(*endings: str) -> Iterator[Path]:
    return (path for path in sorted(BUILT.rglob("*")) if path.is_file() and path.suffix in endings)


def size(root: str = "") -> int:
    return sum(path.stat().st_size for path in (BUILT / root).rglob("*") if path.is_file())


def test_the_project_opens_as_it_is() -> None:
    project = read("project.config.json")
    assert project["compileType"] == "miniprogram"
    assert re.fullmatch(r"touristappid|wx[0-9a-f]{16}", project["appid"])
    assert project["projectname"] and project["setting"]["es6"] and project["setting"]["minified"]
    # a build that was told of no server asks this machine, which is in nobody's list
    assert project["setting"]["urlCheck"] is False
    assert "miniprogramRoot" not in project


def test_every_page_is_there_once_with_its_files() -> None:
    found = pages()
    assert len(set(found)) == len(found)
    assert found[0] == "pages/home/index"
    missing = [
        page + end
        for page in found
        for end in (".js", ".json", ".wxml")
        if not (BUILT / (page + end)).is_file()
    ]
    assert missing == []
    roots = [one["root"].rstrip("/") for one in packages()]
    # a package inside another, or a page of the main package inside one, is refused by WeChat
    assert [(a, b) for a in roots for b in roots if a != b and f"{a}/".startswith(f"{b}/")] == []
    assert [
        page for page in read("app.json")["pages"] if any(page.startswith(f"{root}/") for root in roots)
    ] == []
    titles = [page for page in found if not read(f"{page}.json").get("navigationBarTitleText")]
    assert titles == []


def test_every_component_that_is_used_is_there() -> None:
    lost = []
    for path in files(".json"):
        if path.parent == BUILT:
            continue
        used = json.loads(path.read_text()).get("usingComponents", {})
        for where in used.values():
            start = BUILT if where.startswith("/") else path.parent
            if not (start / where.lstrip("/")).with_suffix(".wxml").resolve().is_file():
                lost.append(f"{path.relative_to(BUILT)}: {where}")
    assert lost == []


def test_what_is_named_beside_the_pages_is_there() -> None:
    app, known = read("app.json"), set(pages())
    assert app["lazyCodeLoading"] == "requiredComponents"
    assert app["darkmode"] is True
    theme = read(app["themeLocation"])
    used = {value[1:] for value in app["window"].values() if value.startswith("@")}
    assert used <= set(theme["light"]) and set(theme["light"]) == set(theme["dark"])
    rules = read(app["sitemapLocation"])["rules"]
    assert rules == [{"action": "disallow", "page": "*"}]
    roots = {one["root"].rstrip("/"): one for one in packages()}
    for page, rule in app.get("preloadRule", {}).items():
        assert page in known
        wanted = [name.rstrip("/") for name in rule["packages"]]
        assert set(wanted) <= set(roots)
        assert sum(size(name) for name in wanted) < PRELOADED_BYTES


def test_the_packages_keep_to_their_sizes() -> None:
    subpackages = {one["root"].rstrip("/"): size(one["root"]) for one in packages()}
    assert size() - sum(subpackages.values()) < MAIN_BYTES
    assert {root: taken for root, taken in subpackages.items() if taken >= PACKAGE_BYTES} == {}
    assert size() < ALL_BYTES


def test_what_is_private_is_declared_and_nothing_else() -> None:
    app = read("app.json")
    scripts = "\n".join(path.read_text() for path in files(".js"))
    markup = "\n".join(path.read_text() for path in files(".wxml"))
    used = {name for name in PRIVATE if re.search(rf"\.{name}\(", scripts)}
    used |= {name for name in PRIVATE_BUTTONS if f'open-type="{name}"' in markup}
    used |= {"camera"} if "<camera" in markup else set()
    guide = json.loads((CLIENT / "privacy-guide.json").read_text())["interfaces"]
    assert {one["name"] for one in guide} == used
    assert all(one["info"] and one["why"].startswith("用于") for one in guide)
    assert app["__usePrivacyCheck__"] is True
    assert set(app["requiredPrivateInfos"]) == used & LOCATIONS
    # WeChat refuses a program that declares both
    assert not {"getLocation", "getFuzzyLocation"} <= set(app["requiredPrivateInfos"])
    assert set(app["permission"]) == {"scope.userLocation"}
    assert 0 < len(app["permission"]["scope.userLocation"]["desc"]) <= REASON_CHARACTERS


def test_no_other_host_is_named_in_letters_or_in_numbers() -> None:
    hosts: set[str] = set()
    for path in files(".js", ".wxml", ".wxss", ".json"):
        text = path.read_text()
        # a host may be spelt in character codes, too
        text += " ".join(
            "https://" + "".join(chr(int(code)) for code in codes.split(",") if code.strip().isdigit())
            for codes in re.findall(r"fromCharCode\(([0-9, ]{20,})\)", text)
        )
        hosts |= set(re.findall(r"https?://([a-z0-9.-]+)", text))
    # the last two stand in warnings to developers
    assert hosts <= {"127.0.0.1", "www.w3.org", "vuejs.org", "uniapp.dcloud.net.cn"}
    assert "plugins" not in read("app.json")
