"""What short Chinese sentences mean to us, and how answers are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.fitting import MOST_BYTES, fit
from bot.conversation.heard import Heard, Way, hear
from bot.conversation.words import Command, Said, understood


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("待办", Said(Command.TODO, alone=True, explicit=True)),
        (" 待办。", Said(Command.TODO, alone=True, explicit=True)),
        ("有什么要做的？", Said(Command.TODO, alone=True, explicit=True)),
        ("今天有什么事要办", Said(Command.TODO, rest="今天有什么事要办")),
        ("我要整改", Said(Command.RECTIFY, alone=True, explicit=True)),
        ("整改2", Said(Command.RECTIFY, explicit=True, number=2)),
        ("通过 3", Said(Command.PASS, explicit=True, number=3)),
        ("核查通过第二个", Said(Command.PASS, explicit=True, number=2)),
        ("通过", Said(Command.PASS, alone=True, explicit=True)),
        ("退回 2 台秤还是坏的", Said(Command.RETURN, explicit=True, number=2, rest="台秤还是坏的")),
        ("退回，台秤还是坏的", Said(Command.RETURN, explicit=True, rest="台秤还是坏的")),
        ("不通过", Said(Command.RETURN, alone=True, explicit=True)),
        ("３", Said(number=3)),
        ("第三个", Said(number=3)),
        ("十二", Said(number=12)),
        ("绑定K7QM4TX2RW", Said(Command.BIND, explicit=True, rest="k7qm4tx2rw")),
        ("绑定 k7qm4tx2rw", Said(Command.BIND, explicit=True, rest="k7qm4tx2rw")),
        ("绑定：2345678ABC", Said(Command.BIND, explicit=True, rest="2345678abc")),
        ("取消", Said(Command.CANCEL, alone=True, explicit=True)),
        ("算了", Said(Command.CANCEL, alone=True, explicit=True)),
        ("OK", Said(Command.CONFIRM, alone=True, explicit=True)),
        ("？", Said(Command.HELP, alone=True, explicit=True)),
        ("通过？", Said(Command.PASS, rest="通过？")),
        ("通过了吗", Said(Command.PASS, rest="通过了吗")),
        ("通过，整改得很好", Said(Command.PASS, explicit=True, rest="整改得很好")),
        ("退回 2台秤还是坏的", Said(Command.RETURN, explicit=True, rest="2台秤还是坏的")),
        ("怎么提交整改", Said(Command.HELP, rest="怎么提交整改")),
        ("看看这个月的完成率", Said(Command.FIGURES, rest="看看这个月的完成率")),
        ("天气不错", Said(rest="天气不错")),
        ("今天天气怎么样", Said(rest="今天天气怎么样")),
        ("我还要做什么？", Said(Command.TODO, rest="我还要做什么？")),
        ("谢谢", Said(Command.HELP, alone=True, explicit=True)),
        ("", Said()),
    ],
)
def test_a_sentence_means(text: str, said: Said) -> None:
    assert understood(text) == said


@given(st.text(max_size=200))
def test_no_text_breaks_understanding(text: str) -> None:
    said = understood(text)
    assert said.number is None or 0 <= said.number < 100


@pytest.mark.parametrize(
    ("kind", "fields", "heard"),
    [
        ("text", {"Content": " 待办 "}, Heard(Way.TEXT, "待办")),
        ("image", {"MediaId": "m1", "PicUrl": "http://x"}, Heard(Way.PHOTO, media_id="m1")),
        ("click", {"EventKey": "待办"}, Heard(Way.CLICK, "待办")),
        ("subscribe", {"EventKey": "qrscene_abc"}, Heard(Way.FOLLOW, "abc")),
        ("subscribe", {}, Heard(Way.FOLLOW)),
        ("scan", {"EventKey": "abc", "Ticket": "t"}, Heard(Way.SCAN, "abc")),
        (
            "template_card_event",
            {"EventKey": "通过", "ResponseCode": "r"},
            Heard(Way.CLICK, "通过", card="r"),
        ),
        ("voice", {"MediaId": "m"}, Heard(Way.OTHER)),
        ("text", {"Content": ["a"]}, Heard(Way.TEXT)),
        ("templatesendjobfinish", {}, None),
    ],
)
def test_what_an_event_says(kind: str, fields: dict[str, object], heard: Heard | None) -> None:
    assert hear(kind, fields) == heard


LINK = '<a href="https://example.cn/q/abc">打开</a>'


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("短。", "短。"),
        ("一。" * 400, None),
        ("无标点" * 400, None),
        ("一。" * 330 + LINK + "。二。" * 100, None),
    ],
)
def test_an_answer_is_cut_at_a_whole_sentence(text: str, kept: str | None) -> None:
    cut = fit(text)
    assert len(cut.encode()) <= MOST_BYTES
    assert cut == kept or cut.endswith("……还有内容，请在小程序查看。")
    assert cut.count("<a ") == cut.count("</a>")
    assert text.startswith(cut.removesuffix("……还有内容，请在小程序查看。").rstrip())


@given(st.text(max_size=3000))
def test_no_answer_is_too_long(text: str) -> None:
    assert len(fit(text).encode()) <= MOST_BYTES
