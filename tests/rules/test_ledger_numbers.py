"""Check digits, against numbers that standards and packages print."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.ledger import numbers


@pytest.mark.parametrize(
    ("code", "right", "why"),
    [
        ("91350100M000100Y43", True, "the standard's own example, GB 32100-2015"),
        ("91350100M000100Y42", False, "another check sign"),
        ("91350100M000100Y4", False, "one too few"),
        ("91350100MO00100Y43", False, "an O: codes have none"),
        ("91350100m000100y43", False, "small letters are made large before"),
    ],
)
def test_company_codes(code: str, right: bool, why: str) -> None:
    assert numbers.is_company_code(code) is right, why


@pytest.mark.parametrize(
    ("number", "right", "why"),
    [
        ("6901234567892", True, "GTIN-13, the usual example"),
        ("6901234567893", False, "another check digit"),
        ("96385074", True, "GTIN-8, GS1's example"),
        ("036000291452", True, "UPC-A, GS1's example"),
        ("690123456789", False, "cut"),
    ],
)
def test_goods_numbers(number: str, right: bool, why: str) -> None:
    assert numbers.is_goods_number(number) is right, why


@pytest.mark.parametrize(
    ("number", "right", "why"),
    [
        ("11010519491231002X", True, "the standard's own example, GB 11643"),
        ("110105194912310021", False, "another check sign"),
        ("11010519491231002x", False, "small letters are made large before"),
    ],
)
def test_identity_numbers(number: str, right: bool, why: str) -> None:
    assert numbers.is_person_number(number) is right, why


@settings(deadline=None)
@given(st.text("0123456789", min_size=13, max_size=13), st.integers(0, 12), st.integers(1, 9))
def test_a_slip_in_one_digit_of_a_licence_is_noticed(first: str, place: int, by: int) -> None:
    number = f"JY{first}{numbers.licence_check(first)}"
    slip = str((int(first[place]) + by) % 10)

    assert numbers.is_licence_number(number)
    assert not numbers.is_licence_number(f"JY{first[:place]}{slip}{first[place + 1 :]}{number[-1]}")


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("11010519491231002X", "11************002X"),
        ("QJ20260012", "********12"),
        ("1234", "**34"),
        ("12", "**12"),
    ],
)
def test_masks_show_little(number: str, shown: str) -> None:
    assert numbers.masked(number) == shown
