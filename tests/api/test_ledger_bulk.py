"""Tables of entries: judged in the words of single ones, written once however often they are sent."""

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tortoise.transactions import in_transaction

from models.journal.tables import JournalEntry
from models.ledger import bulk
from models.ledger.actions import Draft
from models.ledger.tables import LedgerEntry, RegisterRow
from tests.cast import Cast, Stage


def checks(cast: Cast, stage: Stage, days: range) -> list[Draft]:
    values = {
        "present": 6, "healthy": 6, "sent_home": 0, "clothing": True, "checker": cast.people["manager"].id,
    }  # fmt: skip
    return [
        Draft(
            f"import-{day}",
            "morning_check",
            1,
            date(2026, 11, day),
            stage.clock(),
            values,
            None,
            cast.tianba.id,
        )
        for day in days
    ]


def cook(cast: Cast, stage: Stage, number: int, **values: Any) -> Draft:
    said = {
        "name": f"帮厨{number}", "job": "helper", "certificate": f"QJ2026{number:06d}", "from_on": "2026-09-01",
        "until_on": "2027-08-31", "trained": True,
    } | values  # fmt: skip
    return Draft(
        f"import-cook-{number}", "staff", 1, date(2026, 11, 24), stage.clock(), said, None, cast.tianba.id
    )


async def load(cast: Cast, stage: Stage, drafts: list[Draft]) -> tuple[int, list[str]]:
    """How many were new, and what was wrong with the others."""
    who, vault = cast.people["officer"].id, stage.world.context.vault
    async with in_transaction():
        among = await bulk.known(drafts, who)
        judged = [(draft, *bulk.judge(draft, among, stage.clock())) for draft in drafts]
        right = [(draft, values) for draft, values, faults in judged if not faults]
        new = await bulk.write(right, among, who, vault, stage.clock())
    return new, [fault.sentence for *_, faults in judged for fault in faults]


async def test_a_table_is_written_once_however_often_it_is_sent(stage: Stage, cast: Cast) -> None:
    drafts = [*checks(cast, stage, range(2, 7)), *(cook(cast, stage, number) for number in range(30))]

    first, again = await load(cast, stage, drafts), await load(cast, stage, drafts)

    assert (first, again) == ((35, []), (0, []))
    assert await LedgerEntry.filter(origin="import", late=True).count() == 5
    cooks = await RegisterRow.filter(form="staff", school_id=cast.tianba.id).order_by("id")
    assert len(cooks) == 30
    entry = await LedgerEntry.get(register_row_id=cooks[3].id)
    assert entry.items["certificate"] == cooks[3].items["certificate"]
    assert entry.items["certificate"]["masked"].endswith(cooks[3].label.removeprefix("帮厨").zfill(4))
    assert await JournalEntry.filter(subject_kind="ledger_entry", verb="import").count() == 35
    await stage.jobs()
    officer = await cast.phone("officer")
    figures = (await officer.get("/divisions/530302/ledger/completeness", month="2026-11")).json
    assert {one["aspect"]: one["done"] for one in figures if one["done"]} == {"morning_check": 5, "staff": 1}


async def test_what_is_wrong_is_said_in_the_words_of_single_entries(stage: Stage, cast: Cast) -> None:
    await load(cast, stage, checks(cast, stage, range(2, 3)))
    (taken,) = checks(cast, stage, range(2, 3))
    (right,) = checks(cast, stage, range(3, 4))

    new, said = await load(
        cast, stage,
        [
            replace(taken, request_id="another-request"),
            replace(right, request_id="no-such-school", school_id=999_999),
            replace(right, request_id="nobody", values={**right.values, "checker": 999_999, "present": None}),
            right,
        ],
    )  # fmt: skip

    assert new == 1
    assert said == [
        "“晨检”11月02日已经填过，请更正原来的记录。", "没有这所学校。", "“到岗人数”还没有填。", "“检查人”当日在本校没有岗位，请从名单中选择。",
    ]  # fmt: skip


async def test_a_countys_figures_are_the_sum_of_its_schools(stage: Stage, cast: Cast) -> None:
    """Counted two ways, by the roll-up from changes and school by school from entries, over a random month."""
    chance = random.Random(26)
    schools = {cast.tianba.id: cast.people["manager"].id, cast.wanghai.id: cast.people["neighbour_head"].id}
    drafts = []
    for number in range(150):
        school_id = chance.choice(list(schools))
        code = chance.choice(["morning_check", "food_sample", "three_defences", "training", "staff"])
        day = date(2026, 11, 24) - timedelta(days=chance.randrange(50))
        values: dict[str, Any] = {
            "morning_check": {"present": 6, "healthy": 6, "sent_home": 0, "clothing": True, "checker": schools[school_id]},
            "food_sample": {
                "dish": "白菜", "grams": chance.randrange(90, 200), "taken_at": "2026-11-24T11:40", "hours": 48,
                "fridge_c": 4.0, "labelled": True, "keeper": schools[school_id],
            },
            "three_defences": {"dust": 1, "rat": 0, "fly": 2, "intact": True},
            "training": {"topic": "留样", "how": "online", "hours": 1.0, "attended": 3, "staff": 4},
            "staff": cook(cast, stage, number, until_on="2026-11-30" if number % 2 else "2027-08-31").values,
        }[code]  # fmt: skip
        meal = chance.choice(["breakfast", "lunch"]) if code == "food_sample" else None
        drafts.append(Draft(f"import-{number:04}", code, 1, day, stage.clock(), values, meal, school_id))
    seen = set()
    for draft in list(drafts):
        key = (draft.school_id, draft.aspect, draft.for_on)
        if draft.aspect in ("morning_check", "three_defences") and key in seen:
            drafts.remove(draft)
        seen.add(key)

    assert await load(cast, stage, drafts) == (len(drafts), [])
    await stage.jobs()
    officer = await cast.phone("officer")
    for month in ("2026-10", "2026-11"):
        figures = (await officer.get("/divisions/530302/ledger/completeness", month=month)).json
        assert figures
        for line in figures:
            if line["aspect"] == "county_supplier":
                continue
            schools_of = await officer.get(
                "/divisions/530302/ledger/schools", month=month, aspect=line["aspect"]
            )
            for name in ("due", "done", "entries", "late", "defective"):
                assert sum(one[name] for one in schools_of.json) == line[name], (month, line["aspect"], name)
