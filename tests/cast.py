"""The standing cast: who everybody is, where they stand, and their phones."""

import asyncio
import io
import secrets
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import aiohttp
from PIL import Image

from bot import jobs, outbox
from models.organisations.actions import ensure_post
from models.organisations.tables import Canteen, CanteenMode, PostKind, School, SchoolStage
from models.people.registering import add_person
from models.people.tables import Holding, Person, Recusal
from models.policies.tables import Policy
from models.visits import duties
from ops.clock import DemoClock
from ops.wiring import World
from qr import Place, PlaceKind, sign, sign_rotating, sign_short

QILIN, ZHANYI = "530302", "530303"
SINCE = date(2026, 9, 1)
# each notice is a message of its own here, and no digest comes between: they have tests of their own
QUIETLY = {"merge_min": 0, "merge_least": 1000, "digests": 0}


@dataclass
class Answer:
    """An HTTP answer, read."""

    status: int
    json: Any
    headers: Any

    @property
    def code(self) -> str:
        return str(self.json["code"])

    @property
    def said(self) -> str:
        return str(self.json["detail"])


@dataclass
class Stage:
    """A served installation and the means to act on it."""

    world: World
    clock: DemoClock
    http: aiohttp.ClientSession

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.world.settings.port}"

    async def jobs(self) -> None:
        """Let the worker do everything that is due, until nothing is and no event is on its way to us."""
        for _ in range(40):
            # asked first: what arrives while the jobs run may have come too late for them
            coming = await self._pushes()
            if not await jobs.run_once(self.world.post) and not coming:
                return

    async def _pushes(self) -> int:
        """Events that the sandbox has not brought to our door yet."""
        async with self.http.get("/sandbox/control/stats") as answer:
            waiting = int((await answer.json())["pushes_waiting"])
        if waiting:
            await asyncio.sleep(0.01)
        return waiting

    async def deliver(self, channel: str = "subscribe") -> int:
        """Let the worker hand one batch to a channel, and do nothing else."""
        await jobs.merge_waiting(self.world.post)
        return await outbox.deliver_due(self.world.post, channel)

    def forward(self, **by: float) -> None:
        self.clock.forward(timedelta(**by))

    def code(self, school: School, generation: int = 1) -> str:
        return sign(self.world.context.keyring, Place(PlaceKind.SCHOOL, school.id), generation)

    def short_code(self, school: School, generation: int = 1) -> str:
        """What is printed under the picture."""
        code = sign_short(self.world.context.keyring, Place(PlaceKind.SCHOOL, school.id), generation)
        assert code is not None
        return code

    def rotating_code(self, school: School) -> str:
        place = Place(PlaceKind.SCHOOL, school.id)
        return sign_rotating(self.world.context.keyring, place, 1, self.clock())

    def number(self, person: Person) -> str:
        """The number somebody is registered with."""
        assert person.phone_sealed is not None
        return self.world.context.vault.unseal(person.phone_sealed)

    async def knows(self, number: str) -> bool:
        """Whether somebody is registered with a number."""
        return await Person.filter(phone_digest=self.world.context.vault.digest(number)).exists()

    async def faults(self, **fault: Any) -> None:
        """Tell the sandbox to fail."""
        async with self.http.post("/sandbox/control/faults", json=fault) as answer:
            assert answer.status < 300, await answer.text()

    async def no_faults(self) -> None:
        async with self.http.delete("/sandbox/control/faults") as answer:
            assert answer.status < 300

    async def allow(self, phone: "Phone", messages: int) -> None:
        """Let WeChat take so many messages of each template to a phone, without a tap for each."""
        openid = (await phone.wx("PUT", "", {}))["openid"]
        body = {"openids": [openid], "balance": messages}
        async with self.http.post("/sandbox/control/credits", json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def calls(self, path: str) -> list[dict[str, Any]]:
        """The sandbox's log of calls to one path."""
        async with self.http.get("/sandbox/control/log") as answer:
            log = await answer.json()
        return [line for line in log if line["path"] == path]


@dataclass
class Phone:
    """Somebody's phone: signs in through WeChat, then speaks to the API."""

    stage: Stage
    person: Person
    token: str | None = None

    @property
    def user(self) -> str:
        return f"person-{self.person.id}"

    @property
    def number(self) -> str:
        """The number the person is registered with."""
        return self.stage.number(self.person)

    async def turn_on(self, *, bind: bool = True, consent: bool = True) -> "Phone":
        """Open the mini-program: sign in, bind by phone number, accept every template once or more."""
        await self.wx("PUT", "", {"nickname": self.person.name, "phone": self.number})
        login = await self.wx("POST", "/login", {})
        signed = await self.post("/sessions", {"code": login["code"], "device": "测试手机"})
        assert signed.status == 201, signed.json
        self.token = signed.json["token"]
        if bind:
            number = await self.wx("POST", "/phone-number", {})
            bound = await self.post("/me/phone", {"code": number["code"]})
            assert bound.status == 200, bound.json
        if consent:
            await self.consent(times=5)
        return self

    async def open(self) -> None:
        """Have the mini-program in the hand: WeChat notes when somebody last had."""
        await self.wx("GET", "")

    async def agree(self, kind: str) -> None:
        """Agree to the current version of a text."""
        asked = {one["kind"]: one["version"] for one in (await self.get("/me/consents")).json}
        given = await self.post("/me/consents", {"kind": kind, "version": asked[kind]})
        assert given.status == 204, given.json

    async def consent(self, times: int = 1, choice: str = "accept") -> None:
        templates = (await self.get("/me")).json["templates"]
        for _ in range(times):
            await self.wx("POST", "/subscribe", {"choices": dict.fromkeys(templates, choice)})
        await self.stage.jobs()

    async def wx(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """What the phone asks of WeChat itself."""
        url = f"/sandbox/phones/{self.user}{path}"
        async with self.stage.http.request(method, url, json=body) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def messages(self) -> list[dict[str, Any]]:
        """Service notifications on the phone, oldest first."""
        found = await self.wx("GET", "/messages")
        return list(found["messages"])

    async def get(self, path: str, **query: Any) -> Answer:
        return await self.ask("GET", path, params={key: str(value) for key, value in query.items()})

    async def post(self, path: str, body: Any = None) -> Answer:
        if self.token and path.startswith(("/problems", "/visits")):
            # WeChat checks the words of who has the mini-program open
            await self.open()
        return await self.ask("POST", path, json={} if body is None else body)

    async def ask(self, method: str, path: str, **more: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.stage.http.request(method, f"/api{path}", headers=headers, **more) as answer:
            is_json = "json" in answer.content_type
            return Answer(
                answer.status, await answer.json() if is_json else await answer.read(), answer.headers
            )

    async def photo(
        self, school: School, purpose: str = "visit", data: bytes | None = None, request_id: str | None = None
    ) -> str:
        """Send a picture; return its key."""
        sent = await self.send_photo(school, purpose, data or jpeg(), request_id or new_id())
        assert sent.status in (200, 201), sent.json
        return str(sent.json["key"])

    async def send_photo(self, school: School, purpose: str, data: bytes, request_id: str) -> Answer:
        form = aiohttp.FormData()
        form.add_field("file", io.BytesIO(data), filename="photo.jpg", content_type="image/jpeg")
        query = {"school_id": str(school.id), "purpose": purpose, "request_id": request_id}
        return await self.ask("POST", "/photos", params=query, data=form)

    async def check_in(self, school: School, code: str | None = None, **more: Any) -> Answer:
        body = {
            "code": self.stage.code(school) if code is None else code,
            "request_id": new_id(),
            "scanned_at": self.stage.clock().isoformat(),
            **more,
        }
        answer = await self.post("/check-ins", body)
        answer.headers = body
        return answer

    async def visit(self, school: School, check_in: str, **changes: Any) -> Answer:
        """Send the committee's form with everything right; `failing`: an item code to fail, with photo."""
        return await self.post("/visits", await self.visit_body(school, check_in, **changes))

    async def visit_body(
        self, school: School, check_in: str, failing: str | None = None, **changes: Any
    ) -> dict[str, Any]:
        forms = (await self.get("/forms")).json
        form = next(form for form in forms if form["kind"] == changes.get("kind", "committee"))
        answers = [passing(item) for item in form["items"]]
        if failing is not None:
            photos = [await self.photo(school)]
            answers = [
                {"item": failing, "verdict": "fail", "remark": "留样盒没有标签", "photos": photos}
                if answer["item"] == failing
                else answer
                for answer in answers
            ]
        return {
            "request_id": new_id(),
            "check_in": check_in,
            "kind": "committee",
            "form_version": form["version"],
            "answers": answers,
            "grade": "good",
            "remarks": "饭菜温度合适",
            "companions": "四年级家长两名",
            "photos": [await self.photo(school)],
            "signatures": [await self.photo(school, "signature")],
            **changes,
        }


def passing(item: dict[str, Any]) -> dict[str, Any]:
    """The answer that finds nothing wrong with an item of a form."""
    answer: dict[str, Any] = {"item": item["code"], "verdict": "pass"}
    if item["kind"] == "tasting":
        answer["scores"] = dict.fromkeys(["look", "smell", "taste", "warmth", "portion"], 4)
    if item["kind"] == "counts":
        answer["counts"] = {"dust": 3, "rat": 2, "fly": 4}
    return answer


@dataclass
class Cast:
    """Everybody. 田坝 is the school of the story, 望海 the neighbour in the same county."""

    stage: Stage
    tianba: School
    wanghai: School
    faraway: School
    people: dict[str, Person] = field(default_factory=dict)

    async def phone(self, name: str, **how: bool) -> Phone:
        return await Phone(self.stage, self.people[name]).turn_on(**how)


# name in the tests → person's name, posts held as (kind, place)
PEOPLE: dict[str, tuple[str, list[tuple[PostKind, str]]]] = {
    "member": ("李秀英", [(PostKind.COMMITTEE, "tianba")]),
    "second_member": ("杨桂芳", [(PostKind.COMMITTEE, "tianba")]),
    "supervisor": ("王建国", [(PostKind.SUPERVISOR, "tianba"), (PostKind.SUPERVISOR, "wanghai")]),
    "stand_in": ("陈国华", [(PostKind.SUPERVISOR, "spare")]),
    "head": ("张明", [(PostKind.HEAD, "tianba")]),
    "manager": ("赵丽", [(PostKind.MANAGER, "tianba")]),
    "parent": ("周敏", [(PostKind.PARENT, "tianba")]),
    "other_parent": ("吴娟", [(PostKind.PARENT, "tianba")]),
    "officer": ("刘洋", [(PostKind.COUNTY, QILIN)]),
    "prefecture": ("孙静", [(PostKind.PREFECTURE, "5303")]),
    "province": ("马骏", [(PostKind.PROVINCE, "53")]),
    "neighbour_head": ("何平", [(PostKind.HEAD, "wanghai")]),
    "neighbour_officer": ("郭涛", [(PostKind.COUNTY, ZHANYI)]),
    "stranger": ("林峰", [(PostKind.COMMITTEE, "faraway")]),
    "recused": ("郑强", [(PostKind.SUPERVISOR, "tianba")]),
    "nobody": ("钱多", []),
}


async def make_cast(stage: Stage) -> Cast:
    schools = {
        "tianba": await _school("5303020001", "麒麟区田坝小学", QILIN, 103.80, 25.49),
        "wanghai": await _school("5303020002", "麒麟区望海小学", QILIN, 103.81, 25.50),
        "spare": await _school("5303020003", "麒麟区金江小学", QILIN, 103.82, 25.51),
        "faraway": await _school("5303030001", "沾益区大坡小学", ZHANYI, 103.83, 25.60),
    }
    cast = Cast(stage, schools["tianba"], schools["wanghai"], schools["faraway"])
    for number, (key, (name, posts)) in enumerate(PEOPLE.items()):
        # nobody's numbers, as in ops/demo
        phone = f"1540000{number:04d}"
        person = await add_person(stage.world.context.vault, name, phone, stage.clock())
        cast.people[key] = person
        for kind, place in posts:
            school = schools.get(place)
            post = await (
                ensure_post(kind, school_id=school.id) if school else ensure_post(kind, division_code=place)
            )
            await Holding.create(person=person, post=post, since_on=SINCE)
    await Recusal.create(person=cast.people["recused"], school=cast.tianba, reason="配偶为该校食堂承包人")
    await duties.open_month("2026-11")
    for key, value in QUIETLY.items():
        await Policy.create(division_code="53", key=key, value=value, set_at=stage.clock())
    return cast


async def _school(code: str, name: str, county: str, longitude: float, latitude: float) -> School:
    school = await School.create(
        code=code, name=name, county_code=county, stage=SchoolStage.PRIMARY, diners=620,
        longitude=longitude, latitude=latitude,
    )  # fmt: skip
    await Canteen.create(school=school, name="一食堂", mode=CanteenMode.OWN)
    return school


def new_id() -> str:
    return secrets.token_hex(12)


def jpeg(width: int = 320, height: int = 240) -> bytes:
    """A small picture that no other call returns again."""
    image = Image.effect_noise((width, height), 40).convert("RGB")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()
