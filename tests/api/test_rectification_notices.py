"""The rectification notice (整改通知书): its number, its words on paper, and who may have it."""

import asyncio
import io
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw
import pytest
import zxingcpp

from models.organisations.actions import ensure_post
from models.organisations.tables import PostKind, School, SchoolStage
from models.people.tables import Holding
from models.visits.tables import RectificationNotice
from tests.api.test_records import supervised
from tests.cast import QILIN, SINCE, Answer, Cast, Phone, Stage, new_id

pytestmark = pytest.mark.slow

HOSTILE = "<b>加粗</b>&amp;<img src=x> " + "长" * 300 + "\n第二行 a<1"


async def issue(phone: Phone, visit: int) -> Answer:
    return await phone.post(f"/visits/{visit}/rectification-notice")


async def paper(phone: Phone, visit: int) -> tuple[list[str], list[int], bytes]:
    """The words of each page, without line breaks, and how many pictures are on it."""
    answer = await phone.get(f"/visits/{visit}/rectification-notice.pdf")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/pdf")
    with pypdfium2.PdfDocument(io.BytesIO(answer.json)) as document:
        words = ["".join(page.get_textpage().get_text_bounded().split()) for page in document]
        pictures = [
            sum(1 for _ in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE])) for page in document
        ]
    return words, pictures, answer.json


async def test_it_says_everything_and_shows_both_signatures(cast: Cast, artefacts: Path) -> None:
    supervisor, head = await cast.phone("supervisor"), await cast.phone("head")
    sent = await supervised(cast, supervisor, school_signs=True)
    visit = sent.json["id"]
    assert (await head.get(f"/visits/{visit}/rectification-notice.pdf")).status == 404
    issued = await issue(supervisor, visit)
    assert (issued.status, issued.json["number"]) == (201, "麒麟区教督整〔2026〕第0001号")
    again = await issue(supervisor, visit)
    assert (again.status, again.json) == (200, issued.json)
    (words,), (pictures,), data = await paper(head, visit)
    for said in (
        "麒麟区教督整〔2026〕第0001号", "麒麟区教育体育局", "麒麟区田坝小学", "2026年11月24日", "王建国",
        "食品安全总监和食品安全员", "总监缺位三个月", "较大", "企业落实食品安全主体责任监督管理规定",
        "2026年11月26日18:00", "申辩", "教育督导条例》第二十条",
    ):  # fmt: skip
        assert said in words, said
    assert pictures == 3  # two signatures and the code
    (artefacts / "rectification-notice.pdf").write_bytes(data)
    with pypdfium2.PdfDocument(data) as document:
        (code,) = zxingcpp.read_barcodes(document[0].render(scale=3).to_pil())
    assert code.text == issued.json["check_url"]
    assert (await head.get(f"/visits/{visit}")).json["rectification_notice"]["number"] == issued.json[
        "number"
    ]


async def test_the_code_on_it_leads_to_a_page_that_vouches_for_it(cast: Cast, stage: Stage) -> None:
    supervisor = await cast.phone("supervisor")
    sent = await supervised(cast, supervisor, school_signs=True)
    url = (await issue(supervisor, sent.json["id"])).json["check_url"]
    async with stage.http.get("/documents/" + url.rsplit("/", 1)[1]) as page:
        words = await page.text()
        assert page.status == 200
    assert "真实" in words and "〔2026〕第0001号" in words and "麒麟区田坝小学" in words
    # anybody may look: nothing of what was found
    assert "总监" not in words and "王建国" not in words
    async with stage.http.get("/documents/" + "a" * 16) as page:
        assert page.status == 404


async def test_what_the_head_confirmed_and_what_was_defended_stand_on_it(cast: Cast) -> None:
    supervisor, head = await cast.phone("supervisor"), await cast.phone("head")
    confirmed, defended = [(await supervised(cast, supervisor)).json["id"] for _ in range(2)]
    early = await issue(supervisor, confirmed)
    assert (early.status, early.code) == (409, "record_unanswered")
    assert "2026年11月26日 18:00" in early.said
    await head.post(f"/visits/{confirmed}/confirm", {"request_id": new_id()})
    await head.post(f"/visits/{defended}/defence", {"request_id": new_id(), "words": HOSTILE})
    for visit in (confirmed, defended):
        assert (await issue(supervisor, visit)).status == 201
    words, _, _ = await paper(head, confirmed)
    assert "经学校负责人张明于2026年11月24日10:30在微信上确认" in "".join(words)
    words, pictures, _ = await paper(head, defended)
    assert "".join(HOSTILE.split()) in "".join(words)
    assert sum(pictures) == 2


async def test_many_findings_of_hostile_words_go_over_pages(cast: Cast, artefacts: Path) -> None:
    supervisor = await cast.phone("supervisor")
    checked = await supervisor.check_in(cast.tianba)
    body = await supervisor.visit_body(
        cast.tianba, checked.headers["request_id"], kind="supervisor", grade=""
    )
    photo = await supervisor.photo(cast.tianba)
    for answer in body["answers"]:
        answer |= {
            "verdict": "problem", "remark": HOSTILE, "severity": "general", "handling": "deadline",
            "photos": [photo],
        }  # fmt: skip
    body["signatures"].append(await supervisor.photo(cast.tianba, "signature"))
    visit = (await supervisor.post("/visits", body)).json["id"]
    assert (await issue(supervisor, visit)).status == 201
    words, pictures, data = await paper(supervisor, visit)
    assert len(words) > 5
    assert all("〔2026〕第0001号" in page for page in words)
    assert "".join(words).count("<b>加粗</b>&amp;<imgsrc=x>") == 22
    assert "（二十二）" in "".join(words)
    assert sum(pictures) == 3
    (artefacts / "rectification-notice-long.pdf").write_bytes(data)


async def test_a_school_that_never_answers_does_not_stop_it(cast: Cast, stage: Stage) -> None:
    supervisor, officer = await cast.phone("supervisor"), await cast.phone("officer")
    sent = await supervised(cast, supervisor)
    stage.forward(days=3)
    assert (await issue(officer, sent.json["id"])).status == 201
    words, _, _ = await paper(officer, sent.json["id"])
    assert "学校逾期未签字、未确认，也未提出申辩" in words[0]


async def test_there_is_none_where_nothing_is_to_be_put_right(cast: Cast) -> None:
    supervisor, officer = await cast.phone("supervisor"), await cast.phone("officer")
    sent = await supervised(cast, supervisor, school_signs=True, found=False)
    answer = await issue(supervisor, sent.json["id"])
    assert (answer.status, answer.code) == (422, "nothing_to_rectify")
    member = await cast.phone("member")
    checked = await member.check_in(cast.tianba)
    visit = await member.visit(cast.tianba, checked.headers["request_id"], failing="C06")
    answer = await issue(officer, visit.json["id"])
    assert (answer.status, answer.code) == (422, "supervisors_only")


@pytest.mark.parametrize(
    ("who", "issuing", "reading"),
    [("stranger", 404, 404), ("neighbour_officer", 404, 404), ("neighbour_head", 404, 404),
     ("parent", 404, 404), ("head", 403, 200), ("member", 403, 200), ("officer", 200, 200)],
)  # fmt: skip
async def test_who_may_issue_and_who_may_read(cast: Cast, who: str, issuing: int, reading: int) -> None:
    supervisor, phone = await cast.phone("supervisor"), await cast.phone(who, consent=False)
    sent = await supervised(cast, supervisor, school_signs=True)
    await issue(supervisor, sent.json["id"])
    assert (await issue(phone, sent.json["id"])).status == issuing
    read = await phone.get(f"/visits/{sent.json['id']}/rectification-notice.pdf")
    assert read.status == reading


async def test_the_head_is_told(cast: Cast, stage: Stage) -> None:
    supervisor, head = await cast.phone("supervisor"), await cast.phone("head")
    sent = await supervised(cast, supervisor, school_signs=True)
    await issue(supervisor, sent.json["id"])
    await stage.jobs()
    assert "整改通知书已开具，请查收" in str(await head.messages())
    inbox = (await head.get("/notices")).json["items"]
    assert inbox[0]["title"] == "整改通知书"


async def test_it_stays_as_it_was_issued(cast: Cast, stage: Stage) -> None:
    supervisor, head, officer = [await cast.phone(name) for name in ("supervisor", "head", "officer")]
    sent = await supervised(cast, supervisor, school_signs=True)
    await issue(supervisor, sent.json["id"])
    before, _, _ = await paper(head, sent.json["id"])
    (problem,) = sent.json["problems"]
    await head.post(f"/problems/{problem}/appeal", {"request_id": new_id(), "words": "公示期未满"})
    await officer.post(f"/problems/{problem}/uphold", {"request_id": new_id()})
    stage.forward(days=20)
    after, _, _ = await paper(head, sent.json["id"])
    assert after == before


@pytest.mark.slow
async def test_twenty_issued_at_once_are_numbered_without_gap_or_double(cast: Cast) -> None:
    supervisor = await cast.phone("supervisor")
    visits = [(await supervised(cast, supervisor, school_signs=True)).json["id"] for _ in range(20)]
    # each asked for twice, and one visit of the neighbouring county in between
    away = await _visit_of_the_neighbour(cast)
    asked = [issue(supervisor, visit) for visit in visits for _ in range(2)]
    answers = await asyncio.gather(*asked, issue(*away))
    assert {answer.status for answer in answers} == {200, 201}
    numbers = {answer.json["number"] for answer in answers[:-1]}
    assert numbers == {f"麒麟区教督整〔2026〕第{number:04d}号" for number in range(1, 21)}
    assert answers[-1].json["number"] == "沾益区教督整〔2026〕第0001号"
    assert await RectificationNotice.filter(county_code=QILIN).count() == 20


async def _visit_of_the_neighbour(cast: Cast) -> tuple[Phone, int]:
    school = await School.create(
        code="5303030099", name="沾益区盘江小学", county_code="530303", stage=SchoolStage.PRIMARY
    )
    post = await ensure_post(PostKind.SUPERVISOR, school_id=school.id)
    await Holding.create(person=cast.people["nobody"], post=post, since_on=SINCE)
    phone = await cast.phone("nobody")
    here, cast.tianba = cast.tianba, school
    sent: Any = await supervised(cast, phone, school_signs=True)
    cast.tianba = here
    return phone, sent.json["id"]


async def test_numbers_begin_anew_with_the_year(cast: Cast, stage: Stage) -> None:
    numbers = []
    for days in (0, 37, 1):  # 24 November; 31 December; 1 January
        stage.forward(days=days)
        supervisor = await cast.phone("supervisor", consent=False)
        sent = await supervised(cast, supervisor, school_signs=True)
        numbers.append((await issue(supervisor, sent.json["id"])).json["number"])
    assert [number.partition("〔")[2] for number in numbers] == [
        "2026〕第0001号", "2026〕第0002号", "2027〕第0001号",
    ]  # fmt: skip
