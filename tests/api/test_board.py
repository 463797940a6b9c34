"""A school's public board: what parents may know, and nobody's name in it."""

import pytest

from models.ledger.numbers import licence_check
from models.organisations.tables import School
from tests.api.test_ledger import checking, sampling
from tests.api.test_surveys import answered, closed, parents, plan
from tests.cast import Cast, Phone, Stage

pytestmark = pytest.mark.slow


async def board(phone: Phone, school: School) -> dict[str, object]:
    answer = await phone.get(f"/schools/{school.id}/board")
    assert answer.status == 200, answer.json
    return dict(answer.json)


async def test_a_school_of_which_nothing_is_known_says_so(cast: Cast) -> None:
    shown = await board(await cast.phone("parent"), cast.tianba)

    assert (shown["school_name"], shown["open"]) == ("麒麟区田坝小学", True)
    assert (shown["menu"], shown["licence"], shown["visits"], shown["satisfaction"]) == (None, None, [], None)
    assert [one["name"] for one in shown["grades"]][:2] == ["一年级", "二年级"]  # type: ignore[attr-defined]


async def test_the_board_shows_dishes_grade_and_visits_without_names(cast: Cast) -> None:
    manager, member = await cast.phone("manager"), await cast.phone("member")
    number = "JY1530302000001" + licence_check("1530302000001")
    licence = {
        "number": number, "holder": "麒麟区田坝小学", "scope": ["hot"], "from_on": "2024-01-01",
        "until_on": "2028-12-31", "grade": "A", "photos": [await manager.photo(cast.tianba, "ledger")],
    }  # fmt: skip
    serving = {"menu_published": True, "portions": 600, "price_fen": 650, "cooked": "own"}
    for body in (
        sampling(cast),
        sampling(cast, dish="番茄炒蛋"),
        checking(cast) | {"aspect": "serving", "values": serving},
        checking(cast) | {"aspect": "food_licence", "values": licence},
    ):
        sent = await manager.post("/ledger/entries", body)
        assert sent.status == 201, sent.json
    check_in = (await member.check_in(cast.tianba)).headers["request_id"]
    assert (await member.visit(cast.tianba, check_in, failing="C06")).status == 201

    answer = await (await cast.phone("parent")).get(f"/schools/{cast.tianba.id}/board")

    assert answer.json["menu"] == {
        "on": "2026-11-24",
        "meals": [{"meal": "lunch", "name": "午餐", "dishes": ["洋芋焖饭", "番茄炒蛋"]}],
        "price_fen": 650,
    }
    assert answer.json["licence"] == {"grade": "A", "grade_name": "A级", "until_on": "2028-12-31"}
    (visit,) = answer.json["visits"]
    assert (visit["kind"], visit["on"], visit["grade_name"]) == ("committee", "2026-11-24", "良")
    assert (visit["failed"], visit["unseen"]) == (1, 0)
    whole = str(answer.json)
    assert [name for name in ("李秀英", "赵丽", "张明", number) if name in whole] == []


async def test_dishes_of_more_than_a_week_ago_are_no_menu(cast: Cast, stage: Stage) -> None:
    manager = await cast.phone("manager")
    assert (await manager.post("/ledger/entries", sampling(cast))).status == 201
    stage.forward(days=7)

    assert (await board(await cast.phone("parent"), cast.tianba))["menu"] is None


async def test_satisfaction_comes_with_how_many_answered_and_not_below_five(cast: Cast, stage: Stage) -> None:
    number = await plan(cast)
    guardians = await parents(cast, cast.tianba, 5)
    await answered(guardians[:4], cast.tianba, number)
    assert (await board(guardians[0], cast.tianba))["satisfaction"] is None
    await answered(guardians[4:], cast.tianba, number)
    await closed(stage)

    shown = (await board(guardians[0], cast.tianba))["satisfaction"]

    assert shown == {
        "round_id": number, "title": "2026年秋季学期家长满意度测评", "n": 5, "invited": 5, "response_rate": 1.0,
        "top_share": 1.0,
    }  # fmt: skip
