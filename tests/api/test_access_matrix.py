"""Who reaches what: every operation of the document × every role × own, neighbour's and foreign places.

The tables below are the specification, written down independently of `models/people/rights.py`.

A new operation needs one line: in OPEN when anybody may ask, in OWN when it is about the asker alone, else
in SCOPED, with the roles that may within their reach (`may`), those that see the subject and are told that
they may not (`told`: 403), and what everybody else hears (`outside`: 404, and not a word different from
what is said of something that does not exist). Reach is a role's own school, or every school below its
division. What a path or a body needs is found by name: add a field to Subject for a new `{name}`, and an
entry to BODIES or QUERIES, whose values must be good enough to get past validation. A right answer to
somebody who may is anything but 401, 403, 404 and 5xx: content is for other tests.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest

from miniapp_api.app import ROUTES
from models.organisations.actions import ensure_post
from models.organisations.tables import PostKind, School, SchoolStage
from models.people.registering import add_person
from models.people.tables import Holding, Person
from models.visits import duties
from models.visits.tables import Duty
from tests.cast import SINCE, Answer, Phone, Stage, jpeg, new_id
from tests.conftest import START

# --- the specification -----------------------------------------------------------------------------------

PARENT, COMMITTEE, SUPERVISOR = PostKind.PARENT, PostKind.COMMITTEE, PostKind.SUPERVISOR
HEAD, MANAGER, FINANCE = PostKind.HEAD, PostKind.MANAGER, PostKind.FINANCE
REGULATOR, ADMINISTRATOR = PostKind.REGULATOR, PostKind.ADMINISTRATOR

NOBODY: set[PostKind] = set()
EVERYBODY = set(PostKind)
OFFICERS = {PostKind.COUNTY, PostKind.PREFECTURE, PostKind.PROVINCE}
MONITORS = {COMMITTEE, SUPERVISOR}
SCHOOL = {HEAD, MANAGER}
ABOVE = OFFICERS | {REGULATOR, ADMINISTRATOR}
READERS = EVERYBODY - {PARENT}

OWN_PLACE, NEXT_SCHOOL, NEXT_COUNTY, NEXT_PREFECTURE = "own", "neighbour", "next county", "foreign"
SCOPES = {OWN_PLACE: "530302", NEXT_SCHOOL: "530302", NEXT_COUNTY: "530303", NEXT_PREFECTURE: "530402"}

# post → where it is held (None: at the school called "own"), and what it reaches from there
PLACES: dict[PostKind, tuple[str | None, set[str]]] = {
    **dict.fromkeys([PARENT, *MONITORS, *SCHOOL, FINANCE], (None, {OWN_PLACE})),
    **dict.fromkeys([PostKind.COUNTY, REGULATOR, ADMINISTRATOR], ("530302", {OWN_PLACE, NEXT_SCHOOL})),
    PostKind.PREFECTURE: ("5303", {OWN_PLACE, NEXT_SCHOOL, NEXT_COUNTY}),
    PostKind.PROVINCE: ("53", set(SCOPES)),
}

OPEN = {"POST /sessions", "GET /divisions", "GET /forms"}

# about the asker alone → whether a WeChat that is bound to nobody is told to bind first (403)
OWN = {
    "GET /me": False,
    "POST /me/phone": False,
    "POST /me/invitation": False,
    "GET /sessions": False,
    "DELETE /sessions": False,
    "GET /duties": True,
    "GET /notices": True,
    "POST /notices/read": True,
    "GET /me/consents": False,
    "POST /me/consents": False,
    "DELETE /me/consents/{kind}": False,
    "GET /me/data": False,
    "POST /me/erasure": True,
    "POST /me/erasure/confirm": True,
    "DELETE /me/erasure": True,
    # empty for everybody but officers
    "GET /erasures": False,
}


@dataclass(frozen=True)
class Line:
    operation: str
    may: set[PostKind]
    told: set[PostKind] | None = None
    outside: int = 404


SCOPED = [
    # somebody else's phone, and somebody else's check-in: nobody's business
    Line("DELETE /sessions/{session_id}", may=NOBODY),
    Line("POST /visits", may=NOBODY),
    Line("POST /invitations", may=OFFICERS | {ADMINISTRATOR}),
    # of somebody who has left a post at the place and asks to be forgotten
    Line("POST /erasures/{erasure_id}/carry-out", may=OFFICERS | {ADMINISTRATOR}),
    # divisions
    Line("GET /schools", may=ABOVE),
    Line("GET /divisions/{code}/policies", may=ABOVE),
    Line("PUT /divisions/{code}/policies/{key}", may=OFFICERS | {ADMINISTRATOR}),
    Line("GET /divisions/{code}/coverage", may=ABOVE),
    # schools
    Line("GET /schools/{school_id}", may=READERS),
    Line("GET /schools/{school_id}/staff", may=READERS),
    Line("GET /schools/{school_id}/check-ins", may=READERS),
    Line("GET /schools/{school_id}/visits", may=READERS),
    Line("GET /schools/{school_id}/duties", may=READERS),
    Line("GET /schools/{school_id}/rotating-code", may=SCHOOL),
    Line("GET /schools/{school_id}/poster.{format}", may=SCHOOL | OFFICERS | {ADMINISTRATOR}, told=READERS),
    Line("GET /schools/{school_id}/mini-program-code", may=SCHOOL | OFFICERS | {ADMINISTRATOR}, told=READERS),
    Line("POST /schools/{school_id}/posters/revoke", may=OFFICERS | {ADMINISTRATOR}, told=READERS),
    # check-ins and visits; whoever has a code knows the school, so nothing is hidden from them
    Line("POST /check-ins", may=MONITORS, outside=403),
    Line("GET /visits/{visit_id}", may=READERS),
    Line("POST /duties/{duty_id}/excuse", may=OFFICERS),
    Line("POST /duties/{duty_id}/swap", may=OFFICERS),
    # photos
    Line("POST /photos", may=EVERYBODY - {FINANCE, REGULATOR, ADMINISTRATOR}, told=READERS),
    Line("GET /photos/{key}", may=READERS),
    # problems; the list is empty for outsiders
    Line("GET /problems", may=READERS, outside=200),
    Line("GET /problems/{problem_id}", may=READERS),
    Line("GET /problems/{problem_id}/receipts", may=READERS),
    Line("POST /problems", may=MONITORS | OFFICERS | {PARENT}),
    Line("POST /problems/{problem_id}/submit", may=SCHOOL, told=READERS),
    Line("POST /problems/{problem_id}/appeal", may=SCHOOL, told=READERS),
    Line("POST /problems/{problem_id}/close", may=OFFICERS, told=READERS),
    Line("POST /problems/{problem_id}/return", may=OFFICERS, told=READERS),
    Line("POST /problems/{problem_id}/uphold", may=OFFICERS, told=READERS),
    Line("POST /problems/{problem_id}/reject", may=OFFICERS, told=READERS),
    Line("POST /problems/{problem_id}/reopen", may=OFFICERS, told=READERS),
]

# --- what there is to ask for, and how -------------------------------------------------------------------


@dataclass(frozen=True)
class Subject:
    """Things of one place, by the names that paths give them."""

    school_id: int
    code: str
    place_code: str
    problem_id: int
    appealed_id: int
    visit_id: int
    duty_id: int
    session_id: int
    person_id: int
    check_in: str
    key: str
    erasure_id: int
    format: str = "png"
    kind: str = "location"


# what no place has; the school's code is one that we signed, for nobody can sign another
NOTHING = Subject(
    school_id=999_999, code="999999", place_code="", problem_id=999_999, appealed_id=999_999, visit_id=999_999,
    duty_id=999_999, session_id=999_999, person_id=999_999, check_in="0" * 24, key="0" * 32,
    erasure_id=999_999,
)  # fmt: skip

Make = Callable[[Subject], dict[str, Any]]


def _act(subject: Subject) -> dict[str, Any]:
    # neither state of the two problems allows the move, and the photo is nobody's: nothing is ever changed
    return {"request_id": new_id(), "words": "已经看过", "photos": ["f" * 32]}


def _visit(subject: Subject) -> dict[str, Any]:
    return {
        "request_id": new_id(), "check_in": subject.check_in, "kind": "committee", "form_version": 1,
        "answers": [], "photos": [], "signatures": [],
    }  # fmt: skip


MOVES = ("submit", "close", "return", "appeal", "uphold", "reject", "reopen")
BODIES: dict[str, Make] = {
    "POST /me/phone": lambda _: {"code": "not-a-code"},
    "POST /me/invitation": lambda _: {"code": "NOTACODE23"},
    "POST /notices/read": lambda _: {"ids": [1]},
    "POST /me/consents": lambda subject: {"kind": subject.kind, "version": 1},
    "POST /me/erasure/confirm": lambda _: {"words": "确认注销"},
    "POST /invitations": lambda subject: {"person_id": subject.person_id},
    "PUT /divisions/{code}/policies/{key}": lambda _: {"value": 7},
    "POST /schools/{school_id}/posters/revoke": lambda _: {"reason": "海报遗失"},
    "POST /check-ins": lambda subject: {
        "code": subject.place_code, "request_id": new_id(), "scanned_at": START.isoformat()
    },
    "POST /visits": _visit,
    "POST /duties/{duty_id}/excuse": lambda _: {"reason": "停课"},
    "POST /duties/{duty_id}/swap": lambda _: {"person_id": 999_999},
    "POST /problems": lambda subject: {
        "request_id": new_id(), "school_id": subject.school_id, "title": "餐具没有消毒"
    },
    **{f"POST /problems/{{problem_id}}/{move}": _act for move in MOVES},
}  # fmt: skip
QUERIES: dict[str, Make] = {
    "GET /schools": lambda subject: {"division": subject.code},
    "GET /problems": lambda subject: {"school_id": subject.school_id},
    "POST /photos": lambda subject: {
        "school_id": subject.school_id, "purpose": "problem", "request_id": new_id()
    },
}  # fmt: skip
# of the two problems, the one on which the move may not be made
APPEALED = {
    f"POST /problems/{{problem_id}}/{move}" for move in ("submit", "appeal", "close", "return", "reopen")
}


async def ask(phone: Phone, operation: str, subject: Subject) -> Answer:
    method, path = operation.split(" ", 1)
    if operation in APPEALED:
        subject = replace(subject, problem_id=subject.appealed_id)
    if "policies/{key}" in path:
        path = path.replace("{key}", "late_days")
    path = re.sub(r"\{(\w+)\}", lambda name: str(getattr(subject, name[1])), path)
    more: dict[str, Any] = {}
    if operation in QUERIES:
        more["params"] = QUERIES[operation](subject)
    if operation in BODIES:
        more["json"] = BODIES[operation](subject)
    if operation == "POST /photos":
        more["data"] = aiohttp.FormData({"other": "x"})
        more["data"].add_field("file", PICTURE, filename="photo.jpg", content_type="image/jpeg")
    return await phone.ask(method, path, **more)


PICTURE = jpeg(64, 64)

# --- the people and the places ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Role:
    """`kind` is None for those who hold no post."""

    name: str
    phone: Phone
    kind: PostKind | None
    reach: set[str]
    bound: bool = True


class World:
    """One school a scope with everything in it, and somebody of every role."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.schools: dict[str, School] = {}
        self.subjects: dict[str, Subject] = {}
        self.roles: list[Role] = []
        self.nobodies: list[Role] = []

    async def build(self) -> "World":
        for number, (scope, county) in enumerate(SCOPES.items(), 1):
            self.schools[scope] = await School.create(
                code=f"53030200{number:02d}", name=f"第{number}小学", county_code=county,
                stage=SchoolStage.PRIMARY,
            )  # fmt: skip
        for scope, school in self.schools.items():
            self.subjects[scope] = await self._fill(school)
        for kind in PostKind:
            place, reach = PLACES[kind]
            phone = await self.phone(kind.value, (kind, place or self.schools[OWN_PLACE]))
            self.roles.append(Role(kind.value, phone, kind, reach))
        self.roles.append(Role("without a post", await self.phone("without a post"), None, set()))
        unbound = await self.phone("not bound", bind=False)
        self.roles.append(Role("not bound", unbound, None, set(), bound=False))
        gone = await self.phone("signed out")
        mine = (await gone.get("/sessions")).json
        assert (await gone.ask("DELETE", f"/sessions/{mine[0]['id']}")).status == 204
        stranger = Phone(self.stage, gone.person)
        self.nobodies = [Role("no token", stranger, None, set()), Role("signed out", gone, None, set())]
        return self

    async def phone(self, name: str, *posts: tuple[PostKind, School | str], bind: bool = True) -> Phone:
        return await Phone(self.stage, await self.person(name, *posts)).turn_on(bind=bind, consent=False)

    async def person(self, name: str, *posts: tuple[PostKind, School | str]) -> Person:
        number = await Person.all().count()
        vault, now = self.stage.world.context.vault, self.stage.clock()
        person = await add_person(vault, f"{name}{number}"[:40], f"1540000{number:04d}", now)
        for kind, place in posts:
            at = {"school_id": place.id} if isinstance(place, School) else {"division_code": place}
            await Holding.create(person=person, post=await ensure_post(kind, **at), since_on=SINCE)  # type: ignore[arg-type]
        return person

    async def _fill(self, school: School) -> Subject:
        """Everything a place can have; whoever made it holds a post that gives no role a part in it."""
        member = await self.phone("member", (COMMITTEE, school))
        await duties.open_month("2026-11")
        checked = await member.check_in(school)
        visit = await member.visit(school, checked.headers["request_id"])
        assert visit.status == 201, visit.json
        other = await member.check_in(school)
        assert other.status == 201, other.json
        parent, head = await self.phone("parent", (PARENT, school)), await self.phone("head", (HEAD, school))
        found = [await parent.post("/problems", BODIES["POST /problems"](self._at(school))) for _ in range(2)]
        appeal = {"request_id": new_id(), "words": "情况不属实"}
        assert (await head.post(f"/problems/{found[1].json['id']}/appeal", appeal)).status == 200
        gone = await self.phone("gone", (FINANCE, school))
        await Holding.filter(person_id=gone.person.id).update(until_on=START.date())
        erasure = await gone.post("/me/erasure")
        assert erasure.status == 201, erasure.json
        assert (
            await gone.post("/me/erasure/confirm", BODIES["POST /me/erasure/confirm"](NOTHING))
        ).status == 200
        return replace(
            self._at(school),
            erasure_id=erasure.json["id"],
            problem_id=found[0].json["id"],
            appealed_id=found[1].json["id"],
            visit_id=visit.json["id"],
            duty_id=(await Duty.get(school_id=school.id, month="2026-11")).id,
            session_id=(await member.get("/sessions")).json[0]["id"],
            person_id=(await self.person("invited", (FINANCE, school))).id,
            check_in=other.headers["request_id"],
            key=(await member.get(f"/visits/{visit.json['id']}")).json["photos"][0],
        )

    def _at(self, school: School) -> Subject:
        code = self.stage.code(school, school.poster_generation)
        return replace(NOTHING, school_id=school.id, code=school.county_code, place_code=code)

    async def again(self, scope: str) -> Subject:
        """The subject with the code that hangs there now: revoking it is one of the operations."""
        school = await School.get(id=self.schools[scope].id)
        code = self.stage.code(school, school.poster_generation)
        return replace(self.subjects[scope], place_code=code)


@pytest.fixture
async def world(stage: Stage) -> World:
    return await World(stage).build()


# --- the tests -------------------------------------------------------------------------------------------


def test_every_operation_of_the_document_is_in_a_table() -> None:
    named = [*OPEN, *OWN, *(line.operation for line in SCOPED)]
    served = [f"{route.method} {route.path}" for route in ROUTES]
    missing = sorted(set(served) - set(named))
    assert not missing, f"say in tests/api/test_access_matrix.py who may ask for {missing}"
    assert sorted(named) == sorted(served), "an operation is in two tables, or is served no more"
    open_to_all = {f"{route.method} {route.path}" for route in ROUTES if not route.signed_in}
    assert open_to_all == OPEN
    bodies = {f"{route.method} {route.path}" for route in ROUTES if route.body} - OPEN
    assert bodies == set(BODIES), "an operation has a body and no entry in BODIES"


def _wrong(said: Answer, expected: str) -> bool:
    if expected == "may":
        broken = said.status in (401, 403, 404, 429) or said.status >= 500
        return broken or (said.status == 422 and said.code == "validation")
    if expected == "empty":
        return said.status != 200 or said.json["items"] != []
    return said.status != int(expected)


def _expected(line: Line, role: Role, scope: str) -> str:
    inside = role.kind is not None and scope in role.reach
    if inside and role.kind in line.may:
        return "may"
    if inside and role.kind in (line.told or ()):
        return "403"
    return "empty" if line.outside == 200 else str(line.outside)


async def _deviations(world: World, line: Line) -> list[str]:
    found = []
    for role in world.roles:
        absent = await ask(role.phone, line.operation, NOTHING) if line.outside == 404 else None
        for scope in SCOPES:
            expected = _expected(line, role, scope)
            said = await ask(role.phone, line.operation, await world.again(scope))
            where = f"{line.operation}: {role.name}, {scope}"
            told = f"{said.status} {said.json if isinstance(said.json, dict) else ''}"
            hidden = expected == "404"
            if hidden and not role.bound and said.status == 403:
                # told to bind first, before anything is looked up
                expected = "403"
            if _wrong(said, expected):
                found.append(f"{where}: expected {expected}, got {told}")
            elif hidden and absent is not None and _heard(said) != _heard(absent):
                found.append(f"{where}: {told} can be told from what does not exist: {_heard(absent)}")
    for role in world.nobodies:
        said = await ask(role.phone, line.operation, await world.again(OWN_PLACE))
        if said.status != 401:
            found.append(f"{line.operation}: {role.name}: expected 401, got {said.status}")
    return found


def _heard(said: Answer) -> tuple[Any, ...]:
    return said.status, said.code, said.said, said.json.get("facts")


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_everybody_reaches_what_they_may_and_nothing_else(world: World) -> None:
    found = [said for line in SCOPED for said in await _deviations(world, line)]
    assert not found, f"{len(found)} deviations:\n" + "\n".join(found)


@pytest.mark.slow
async def test_what_is_ones_own_needs_a_phone_that_is_signed_in(world: World) -> None:
    found = []
    for operation, binding in OWN.items():
        for role in world.roles:
            said = await ask(role.phone, operation, NOTHING)
            expected = "403" if binding and not role.bound else "may"
            if _wrong(said, expected):
                found.append(f"{operation}: {role.name}: expected {expected}, got {said.status} {said.json}")
        for role in world.nobodies:
            said = await ask(role.phone, operation, NOTHING)
            if said.status != 401:
                found.append(f"{operation}: {role.name}: expected 401, got {said.status}")
    assert not found, "\n".join(found)
