"""The token in a school's code: what it says, and that nobody else can say it."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qr import (
    BadCode,
    BadCodeReason,
    Claim,
    Keyring,
    Place,
    PlaceKind,
    sign,
    sign_rotating,
    url,
    verify,
)

OLD, NEW = b"an old key of sixteen or more", b"a new key of sixteen or more"
KEYS = Keyring({1: OLD, 2: NEW}, 2)
SCHOOL = Place(PlaceKind.SCHOOL, 10_760)
AT = datetime(2026, 11, 24, 2, 30, 17, tzinfo=UTC)
SCENE = set("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!#$&'()*+,/:;=?@-._~")

ids = st.integers(1, 2**32 - 1)
generations = st.integers(0, 2**16 - 1)
kinds = st.sampled_from(PlaceKind)


@given(kind=kinds, place=ids, generation=generations)
def test_a_poster_says_what_was_signed_in_wechats_alphabet(
    kind: PlaceKind, place: int, generation: int
) -> None:
    token = sign(KEYS, Place(kind, place), generation)
    assert len(token) <= 32
    assert set(token) <= SCENE
    assert verify(KEYS, token) == Claim(Place(kind, place), generation, 2, None)


@given(place=ids, generation=generations, seconds=st.integers(0, 2**31))
def test_a_rotating_code_says_its_minute(place: int, generation: int, seconds: int) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    token = sign_rotating(KEYS, Place(PlaceKind.SCHOOL, place), generation, now)
    assert len(token) == 32
    at = verify(KEYS, token).rotating_at
    assert at is not None
    assert timedelta() <= now - at < timedelta(seconds=60)


@pytest.mark.parametrize("rotating", [False, True])
def test_no_bit_can_be_changed(rotating: bool) -> None:
    token = sign_rotating(KEYS, SCHOOL, 1, AT) if rotating else sign(KEYS, SCHOOL, 1)
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadCode):
            verify(KEYS, base64.urlsafe_b64encode(changed).rstrip(b"=").decode())


def test_one_claim_has_one_spelling() -> None:
    token = sign(KEYS, SCHOOL, 1)
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(token[-1])
    twin = token[:-1] + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last ^ 1]
    with pytest.raises(BadCode) as refused:
        verify(KEYS, twin)
    assert refused.value.reason is BadCodeReason.MALFORMED


def test_an_old_key_verifies_until_it_is_taken_off_the_keyring() -> None:
    printed = sign(Keyring({1: OLD}, 1), SCHOOL, 3)
    assert verify(KEYS, printed).key_id == 1
    with pytest.raises(BadCode) as refused:
        verify(Keyring({2: NEW}, 2), printed)
    assert refused.value.reason is BadCodeReason.UNKNOWN_KEY


@pytest.mark.parametrize(
    "spell",
    [
        lambda token: token,
        lambda token: f"https://shandu.example.cn/q/{token}",
        lambda token: f"https://shandu.example.cn/q/{token}?scancode_time=1764000000",
        lambda token: quote(f"https://shandu.example.cn/q/{token}", safe=""),
        lambda token: url("http://127.0.0.1:8080/", token),
    ],
)
def test_the_links_wechat_makes_of_it_are_read(spell: object) -> None:
    assert callable(spell)
    assert verify(KEYS, spell(sign(KEYS, SCHOOL, 1))).place == SCHOOL


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", BadCodeReason.MALFORMED),
        ("https://example.cn/", BadCodeReason.MALFORMED),
        ("x" * 1_000_000, BadCodeReason.MALFORMED),
        ("\ud800" * 27, BadCodeReason.MALFORMED),
        ("膳" * 27, BadCodeReason.MALFORMED),
        ("https%3A%2F%2Fx%2Fq%2F%FF%ED%A0%80", BadCodeReason.MALFORMED),
        (f"https://x/q/{sign(KEYS, SCHOOL, 1)}?{'x' * 1_000_000}", BadCodeReason.MALFORMED),
        ("A" * 27, BadCodeReason.UNKNOWN_VERSION),
        (sign(Keyring({2: OLD}, 2), SCHOOL, 1), BadCodeReason.FORGED),
        (sign(Keyring({9: OLD}, 9), SCHOOL, 1), BadCodeReason.UNKNOWN_KEY),
    ],
)
def test_what_is_not_ours_is_refused_with_its_reason(text: str, reason: BadCodeReason) -> None:
    with pytest.raises(BadCode) as refused:
        verify(KEYS, text)
    assert refused.value.reason is reason


anything = st.text(st.characters())  # lone surrogates too, which JSON can carry
spelt = st.text("ABCXYZabcxyz0189-_", min_size=27, max_size=32)
escaped = st.text("%ED0A/:?#=q膳\ud800")


@given(
    st.one_of(
        anything,
        spelt,
        anything.map(lambda end: f"https://shandu.example.cn/q/{end}"),
        spelt.map(lambda end: f"https%3A%2F%2Fshandu.example.cn%2Fq%2F{end}"),
        escaped,
        escaped.map(lambda end: f"https%3A//x/q/{end}"),
        st.integers(1, 2**20).map(lambda times: "https://x/q/" * times),
    )
)
def test_any_text_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(BadCode):
        verify(KEYS, text)


@pytest.mark.parametrize(
    ("keys", "current"), [({1: OLD}, 2), ({1: b"short"}, 1), ({0: OLD}, 0), ({256: OLD}, 256)]
)
def test_a_keyring_that_cannot_be_right_is_refused(keys: dict[int, bytes], current: int) -> None:
    with pytest.raises(ValueError, match="key"):
        Keyring(keys, current)


def test_keys_do_not_show() -> None:
    assert "old key" not in repr(KEYS)
