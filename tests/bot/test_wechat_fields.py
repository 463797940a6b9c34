"""WeChat's limits of template fields: what is refused, and how words are fitted so that they are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wechat.fields import LIMITS, check, fit

WORDS = ["thing1", "name2", "phrase3", "character_string4", "letter5", "symbol6"]


@pytest.mark.parametrize(
    ("key", "taken", "refused"),
    [
        ("thing1", ["麒麟区田坝小学", "a" * 20, "一" * 20, "留样 12.5g!"], ["", " ", "一" * 21, "两\n行", "\x00", "😀" * 11]),
        ("name2", ["张三", "张" * 10, "Zhang San", "a" * 20], ["张" * 11, "a" * 21, "张三3", "张a" * 6]),
        ("phrase3", ["已超期", "一二三四五"], ["一二三四五六", "ok", "已超期!"]),
        ("character_string4", ["A-2026/11", "x" * 32], ["x" * 33, "编号1"]),
        ("number5", ["125", "-3", "12.50", "1" * 32], ["1" * 33, "12克", "١٢", "1,000"]),
        ("letter6", ["ABC", "z" * 32], ["a1", "z" * 33, "é"]),
        ("symbol7", ["!", "+-*/="], ["!!!!!!", "a", "一"]),
        ("phone_number8", ["+86-0766-66888866", "13800138000"], ["1" * 18, "电话"]),
        ("amount9", ["¥12.50", "100元", "1234567890"], ["12345678901", "¥", "十元"]),
        ("car_number10", ["粤A8Z888挂", "云D12345"], ["云D1234567", "云D学12345"]),
        (
            "time11",
            ["15:01", "15:01:30", "2026年11月27日 18:00", "2026-11-27 18:00", "15:01~16:30"],
            ["2026年11月27日", "25:00", "15:61", "下午3点", "无", "~"],
        ),
        ("date12", ["2026年11月27日", "2026年11月27日 18:00", "2026年11月", "2026-11-27"], ["18:00", "2026年13月1日", "明天"]),
        ("thing", [], ["没有编号"]),
        ("poem1", [], ["没有这种类型"]),
    ],
)  # fmt: skip
def test_the_platforms_limits(key: str, taken: list[str], refused: list[str]) -> None:
    assert [value for value in taken if check(key, value)] == []
    assert [value for value in refused if not check(key, value)] == []


@pytest.mark.parametrize(
    ("key", "words", "fitted"),
    [
        ("thing1", "田坝小学一食堂留样不足一百二十五克且没有标签", "田坝小学一食堂留样不足一百二十五克且没…"),
        ("thing1", "两行\n的\t话 ", "两行 的 话"),
        ("thing1", "", "无"),
        ("thing1", "\x00\u2028", "无"),
        ("name2", "欧阳娜娜阿卜杜热西提木", "欧阳娜娜阿卜杜热西提"),
        ("phrase3", "整改已超期！", "整改已超期"),
        ("phrase3", "OK", "无"),
        ("character_string4", "编号A12", "A12"),
        ("character_string4", "编号", "-"),
        ("time5", " 2026年11月27日  18:00 ", "2026年11月27日 18:00"),
        ("time5", "", "无"),
        ("amount6", "十元\n", "十元"),
    ],
)
def test_words_are_fitted(key: str, words: str, fitted: str) -> None:
    assert fit(key, words) == fitted


@given(st.sampled_from(WORDS), st.text(max_size=60))
def test_fitted_words_are_taken_whatever_they_were(key: str, words: str) -> None:
    fitted = fit(key, words)
    assert check(key, fitted) is None
    assert fit(key, fitted) == fitted


@given(st.sampled_from(sorted(LIMITS)), st.text(max_size=60))
def test_fitting_never_fails_and_leaves_nothing_empty(kind: str, words: str) -> None:
    assert fit(f"{kind}1", words).strip()


def test_a_page_of_text_is_fitted_at_once() -> None:
    assert fit("thing1", "留样不足" * 100_000) == "留样不足" * 4 + "留样不…"
