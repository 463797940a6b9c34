"""The vault of telephone numbers, without a database."""

import pytest

from models.people.phones import CannotUnseal, Vault, masked

PHONE = "15400000001"
OLD, NEW = b"o" * 32, b"n" * 32


def test_a_number_comes_back_and_is_sealed_differently_each_time() -> None:
    vault = Vault({1: OLD})
    first, second = vault.seal(PHONE), vault.seal(PHONE)
    assert first != second
    assert PHONE not in first
    assert [vault.unseal(sealed) for sealed in (first, second)] == [PHONE, PHONE]


def test_the_first_key_is_the_current_one_and_the_others_still_open_and_find() -> None:
    before, during, after = Vault({1: OLD}), Vault({2: NEW, 1: OLD}), Vault({2: NEW})
    assert during.unseal(before.seal(PHONE)) == PHONE
    assert during.seal(PHONE).startswith("2.")
    assert during.digests(PHONE) == [after.digest(PHONE), before.digest(PHONE)]
    assert during.digest(PHONE) == after.digest(PHONE) != before.digest(PHONE)


def test_what_finds_numbers_cannot_read_them_and_is_no_bare_hash() -> None:
    digest = Vault({1: OLD}).digest(PHONE)
    assert len(digest) == 64
    assert digest != Vault({1: NEW}).digest(PHONE)


@pytest.mark.parametrize(
    "sealed",
    [
        "",
        "1",
        "1.",
        "1.AAAA",
        "9." + Vault({9: NEW}).seal(PHONE)[2:],
        "x.AAAA",
        "1." + Vault({2: NEW}).seal(PHONE)[2:],
    ],
    ids=["empty", "no text", "empty text", "too short", "unknown key", "no key", "another key"],
)
def test_what_is_foreign_or_damaged_does_not_open(sealed: str) -> None:
    with pytest.raises(CannotUnseal) as caught:
        Vault({1: OLD}).unseal(sealed)
    assert PHONE not in str(caught.value)


def test_a_flipped_bit_is_noticed() -> None:
    sealed = Vault({1: OLD}).seal(PHONE)
    middle = len(sealed) // 2
    changed = "A" if sealed[middle] != "A" else "B"
    with pytest.raises(CannotUnseal):
        Vault({1: OLD}).unseal(sealed[:middle] + changed + sealed[middle + 1 :])


@pytest.mark.parametrize(("phone", "shown"), [(PHONE, "154****0001"), ("12345", "****"), ("", "****")])
def test_a_masked_number_is_recognised_and_not_called(phone: str, shown: str) -> None:
    assert masked(phone) == shown
