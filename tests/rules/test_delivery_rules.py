"""When a delivery may be sent again, why somebody cannot be reached, what consent to ask for: the tables."""

from datetime import UTC, datetime, timedelta

import pytest

from miniapp_api.delivery_words import ADVICE, STATE_NAMES, WHY_NAMES, advice, meaning
from models.notices import asking, rules
from models.notices.asking import Kept, Rules, to_ask
from models.notices.audiences import AUDIENCES
from models.notices.kinds import KINDS
from models.notices.tables import DeliveryState as State
from models.notices.unreached import Facts, Ways, Why, why
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


CLOSED = Facts(bound=True, other=False, asked=3, refused=0, open=False, phone=True, missed=0)


@pytest.mark.parametrize(
    ("facts", "sms", "expected"),
    [
        (Facts(False, False, 0, 0, False, True, 0), False, Why.NOT_BOUND),
        (Facts(False, False, 0, 0, False, True, 4), False, Why.NOT_BOUND),
        (CLOSED, False, Why.NO_CREDIT),
        (Facts(True, False, 0, 0, False, True, 0), False, Why.NO_CREDIT),
        (Facts(True, False, 3, 2, False, True, 0), False, Why.REFUSED),
        (Facts(True, False, 3, 2, True, True, 0), False, None),
        (Facts(True, True, 0, 0, False, True, 0), False, None),
        (Facts(True, True, 3, 3, False, True, 1), False, Why.FAILED),
        (Facts(True, False, 3, 0, True, True, 2), False, Why.FAILED),
        # a text message needs a number and nothing else
        (Facts(False, False, 0, 0, False, True, 0), True, None),
        (Facts(False, False, 0, 0, False, False, 0), True, Why.NOT_BOUND),
        (Facts(True, False, 3, 3, False, True, 1), True, Why.FAILED),
    ],
)
def test_why_somebody_cannot_be_reached(facts: Facts, sms: bool, expected: Why | None) -> None:
    assert why(facts, Ways("wx", sms=sms)) is expected


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
