"""Finding people among the enterprise's members by their number: carefully, and for those with posts."""

from typing import Any

from models.database import sql
from tests.cast import Cast, Phone, Stage

GETUSERID = "/wecom/cgi-bin/user/getuserid"


async def join(phone: Phone) -> None:
    """Somebody's phone is in the enterprise."""
    await phone.wx("PUT", "", {"nickname": phone.person.name, "phone": phone.number})
    await phone.wx("POST", "/wecom/join", {})


async def linked(stage: Stage) -> Any:
    corpid = stage.world.settings.wecom.corpid  # type: ignore[union-attr]
    return await sql.rows(
        "SELECT openid, person_id FROM identity WHERE appid = $1 AND person_id IS NOT NULL ORDER BY id",
        corpid,
    )


async def test_members_are_found_by_number_and_who_is_none_is_left_alone_for_a_month(
    stage: Stage, cast: Cast
) -> None:
    officer, head = [await cast.phone(name, consent=False) for name in ("officer", "head")]
    await join(officer)
    await join(head)
    await stage.jobs()
    found = {row["openid"]: row["person_id"] for row in await linked(stage)}
    assert found == {one.user: one.person.id for one in (officer, head)}
    misses = await sql.rows("SELECT person_id FROM member_lookup")
    asked = len(await stage.calls(GETUSERID))
    assert asked == 2 + len(misses)
    # parents and the committee are in no enterprise of a county's
    family = await sql.rows(
        "SELECT h.person_id FROM holding h JOIN post p ON p.id = h.post_id WHERE p.kind IN ('parent', 'committee')"
    )
    assert not {row["person_id"] for row in misses} & {row["person_id"] for row in family}

    stage.forward(hours=2)
    await stage.jobs()
    assert len(await stage.calls(GETUSERID)) == asked
    stage.forward(days=31)
    await stage.jobs()
    assert len(await stage.calls(GETUSERID)) == asked + len(misses)


async def test_nobody_is_noted_as_missing_while_wecom_refuses_to_look(stage: Stage, cast: Cast) -> None:
    officer = await cast.phone("officer", consent=False)
    await join(officer)
    await stage.faults(path=GETUSERID, errcode=60011, errmsg="no privilege to access/modify contact", times=1)
    await stage.jobs()
    assert await linked(stage) == []
    assert await sql.rows("SELECT id FROM member_lookup") == []
    stage.forward(hours=1)
    await stage.jobs()
    assert [row["openid"] for row in await linked(stage)] == [officer.user]


async def test_who_has_unbound_themselves_is_not_found_again_until_they_bind_themselves(
    stage: Stage, cast: Cast
) -> None:
    officer = await cast.phone("officer", consent=False)
    await join(officer)
    await stage.jobs()
    assert [row["openid"] for row in await linked(stage)] == [officer.user]
    assert (await officer.post("/me/unbind")).status == 204
    for _ in range(3):
        stage.forward(hours=1)
        await stage.jobs()
    assert await linked(stage) == []
    asked = len(await stage.calls(GETUSERID))
    stage.forward(days=31)
    await stage.jobs()
    assert await linked(stage) == []
    people = await sql.rows("SELECT person_id FROM member_lookup")
    assert officer.person.id not in {row["person_id"] for row in people}
    assert len(await stage.calls(GETUSERID)) == asked + len(people)

    await officer.turn_on(consent=False)
    stage.forward(hours=1)
    await stage.jobs()
    assert [row["openid"] for row in await linked(stage)] == [officer.user]
