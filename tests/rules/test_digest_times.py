"""When digests are sent, what is news in them, and which small notices become one message."""

from datetime import UTC, datetime, timedelta

import pytest

from models.digests.rules import (
    Item,
    Standing,
    month_end_is_due,
    news,
    slot_is_due,
    spoken_due,
    standing,
    summary_is_due,
)
from models.digests.words import morning_head
from models.notices.merge_rules import (
    NEVER,
    Decision,
    Original,
    Pile,
    Policy,
    Window,
    after,
    decide,
    facts,
    pressing,
)
from models.notices.texts import whole_lines
from models.policies.calendar import BEIJING

SEVEN_DAYS = timedelta(days=7)


def at(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2026) -> datetime:
    """A Beijing time as an instant."""
    return datetime(year, month, day, hour, minute, tzinfo=BEIJING).astimezone(UTC)


@pytest.mark.parametrize(
    ("minute", "late", "now", "due", "why"),
    [
        (400, 120, 399, False, "6:39: not yet"),
        (400, 120, 400, True, "6:40"),
        (400, 120, 519, True, "8:39: a worker woke late, people are on their way"),
        (400, 120, 520, False, "8:40: the morning is over, tomorrow's list tells it"),
        (400, 120, 120, False, "02:00: a worker that slept two days does not ring at night"),
        (1000, 120, 1050, True, "somebody chose the afternoon"),
    ],
)
def test_a_morning_list_goes_in_its_hour_or_not_that_day(
    minute: int, late: int, now: int, due: bool, why: str
) -> None:
    assert slot_is_due(minute, late, now) is due, why


@pytest.mark.parametrize(
    ("now", "due", "why"),
    [
        (at(11, 23, 8, 19), False, "Monday 8:19"),
        (at(11, 23, 8, 20), True, "Monday 8:20"),
        (at(11, 23, 18, 0), False, "Monday evening: offices are closed"),
        (at(11, 24, 9, 0), True, "Tuesday: the worker slept on Monday, and it is still last week's"),
        (at(11, 24, 2, 0), False, "02:00 is night"),
        (at(11, 22, 9, 0), False, "Sunday"),
        (at(9, 20, 9, 0), True, "a Sunday on which offices work for the holiday that follows"),
        (at(10, 5, 9, 0), False, "Monday of National Day week"),
        (at(10, 8, 9, 0), True, "its first working day"),
    ],
)
def test_a_summary_goes_in_office_hours_of_a_working_day(now: datetime, due: bool, why: str) -> None:
    assert summary_is_due(500, now) is due, why


@pytest.mark.parametrize(
    ("now", "due", "why"),
    [
        (at(11, 25, 9, 0), False, "Wednesday: 4 working days are left, today included"),
        (at(11, 26, 9, 0), True, "Thursday, Friday and Monday are left"),
        (at(11, 27, 9, 0), True, "a worker slept on Thursday: somebody can still go"),
        (at(11, 28, 9, 0), False, "Saturday"),
        (at(11, 30, 9, 0), True, "the last day"),
        (at(11, 26, 7, 0), False, "before its hour"),
        (at(12, 1, 9, 0), False, "a new month begins anew: nobody is told of the last one"),
        (at(9, 28, 9, 0), True, "before the holiday that ends September"),
    ],
)
def test_the_end_of_a_month_is_counted_in_working_days(now: datetime, due: bool, why: str) -> None:
    assert month_end_is_due(3, 500, now) is due, why


@pytest.mark.parametrize(
    ("due_at", "expected"),
    [
        (None, Standing.OPEN),
        (at(11, 24, 6, 40), Standing.OVERDUE),
        (at(11, 24, 18), Standing.TODAY),
        (at(11, 25, 0, 1), Standing.SOON),
        (at(12, 1, 6, 40), Standing.SOON),
        (at(12, 1, 6, 41), Standing.OPEN),
    ],
)
def test_how_near_a_deadline_is(due_at: datetime | None, expected: Standing) -> None:
    assert standing(due_at, at(11, 24, 6, 40)) is expected


def _item(number: int, stands: Standing, source: str = "rectify", turn: int = 1) -> Item:
    return Item(
        source, "problem", number, turn, 1, "田坝小学", f"问题{number}", f"问题{number}", None, stands
    )


WORTH = {"rectify": {Standing.TODAY, Standing.OVERDUE}, "verify": set()}


@pytest.mark.parametrize(
    ("item", "told", "fresh", "why"),
    [
        (_item(1, Standing.TODAY), [], True, "due today"),
        (_item(1, Standing.SOON), [], False, "its own notice has told of it"),
        (_item(1, Standing.TODAY), [_item(1, Standing.TODAY)], False, "told already"),
        (_item(1, Standing.OVERDUE), [_item(1, Standing.TODAY)], True, "it has become overdue"),
        (_item(1, Standing.OVERDUE), [_item(1, Standing.OVERDUE)], False, "overdue as yesterday: not again"),
        (_item(1, Standing.TODAY, turn=2), [_item(1, Standing.TODAY)], True, "returned: a cycle of its own"),
        (_item(1, Standing.OPEN, "verify"), [], False, "no deadline: its own notice has told of it"),
    ],
)
def test_nobody_is_told_the_same_thing_twice(item: Item, told: list[Item], fresh: bool, why: str) -> None:
    assert (news([item], WORTH, {one.mark for one in told}) == [item]) is fresh, why


def test_what_a_template_field_holds_is_enough_for_any_number() -> None:
    items = [_item(n, Standing.OVERDUE) for n in range(40)] + [_item(n, Standing.TODAY) for n in range(50)]
    assert morning_head(items) == "待办90件，超期40件，今天到期50件"
    assert len(morning_head(items)) <= 20
    assert spoken_due(at(1, 3, 18, year=2027), at(12, 31).astimezone(BEIJING).date()) == "2027年1月3日18:00前"


NOW = at(11, 24, 10, 30)
# two go at once in five minutes, those after them wait for each other
FIVE = Policy(timedelta(minutes=5), 2, 2)


def _window(minutes: float, sent: int) -> Window:
    """Begun so many minutes ago."""
    return Window(NOW - timedelta(minutes=minutes), sent)


@pytest.mark.parametrize(
    ("pile", "window", "policy", "expected", "why"),
    [
        (Pile(1), None, FIVE, Decision.RELEASE, "one notice goes at once"),
        (Pile(5), None, FIVE, Decision.MERGE, "five at once are one message"),
        (Pile(1), _window(2, 1), FIVE, Decision.RELEASE, "a second one is no flood"),
        (Pile(1), _window(2, 2), FIVE, Decision.HOLD, "a third within five minutes waits"),
        (Pile(3), _window(2, 2), FIVE, Decision.HOLD, "and so do three"),
        (Pile(3), _window(5, 2), FIVE, Decision.MERGE, "until the window is over"),
        (Pile(1, pressing=True), _window(2, 9), FIVE, Decision.RELEASE, "what presses waits for nothing"),
        (Pile(3, pressing=True), _window(2, 9), FIVE, Decision.MERGE, "and takes along what came with it"),
        (Pile(1), _window(-2 * 24 * 60, 9), FIVE, Decision.RELEASE, "the clock was put back"),
        (Pile(1, stuck=1), _window(2, 2), FIVE, Decision.MERGE, "one that has not gone yet is joined"),
        (Pile(0, stuck=9), None, FIVE, Decision.MERGE, "a backlog"),
        (Pile(0, stuck=2, loose=True), _window(0, 2), FIVE, Decision.MERGE, "one of three was withdrawn"),
        (Pile(0, stuck=1, loose=True), _window(0, 2), FIVE, Decision.RELEASE, "one of two: the other goes"),
        (Pile(0, loose=True), _window(0, 2), FIVE, Decision.RELEASE, "nothing is left of it"),
        (Pile(4), None, Policy(timedelta(0), 1, 5), Decision.RELEASE, "four are fewer than policy's five"),
        (Pile(1), _window(0, 9), Policy(timedelta(0), 1, 2), Decision.RELEASE, "no window: nothing waits"),
        (Pile(3, stuck=9), _window(1, 9), NEVER, Decision.RELEASE, "a channel without words for several"),
    ],
)
def test_what_becomes_of_small_notices(
    pile: Pile, window: Window | None, policy: Policy, expected: Decision, why: str
) -> None:
    assert decide(pile, window, policy, NOW) is expected, why


@pytest.mark.parametrize(
    ("window", "messages", "expected"),
    [
        (None, 1, Window(NOW, 1)),
        (_window(4, 1), 2, Window(NOW - timedelta(minutes=4), 3)),
        (_window(5, 3), 1, Window(NOW, 1)),
        (_window(-9, 3), 1, Window(NOW, 1)),
    ],
)
def test_messages_are_counted_from_the_first_of_a_window(
    window: Window | None, messages: int, expected: Window
) -> None:
    assert after(window, messages, FIVE, NOW) == expected


@pytest.mark.parametrize(
    ("kind", "severity", "expected"),
    [
        ("problem_assigned", "general", False),
        ("problem_assigned", "serious", True),
        ("problem_returned", "major", True),
        ("problem_overdue", "general", True),
        ("problem_escalated", "general", True),
        ("problem_closed", "serious", False),
        ("survey_open", None, False),
        ("of_a_newer_release", "serious", False),
    ],
)
def test_what_never_waits_for_others(kind: str, severity: str | None, expected: bool) -> None:
    assert pressing(kind, {"severity": severity}) is expected


def test_one_message_says_how_many_and_names_the_first() -> None:
    told = [
        Original(
            "problem_assigned", {"title": f"问题{n}", "school": "田坝小学", "due": "2026年11月27日 18:00"}
        )
        for n in range(1, 6)
    ]
    said = facts(told)
    assert (said["title"], said["names"], said["school"]) == (
        "您有5条待办",
        "问题1、问题2、问题3等",
        "田坝小学",
    )
    assert whole_lines(["一二三", "四五六", "七八九"], 7) == "一二三\n四五六\n……还有1行，点击查看全部"
    assert (
        facts([*told, Original("problem_overdue", {"title": "留样"})])["title"] == "您有6条待办，其中1条紧急"
    )
    assert said["text"].splitlines()[1] == "1. 限期整改通知：问题1（田坝小学，2026年11月27日 18:00）"
