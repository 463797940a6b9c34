"""Opening the boxes of a round that has closed: one school at a time, all of its ballots at once."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.ledger.aspects.satisfaction import SATISFACTION
from models.ledger.computing import compute
from models.organisations.tables import School
from models.surveys import figures
from models.surveys.actions import BIGGEST_ID, BIGGEST_SHOWN_ID
from models.surveys.figures import Figure
from models.surveys.queries import invited
from models.surveys.questionnaires import questionnaire
from models.surveys.rounds import next_schools, tell_head
from models.surveys.sealing import CannotOpen, Seal
from models.surveys.tables import RoundState, SurveyFigure, SurveyResult, SurveyRound

log = logging.getLogger(__name__)

# an answer that was being written while the round closed is in the box by then
GRACE = timedelta(minutes=10)
SCHOOLS_A_RUN = 20
WHOLE_SCHOOL = 0


class Overtaken(RuntimeError):
    """A ballot came into the box while it was being read; nothing was written, the next run reads again."""


@dataclass(frozen=True)
class Opened:
    """The content of a box. `shown`: the grades that may be told apart."""

    contents: list[dict[str, Any]]
    shown: set[int]

    @property
    def groups(self) -> dict[int, list[dict[str, Any]]]:
        """The whole school, and each grade that may be told apart."""
        parts = {grade: [one for one in self.contents if one["grade"] == grade] for grade in self.shown}
        return {WHOLE_SCHOOL: self.contents, **parts} if self.contents else {}


async def open_boxes(seal: Seal, chance: random.Random, now: datetime, today: date) -> int:
    """Open the boxes of closed rounds, some schools a run; returns how much was done.

    A box that cannot be opened holds up its own round until its key is back, and no other.
    """
    done = 0
    ready = SurveyRound.filter(state=RoundState.CLOSED, closed_at__lte=now - GRACE)
    for found in await ready.order_by("id"):
        schools = await next_schools(found, found.counted_to, SCHOOLS_A_RUN)
        if not schools:
            done += await SurveyRound.filter(id=found.id).update(state=RoundState.COUNTED)
        for school in schools:
            try:
                await open_box(found, school, seal, chance, now, today)
            except CannotOpen as fault:
                facts = {"round": found.id, "school": school.id, "fault": str(fault)}
                log.error("survey box cannot be opened", extra=facts)
                break
            done += 1
    return done


async def open_box(
    found: SurveyRound, school: School, seal: Seal, chance: random.Random, now: datetime, today: date
) -> None:
    """Count one school. Under five ballots stay sealed. All or nothing, so that dying loses no answer."""
    ballots = await sql.rows(
        "SELECT sealed FROM survey_ballot WHERE round_id = $1 AND school_id = $2", found.id, school.id
    )
    asked_of = await invited(school, found.closes_on)
    opened = await asyncio.to_thread(_read, ballots, seal, found.id, school.id)
    async with in_transaction():
        if not await _take(found, school):
            return
        if opened.contents:
            await _empty(found.id, school.id, len(ballots))
            await _keep_answers(found.id, school.id, opened, chance)
            await _keep_remarks(found.id, school.id, opened.contents, chance)
        await _keep_results(found, school, opened, asked_of)
        if opened.contents:
            await _into_ledger(found, school, opened.contents, sum(asked_of.values()), now)
        if ballots:
            await tell_head("survey_result", found, school, now, today)


async def _take(found: SurveyRound, school: School) -> bool:
    """Whether this worker counts the school; another waits here until we are done, and then passes on."""
    return bool(
        await sql.rows(
            "UPDATE survey_round SET counted_to = $2 WHERE id = $1 AND counted_to < $2 RETURNING id",
            found.id, school.id,
        )
    )  # fmt: skip


def _read(ballots: list[dict[str, Any]], seal: Seal, round_id: int, school_id: int) -> Opened:
    if len(ballots) < figures.LEAST:
        return Opened([], set())
    contents = [seal.open(bytes(row["sealed"]), round_id, school_id) for row in ballots]
    return Opened(contents, figures.told_apart(Counter(one["grade"] for one in contents)))


async def _empty(round_id: int, school_id: int, expected: int) -> None:
    gone = await sql.rows(
        "DELETE FROM survey_ballot WHERE round_id = $1 AND school_id = $2 RETURNING id", round_id, school_id
    )
    if len(gone) != expected:
        raise Overtaken


async def _keep_answers(round_id: int, school_id: int, opened: Opened, chance: random.Random) -> None:
    """In the order of their new, random ids: nothing is left of the order in which they came."""
    rows = [
        [
            chance.randrange(1, BIGGEST_ID), one["grade"] if one["grade"] in opened.shown else None,
            one["version"], sql.dump(one["marks"]), one["days"], one["channel"],
        ]
        for one in opened.contents
    ]  # fmt: skip
    await sql.over_rows(
        "INSERT INTO survey_answer (id, round_id, school_id, grade, form_version, marks, days, channel)"
        " SELECT c1, $7::bigint, $8::bigint, c2, c3, c4, c5, c6 FROM {rows}",
        ["bigint", "int", "int", "jsonb", "int", "text"],
        sorted(rows, key=lambda row: row[0]),
        round_id,
        school_id,
    )


async def _keep_remarks(
    round_id: int, school_id: int, contents: Iterable[dict[str, Any]], chance: random.Random
) -> None:
    rows = [
        [chance.randrange(1, BIGGEST_SHOWN_ID), one["words"], one["remark"]]
        for one in contents
        if one["words"]
    ]
    await sql.over_rows(
        "INSERT INTO survey_remark (id, round_id, school_id, words, state)"
        " SELECT c1, $4::bigint, $5::bigint, c2, c3 FROM {rows}",
        ["bigint", "text", "text"],
        sorted(rows, key=lambda row: row[0]),
        round_id,
        school_id,
    )


async def _keep_results(found: SurveyRound, school: School, opened: Opened, asked_of: dict[int, int]) -> None:
    common = {
        "round_id": found.id, "term": found.term, "school_id": school.id, "county_code": school.county_code,
    }  # fmt: skip
    if not opened.contents:
        await SurveyResult.create(**common, grade=WHOLE_SCHOOL, n=0, invited=sum(asked_of.values()))
        return
    asked = questionnaire(found.form_version)
    for grade, contents in opened.groups.items():
        n, most = len(contents), asked_of.get(grade, 0) if grade else sum(asked_of.values())
        # who left since they answered was invited all the same
        result = await SurveyResult.create(**common, grade=grade, n=n, invited=max(n, most))
        await SurveyFigure.bulk_create(
            [
                _figure(result.id, code, figure)
                for code, figure in figures.count(asked, [one["marks"] for one in contents]).items()
            ]
        )


async def _into_ledger(
    found: SurveyRound, school: School, contents: list[dict[str, Any]], asked_of: int, now: datetime
) -> None:
    """The school's ledger has the round by itself: how many answered, and the first question's figures."""
    asked, n = questionnaire(found.form_version), len(contents)
    overall = figures.count(asked, [one["marks"] for one in contents])[asked.questions[0].code]
    values = {
        "round": found.title[:60], "how": "online", "asked": max(n, asked_of), "answers": n,
        "mean": round(overall.total / n, 1), "top_two": round(100 * overall.top / n, 1),
    }  # fmt: skip
    await compute(SATISFACTION, school.id, f"survey-{found.id}-{school.id}", values, now)


def _figure(result_id: int, code: str, figure: Figure) -> SurveyFigure:
    return SurveyFigure(
        result_id=result_id, question=code, total=figure.total, top=figure.top, foot=figure.foot
    )
