"""Getting in at a school, with what a phone can and cannot do: a poster photographed, its code typed, a place refused, a
question that is read slowly; and speech, by the phone alone."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.browser.test_miniprogram_build import WeChat
from tests.browser.test_miniprogram_supervisor import Phone

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("client")]

SCHOOL = "三宝小学"


def poster(phone: Phone, place: str = SCHOOL) -> dict[str, Any]:
    """What hangs at a school's gate."""
    codes = phone.context.request.get(f"{phone.url}/demo/codes?county=530302").json()
    return next(one for one in codes if place in one["name"])


def photograph(phone: Phone) -> bytes:
    """A poster as a hand takes it: askew, from some way off, in the shade."""
    there = phone.context.request.get(f"{phone.url}/demo/poster/{poster(phone)['school_id']}.png").body()
    page = Image.open(io.BytesIO(there)).convert("RGB").rotate(7, expand=True, fillcolor=(140, 130, 120))
    wall = Image.new("RGB", (page.width * 2, page.height * 2), (150, 140, 130))
    wall.paste(page, (page.width // 2, page.height // 3))
    out = io.BytesIO()
    wall.resize((2400, 2400 * wall.height // wall.width)).point(lambda tone: tone * 2 // 3).save(
        out, "JPEG", quality=70
    )
    return out.getvalue()


def test_a_poster_is_photographed_and_a_refused_place_holds_nobody_up(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    phone = Phone(chrome, demo_url, permissions=[])
    phone.be("committee", SCHOOL)
    phone.button("扫一扫").click()
    photo = {"name": "poster.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    for buffer in (b"no picture", photograph(phone)):
        with phone.page.expect_file_chooser() as asked:
            phone.button("拍海报上的二维码").click()
        asked.value.set_files({**photo, "buffer": buffer})
        if buffer == b"no picture":
            expect(phone.shown().get_by_role("alert")).to_contain_text("照片里没有看清二维码")
            phone.looks(artefacts, "scan")
    phone.button("提供位置并签到").click()
    expect(phone.page.get_by_text("已签到：")).to_be_visible()
    expect(phone.shown().get_by_text("没有定位权限。要用位置，请")).to_be_visible()
    phone.looks(artefacts, "place-refused")
    phone.is_well()


def test_the_code_under_the_picture_is_typed(demo_url: str, chrome: Browser) -> None:
    phone = Phone(chrome, demo_url)
    phone.be("supervisor", SCHOOL)
    short = poster(phone)["short"]
    phone.button("扫一扫").click()
    for typed, words in (
        ("", "请先输入"), ("12345", "这不是膳督的学校二维码"), (short[:-1] + ("2" if short[-1] != "2" else "3"), "编码有一位输错了"),
    ):  # fmt: skip
        phone.write("海报上的编码", typed)
        phone.button("签到").last.click()
        expect(phone.shown().get_by_role("alert")).to_contain_text(words)
    phone.write("海报上的编码", short.lower().replace("-", " "))
    phone.button("签到").last.click()
    with phone.page.expect_request("**/api/check-ins") as sent:
        phone.button("不提供，直接签到").click()
    expect(phone.page.get_by_text("已签到：")).to_be_visible()
    assert "place" not in sent.value.post_data_json
    phone.is_well()


def test_the_time_somebody_reads_wechats_question_is_not_the_places(
    demo_url: str, chrome: Browser, proof: Path
) -> None:
    phone = WeChat(chrome, proof, demo_url, 4)
    phone.open()
    phone.bind()
    phone.reads("都已存进手机")
    phone.page.clock.install()
    phone.tap("扫一扫 签到")
    phone.answer("对准海报")
    phone.tap("提供位置并签到")
    phone.page.locator("#wechat").get_by_role("button", name="允许", exact=True).wait_for()
    phone.page.clock.run_for(60_000)
    with phone.page.expect_request("**/api/check-ins") as sent:
        phone.answer("允许")
    assert sent.value.post_data_json["place"]["latitude"] == 25.49
    phone.reads("已签到：")
    # a picture is marked below, on WeChat's own canvas too
    phone.photograph("现场照片")
    size = phone.page.locator(".picture img").evaluate("(one) => [one.naturalWidth, one.naturalHeight]")
    assert size == [1600, 1200 + 133]
    phone.closed()
    assert (phone.faults, phone.strangers) == ([], [])


# a phone whose voices and whose dictation are its own, or somebody else's
SPEECH = """
const own = OWN
window.spoken = []
const voices = [{ lang: 'zh-CN', name: 'a voice', localService: own }]
const speechSynthesis = { getVoices: () => voices, cancel() {}, speak: (one) => { window.spoken.push(one.text); setTimeout(() => one.onend()) } }
Object.defineProperty(window, 'speechSynthesis', { value: speechSynthesis })
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text } }
class Recognition {
  static available({ processLocally }) { return Promise.resolve(own && processLocally ? 'available' : 'unavailable') }
  start() {
    if (!this.processLocally) return window.spoken.push('a voice went elsewhere')
    setTimeout(() => { this.onresult({ results: [[{ transcript: '地上有积水' }]] }); this.onend() })
  }
}
for (const name of ['SpeechRecognition', 'webkitSpeechRecognition']) Object.defineProperty(window, name, { value: Recognition })
"""


@pytest.mark.parametrize("own", [True, False], ids=["its own", "another's"])
def test_a_phone_reads_aloud_and_writes_down_by_itself_or_not_at_all(
    demo_url: str, chrome: Browser, artefacts: Path, own: bool
) -> None:
    phone = Phone(chrome, demo_url)
    phone.context.add_init_script(SPEECH.replace("OWN", "true" if own else "false"))
    place = "茨营" if own else "田坝"
    phone.be("committee", place)
    phone.tap("我的", role="tab")
    phone.shown().get_by_role("radio", name="关怀模式（大字）").click()
    phone.tap("今天", role="tab")
    phone.button("扫一扫").click()
    phone.shown().locator("[data-school]", has_text=place).first.click()
    phone.button("提供位置并签到").click()
    expect(phone.page.get_by_text("已签到：")).to_be_visible()
    floor = phone.shown().locator("[data-item=C13]")
    floor.get_by_role("radio", name="不合格").click()
    aloud = floor.get_by_role("button", name="念给我听")
    dictation = floor.get_by_role("button", name="说话代替打字")
    if own:
        aloud.click()
        dictation.click()
        expect(floor.get_by_role("textbox")).to_have_value("地上有积水")
        assert phone.page.evaluate("window.spoken") == [
            "地面排烟和垃圾桶。合格的样子：地面干净，排烟通畅，桶有盖。不合格的样子：积水油污，或垃圾桶敞着。"
        ]
        floor.scroll_into_view_if_needed()
        phone.page.screenshot(path=artefacts / "supervisor-speech.png")
    else:
        # voices are asked for a second long
        phone.page.wait_for_timeout(1_500)
        expect(aloud.or_(dictation)).to_have_count(0)
        assert phone.page.evaluate("window.spoken") == []
    phone.is_well()
