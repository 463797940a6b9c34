"""What visits, surveys and inspections left behind, as far as something was planted in it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from models.database import sql
from models.organisations.tables import PostKind
from models.problems.states import Move
from models.visits.forms.committee_v1 import COMMITTEE_V1
from models.visits.forms.supervisor_v1 import SUPERVISOR_V1
from models.visits.rules import COUNTS
from ops.demo.province.layout import Province
from ops.demo.province.school import School, Visited
from ops.demo.province.times import instant

FORMS = {"committee": (COMMITTEE_V1, "fail"), "supervisor": (SUPERVISOR_V1, "problem")}
COUNTED = "C12"
ELEVEN = 11 * 60
CHECK_IN = (
    "id", "person_id", "request_id", "body_hash", "post_id", "school_id", "at", "scanned_at", "received_at", "generation",
    "place",
)  # fmt: skip
VISIT = (
    "id", "person_id", "request_id", "body_hash", "post_id", "school_id", "check_in_id", "kind", "form_version", "month",
    "visited_at", "received_at", "answers", "grade", "remarks", "companions", "defence", "passed", "failed", "unseen",
    "check_in_told",
)  # fmt: skip
PROBLEM = (
    "id", "school_id", "county_code", "source", "source_id", "item", "origin_key", "title", "words", "severity", "state",
    "cycle", "finder_person_id", "finder_post_id", "found_at", "due_at", "overdue_at", "ended_at",
)  # fmt: skip
STEP = ("at", "subject_kind", "subject_id", "school_id", "person_id", "post_id", "verb", "facts")
PHOTO = (
    "id", "key", "request_key", "school_id", "person_id", "purpose", "type", "bytes", "width", "height", "sha256",
    "received_at",
)  # fmt: skip
REPEATED = ("photo_id", "earlier_id", "likeness", "distance", "school_id", "county_code", "found_at")
ROUND = (
    "id", "division_code", "term", "title", "opens_on", "closes_on", "form_version", "state", "closed_at", "told_to",
    "counted_to",
)  # fmt: skip
RESULT = ("id", "round_id", "term", "school_id", "county_code", "grade", "n", "invited")
FIGURE = ("result_id", "question", "total", "top", "foot")
OVERALL = "S01"
ANSWERED = 10
Row = tuple[Any, ...]


def _all(province: Province) -> Iterator[tuple[int, School, Visited]]:
    """Every visit with its number: the visit's and its check-in's, and its problem's if it has one."""
    number = 0
    for school in province.schools:
        for visit in school.plan.visits if school.plan else ():
            number += 1
            yield number, school, visit


def _at(visit: Visited) -> datetime:
    return instant(visit.on, ELEVEN) + timedelta(seconds=visit.after_s)


def _who(school: School, visit: Visited) -> tuple[int, int]:
    kind = PostKind(visit.kind)
    return visit.person or school.holder(kind), school.post(kind)


def check_ins(province: Province) -> Iterator[Row]:
    for number, school, visit in _all(province):
        person, post = _who(school, visit)
        at = _at(visit) - timedelta(minutes=20)
        yield number, person, f"province-{number}", "0" * 64, post, school.id, at, at, at, 1, "none"


def visits(province: Province) -> Iterator[Row]:
    for number, school, visit in _all(province):
        (form, wrong), (person, post), at = FORMS[visit.kind], _who(school, visit), _at(visit)
        answers = [_answer(item.code, visit, wrong) for item in form.items]
        # each in words of its own, unless they are meant to be the same
        answers[-1]["remark"] = visit.mark or f"第{school.id}所"
        failed, unseen = len(visit.failed), len(visit.unseen)
        yield (
            number, person, f"province-{number}", "0" * 64, post, school.id, number, visit.kind, form.version,
            f"{visit.on:%Y-%m}", at, at + timedelta(minutes=1), sql.dump(answers), "good" if form.grades else "", "", "", "",
            len(answers) - failed - unseen, failed, unseen, True,
        )  # fmt: skip


def _answer(item: str, visit: Visited, wrong: str) -> dict[str, Any]:
    verdict = wrong if item in visit.failed else "unseen" if item in visit.unseen else "pass"
    answer: dict[str, Any] = {"item": item, "verdict": verdict}
    if item == COUNTED:
        answer["counts"] = dict(zip(COUNTS, visit.counts, strict=True))
    return answer


def problems(province: Province) -> Iterator[Row]:
    """Those that were planted, and those of visits that came to nothing."""
    for number, school, state, _ in _problems(province):
        today, found_at = province.times.today, instant(province.times.after(-12), ELEVEN)
        due_at = instant(province.times.after(-3 if state == "overdue" else 10), 18 * 60)
        over = state in ("closed", "cancelled")
        key = f"province:{number}"
        yield (
            number, school.id, school.county, "visit", None, "E1", key, "生熟没有分开", "生熟没有分开", "general", state, 1,
            school.holder(PostKind.SUPERVISOR), school.post(PostKind.SUPERVISOR), found_at, None if over else due_at,
            due_at if state == "overdue" else None, instant(today, 60) if over else None,
        )  # fmt: skip
    first = sum(1 for _ in _problems(province))
    for number, school, visit in _all(province):
        for item in visit.failed if visit.appealed else ():
            person, post = _who(school, visit)
            first += 1
            yield (
                first, school.id, school.county, "visit", number, item, f"visit:{number}:{item}", "消毒不合格", "消毒不合格",
                "general", "cancelled", 1, person, post, _at(visit), None, None, _at(visit) + timedelta(hours=3),
            )  # fmt: skip


def _problems(province: Province) -> Iterator[tuple[int, School, str, int]]:
    number = 0
    for school in province.schools:
        for state, returned in school.plan.problems if school.plan else ():
            number += 1
            yield number, school, state, returned


def steps(province: Province) -> Iterator[Row]:
    """How often the rectification was returned is in the journal, in the order of time as journals are."""
    yield from sorted(_returns(province), key=lambda step: step[0])


def _returns(province: Province) -> Iterator[Row]:
    for number, school, _, returned in _problems(province):
        for turn in range(returned):
            at = instant(province.times.after(-8 + turn), ELEVEN)
            person, post = school.supervisor, school.post(PostKind.SUPERVISOR)
            yield (
                at,
                "problem",
                number,
                school.id,
                person,
                post,
                Move.RETURN.value,
                sql.dump({"words": "没有改到位"}),
            )


def photos(province: Province) -> Iterator[Row]:
    """The photo that was there before, and the one that is the same."""
    for number, school, found_on in _repeats(province):
        for which, days in ((2 * number - 1, 40), (2 * number, 0)):
            at = instant(found_on - timedelta(days=days), ELEVEN)
            person = school.holder(PostKind.COMMITTEE)
            yield (
                which, f"{which:032x}", f"{person}:province-{which}", school.id, person, "visit", "jpeg", 200_000, 1280, 960,
                f"{number:064x}", at,
            )  # fmt: skip


def repeated(province: Province) -> Iterator[Row]:
    for number, school, found_on in _repeats(province):
        yield 2 * number, 2 * number - 1, "exact", 0, school.id, school.county, instant(found_on, ELEVEN + 1)


def _repeats(province: Province) -> Iterator[tuple[int, School, Any]]:
    number = 0
    for school in province.schools:
        for found_on in school.plan.repeated if school.plan else ():
            number += 1
            yield number, school, found_on


def rounds(province: Province) -> Iterator[Row]:
    """One of the whole province, in the term before."""
    began, term = province.times.term_before
    opens, closes = began + timedelta(days=60), began + timedelta(days=74)
    most = len(province.schools)
    yield 1, "53", term, "上学期满意度测评", opens, closes, 1, "counted", instant(closes, ELEVEN), most, most


def results(province: Province) -> Iterator[Row]:
    _, term = province.times.term_before
    for school in province.schools:
        n = 0 if _mean(school) < 0 else ANSWERED
        yield school.id, 1, term, school.id, school.county, 0, n, 3 * ANSWERED


def figures(province: Province) -> Iterator[Row]:
    for school in province.schools:
        if _mean(school) >= 0:
            total = round(_mean(school) * ANSWERED)
            yield school.id, OVERALL, total, 7, 1


def _mean(school: School) -> float:
    """Of 100; below 0: too few answered."""
    if school.plan is not None and school.plan.mean is not None:
        return school.plan.mean
    return 84 + school.chance(9) % 12
