"""The code that is typed: what it carries, what a slip of the thumb does, what a guess is worth."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qr import BadCode, BadCodeReason, Keyring, Place, PlaceKind, looks_typed, sign, sign_short, verify_short
from qr.short import ALPHABET, BASE, DIGITS, GENERATIONS, MACS, PLACES

KEYS = Keyring({1: b"sixteen bytes or more", 2: b"another of sixteen bytes"}, 2)
OLD = Keyring({1: b"sixteen bytes or more"}, 1)
SCHOOL = Place(PlaceKind.SCHOOL, 10_760)


def printed(place: int = 10_760, generation: int = 3) -> str:
    code = sign_short(KEYS, Place(PlaceKind.SCHOOL, place), generation)
    assert code is not None
    return code


def refused(text: str) -> BadCodeReason:
    with pytest.raises(BadCode) as fault:
        verify_short(KEYS, text)
    return fault.value.reason


@given(place=st.integers(1, PLACES - 1), generation=st.integers(0, GENERATIONS - 1))
def test_it_carries_place_and_generation(place: int, generation: int) -> None:
    claim = verify_short(KEYS, printed(place, generation))
    assert (claim.place.id, claim.generation, claim.typed, claim.rotating_at) == (
        place, generation, True, None,
    )  # fmt: skip


def test_its_fields_fill_its_nine_characters() -> None:
    assert BASE == 31 and len(set(ALPHABET)) == 31 and not set("01OIL") & set(ALPHABET)
    assert PLACES * GENERATIONS * MACS <= BASE**DIGITS < PLACES * GENERATIONS * (MACS + 1)


@pytest.mark.parametrize("spell", [str.lower, lambda code: code.replace("-", ""), lambda code: f" {code} "])
def test_it_is_read_as_people_type_it(spell: object) -> None:
    assert callable(spell)
    assert verify_short(KEYS, spell(printed())).place == SCHOOL
    assert looks_typed(spell(printed()))


def test_every_wrong_character_and_every_two_exchanged_ones_are_slips_and_no_guesses() -> None:
    plain = printed().replace("-", "")
    wrong = [
        plain[:at] + other + plain[at + 1 :] for at in range(10) for other in ALPHABET if other != plain[at]
    ]
    for one, two in itertools.combinations(range(10), 2):
        swapped = list(plain)
        swapped[one], swapped[two] = swapped[two], swapped[one]
        if plain[one] != plain[two]:
            wrong.append("".join(swapped))
    assert {refused(code) for code in wrong} == {BadCodeReason.MALFORMED}


def test_guesses_with_a_right_check_character_are_forged() -> None:
    chance = random.Random(7)
    others = Keyring({9: chance.randbytes(16)}, 9)
    guesses = [sign_short(others, SCHOOL, generation) or "" for generation in range(GENERATIONS)]
    assert {refused(code) for code in guesses} == {BadCodeReason.FORGED}


def test_a_poster_of_an_older_key_is_still_good() -> None:
    code = sign_short(OLD, SCHOOL, 3)
    assert code is not None and verify_short(KEYS, code).key_id == 1


@pytest.mark.parametrize(
    ("kind", "place", "generation"),
    [(PlaceKind.CANTEEN, 7, 1), (PlaceKind.SCHOOL, PLACES, 1), (PlaceKind.SCHOOL, 7, GENERATIONS)],
)
def test_what_does_not_fit_has_none(kind: PlaceKind, place: int, generation: int) -> None:
    assert sign_short(KEYS, Place(kind, place), generation) is None


@given(st.text(max_size=60))
def test_any_text_is_a_code_or_bad(text: str) -> None:
    try:
        verify_short(KEYS, text)
    except BadCode:
        return


def test_no_long_token_looks_typed() -> None:
    assert not looks_typed(sign(KEYS, SCHOOL, 3))
