"""Months of one school's visits and problems, in any order, beside a model simple enough to believe.

Whatever is sent, in whatever state, at whatever hour: the answer, the state, the cycle, what each person was
told and which duties are done are as the model has them; and at the end the journal proves itself.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from models.database import sql
from models.journal.proving import prove
from models.policies import working_time
from models.policies.calendar import beijing_date, month_of
from models.policies.terms import Terms
from models.policies.working_time import Days
from tests.cast import Phone, make_cast, new_id
from tests.conftest import free_port, fresh_database, set_stage

pytestmark = pytest.mark.slow

WATCHING = ("head", "manager", "officer", "prefecture", "province", "member", "parent")
SIGNED_IN_DAYS = 25

# what may be done to a problem, as the regulation has it: move → states it may start from, state after
RUNNING = {"assigned", "returned", "reopened", "overdue"}
MOVES: dict[str, tuple[set[str], str]] = {
    "submit": (RUNNING, "submitted"),
    "appeal": (RUNNING, "appealed"),
    "close": ({"submitted"}, "closed"),
    "return": ({"submitted"}, "returned"),
    "uphold": ({"appealed"}, "cancelled"),
    "reject": ({"appealed"}, "assigned"),
    "reopen": ({"closed"}, "reopened"),
    # what is overdue is assigned again, what else runs stays what it is
    "reschedule": (RUNNING, "assigned"),
}
# who hears of a move; `finder` is told too, `other finder` unless it was the finder who did it
HEARD: dict[str, tuple[str, tuple[str, ...]]] = {
    "submit": ("problem_submitted", ("finder",)),
    "appeal": ("problem_appealed", ("officer",)),
    "close": ("problem_closed", ("head", "manager", "other finder")),
    "return": ("problem_returned", ("head", "manager")),
    "uphold": ("problem_decided", ("head", "manager", "finder")),
    "reject": ("problem_decided", ("head", "manager")),
    "reopen": ("problem_reopened", ("head", "manager", "officer")),
    "reschedule": ("problem_moved", ("head", "manager")),
}
# rung → working hours from the deadline by severity, whom it is told, as what
LADDER: dict[str, tuple[dict[str, int], tuple[str, ...], str]] = {
    "before": ({"general": -8, "serious": -8, "major": -4}, ("head", "manager"), "problem_due_soon"),
    "due": ({"general": 0, "serious": 0, "major": 0}, ("head", "manager"), "problem_overdue"),
    "after": ({"general": 8, "serious": 4, "major": 2}, ("head", "manager"), "problem_still_open"),
    "county": ({"general": 8, "serious": 4, "major": 0}, ("officer",), "problem_escalated"),
    "prefecture": ({"general": 24, "serious": 16, "major": 8}, ("prefecture",), "problem_escalated"),
    "province": ({"general": 80, "serious": 40, "major": 24}, ("province",), "problem_escalated"),
}
# school holidays stop the clock of general problems
DAYS = {"general": Days(Terms()), "serious": Days(), "major": Days()}


@dataclass
class Known:
    """What the model knows of a problem. `told`: rungs that have been told for its deadline, or are past."""

    finder: str
    severity: str
    due_at: datetime
    told: set[str] = field(default_factory=set)
    state: str = "assigned"
    cycle: int = 1
    moves: list[str] = field(default_factory=lambda: ["assign"])

    def at(self, rung: str) -> datetime:
        hours, days = LADDER[rung][0][self.severity], DAYS[self.severity]
        count = working_time.before if hours < 0 else working_time.after
        return count(self.due_at, abs(hours), days)

    def begin(self, due_at: datetime, now: datetime) -> None:
        self.due_at = due_at
        self.told = {"before"} if self.at("before") <= now else set()

    def climb(self, now: datetime) -> list[tuple[str, str]]:
        """Who is told what by now: of several rungs for the same people only the latest."""
        if self.state not in RUNNING:
            return []
        reached = [rung for rung in LADDER if rung not in self.told and self.at(rung) <= now]
        if self.due_at <= now and self.state != "overdue":
            self.state = "overdue"
            self.moves.append("expire")
        elif reached:
            self.moves.append("remind")
        self.told |= set(reached)
        latest = {LADDER[rung][1]: LADDER[rung][2] for rung in reached}
        away = set() if Terms().in_term(beijing_date(now)) else {"manager"}
        return [(who, kind) for people, kind in latest.items() for who in people if who not in away]


class SchoolMonths(RuleBasedStateMachine):
    """One school's people at their phones, on a stage and a loop of their own."""

    def __init__(self, environ: dict[str, str]) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.stage = self.run(self.stack.enter_async_context(set_stage(environ)))
        self.cast = self.run(make_cast(self.stage))
        self.phones: dict[str, tuple[Phone, datetime]] = {}
        self.problems: dict[int, Known] = {}
        self.told: Counter[tuple[str, str, int]] = Counter()
        self.duties = {month_of(self.stage.clock()): "owed"}
        self.last: Callable[[], Coroutine[Any, Any, Any]] | None = None
        self.last_answer: Any = None

    def run(self, doing: Any) -> Any:
        return self.runner.run(doing)

    def teardown(self) -> None:
        try:
            self.work()
            self.run(self._look_closely())
            self.run(self.stage.jobs())
            proof = self.run(prove(lambda done, total: None))
            assert (proof.faults, proof.waiting) == ([], 0)
        finally:
            self.run(self.stack.aclose())
            self.runner.close()

    async def phone(self, name: str) -> Phone:
        """Signed in; again when the session is about to expire."""
        phone, since = self.phones.get(name, (None, None))
        if phone is None or since is None or self.stage.clock() - since > timedelta(days=SIGNED_IN_DAYS):
            phone = await self.cast.phone(name, consent=False)
            self.phones[name] = phone, self.stage.clock()
        return phone

    @rule(failing=st.sampled_from(["C06", "C07", None]))
    def visit(self, failing: str | None) -> None:
        self.run(self._visit(failing))

    async def _visit(self, failing: str | None) -> None:
        member = await self.phone("member")
        checked = await member.check_in(self.cast.tianba)
        assert checked.status == 201, checked.json
        body = await member.visit_body(self.cast.tianba, checked.headers["request_id"], failing)
        sent = await member.post("/visits", body)
        assert sent.status == 201, sent.json
        assert len(sent.json["problems"]) == (failing is not None)
        for problem_id in sent.json["problems"]:
            await self._begin(problem_id, "member")
        self.duties[month_of(self.stage.clock())] = "done"
        self._remember("member", "/visits", body, sent.json)

    @rule()
    def report(self) -> None:
        self.run(self._report())

    async def _report(self) -> None:
        parent = await self.phone("parent")
        body = {"request_id": new_id(), "school_id": self.cast.tianba.id, "title": "菜是凉的"}
        sent = await parent.post("/problems", body)
        assert sent.status == 201, sent.json
        await self._begin(sent.json["id"], "parent")
        self.problems[sent.json["id"]].moves.insert(0, "report")
        self._remember("parent", "/problems", body, sent.json["id"])

    async def _begin(self, problem_id: int, finder: str) -> None:
        assert problem_id not in self.problems
        seen = await (await self.phone("head")).get(f"/problems/{problem_id}")
        now = self.stage.clock()
        due_at = datetime.fromisoformat(seen.json["due_at"])
        assert timedelta() < due_at - now < timedelta(days=60)
        self.problems[problem_id] = Known(finder, seen.json["severity"], due_at)
        self.problems[problem_id].begin(due_at, now)
        for who in ("head", "manager"):
            self.told[who, "problem_assigned", problem_id] += 1

    @precondition(lambda self: self.problems)
    @rule(data=st.data(), move=st.sampled_from(sorted(MOVES)), as_finder=st.booleans())
    def move(self, data: st.DataObject, move: str, as_finder: bool) -> None:
        problem_id = data.draw(st.sampled_from(sorted(self.problems)))
        self.run(self._move(problem_id, move, as_finder))

    @precondition(lambda self: self.problems)
    @rule(data=st.data(), as_finder=st.booleans())
    def take_the_next_step(self, data: st.DataObject, as_finder: bool) -> None:
        """A move that fits, so that lives get long."""
        problem_id = data.draw(st.sampled_from(sorted(self.problems)))
        fitting = [move for move, (start, _) in MOVES.items() if self.problems[problem_id].state in start]
        if fitting:
            self.run(self._move(problem_id, data.draw(st.sampled_from(fitting)), as_finder))

    async def _move(self, problem_id: int, move: str, as_finder: bool) -> None:
        known = self.problems[problem_id]
        who = "head" if move in ("submit", "appeal") else "officer"
        if as_finder and move in ("close", "return", "reopen"):
            who = known.finder
        phone = await self.phone(who)
        photos = [await phone.photo(self.cast.tianba, "problem")] if move == "submit" else []
        body: dict[str, Any] = {"request_id": new_id(), "words": "情况如照片", "photos": photos}
        if move == "reschedule":
            del body["photos"]
            body["due_on"] = self._another_day(known).isoformat()
        answer = await phone.post(f"/problems/{problem_id}/{move}", body)
        start, after = MOVES[move]
        if known.state not in start:
            assert (answer.status, answer.code) == (409, "problem_moved_on")
            return
        assert answer.status == 200, answer.json
        if move != "reschedule" or known.state == "overdue":
            known.state = after
        known.moves.append(move)
        self._hear(problem_id, known, move, who)
        if move in ("return", "reject", "reopen", "reschedule"):
            # a new deadline: a new cycle
            self._restart(known, move, datetime.fromisoformat(answer.json["due_at"]))
        self._remember(who, f"/problems/{problem_id}/{move}", body, problem_id)

    def _remember(self, who: str, path: str, body: dict[str, Any], answered: Any) -> None:
        async def send() -> Any:
            return await (await self.phone(who)).post(path, body)

        self.last, self.last_answer = send, answered

    def _restart(self, known: Known, move: str, due_at: datetime) -> None:
        # an appeal only stops the clock: what was past stays past
        assert due_at >= known.due_at if move == "reject" else due_at > self.stage.clock()
        known.cycle += 1
        if move == "reject":
            known.due_at = due_at
        else:
            known.begin(due_at, self.stage.clock())

    def _another_day(self, known: Known) -> date:
        today, days = beijing_date(self.stage.clock()), DAYS[known.severity]
        choice = [working_time.days_after(today, count, days) for count in (5, 6)]
        return next(day for day in choice if day != beijing_date(known.due_at))

    def _hear(self, problem_id: int, known: Known, move: str, who: str) -> None:
        kind, people = HEARD[move]
        if move == "reschedule":
            # and whoever above was told that it is overdue
            people += tuple(
                LADDER[rung][1][0] for rung in ("county", "prefecture", "province") if rung in known.told
            )
        for one in people:
            if one == "other finder" and who == known.finder:
                continue
            self.told[known.finder if "finder" in one else one, kind, problem_id] += 1

    @precondition(lambda self: self.last is not None)
    @rule()
    def send_again(self) -> None:
        """What a phone without an answer does: the same row, and nobody hears of it twice."""
        assert self.last is not None
        answer = self.run(self.last())
        assert answer.status == 200, answer.json
        same = answer.json["id"] if "problems" not in answer.json else answer.json
        expected = self.last_answer
        assert same == expected if isinstance(expected, int) else same["id"] == expected["id"]

    @rule(hours=st.sampled_from([1, 5, 20, 30, 50, 100, 24 * 12, 24 * 24]))
    def wait(self, hours: int) -> None:
        self.stage.forward(hours=hours)

    @rule()
    def work(self) -> None:
        """The worker does what is due."""
        self.run(self.stage.jobs())
        now = self.stage.clock()
        self.duties.setdefault(month_of(now), "owed")
        for problem_id, known in self.problems.items():
            for who, kind in known.climb(now):
                self.told[who, kind, problem_id] += 1

    @invariant()
    def everything_is_as_the_model_has_it(self) -> None:
        self.run(self._look())

    async def _look(self) -> None:
        head = await self.phone("head")
        listed = (await head.get("/problems", limit=100)).json["items"]
        assert {line["id"]: (line["state"], line["cycle"]) for line in listed} == {
            problem_id: (known.state, known.cycle) for problem_id, known in self.problems.items()
        }
        notices = await sql.rows("SELECT COUNT(*) AS n FROM notice WHERE kind NOT LIKE 'content%'")
        assert notices[0]["n"] == self.told.total()

    async def _look_closely(self) -> None:
        """At everybody's phone, at the end of the months."""
        head, member = await self.phone("head"), await self.phone("member")
        for problem_id, known in self.problems.items():
            seen = (await head.get(f"/problems/{problem_id}")).json
            assert [step["move"] for step in seen["steps"]] == known.moves
        told: Counter[tuple[str, str, int]] = Counter()
        for who in WATCHING:
            for kind, subject_id in await self._inbox(await self.phone(who)):
                told[who, kind, subject_id] += 1
        assert told == self.told
        for month, state in self.duties.items():
            (duty,) = (await member.get("/duties", month=month)).json
            assert duty["state"] == state

    async def _inbox(self, phone: Phone) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        more: dict[str, int] = {}
        while True:
            page = (await phone.get("/notices", limit=100, **more)).json
            # whether a text waits for an officer depends on when its author was there, which is no part of the model
            lines = [line for line in page["items"] if not line["kind"].startswith("content_")]
            found += [(line["kind"], line["subject_id"]) for line in lines]
            if page["next"] is None:
                return found
            more = {"before": page["next"]}


def test_a_schools_months_are_as_the_model_has_them(
    environ: dict[str, str], prepared: str, tmp_path: Path
) -> None:
    def begin() -> SchoolMonths:
        home = tmp_path / new_id()
        home.mkdir()
        own = {
            "SHANDU_HOME": str(home),
            "SHANDU_PORT": str(free_port()),
            "SHANDU_DATABASE_URL": fresh_database(prepared, home),
        }
        return SchoolMonths(environ | own)

    run_state_machine_as_test(
        begin,
        settings=settings(
            max_examples=6,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            # a failure shows its steps as they came: making them fewer would take minutes
            phases=[Phase.generate],
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
