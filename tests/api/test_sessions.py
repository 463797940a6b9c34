"""Signing in, binding, inviting."""

import asyncio
import io

import openpyxl
import pytest

from models.database import sql
from models.organisations.actions import ensure_post
from models.organisations.tables import PostKind
from models.people.tables import Holding, Identity
from tests.cast import SINCE, Cast, Phone, Stage

pytestmark = pytest.mark.slow


async def test_a_login_code_works_once(cast: Cast, stage: Stage) -> None:
    phone = Phone(stage, cast.people["member"])
    await phone.wx("PUT", "", {"nickname": "李", "phone": phone.number})
    code = (await phone.wx("POST", "/login", {}))["code"]
    assert (await phone.post("/sessions", {"code": code})).status == 201
    again = await phone.post("/sessions", {"code": code})
    assert (again.status, again.code, again.said) == (422, "login_failed", "微信登录没有成功，请重试。")


async def test_signing_in_says_at_once_who_i_am(cast: Cast, stage: Stage) -> None:
    known = await cast.phone("supervisor")
    code = (await known.wx("POST", "/login", {}))["code"]
    signed = (await known.post("/sessions", {"code": code})).json
    assert (signed["bound"], signed["me"]) == (True, (await known.get("/me")).json)
    nobody = Phone(stage, cast.people["member"])
    await nobody.wx("PUT", "", {"nickname": "李", "phone": nobody.number})
    code = (await nobody.wx("POST", "/login", {}))["code"]
    signed = (await nobody.post("/sessions", {"code": code})).json
    assert (signed["bound"], signed["me"]["person_id"], signed["me"]["posts"]) == (False, None, [])


async def test_the_token_is_kept_as_a_hash_only(cast: Cast) -> None:
    phone = await cast.phone("member")
    rows = await sql.rows("SELECT * FROM session")
    assert phone.token not in str(rows)


async def test_binding_by_phone_number_gives_the_posts(cast: Cast) -> None:
    phone = await cast.phone("supervisor")
    me = (await phone.get("/me")).json
    assert me["name"] == "王建国"
    assert [(post["name"], post["school_name"]) for post in me["posts"]] == [
        ("责任督学", "麒麟区田坝小学"),
        ("责任督学", "麒麟区望海小学"),
    ]


async def test_an_unknown_phone_number_is_told_what_to_do(cast: Cast, stage: Stage) -> None:
    phone = await cast.phone("member", bind=False, consent=False)
    await phone.wx("PUT", "", {"nickname": "生人", "phone": "15400009999"})
    code = (await phone.wx("POST", "/phone-number", {}))["code"]
    answer = await phone.post("/me/phone", {"code": code})
    assert (answer.status, answer.code) == (422, "phone_unknown")


@pytest.mark.parametrize("code", ["", "abc", "K7QM 4TX2RW", "K" * 21])
async def test_what_is_no_invitation_code_is_refused_by_its_name(cast: Cast, code: str) -> None:
    phone = await cast.phone("member", bind=False, consent=False)
    refused = await phone.post("/me/invitation", {"code": code})
    assert (refused.status, refused.code) == (422, "invitation_misspelt")
    assert "请填写邀请码" in refused.json["detail"]


async def test_an_invitation_binds_once(cast: Cast) -> None:
    officer = await cast.phone("officer")
    made = await officer.post("/invitations", {"person_id": cast.people["member"].id})
    assert made.status == 201
    code = made.json["code"]
    member = await cast.phone("member", bind=False, consent=False)
    bound = await member.post("/me/invitation", {"code": code.lower()})
    assert bound.json["name"] == "李秀英"
    other = await cast.phone("nobody", bind=False, consent=False)
    used = await other.post("/me/invitation", {"code": code})
    assert (used.status, used.code) == (422, "invitation_invalid")


async def test_two_phones_with_one_invitation_and_one_is_bound(cast: Cast) -> None:
    officer = await cast.phone("officer")
    made = await officer.post("/invitations", {"person_id": cast.people["member"].id})
    phones = [await cast.phone(name, bind=False, consent=False) for name in ("member", "nobody")]
    answers = await asyncio.gather(
        *(phone.post("/me/invitation", {"code": made.json["code"]}) for phone in phones)
    )
    assert sorted(answer.status for answer in answers) == [200, 422]


async def test_an_invitation_expires(cast: Cast, stage: Stage) -> None:
    officer = await cast.phone("officer")
    made = await officer.post("/invitations", {"person_id": cast.people["member"].id})
    stage.forward(days=14, minutes=1)
    member = await cast.phone("member", bind=False, consent=False)
    late = await member.post("/me/invitation", {"code": made.json["code"]})
    assert late.code == "invitation_invalid"


@pytest.mark.parametrize("who", ["neighbour_officer", "head", "member"])
async def test_only_the_county_above_invites(cast: Cast, who: str) -> None:
    phone = await cast.phone(who)
    answer = await phone.post("/invitations", {"person_id": cast.people["second_member"].id})
    assert (answer.status, answer.code) == (404, "not_found")


async def test_a_session_ends_when_it_is_revoked_or_old(cast: Cast, stage: Stage) -> None:
    phone = await cast.phone("member")
    (session,) = (await phone.get("/sessions")).json
    assert session["current"]
    other = await cast.phone("head")
    assert (await other.ask("DELETE", f"/sessions/{session['id']}")).status == 404
    assert (await phone.ask("DELETE", f"/sessions/{session['id']}")).status == 204
    assert (await phone.get("/me")).status == 401
    stage.forward(days=31)
    assert (await other.get("/me")).status == 401


async def test_a_post_given_up_takes_its_rights_with_it_and_leaves_the_history(
    cast: Cast, stage: Stage
) -> None:
    member, officer = await cast.phone("member"), await cast.phone("officer")
    checked = await member.check_in(cast.tianba)
    sent = await member.visit(cast.tianba, checked.headers["request_id"])
    await sql.rows(
        "UPDATE holding SET until_on = $1 WHERE person_id = $2 RETURNING id",
        stage.clock().date(), cast.people["member"].id,
    )  # fmt: skip
    assert (await member.check_in(cast.tianba)).code == "no_post_here"
    assert (await member.get(f"/schools/{cast.tianba.id}")).status == 404
    assert (await officer.get(f"/visits/{sent.json['id']}")).json["who"] == "李秀英"


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic YTpi", "Bearer " + "x" * 5000])
async def test_any_other_token_is_nobody(stage: Stage, header: str) -> None:
    async with stage.http.get("/api/me", headers={"Authorization": header}) as answer:
        assert answer.status == 401
        assert (await answer.json())["code"] == "not_signed_in"


async def _hold(cast: Cast, who: str, kind: PostKind, **place: object) -> None:
    post = await ensure_post(kind, **place)  # type: ignore[arg-type]
    await Holding.create(person=cast.people[who], post=post, since_on=SINCE)


async def test_nobody_invites_somebody_with_more_than_they_have(cast: Cast) -> None:
    officer = await cast.phone("officer")
    # the prefecture's officer is also a parent in the county
    await _hold(cast, "prefecture", PostKind.PARENT, school_id=cast.tianba.id)
    for who in ("prefecture", "province", "officer", "nobody"):
        answer = await officer.post("/invitations", {"person_id": cast.people[who].id})
        assert (answer.status, answer.code) == (404, "not_found"), who


async def test_who_has_a_wechat_is_not_given_a_second_one(cast: Cast) -> None:
    officer = await cast.phone("officer")
    await cast.phone("head")
    answer = await officer.post("/invitations", {"person_id": cast.people["head"].id})
    assert (answer.status, answer.code) == (409, "has_wechat")


async def test_who_is_only_known_to_another_account_can_be_invited(cast: Cast) -> None:
    officer = await cast.phone("officer")
    manager = cast.people["manager"]
    await Identity.create(appid="wwcorp", openid="zhaoli", person=manager)
    assert (await officer.post("/invitations", {"person_id": manager.id})).status == 201
    sheet = await officer.post(f"/schools/{cast.tianba.id}/invitations.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(sheet.json))
    assert manager.name in [cell.value for row in book.worksheets[0].iter_rows() for cell in row]


async def test_a_token_of_strange_bytes_is_nobody(stage: Stage) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.world.settings.port)
    writer.write(
        b"GET /api/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\nConnection: close\r\n\r\n"
    )
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 401")
