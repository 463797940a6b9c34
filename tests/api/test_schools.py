"""Schools: their people, their codes, their posters."""

import io

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from qr.picture import svg
from tests.cast import Cast, Stage

pytestmark = pytest.mark.slow


async def test_the_rotating_code_on_the_screen_can_be_checked_in_with(cast: Cast, stage: Stage) -> None:
    head, member = await cast.phone("head"), await cast.phone("member")
    shown = (await head.get(f"/schools/{cast.tianba.id}/rotating-code")).json
    assert shown["changes_at"] == "2026-11-24T02:31:00Z"
    assert shown["svg"] == svg(shown["url"])
    stage.forward(hours=30)
    answer = await member.check_in(cast.tianba, shown["url"])
    assert (answer.status, answer.json["at"]) == (201, "2026-11-24T02:30:00Z")


@pytest.mark.parametrize("form", ["png", "pdf"])
async def test_the_head_prints_a_poster_that_works(cast: Cast, form: str) -> None:
    head, member = await cast.phone("head"), await cast.phone("member")
    poster = await head.get(f"/schools/{cast.tianba.id}/poster.{form}")
    assert poster.status == 200
    (code,) = zxingcpp.read_barcodes(_page(poster.json, form))
    assert (await member.check_in(cast.tianba, code.text)).status == 201


def _page(data: bytes, form: str) -> Image.Image:
    if form == "png":
        return Image.open(io.BytesIO(data))
    with pypdfium2.PdfDocument(data) as document:
        picture: Image.Image = document[0].render(scale=1.5).to_pil()
        return picture


async def test_wechat_draws_the_same_token_as_a_mini_program_code(cast: Cast) -> None:
    officer = await cast.phone("officer")
    drawn = await officer.get(f"/schools/{cast.tianba.id}/mini-program-code")
    assert (drawn.status, drawn.headers["Content-Type"][:6]) == (200, "image/")


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("member", "poster.pdf", 403),
        ("member", "rotating-code", 404),
        ("member", "mini-program-code", 403),
        ("neighbour_head", "poster.pdf", 404),
        ("neighbour_officer", "", 404),
        ("parent", "", 404),
        ("member", "", 200),
    ],
)
async def test_who_may_see_a_schools_codes(cast: Cast, who: str, path: str, status: int) -> None:
    phone = await cast.phone(who, consent=False)
    answer = await phone.get(f"/schools/{cast.tianba.id}/{path}".rstrip("/"))
    assert answer.status == status


async def test_telephone_numbers_only_for_those_whose_work_needs_them(cast: Cast) -> None:
    head, member = await cast.phone("head"), await cast.phone("member")
    by_head = (await head.get(f"/schools/{cast.tianba.id}/staff")).json
    by_member = (await member.get(f"/schools/{cast.tianba.id}/staff")).json
    assert [one["name"] for one in by_head] == [one["name"] for one in by_member]
    assert all(one["phone"] for one in by_head)
    assert not any(one["phone"] for one in by_member)
    assert "周敏" not in [one["name"] for one in by_head]


async def test_an_officer_reads_the_schools_of_the_county_page_by_page(cast: Cast) -> None:
    officer = await cast.phone("officer", consent=False)
    first = (await officer.get("/schools", division="530302", limit=2)).json
    second = (await officer.get("/schools", division="530302", limit=2, after=first["next"])).json
    assert [len(first["items"]), len(second["items"]), second["next"]] == [2, 1, None]
    assert (await officer.get("/schools", division="530303")).status == 404
    assert (await officer.get("/schools", division="53")).status == 404


async def test_all_of_yunnans_divisions_are_there(stage: Stage) -> None:
    async with stage.http.get("/api/divisions") as answer:
        divisions = await answer.json()
    assert len(divisions) == 146
    async with stage.http.get("/api/divisions?parent=5303") as answer:
        counties = await answer.json()
    assert [len(counties), counties[0]["name"]] == [9, "麒麟区"]


async def test_policies_are_read_and_bounded(cast: Cast) -> None:
    officer = await cast.phone("officer", consent=False)
    policies = {line["key"]: line for line in (await officer.get("/divisions/530302/policies")).json}
    assert policies["general_days"]["value"] == 3
    for key, value, code in [
        ("general_days", 31, "policy_out_of_bounds"), ("no_such", 3, "no_such_parameter"),
    ]:  # fmt: skip
        answer = await officer.ask("PUT", f"/divisions/530302/policies/{key}", json={"value": value})
        assert (answer.status, answer.code) == (422, code)
    elsewhere = await officer.ask("PUT", "/divisions/530303/policies/general_days", json={"value": 5})
    assert elsewhere.status == 404
