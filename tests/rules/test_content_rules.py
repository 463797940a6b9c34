"""What of an office is shown where WeChat cannot be asked about its author."""

import pytest

from models.contents.rules import MOST_PLAIN, plain
from models.organisations.tables import PostKind


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("已补贴标签，留样盒都换了", True),
        ("12月1日起每餐测温，冷藏0～8℃，留样125克、48小时", True),
        ("按 GB 31654 整改，HACCP 台账已建", False),
        ("台秤已送检，证书2026年11月到", True),
        ("", True),
        ("有事加我微信", False),
        ("有事加我 lihua_1987", False),
        ("详见 http://evil.example/a", False),
        ("详见 evil.example.cn", False),
        ("详见ｅｖｉｌ．ｃｏｍ", False),
        ("请打 138 0013 8000", False),
        ("请打１３８００１３８０００", False),
        ("<a href=x>", False),
        ("扫码领红包", False),
        ("字" * MOST_PLAIN, True),
        ("字" * (MOST_PLAIN + 1), False),
    ],
)
def test_a_plain_report_leads_nowhere(words: str, shown: bool) -> None:
    assert plain(words, PostKind.HEAD) is shown


@pytest.mark.parametrize("post", [None, PostKind.PARENT, PostKind.COMMITTEE])
def test_who_writes_for_no_office_is_left_to_wechat(post: PostKind | None) -> None:
    assert not plain("已补贴标签", post)
