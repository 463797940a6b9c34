"""Drawing schools: the same again for everybody, unforeseeable before, and nobody is inspected twice for nothing."""

import hashlib
import subprocess
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.inspections.rules import (
    Agency,
    Checked,
    OneAmount,
    Proof,
    amount,
    candidate,
    differences,
    draw,
    hashed,
    list_hash,
    seed_of,
    since,
    statement,
)
from models.organisations.tables import Level

TODAY = date(2026, 11, 24)
CODES = [f"53030200{number:02d}" for number in range(1, 41)]
NONCE = "5e" * 32


@pytest.mark.parametrize(
    ("candidates", "share", "number", "drawn"),
    [
        (60, 10, None, 6),
        (61, 10, None, 7),
        (3, 10, None, 1),
        (60, 100, None, 60),
        (1000, 0.1, None, 1),
        (60, None, 5, 5),
        (3, None, 5, 3),
    ],
)
def test_a_share_is_rounded_up_and_never_more_than_there_are(
    candidates: int, share: float | None, number: int | None, drawn: int
) -> None:
    assert amount(candidates, share, number) == drawn


@pytest.mark.parametrize(("share", "number"), [(None, None), (10, 5)])
def test_an_amount_is_said_once(share: float | None, number: int | None) -> None:
    with pytest.raises(OneAmount):
        amount(60, share, number)


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (TODAY, date(2026, 8, 24)),
        (date(2026, 2, 10), date(2025, 11, 10)),
        (date(2026, 5, 31), date(2026, 2, 28)),
        (date(2026, 3, 31), date(2025, 12, 31)),
    ],
)
def test_three_months_are_three_months(today: date, first: date) -> None:
    assert since(today) == first


LATELY = Checked(Level.PROVINCE, date(2026, 10, 8), frozenset({"licence", "staff"}))


@pytest.mark.parametrize(
    ("agency", "level", "checked", "left"),
    [
        # only what a higher level checked, only within three months, only for market regulators
        (Agency.REGULATION, Level.COUNTY, [LATELY], ("sample",)),
        (Agency.JOINT, Level.PREFECTURE, [LATELY], ("sample",)),
        (Agency.EDUCATION, Level.COUNTY, [LATELY], ("licence", "sample")),
        (Agency.REGULATION, Level.PROVINCE, [LATELY], ("licence", "sample")),
        (Agency.REGULATION, Level.COUNTY, [replace(LATELY, level=Level.COUNTY)], ("licence", "sample")),
        (Agency.REGULATION, Level.COUNTY, [replace(LATELY, on=date(2026, 8, 24))], ("sample",)),
        (Agency.REGULATION, Level.COUNTY, [replace(LATELY, on=date(2026, 8, 23))], ("licence", "sample")),
        (Agency.REGULATION, Level.COUNTY, [replace(LATELY, matters=frozenset({"licence", "sample"}))], ()),
        (Agency.REGULATION, Level.COUNTY, [], ("licence", "sample")),
    ],
)
def test_a_lower_level_of_market_regulation_does_not_repeat_what_a_higher_one_checked(
    agency: Agency, level: Level, checked: list[Checked], left: tuple[str, ...]
) -> None:
    found = candidate("5303020001", ("licence", "sample"), agency, level, checked, TODAY)
    assert found.matters == left
    assert set(found.spared) == {"licence", "sample"} - set(left)
    assert all("3个月内不重复" in why for why in found.spared.values())


def stated(**changes: object) -> str:
    facts = {"draws": 4, "candidates_hash": list_hash(CODES), "commitment": hashed(NONCE)}
    return statement(facts | changes)


def proof(value: str = "上证综指 3891.26") -> Proof:
    seed = seed_of(stated(), NONCE, value)
    drawn = [code for code, _ in draw(seed, CODES, 4)]
    return Proof(stated(), hashed(NONCE), CODES, 4, NONCE, value, drawn)


def test_a_genuine_draw_comes_out_the_same_again() -> None:
    assert differences(proof()) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"nonce": "00" * 32}, "承诺"),
        ({"commitment": "00" * 32}, "承诺"),
        ({"candidates": CODES[1:]}, "候选名单"),
        ({"number": 5}, "数量"),
        ({"value": "上证综指 3891.27"}, "抽中的学校"),
        ({"drawn": CODES[:4]}, "抽中的学校"),
        ({"drawn": list(reversed(proof().drawn))}, "抽中的学校"),
        ({"statement": stated(open_on="2026-12-01")}, "抽中的学校"),
    ],
)
def test_whatever_was_changed_afterwards_is_found(changed: dict[str, object], said: str) -> None:
    assert any(said in one for one in differences(replace(proof(), **changed)))  # type: ignore[arg-type]


def test_the_documented_commands_draw_the_same_schools() -> None:
    """With sha256sum and sort, as somebody outside would."""
    script = """
    seed=$(printf '%s\\n%s\\n%s' "$1" "$2" "$3" | sha256sum | cut -c1-64); shift 3
    for code in "$@"; do echo "$(printf '%s:%s' "$seed" "$code" | sha256sum | cut -c1-64) $code"; done \
        | LC_ALL=C sort | head -4 | cut -d' ' -f2
    """
    genuine = proof()
    said = subprocess.run(
        ["bash", "-c", script, "draw", genuine.statement, NONCE, genuine.value, *CODES],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.split() == list(genuine.drawn)


@given(st.permutations(CODES), st.integers(1, 40))
def test_the_order_of_the_candidates_does_not_matter_and_nobody_is_drawn_twice(
    codes: list[str], number: int
) -> None:
    drawn = [code for code, _ in draw(NONCE, codes, number)]
    assert drawn == [code for code, _ in draw(NONCE, CODES, number)]
    assert len(set(drawn)) == number


def test_every_school_is_drawn_about_as_often_as_another() -> None:
    times = dict.fromkeys(CODES, 0)
    for turn in range(2000):
        for code, _ in draw(hashlib.sha256(str(turn).encode()).hexdigest(), CODES, 4):
            times[code] += 1
    # 200 each, give or take four standard deviations
    assert all(146 < number < 254 for number in times.values()), times
