"""Every table that grows has the index its requests need, and no request asks more as tables grow.

The statements are those that the product really runs: real requests are made and the database client's own
log is read. A new table goes into GROWING with the columns of the indexes its questions must use, and its requests into
`_requests`; or into SMALL, with the reason it stays so. A table in neither fails the first test.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from tortoise import Tortoise
from tortoise.transactions import in_transaction

from bot import outbox
from models.database import sql
from models.digests import mornings
from models.notices import merging
from models.notices.tables import Delivery
from models.policies.tables import Policy
from models.visits import duties, records
from tests.api.test_ledger import checking, sampling
from tests.api.test_records import supervised
from tests.api.test_renditions import kitchen
from tests.api.test_surveys import answer, answered, child_of, closed, parents, plan
from tests.api.test_uploads import VERSION, begin, offset
from tests.api.test_uploads import ask as ask_of
from tests.bot.chatting import Chatter
from tests.cast import Cast, Phone, Stage, new_id

# table → columns of the indexes that captured statements must be answered by
GROWING: dict[str, list[str]] = {
    "alert": [],
    # one for each attempt that was not simply sent
    "attempt": ["delivery_id, id"],
    "awaited_photo": ["request_key", "id"],
    "awaited_child": ["person_id, school_id, cohort, class_name"],
    "channel_choice": ["person_id, kind_group"],
    "check_in": [
        "person_id, request_id",
        "person_id, at",
        "school_id, at",
        "device_hash, at",
        "weigh_at, id",
    ],
    "check_in_evidence": ["month, score, check_in_id", "check_in_id"],
    "child": ["id"],
    "content_check": ["run_at, id", "content, target_id", "problem_id, id", "county_code, id"],
    "conversation": ["appid, openid"],
    "consent": ["identity_id, kind", "identity_id, kind, version"],
    "credit": ["openid, template_id"],
    "delivery": [
        "channel, run_at, id",
        "lease_until",
        "notice_id, person_id, channel",
        "id",
        "person_id",
        "merged_into",
    ],
    "digest": ["unique_key", "person_id, kind, period"],
    "dispatch_order": ["division_code, id", "post_id, id"],
    "duty": ["month, school_id, kind", "county_code, month"],
    "follower": ["appid, openid"],
    "group_robot": ["place_key"],
    # written and looked for when a group is spoken to
    "group_told": [],
    "guardian": ["person_id, child_id"],
    "holding": ["person_id, post_id, since_on", "post_id"],
    "identity": ["id", "person_id"],
    "inbound_event": ["run_at, id", "appid, openid, id"],
    # found by their plan when somebody reads it
    "inspection": ["plan_id, school_id"],
    "journal_entry": ["subject_kind, subject_id, id", "id"],
    "journal_root": ["day"],
    "journal_seal": ["id", "entry_id", "subject_kind, subject_id, place"],
    # taken away as soon as it is counted
    "ledger_change": [],
    "ledger_entry": [
        "person_id, request_id",
        "school_id, aspect, for_on",
        "id",
        "original_id",
    ],
    "ledger_figure": ["period, county_code, aspect"],
    "ledger_month": ["school_id, month"],
    "register_row": ["form, row_key", "school_id, register", "county_code, register", "id"],
    "sealed_number": ["id"],
    # one a month for everybody who is no member of the enterprise, looked for by the worker
    "member_lookup": [],
    "notice": [
        "post_id, id",
        "subject_kind, subject_id",
        "unique_key",
        "created_at, id",
        "school_id, id",
        "id",
    ],
    "notice_call": ["notice_id, person_id"],
    "notice_read": ["notice_id, person_id"],
    "photo": ["key", "request_key", "subject_kind, subject_id", "render_at, id"],
    "photo_print": ["photo_id", "sha256", "look_0", "look_1", "look_2", "look_3"],
    "problem": ["ladder_at, id", "id", "school_id, id", "county_code, follow_up_by"],
    "rectification_notice": ["visit_id"],
    "repeated_photo": ["photo_id, earlier_id", "county_code, id"],
    "reply": ["run_at, id", "event_id"],
    "session": ["token_hash"],
    # written when a box is opened, and read by no request
    "survey_answer": [],
    "survey_ballot": ["round_id, school_id"],
    "survey_figure": ["result_id, question"],
    "survey_participation": ["round_id, person_id, child_id", "round_id, school_id"],
    "survey_remark": ["round_id, school_id"],
    "survey_result": ["school_id, grade", "term, grade, county_code"],
    "upload": ["request_key", "person_id, expires_at"],
    "visit": ["school_id, id", "record_next_at, id"],
}
SMALL = {
    "alert_county": "one a county",
    "alert_rule": "one a rule that an officer has switched",
    "alert_trial": "a few a rule",
    "channel_pause": "one a channel",
    "canteen": "one or two a school",
    "desk_ticket": "a week of codes on officers' screens, found by their hashes",
    "digest_run": "one a school day and minute",
    "division": "146 rows",
    "erasure": "one a person who leaves for good",
    "import_file": "some a term and division; what is open has an index",
    "inspection_plan": "a few a month and division",
    "invitation": "one a person who has no WeChat yet",
    "message_window": "one a person who is told things",
    "morning_choice": "one a person who chose",
    "person": "the people of the schools; read by id",
    "policy": "a few rows a division",
    "post": "a dozen a school",
    "recusal": "a few a county",
    "retention_run": "one a day",
    "route": "a few rows a division",
    "school": "10,760 in the province",
    "school_term": "two a year and division that sets its own",
    "stray_object": "a week of objects without a row",
    "touch": "taken away as soon as it is looked at",
    "survey_round": "one a county and term, and a school's own",
    "tick": "one a job and day",
}


def test_every_table_is_known_to_grow_or_to_stay_small(database: str) -> None:
    tables = {table._meta.db_table for table in Tortoise.apps["shandu"].values()}
    assert tables - GROWING.keys() - SMALL.keys() == set()
    assert GROWING.keys() & SMALL.keys() == set()


Statement = tuple[str, tuple[object, ...]]


class Heard(logging.Handler):
    """The statements that the database client runs while it listens, with their values."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[Statement] = []

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.args, tuple) and len(record.args) == 2:
            statement, values = record.args
            places = len(set(re.findall(r"\$\d+", str(statement))))
            if places and values and len(values) != places:
                # of many rows the first
                (values, *_) = values
            self.said.append((str(statement), tuple(values or ())))  # type: ignore[arg-type]

    async def during(self, doing: Awaitable[object]) -> list[Statement]:
        log = logging.getLogger("tortoise.db_client")
        before, self.said = log.level, []
        log.setLevel(logging.DEBUG)
        log.addHandler(self)
        try:
            await doing
        finally:
            log.removeHandler(self)
            log.setLevel(before)
        return self.said


Ask = Callable[[], Awaitable[object]]


def get(phone: Phone, path: str, **query: object) -> Ask:
    async def ask() -> None:
        answer = await phone.get(path, **query)
        assert answer.status == 200, (path, answer.json)

    return ask


async def _ledger(cast: Cast, head: Phone, officer: Phone, province: Phone) -> dict[str, Ask]:
    """What is asked of the ledger all day: entries with and without a register, corrections, figures."""
    manager, school = await cast.phone("manager"), cast.tianba.id
    staff = checking(cast) | {
        "aspect": "staff",
        "values": {
            "name": "李琼仙", "job": "cook", "certificate": "QJ20260012345", "from_on": "2026-09-01",
            "until_on": "2027-08-31", "trained": True,
        },
    }  # fmt: skip
    cook = (await manager.post("/ledger/entries", staff)).json["id"]
    (row,) = (await officer.get(f"/schools/{school}/ledger/registers/staff")).json

    async def entry() -> None:
        body = sampling(cast) | {"request_id": new_id()}
        sent = await manager.post("/ledger/entries", body)
        assert (sent.status, (await manager.post("/ledger/entries", body)).status) == (201, 200)
        again = {"request_id": new_id(), "version": 1, "values": body["values"], "reason": "克数看错"}
        corrected = await manager.post(f"/ledger/entries/{sent.json['id']}/correct", again)
        assert corrected.status == 201, corrected.json

    async def person() -> None:
        sent = await manager.post("/ledger/entries", staff | {"request_id": new_id()})
        assert sent.status == 201, sent.json

    async def reveal() -> None:
        shown = await head.post(f"/ledger/register-rows/{row['id']}/reveal", {"item": "certificate"})
        assert shown.status == 200, shown.json

    return {
        "an entry and its correction": entry,
        "an entry about a person": person,
        "an entry's revisions": get(head, f"/ledger/entries/{cook}"),
        "what is due": get(manager, "/ledger/due"),
        "a school's suppliers": get(manager, f"/schools/{school}/ledger/suppliers"),
        "a school's ledger": get(officer, f"/schools/{school}/ledger/entries", month="2026-11"),
        "a school's ledger of an aspect": get(
            officer, f"/schools/{school}/ledger/entries", aspect="food_sample"
        ),
        "a school's completeness": get(head, f"/schools/{school}/ledger/completeness"),
        "a county's completeness": get(officer, "/divisions/530302/ledger/completeness"),
        "the province's completeness": get(province, "/divisions/53/ledger/completeness"),
        "a county's schools": get(officer, "/divisions/530302/ledger/schools"),
        "a school's staff": get(officer, f"/schools/{school}/ledger/registers/staff"),
        "a county's contracts": get(officer, "/divisions/530302/ledger/registers/contract"),
        "a school's month": get(head, f"/schools/{school}/ledger/months/2026-11"),
        "a county's months": get(officer, "/divisions/530302/ledger/months/2026-11"),
        "a certificate's number": reveal,
    }


async def _requests(cast: Cast) -> dict[str, Ask]:
    """The requests people make all day, by name. Each may be made any number of times."""
    member, head, officer, province = [
        await cast.phone(name) for name in ("member", "head", "officer", "province")
    ]
    ledger = await _ledger(cast, head, officer, province)
    chatter = Chatter(head)
    await chatter.follow()
    school = cast.tianba.id
    child_body = {"request_id": new_id(), "school_id": school, "grade": 4}

    async def visit() -> None:
        checked = await member.check_in(cast.tianba)
        sent = await member.visit(cast.tianba, checked.headers["request_id"], failing="C06")
        assert sent.status == 201

    await visit()
    (problem, *_) = (await officer.get("/problems")).json["items"]
    (sent, *_) = (await officer.get(f"/schools/{school}/visits")).json["items"]
    survey = await plan(cast)
    await cast.stage.jobs()
    parent = await cast.phone("parent", consent=False)
    child = await child_of(parent, cast.tianba)
    await answered(await parents(cast, cast.tianba, 5), cast.tianba, survey)

    async def vote() -> None:
        again = await parent.post(f"/surveys/{survey}/answers", answer(child))
        assert again.status in (200, 201), again.json

    async def upload() -> None:
        begun = await begin(member, cast, 100)
        assert begun.status == 201
        await offset(member, begun.headers["Location"])
        ended = await ask_of(member, "DELETE", begun.headers["Location"], VERSION)
        assert ended.status == 204

    async def coming() -> None:
        checked = await member.check_in(cast.tianba)
        names = [f"request:{new_id()}"]
        assert (await member.visit(cast.tianba, checked.headers["request_id"], photos=names)).status == 201

    ((told, delivery),) = await Delivery.all().order_by("id").limit(1).values_list("notice_id", "id")

    plan_id, order_id = await _from_above(officer, school)

    async def figures() -> None:
        async with cast.stage.http.get("/metrics") as answer:
            assert answer.status == 200

    async def resend() -> None:
        again = await officer.post(f"/deliveries/{delivery}/resend", {"reason": "没有收到"})
        assert again.status == 409

    async def call() -> None:
        body = {"notices": [told], "words": "已接听"}
        assert (await officer.post(f"/people/{head.person.id}/called", body)).status == 204

    return ledger | {
        "check-in": lambda: member.check_in(cast.tianba),
        "visit": visit,
        "jobs": cast.stage.jobs,
        "a word in the chat": lambda: chatter.say("待办"),
        "problems": get(officer, "/problems", limit=20),
        "a school's problems": get(head, "/problems", school_id=school),
        "a problem": get(head, f"/problems/{problem['id']}"),
        "receipts": get(officer, f"/problems/{problem['id']}/receipts"),
        "schools": get(officer, "/schools", division="530302"),
        "coverage": get(officer, "/divisions/530302/coverage", month="2026-11"),
        "inbox": get(head, "/notices"),
        "the delivery log": get(officer, "/divisions/530302/deliveries", state="sent"),
        "a school's deliveries": get(officer, "/divisions/530302/deliveries", school_id=school),
        "a person's deliveries": get(officer, "/divisions/530302/deliveries", person="张明"),
        "a notice's life": get(officer, f"/notices/{told}/life"),
        "whom nothing reaches": get(officer, "/divisions/530302/unreached"),
        "sending again": resend,
        "a call": call,
        "what consent to ask for": get(head, "/me/subscriptions"),
        "figures": figures,
        "duties": get(member, "/duties", month="2026-11"),
        "today": get(head, "/me/today"),
        "my morning": get(head, "/me/morning"),
        "a school's duties": get(officer, f"/schools/{school}/duties", month="2026-11"),
        "a school's visits": get(officer, f"/schools/{school}/visits"),
        "a school's check-ins": get(officer, f"/schools/{school}/check-ins"),
        "a school's robot": get(head, f"/schools/{school}/robot"),
        "a county's figures": get(officer, "/divisions/530302/figures"),
        "a prefecture's figures": get(province, "/divisions/5303/figures"),
        "a county's inspections": get(officer, "/inspections", division="530302"),
        "an inspection": get(officer, f"/inspections/{plan_id}"),
        "a county's orders": get(officer, "/dispatch", division="530302"),
        "what is asked of me": get(head, "/me/dispatch"),
        "an order": get(head, f"/dispatch/{order_id}"),
        "roots": get(head, "/journal/roots"),
        "a check-in from a known phone": lambda: member.check_in(cast.tianba, device="phone-of-the-member"),
        "a county's check-ins": get(officer, "/divisions/530302/check-ins", month="2026-11"),
        "the province's check-ins": get(province, "/divisions/53/check-ins", month="2026-11"),
        "a visit": get(officer, f"/visits/{sent['id']}"),
        "a visit before its photos": coming,
        "a photo": lambda: member.photo(cast.tianba, data=kitchen()),
        "an upload": upload,
        "repeated photos": get(officer, "/divisions/530302/repeated-photos"),
        "words to decide on": get(officer, "/content-checks", division="530302"),
        "records": get(officer, "/records"),
        "my follow-ups": get(member, "/follow-ups"),
        "follow-ups": get(officer, "/divisions/530302/follow-ups"),
        "my consents": get(parent, "/me/consents"),
        "agreeing": lambda: parent.post("/me/consents", {"kind": "location", "version": 1}),
        "agreeing to a child's data": lambda: parent.post(
            "/me/consents", {"kind": "child_data", "version": 1}
        ),
        "my children": get(parent, "/me/children"),
        "another child, sent again": lambda: parent.post("/me/children", child_body),
        "my surveys": get(parent, "/me/surveys"),
        "an answer": vote,
        "a school's surveys": get(head, f"/schools/{school}/surveys"),
        "a survey's result": get(head, f"/schools/{school}/surveys/{survey}"),
        "a survey's words": get(head, f"/schools/{school}/surveys/{survey}/remarks"),
        "a county's satisfaction": get(officer, "/divisions/530302/satisfaction"),
    }


async def _from_above(officer: Phone, school_id: int) -> tuple[int, int]:
    """A drawn inspection and an order, by their ids."""
    inspection = await officer.post(
        "/inspections",
        {
            "request_id": new_id(), "division": "530302", "month": "2026-11", "title": "抽查",
            "agency": "education", "way": "onsite", "matters": ["sample"], "number": 2, "public_source": "收盘点位",
        },
    )  # fmt: skip
    drawn = await officer.post(f"/inspections/{inspection.json['id']}/draw", {"public_value": "3891.26"})
    assert drawn.status == 200, drawn.json
    order = await officer.post(
        "/dispatch",
        {
            "request_id": new_id(), "step": "reminder", "school_id": school_id, "title": "留样不全",
            "words": "请核实", "due_on": "2026-12-20",
        },
    )  # fmt: skip
    assert order.status == 201, order.json
    return inspection.json["id"], order.json["id"]


async def _grow(cast: Cast) -> None:
    """Twenty more schools with duties, and thirty more problems with their notices."""
    parent = await cast.phone("parent")
    for number in range(20):
        await sql.rows(
            "INSERT INTO school (code, name, county_code, stage, nutrition_plan, boarding, diners,"
            " poster_generation, open) VALUES ($1, $2, '530302', 'primary', false, false, 100, 1, true)"
            " RETURNING id",
            f"53030299{number:02d}", f"第{number}小学",
        )  # fmt: skip
    await sql.rows(
        "INSERT INTO post (kind, school_id, place_key) SELECT 'committee', id, 'committee@school:' || id"
        " FROM school WHERE code LIKE '53030299%' RETURNING id"
    )
    await duties.open_month("2026-11")
    for number in range(30):
        body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": f"问题{number}"}
        assert (await parent.post("/problems", body)).status == 201
    await cast.stage.jobs()


async def _digests() -> None:
    """A morning on which something is due, and several small notices at once."""
    await Policy.filter(key__in=["digests", "merge_least"]).delete()
    await sql.rows("UPDATE delivery SET state = 'held' RETURNING id")
    at = datetime(2026, 11, 26, 22, 45, tzinfo=UTC)
    # of a channel that asks for consent, and of one that does not
    await merging.merge_waiting({"subscribe": merging.Purse("wx", "digest")}, at + timedelta(days=9))
    await sql.rows("UPDATE delivery SET state = 'held' RETURNING id")
    assert await merging.merge_waiting({"subscribe": None}, at + timedelta(days=9)) > 0
    # as if one of them had been taken back: put together anew
    await sql.rows("UPDATE delivery SET state = 'held' WHERE state = 'waiting' RETURNING id")
    assert await merging.merge_waiting({"subscribe": None}, at + timedelta(days=9, minutes=1)) > 0
    assert await mornings.send_lists(at) > 0


@pytest.mark.slow
async def test_no_request_asks_more_when_there_is_more(stage: Stage, cast: Cast) -> None:
    requests, heard = await _requests(cast), Heard()
    del requests["jobs"], requests["a word in the chat"]

    async def counted() -> dict[str, int]:
        for ask in requests.values():
            await ask()
        return {name: len(await heard.during(ask())) for name, ask in requests.items()}

    few = await counted()
    await _grow(cast)
    many = await counted()
    assert all(few.values())
    assert many == few


async def test_many_unanswered_records_ask_no_more_than_one(stage: Stage, cast: Cast) -> None:
    supervisor = await cast.phone("supervisor", consent=False)
    heard, asked = Heard(), []
    # from Tuesday to Thursday, and over the week-end
    for count, days in ((1, 2), (5, 4)):
        for _ in range(count):
            await supervised(cast, supervisor)
        stage.forward(days=days)
        asked.append(len(await heard.during(records.remind(stage.clock()))))
        told = await sql.rows(
            "SELECT id FROM notice WHERE kind = 'record_due_soon' AND person_id IS NOT NULL"
        )
        assert len(told) == (1 if count == 1 else 6)
    assert asked[0] == asked[1]


@pytest.mark.slow
async def test_what_grows_is_asked_by_its_indexes(stage: Stage, cast: Cast, engine: str) -> None:
    if engine != "postgres":
        pytest.skip("plans are PostgreSQL's")
    requests, heard = await _requests(cast), Heard()
    await _grow(cast)
    stage.forward(days=2)
    used: set[str] = set()
    # plan as for tables nobody has looked at: what autovacuum learnt from other tests' rows is not of ours
    await sql.rows("DELETE FROM pg_statistic RETURNING 1 AS yes")
    await sql.rows(
        "UPDATE pg_class SET reltuples = -1, relpages = 0"
        " WHERE relnamespace = 'public'::regnamespace RETURNING 1 AS yes"
    )
    # when the survey's round is over, its boxes are opened
    for ask in (*requests.values(), _digests, lambda: closed(stage)):
        for statement, values in await heard.during(ask()):
            if statement.lstrip().startswith(("SELECT", "INSERT", "UPDATE", "WITH")):
                used |= await _indexes_of(statement, values)
    columns = {
        row["indexname"]: (row["tablename"], row["indexdef"].split("(")[1].split(")")[0])
        for row in await sql.rows("SELECT tablename, indexname, indexdef FROM pg_indexes")
    }
    asked_by = {columns[name] for name in used}
    needed = {(table, index) for table, indexes in GROWING.items() for index in indexes}
    assert needed - asked_by == set(), "asked by: " + "; ".join(map(" ".join, sorted(asked_by)))


async def test_receipts_are_written_by_the_ids_of_their_deliveries(
    stage: Stage, cast: Cast, engine: str
) -> None:
    if engine != "postgres":
        pytest.skip("plans are PostgreSQL's")
    member, heard = await cast.phone("member"), Heard()
    await cast.phone("head")
    checked = await member.check_in(cast.tianba)
    await member.visit(cast.tianba, checked.headers["request_id"], failing="C06")
    said = await heard.during(stage.jobs())
    (statement, values), *_ = [
        one for one in said if one[0].lstrip().startswith("UPDATE delivery SET state = 'sent'")
    ]
    batch = tuple(value * outbox.BATCH if isinstance(value, list) else value for value in values)
    # not by the index of what is under way, which has all that was since the table was last vacuumed
    assert await _indexes_of(statement, batch) == {"delivery_pkey"}


INDEX = re.compile(
    r"(?:Index(?: Only)? Scan(?: Backward)? using|Bitmap Index Scan on|Conflict Arbiter Indexes:) (\w+)"
)


async def _indexes_of(statement: str, values: tuple[object, ...]) -> set[str]:
    """The indexes of a statement's plan on tables too long to read whole. It is not run."""
    async with in_transaction():
        await sql.rows("SET LOCAL enable_seqscan = off")
        plan = await sql.rows(f"EXPLAIN {statement}", *values)
    return {name for line in plan for name in INDEX.findall(line["QUERY PLAN"])}
