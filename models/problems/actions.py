"""The verbs of a problem's life. Each is one transaction: load, decide, write, record, tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from models.contents import actions as contents
from models.database import sql
from models.errors import Invalid, NotFound, RequestReused
from models.evidence.actions import attach
from models.evidence.tables import Purpose
from models.journal.actions import record
from models.journal.queries import steps, taken
from models.notices import actions as notices
from models.notices.kinds import KINDS
from models.organisations.rules import Place
from models.organisations.tables import PostKind, School
from models.organisations.touching import Touched, touch
from models.people import access
from models.people.access import Held, Viewer
from models.people.queries import post_kinds
from models.people.rights import Right
from models.policies.calendar import closing_of
from models.policies.queries import effective
from models.problems import deadlines, ladder, rules, sayings, states
from models.problems.climbing import expire as expire
from models.problems.clocks import Clock, clock_of
from models.problems.states import Move, State
from models.problems.tables import Problem, Severity, Source
from models.problems.telling import tell, tell_finder

ALL_KINDS = {kind.code for kind in KINDS if kind.code.startswith("problem_")}
# obsolete as soon as the problem moves on, unless they were sent; that it was referred stays true
ASKING = ALL_KINDS - {"problem_referred"}


class EvidenceNeeded(Invalid):
    code = "evidence_needed"
    sentence = "提交整改至少要附一张整改后的照片。"


class WordsNeeded(Invalid):
    code = "words_needed"
    sentence = "请写明{what}，让对方知道为什么。"


@dataclass(frozen=True)
class Found:
    """Something wrong, as whoever found it put it.

    `on_spot`: rectified before the finder's eyes. `referred` (上报): the county is told at once.
    """

    item: str
    title: str
    words: str
    severity: Severity
    photo_keys: tuple[str, ...] = ()
    on_spot: bool = False
    referred: bool = False

    @property
    def said(self) -> str:
        """What the finder wrote, title and all."""
        return "\n".join(filter(None, [self.title, self.words]))


@dataclass(frozen=True)
class Origin:
    """Where a problem comes from: the record, the finder and the post they found it for.

    `looks_again`: what is closed on that post's finding must be looked at again on site (回头看).
    """

    source: Source
    source_id: int | None
    key: str
    person_id: int
    post_id: int
    looks_again: bool = False


@dataclass(frozen=True)
class Look:
    """What a visitor saw of an earlier problem: FOLLOWED_UP or STILL_WRONG."""

    problem_id: int
    seen: Move
    words: str = ""
    photo_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Act:
    """What a person sends with a move. The request id makes a repeated sending harmless."""

    request_id: str
    words: str = ""
    photo_keys: tuple[str, ...] = ()


async def open_problem(
    school: Place | School, origin: Origin, found: Found, clock: Clock, now: datetime
) -> Problem:
    """Open a problem in the caller's transaction: closed on the spot, or assigned with a deadline."""
    move = Move.FIX if found.on_spot else Move.ASSIGN
    pace = clock.pace(found.severity)
    due = None if found.on_spot else deadlines.due_at(found.severity, clock.policy, pace.days, now)
    told, ladder_at = (0, None) if due is None else ladder.begun(due, pace, now)
    problem = await Problem.create(
        school_id=school.id,
        county_code=school.county_code,
        source=origin.source,
        source_id=origin.source_id,
        item=found.item,
        origin_key=f"{origin.key}:{found.item}",
        title=found.title,
        words=found.words,
        severity=found.severity,
        state=states.after(State.FOUND, move),
        finder_person_id=origin.person_id,
        finder_post_id=origin.post_id,
        found_at=now,
        due_at=due,
        told=told,
        ladder_at=ladder_at,
        ended_at=now if found.on_spot else None,
        follow_up_by=deadlines.follow_up_by(clock.policy, now)
        if found.on_spot and origin.looks_again
        else None,
    )
    entry = await record(
        "problem", problem.id, move.value, now,
        school_id=school.id, person_id=origin.person_id, post_id=origin.post_id,
        facts=_facts(found.words, found.photo_keys, due),
    )  # fmt: skip
    place = contents.Place(school.id, school.county_code, origin.person_id, origin.post_id)
    await contents.ask_words(entry, problem.id, found.words, place, now, finding=True)
    if due is not None:
        await tell("problem_assigned", problem, school, now, ladder.SCHOOL, clock)
    if found.referred:
        await tell("problem_referred", problem, school, now, (PostKind.COUNTY,), clock)
    return problem


async def report(
    viewer: Viewer, school_id: int, found: Found, request_id: str, now: datetime
) -> tuple[Problem, bool]:
    """A parent, member, supervisor or officer reports a problem outside a visit.

    It is kept at once, and others hear of it when its words have passed the content check (`reviewing`).
    Idempotent, however many at once: returns the problem and whether it is new.
    """
    key = f"report:{viewer.bound}:{request_id}"
    # sent again after the post was given up: what was accepted stands
    known = await _reported(key, found, school_id)
    if known is not None:
        return known, False
    school = await School.get_or_none(id=school_id)
    held = access.reaches(viewer, Right.REPORT, school) if school else None
    if school is None or held is None:
        raise NotFound
    origin = Origin(Source.REPORT, None, key, viewer.bound, held.post_id)
    try:
        async with in_transaction():
            problem = await _receive(school, origin, found, now)
            await attach(viewer, school.id, found.photo_keys, Purpose.PROBLEM, "problem", problem.id, now)
            return problem, True
    except IntegrityError:
        # the same request came twice at once and the other was first
        known = await _reported(key, found, school_id)
        if known is None:
            raise
        return known, False


async def _receive(school: School, origin: Origin, found: Found, now: datetime) -> Problem:
    problem = await Problem.create(
        school_id=school.id,
        county_code=school.county_code,
        source=origin.source,
        item=found.item,
        origin_key=f"{origin.key}:{found.item}",
        title=found.title,
        words=found.words,
        severity=found.severity,
        state=State.FOUND,
        finder_person_id=origin.person_id,
        finder_post_id=origin.post_id,
        found_at=now,
    )
    entry = await record(
        "problem", problem.id, Move.REPORT.value, now,
        school_id=school.id, person_id=origin.person_id, post_id=origin.post_id,
        facts=_facts(found.words, found.photo_keys, None),
    )  # fmt: skip
    place = contents.Place(school.id, school.county_code, origin.person_id, origin.post_id)
    await contents.ask_words(entry, problem.id, found.said, place, now, finding=True)
    return problem


async def publish(problem_id: int, now: datetime) -> None:
    """What was reported may be seen: it is assigned with a deadline from now on. In the caller's transaction.

    Passes over a problem that is not waiting for it.
    """
    problem = await Problem.filter(id=problem_id).select_for_update().get()
    if problem.state is not State.FOUND:
        return
    clock = await clock_of(problem.county_code)
    pace = clock.pace(problem.severity)
    due = deadlines.due_at(problem.severity, clock.policy, pace.days, now)
    problem.state, problem.due_at = states.after(problem.state, Move.ASSIGN), due
    problem.told, problem.ladder_at = ladder.begun(due, pace, now)
    await problem.save(update_fields=["state", "due_at", "told", "ladder_at"])
    await record(
        "problem", problem.id, Move.ASSIGN.value, now,
        school_id=problem.school_id, facts=_facts("", (), due),
    )  # fmt: skip
    school = await School.get(id=problem.school_id)
    await tell("problem_assigned", problem, school, now, ladder.SCHOOL, clock)


async def withhold(problem_id: int, now: datetime, by: int | None) -> None:
    """What was reported may not be seen: the school never hears of it. In the caller's transaction."""
    problem = await Problem.filter(id=problem_id).select_for_update().get()
    if problem.state is not State.FOUND:
        return
    problem.state, problem.ended_at = states.after(problem.state, Move.WITHHOLD), now
    await problem.save(update_fields=["state", "ended_at"])
    await record("problem", problem.id, Move.WITHHOLD.value, now, school_id=problem.school_id, person_id=by)


async def _reported(key: str, found: Found, school_id: int) -> Problem | None:
    known = await Problem.get_or_none(origin_key=f"{key}:{found.item}")
    if known is None:
        return None
    (first, *_) = await steps("problem", known.id)
    said = (known.school_id, known.title, known.words, first.facts.get("photos"))
    if said != (school_id, found.title, found.words, list(found.photo_keys)):
        raise RequestReused
    return known


async def submit_rectification(viewer: Viewer, problem_id: int, act: Act, now: datetime) -> Problem:
    """The school says it is done, with at least one photo. Its clock stops; the finder is told."""
    if not act.photo_keys:
        raise EvidenceNeeded
    async with in_transaction():
        problem, school, held = await _take(viewer, problem_id, Move.SUBMIT, act)
        if held is None:
            return problem
        await _move(viewer, problem, school, held, Move.SUBMIT, act, now, ladder_at=None)
        await tell_finder("problem_submitted", problem, school, now, or_county=True)
        return problem


async def close_problem(viewer: Viewer, problem_id: int, act: Act, now: datetime) -> Problem:
    """The finder or an officer has verified the rectification: 销号."""
    async with in_transaction():
        problem, school, held = await _take(viewer, problem_id, Move.CLOSE, act)
        if held is None:
            return problem
        again = await _look_again_by(problem, now)
        await _move(
            viewer, problem, school, held, Move.CLOSE, act, now,
            ladder_at=None, ended_at=now, follow_up_by=again,
        )  # fmt: skip
        await tell("problem_closed", problem, school, now, ladder.SCHOOL)
        if viewer.person_id != problem.finder_person_id:
            await tell_finder("problem_closed", problem, school, now)
        return problem


async def return_rectification(viewer: Viewer, problem_id: int, act: Act, now: datetime) -> Problem:
    """整改不到位: back to the school with a reason and a new deadline; a new cycle of the ladder."""
    _want_words(act, "退回的理由")
    async with in_transaction():
        problem, school, held = await _take(viewer, problem_id, Move.RETURN, act)
        if held is None:
            return problem
        await _move(viewer, problem, school, held, Move.RETURN, act, now, **await _anew(problem, now))
        await tell("problem_returned", problem, school, now, ladder.SCHOOL)
        return problem


async def appeal(viewer: Viewer, problem_id: int, act: Act, now: datetime) -> Problem:
    """申辩: the school states its defence; the clock stands until the county decides."""
    _want_words(act, "申辩的理由")
    async with in_transaction():
        problem, school, held = await _take(viewer, problem_id, Move.APPEAL, act)
        if held is None:
            return problem
        await _move(viewer, problem, school, held, Move.APPEAL, act, now, ladder_at=None, stopped_at=now)
        await tell("problem_appealed", problem, school, now, (PostKind.COUNTY,))
        return problem


async def uphold_appeal(viewer: Viewer, problem_id: int, act: Act, now: datetime) -> Problem:
    """申辩成立: the finding is cancelled."""
    async with in_transaction():
        problem, school, held = await _take(viewer, problem_id, Move.UPHOLD, act)
        if held is None:
            return problem
        await _move(viewer, problem, school, held, Move.UPHOLD, act, now, stopped_at=None, ended_at=now)
        await tell("problem_decided", problem, school, now, ladder.SCHOOL)
        await tell_finder("problem_decided", problem, school, now)
        return problem


async def reject_appeal(viewer: Viewer, problem_id: int, act: Act, now: datetime) -> Problem:
    """申辩不成立: the clock goes on with what was left of it."""
    _want_words(act, "不予采纳的理由")
    async with in_transaction():
        problem, school, held = await _take(viewer, problem_id, Move.REJECT, act)
        if held is None:
            return problem
        assert problem.due_at is not None and problem.stopped_at is not None
        clock = await clock_of(problem.county_code)
        pace = clock.pace(problem.severity)
        due = deadlines.resumed(problem.due_at, problem.stopped_at, now, pace.days)
        # what was told before the appeal is not told again; past its deadline it is looked at at once
        ladder_at = now if due <= now else ladder.next_at(due, pace, problem.told)
        await _move(
            viewer, problem, school, held, Move.REJECT, act, now,
            cycle=problem.cycle + 1, due_at=due, stopped_at=None, overdue_at=None, ladder_at=ladder_at,
        )  # fmt: skip
        await tell("problem_decided", problem, school, now, ladder.SCHOOL, clock)
        return problem


async def reschedule(viewer: Viewer, problem_id: int, act: Act, due_on: date, now: datetime) -> Problem:
    """An officer moves the deadline to another day, with a reason: the ladder begins anew from there.

    Whoever was told that it is overdue hears of it, as the school does.
    """
    _want_words(act, "调整期限的理由")
    async with in_transaction():
        problem, school, held = await _take(viewer, problem_id, Move.RESCHEDULE, act)
        if held is None:
            before = await taken(_request_key(viewer, act))
            if before is None or before.facts.get("due_at") != closing_of(due_on).isoformat():
                raise RequestReused
            return problem
        assert problem.due_at is not None
        clock = await clock_of(problem.county_code)
        pace = clock.pace(problem.severity)
        due = deadlines.moved(problem.due_at, due_on, clock.policy, pace.days, now)
        knew = {post for level in ladder.LADDER if problem.told & level.bit for post in level.posts}
        told, ladder_at = ladder.begun(due, pace, now)
        await _move(
            viewer, problem, school, held, Move.RESCHEDULE, act, now,
            cycle=problem.cycle + 1, due_at=due, told=told, overdue_at=None, ladder_at=ladder_at,
        )  # fmt: skip
        above = [post for post in ladder.ABOVE if post in knew]
        await tell("problem_moved", problem, school, now, [*ladder.SCHOOL, *above], clock)
        return problem


async def reopen(viewer: Viewer, problem_id: int, act: Act, now: datetime) -> Problem:
    """没解决: whoever reported it, or an officer, opens it again with a new deadline."""
    _want_words(act, "哪里没有解决")
    async with in_transaction():
        problem, school, held = await _take(viewer, problem_id, Move.REOPEN, act)
        if held is None:
            return problem
        await _move(viewer, problem, school, held, Move.REOPEN, act, now, **await _anew(problem, now))
        await tell("problem_reopened", problem, school, now, (*ladder.SCHOOL, PostKind.COUNTY))
        return problem


async def follow_up(
    viewer: Viewer, school: Place, held: Held, looks: Sequence[Look], at: datetime, mark: str, now: datetime
) -> None:
    """Write down what a visit at an instant saw of problems found on the same post (回头看).

    In the caller's transaction. Where the table says so it reopens, returns or closes them; what has moved
    on since the visit keeps its state. `mark` names the visit's request. Raises NotFound for a problem of
    another school or post.
    """
    wanted = {look.problem_id: look for look in looks}
    found = (
        await Problem.filter(id__in=wanted, school_id=school.id, finder_post_id=held.post_id)
        .order_by("id")
        .select_for_update()
    )
    if len(found) != len(wanted):
        raise NotFound
    moved_at = await _moved_at(sorted(wanted))
    for problem in found:
        look = wanted[problem.id]
        act = Act(f"{mark}.{problem.id}", look.words, look.photo_keys)
        if moved_at[problem.id] > at:
            await _write_down(viewer, problem, held, look, act, now)
            continue
        await _look(viewer, problem, school, held, look, act, now)


async def _look(
    viewer: Viewer, problem: Problem, school: Place, held: Held, look: Look, act: Act, now: datetime
) -> None:
    move = states.FOLLOW_UP.get((problem.state, look.seen))
    if move is Move.REOPEN:
        await _move(viewer, problem, school, held, move, act, now, **await _anew(problem, now))
        await tell("problem_reopened", problem, school, now, (*ladder.SCHOOL, PostKind.COUNTY))
    elif move is Move.RETURN:
        await _move(viewer, problem, school, held, move, act, now, **await _anew(problem, now))
        await tell("problem_returned", problem, school, now, ladder.SCHOOL)
    elif move is Move.CLOSE:
        await _move(viewer, problem, school, held, move, act, now, ladder_at=None, ended_at=now)
        await tell("problem_closed", problem, school, now, ladder.SCHOOL)
    else:
        await _write_down(viewer, problem, held, look, act, now)
        if problem.state is State.CLOSED:
            problem.follow_up_by = None
            await problem.save(update_fields=["follow_up_by"])


async def _write_down(
    viewer: Viewer, problem: Problem, held: Held, look: Look, act: Act, now: datetime
) -> None:
    await attach(viewer, problem.school_id, act.photo_keys, Purpose.PROBLEM, "problem", problem.id, now)
    entry = await record(
        "problem", problem.id, look.seen.value, now,
        school_id=problem.school_id, person_id=viewer.person_id, post_id=held.post_id,
        facts=_facts(act.words, act.photo_keys, None), request_key=_request_key(viewer, act),
    )  # fmt: skip
    await contents.ask_words(entry, problem.id, act.words, _place(viewer, problem, held), now)


async def _moved_at(problem_ids: list[int]) -> dict[int, datetime]:
    """When the last step of each problem was taken."""
    rows = await sql.rows(
        "SELECT subject_id, MAX(at) AS at FROM journal_entry WHERE subject_kind = 'problem'"  # noqa: S608
        f" AND subject_id IN ({sql.places(problem_ids)}) GROUP BY subject_id",
        *problem_ids,
    )
    return {row["subject_id"]: at for row in rows if (at := sql.instant(row["at"]))}


async def _look_again_by(problem: Problem, now: datetime) -> datetime | None:
    """Until when a supervisor must look again at what is closed now; None for what others found."""
    kinds = await post_kinds({problem.finder_post_id})
    if kinds[problem.finder_post_id] is not PostKind.SUPERVISOR:
        return None
    return deadlines.follow_up_by(await effective(problem.county_code), now)


async def _take(viewer: Viewer, problem_id: int, move: Move, act: Act) -> tuple[Problem, School, Held | None]:
    """Lock the problem and make sure the viewer may make the move.

    Raises WrongMove where the move does not follow the problem's state. A None post means that this very request was carried out before: there is nothing left to do.
    """
    problem = await Problem.filter(id=problem_id).select_for_update().first()
    if problem is None or (problem.state in states.HIDDEN and problem.finder_person_id != viewer.person_id):
        raise NotFound
    school = await School.get(id=problem.school_id)
    held = rules.require(viewer, move, problem, school)
    before = await taken(_request_key(viewer, act))
    if before is None:
        states.after(problem.state, move)
        return problem, school, held
    said = (before.subject_id, before.verb, before.facts.get("words"), before.facts.get("photos"))
    if said != (problem.id, move.value, act.words, list(act.photo_keys)):
        raise RequestReused
    return problem, school, None


async def _move(
    viewer: Viewer,
    problem: Problem,
    school: Place | School,
    held: Held,
    move: Move,
    act: Act,
    now: datetime,
    **changes: object,
) -> None:
    problem.state = states.after(problem.state, move)
    problem.update_from_dict(changes)
    await problem.save(update_fields=["state", *changes])
    await touch([Touched(problem.county_code, problem.school_id, "problem")])
    await attach(viewer, school.id, act.photo_keys, Purpose.PROBLEM, "problem", problem.id, now)
    entry = await record(
        "problem", problem.id, move.value, now,
        school_id=school.id, person_id=viewer.person_id, post_id=held.post_id,
        facts=_facts(act.words, act.photo_keys, problem.due_at),
        request_key=_request_key(viewer, act),
    )  # fmt: skip
    await contents.ask_words(entry, problem.id, act.words, _place(viewer, problem, held), now)
    about = sayings.matter(problem, school)
    over = ALL_KINDS if problem.state in states.ENDED else ASKING
    await notices.withdraw(about.subject, over, now)


async def _anew(problem: Problem, now: datetime) -> dict[str, object]:
    """What changes when a new cycle of the ladder begins."""
    clock = await clock_of(problem.county_code)
    pace = clock.pace(problem.severity)
    due = deadlines.due_at(problem.severity, clock.policy, pace.days, now)
    told, ladder_at = ladder.begun(due, pace, now)
    return {
        "cycle": problem.cycle + 1, "due_at": due, "overdue_at": None, "ended_at": None, "follow_up_by": None,
        "told": told, "ladder_at": ladder_at,
    }  # fmt: skip


def _place(viewer: Viewer, problem: Problem, held: Held) -> contents.Place:
    return contents.Place(problem.school_id, problem.county_code, viewer.bound, held.post_id)


def _want_words(act: Act, what: str) -> None:
    if not act.words.strip():
        raise WordsNeeded(what=what)


def _request_key(viewer: Viewer, act: Act) -> str:
    return f"{viewer.bound}:{act.request_id}"


def _facts(words: str, photo_keys: Sequence[str], due: datetime | None) -> dict[str, object]:
    facts: dict[str, object] = {"words": words, "photos": list(photo_keys)}
    return facts | {"due_at": due.isoformat()} if due else facts
