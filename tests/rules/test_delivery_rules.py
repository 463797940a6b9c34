"""When a delivery may be sent again, why somebody cannot be reached, what consent to ask for: the tables."""

from datetime import UTC, datetime, timedelta

import pytest

from miniapp_api.delivery_words import ADVICE, STATE_NAMES, WHY_NAMES, advice, meaning
from models.notices import asking, rules
from models.notices.asking import Kept, Rules, to_ask
from models.notices.audiences import AUDIENCES
from models.notices.channels import GROUPS
from models.notices.kinds import KINDS
from models.notices.tables import DeliveryState as State
from models.notices.unreached import Facts, Why, routes_of, why
from models.organisations.tables import PostKind

NOW = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("state", "settling", "others", "age", "said"),
    [
        (State.WAITING, False, [], DAY, "delivery_under_way"),
        (State.SENDING, False, [], DAY, "delivery_under_way"),
        (State.UNKNOWN, True, [], DAY, "delivery_unknown"),
        (State.UNKNOWN, False, [], DAY, None),
        (State.SENT, False, [], DAY, "delivery_sent"),
        (State.REFUSED, False, [], DAY, None),
        (State.GIVEN_UP, False, [], DAY, None),
        (State.WITHDRAWN, False, [], DAY, "delivery_withdrawn"),
        (State.HELD, False, [], DAY, "delivery_under_way"),
        (State.MERGED, False, [], DAY, "delivery_merged"),
        # another channel has it, or is at it
        (State.REFUSED, False, [State.SENT], DAY, "delivery_sent"),
        (State.REFUSED, False, [State.WAITING], DAY, "delivery_under_way"),
        (State.GIVEN_UP, False, [State.REFUSED, State.SENDING], DAY, "delivery_under_way"),
        (State.REFUSED, False, [State.UNKNOWN], DAY, "delivery_unknown"),
        (State.UNKNOWN, False, [State.SENT], DAY, "delivery_sent"),
        (State.REFUSED, False, [State.REFUSED, State.WITHDRAWN], DAY, None),
        (State.REFUSED, False, [], 30 * DAY, None),
        (State.REFUSED, False, [], 30 * DAY + timedelta(seconds=1), "notice_too_old"),
    ],
)
def test_what_is_under_way_is_never_doubled(
    state: State, settling: bool, others: list[State], age: timedelta, said: str | None
) -> None:
    refusal = rules.resend(state, settling, others, age)
    assert (refusal and refusal.code) == said
    withdrawn = rules.resend(state, settling, others, timedelta(), withdrawn=True)
    assert withdrawn is not None


def test_every_state_has_its_rule_and_its_name() -> None:
    assert set(rules.RESEND) == set(State) == set(STATE_NAMES)
    assert set(WHY_NAMES) == set(Why)


@pytest.mark.parametrize(
    ("state", "errcode", "meant", "advised"),
    [
        (State.REFUSED, 43101, "订阅次数已用完", "允许接收通知"),
        (State.GIVEN_UP, 47003, "模板字段不符合要求", "系统管理员"),
        (State.WAITING, 40164, "不在白名单", "加入白名单"),
        (State.WAITING, 45009, "今日接口额度已用完", "次日"),
        (State.WAITING, None, "", ""),
        (State.UNKNOWN, None, "", "可能已经送到"),
        (State.SENT, 0, "", ""),
        (State.WITHDRAWN, 43101, "", ""),
        (State.GIVEN_UP, 99999, "未知错误 99999", "系统管理员"),
    ],
)
def test_a_failure_says_what_it_means_and_what_to_do(
    state: State, errcode: int | None, meant: str, advised: str
) -> None:
    assert meant in meaning(errcode)
    said = advice(state, errcode)
    assert advised in said and bool(said) == bool(advised)
    assert all(said == "" or said.endswith("。") for said in ADVICE.values())


ORDINARY = frozenset({"subscribe", "official", "service", "wecom"})
TEXTED = ORDINARY | {"sms"}


@pytest.mark.parametrize(
    ("bound", "has", "refused", "missed", "routes", "expected"),
    [
        (False, set(), 0, 0, (ORDINARY,), Why.NOT_BOUND),
        (False, set(), 0, 4, (ORDINARY,), Why.NOT_BOUND),
        (True, set(), 0, 0, (ORDINARY,), Why.NO_CREDIT),
        (True, set(), 2, 0, (ORDINARY,), Why.REFUSED),
        (True, {"subscribe"}, 2, 0, (ORDINARY,), None),
        (True, {"official"}, 0, 0, (ORDINARY,), None),
        (True, {"official"}, 3, 1, (ORDINARY,), Why.FAILED),
        (True, {"subscribe"}, 0, 2, (ORDINARY,), Why.FAILED),
        # a text message needs a number, and something that goes by text
        (False, {"sms"}, 0, 0, (ORDINARY, TEXTED), None),
        (False, {"sms"}, 0, 1, (ORDINARY, TEXTED), Why.FAILED),
        (False, {"sms"}, 0, 0, (ORDINARY,), Why.NOT_BOUND),
        (True, {"sms"}, 3, 0, (ORDINARY,), Why.REFUSED),
        # a way that nothing goes by is none
        (True, {"subscribe"}, 0, 0, (frozenset({"wecom"}),), Why.OFF_ROUTE),
        (True, {"subscribe"}, 0, 0, (frozenset({"wecom"}), ORDINARY), None),
    ],
)
def test_why_somebody_cannot_be_reached(
    bound: bool,
    has: set[str],
    refused: int,
    missed: int,
    routes: tuple[frozenset[str], ...],
    expected: Why | None,
) -> None:
    assert why(Facts(bound, frozenset(has), refused, routes, missed)) is expected


@pytest.mark.parametrize(
    ("posts", "sms", "texts"),
    [
        ([PostKind.HEAD], {"problem_overdue"}, ["deadline"]),
        ([PostKind.COUNTY], {"problem_overdue"}, []),
        ([PostKind.COUNTY], {"problem_escalated"}, ["escalation"]),
        ([PostKind.COMMITTEE], {"problem_overdue", "problem_escalated"}, []),
        ([PostKind.COMMITTEE, PostKind.HEAD], {"problem_overdue"}, ["deadline"]),
        ([PostKind.HEAD], set(), []),
        ([PostKind.REGULATOR], {"problem_overdue"}, []),
    ],
)
def test_a_number_counts_where_something_one_is_told_goes_by_text(
    posts: list[PostKind], sms: set[str], texts: list[str]
) -> None:
    held = {group.code: "subscribe,sms" for group in GROUPS}
    routes = routes_of(posts, held, frozenset(sms))
    assert routes and all("subscribe" in route for route in routes)
    assert sum("sms" in route for route in routes) == len(texts)


def _left(balance: int) -> Kept:
    return Kept(balance, None)


REFUSED = Kept(0, NOW - 29 * DAY)


@pytest.mark.parametrize(
    ("templates", "ledger", "long_term", "expected"),
    [
        ("ab", {}, "", ["a", "b"]),
        ("abc", {"a": _left(3), "b": _left(1), "c": _left(0)}, "", ["c", "b", "a"]),
        ("ab", {"a": _left(5), "b": _left(4)}, "", ["b"]),
        ("ab", {"a": REFUSED}, "", ["b"]),
        ("a", {"a": Kept(0, NOW - 30 * DAY)}, "", ["a"]),
        # a long-term one is asked for once, and again when it was refused long ago
        ("ab", {"a": _left(0)}, "ab", ["b"]),
        ("a", {"a": REFUSED}, "a", []),
        ("a", {"a": Kept(0, NOW - 31 * DAY)}, "a", ["a"]),
        # WeChat takes five at once
        ("abcdefg", {"a": _left(2)}, "", ["b", "c", "d", "e", "f"]),
        ("", {"a": _left(0)}, "", []),
    ],
)
def test_what_consent_to_ask_for(
    templates: str, ledger: dict[str, Kept], long_term: str, expected: list[str]
) -> None:
    asked = to_ask(templates, ledger, Rules(5, 30 * DAY, frozenset(long_term)), NOW)
    assert asked == expected


def test_every_kind_of_notice_says_whom_it_is_told_to() -> None:
    assert set(AUDIENCES) == {kind.code for kind in KINDS}
    assert asking.kinds_for([]) == set()
    assert "survey_open" in asking.kinds_for([PostKind.HEAD]) and "survey_open" not in asking.kinds_for(
        [PostKind.MANAGER]
    )
