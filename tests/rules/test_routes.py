"""Which channel follows which, what the catalogue must be, and what an account's templates are held against."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot import catalogue, wording
from bot.channels.outcomes import next_day
from bot.comparing import differences
from bot.wechat.fields import check
from bot.wechat.templates import AccountTemplate
from bot.wording import RECTIFY, TEMPLATES, WORDINGS, Field, Template, Wording
from models.digests.sources import SOURCES
from models.notices.actions import Subject
from models.notices.channels import GROUPS, TITLES, NoSuchGroup, WrongRoute, checked_route, onward
from models.notices.kinds import INBOX, KINDS, SUBJECTS

ROOT = Path(__file__).parents[2]
ROUTE = "subscribe,official,service,sms"


@pytest.mark.parametrize(
    ("tried", "barred", "channel", "passed"),
    [
        ("subscribe", {}, "official", ()),
        ("subscribe", {"official": "未关注公众号"}, "service", ("公众号模板消息：未关注公众号",)),
        ("service", {"official": "未关注公众号"}, "sms", ()),
        ("sms", {}, None, ()),
        # what this installation does not have is not worth a word
        ("subscribe", {"official": "", "service": "甲"}, "sms", ("公众号客服消息：甲",)),
        ("official", {"service": "甲", "sms": "乙"}, None, ("公众号客服消息：甲", "短信：乙")),
        # of before there were routes, or of a route that was changed by hand
        ("wecom", {}, None, ()),
    ],
)
def test_a_route_is_followed_past_what_cannot_reach(
    tried: str, barred: dict[str, str], channel: str | None, passed: tuple[str, ...]
) -> None:
    found = onward(ROUTE, tried, barred)
    assert (found.channel, found.passed) == (channel, passed)
    assert onward("", tried, {}).channel is None


@pytest.mark.parametrize(
    ("group", "channels"), [("deadline", ["sms", "sms"]), ("task", ["pigeon"]), ("task", ["sms"])]
)
def test_a_wrong_route_is_refused(group: str, channels: list[str]) -> None:
    with pytest.raises(WrongRoute, match="小程序订阅消息"):
        checked_route(group, channels, TITLES)
    assert checked_route("deadline", ["sms", "subscribe"], TITLES) == "sms,subscribe"
    with pytest.raises(NoSuchGroup):
        checked_route("weather", ["sms"], TITLES)


def test_every_kind_belongs_to_a_group_and_every_group_begins_with_the_mini_program() -> None:
    assert {kind.group for kind in KINDS} == {group.code for group in GROUPS} | {INBOX}
    assert {group.default[0] for group in GROUPS} == {"subscribe"}
    assert all(set(group.default) <= TITLES.keys() for group in GROUPS)


@pytest.mark.parametrize(
    ("now", "later"),
    [
        (datetime(2026, 11, 24, 2, 30, tzinfo=UTC), datetime(2026, 11, 24, 16, 5, tzinfo=UTC)),
        (datetime(2026, 11, 24, 16, 1, tzinfo=UTC), datetime(2026, 11, 25, 16, 5, tzinfo=UTC)),
    ],
)
def test_a_days_quota_is_full_again_after_midnight_in_beijing(now: datetime, later: datetime) -> None:
    assert next_day(now) == later


def test_the_declared_words_can_be_sent() -> None:
    assert catalogue.all_faults() == []


def _faults(wordings: list[Wording] | None = None, templates: list[Template] | None = None) -> list[str]:
    return catalogue.faults(
        wordings or WORDINGS, {"小程序": templates or TEMPLATES}, catalogue.SMS, catalogue.SMS_KINDS
    )


LONG = "整改仍未完成，将于今日上报县教体局，请立即处理并提交整改材料"
STRANGE = Template("strange", "奇怪", (Field("think1", "学校", "school"),))
TIMELESS = replace(RECTIFY, fields=(Field("time1", "期限", "note"),))
TWICE = replace(RECTIFY, fields=(*RECTIFY.fields, RECTIFY.fields[0]))


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (_faults([*WORDINGS, Wording("weather", RECTIFY, "下雨")]), "措辞 weather 不是已声明的通知种类。"),
        (_faults(WORDINGS[1:]), "通知 problem_assigned 没有措辞。"),
        (_faults([*WORDINGS, WORDINGS[0]]), "通知 problem_assigned 的措辞写了两次。"),
        (
            _faults([replace(WORDINGS[0], note=LONG), *WORDINGS[1:]]),
            f"通知 problem_assigned 在小程序模板“整改通知”中：字段 thing4（说明）装不下“{LONG}”。",
        ),
        (_faults(None, [*TEMPLATES, STRANGE]), "小程序模板“奇怪”的字段 think1 类型不存在。"),
        (_faults(None, [TWICE, *TEMPLATES[1:]]), "小程序模板“整改通知”的字段 thing1 写了两次。"),
        (
            _faults(None, [TIMELESS, *TEMPLATES[1:]]),
            "通知 problem_assigned 在小程序模板“整改通知”中：字段 time1（期限）不接受“请按期整改并拍照提交”，"
            "要求24小时制时间，可带年月日。",
        ),
        (_faults(None, TEMPLATES[1:]), "通知 problem_assigned 用的模板 rectify 没有在小程序中声明。"),
        (
            catalogue.faults(WORDINGS, {}, [catalogue.SmsTemplate("rectify", "${name}")], []),
            "短信模板 rectify 的变量 name 不存在。",
        ),
        (
            catalogue.faults(WORDINGS, {}, [], ["problem_overdue"]),
            "短信通知 problem_overdue 没有短信模板。",
        ),
    ],
)
def test_a_wrong_declaration_is_named(found: list[str], sentence: str) -> None:
    assert sentence in found


FACTS = {"school": "麒麟区田坝小学" * 4, "title": "留样盒<没有>标签\n" * 30, "due": "2026年11月27日 18:00"}
AT = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize("kind", [kind.code for kind in KINDS if kind.group != INBOX])
def test_every_kind_fits_every_channel(kind: str) -> None:
    for facts in (FACTS, {}):
        text = catalogue.chat_text(kind, "problem", 1, facts, AT, "wx0")
        assert len(text.encode()) <= catalogue.MOST_CHAT_BYTES
        assert text.endswith("点这里办理</a>")
        assert "<没有>" not in text
    data = catalogue.official_message(kind, "problem", 1, FACTS, AT).data
    assert all(check(key, value) is None for key, value in data.items())


@pytest.mark.parametrize("kind", catalogue.SMS_KINDS)
def test_a_short_message_is_short(kind: str) -> None:
    words = catalogue.sms_words(kind, FACTS, AT)
    assert all(0 < len(one) <= catalogue.MOST_WORDS for one in words.values())
    assert "${" not in catalogue.sms_text(catalogue.SMS[0], words)


# as the statements say them
LISTED = {kind for source in SOURCES for kind in re.findall(r"'(\w+)' AS subject_kind", source.statement)}


@pytest.mark.parametrize("subject", sorted(SUBJECTS | LISTED))
def test_whatever_a_notice_or_a_list_is_about_the_phone_has_the_page_that_it_opens(subject: str) -> None:
    pages = json.loads((ROOT / "miniprogram/src/pages.json").read_text())
    there = {one["path"] for one in pages["pages"]}
    there |= {f"{one['root']}/{page['path']}" for one in pages["subPackages"] for page in one["pages"]}
    assert wording.page_of(subject, 12).removesuffix("?id=12") in there


def test_a_notice_cannot_be_about_what_is_not_declared() -> None:
    with pytest.raises(ValueError, match="no notice is about 'canteen'"):
        Subject("canteen", 1, None, "530302")


def test_the_page_of_templates_is_current() -> None:
    page = ROOT / "docs/wechat-templates.md"
    assert page.read_text() == catalogue.document(), "run python -m bot.catalogue > docs/wechat-templates.md"


def _account(**changes: Any) -> AccountTemplate:
    fields = tuple((field.key, field.label) for field in RECTIFY.fields)
    return AccountTemplate(
        **{"id": "T1", "title": "整改通知", "fields": fields, "long_term": False, **changes}
    )


@pytest.mark.parametrize(
    ("account", "long_term", "said"),
    [
        (_account(), frozenset(), []),
        (_account(id="T2"), frozenset(), ["小程序模板“整改通知”（rectify）的编号 T1 在账号里没有"]),
        (
            _account(title="整改提醒"),
            frozenset(),
            ["小程序模板“整改通知”（rectify）在账号里的标题是“整改提醒”"],
        ),
        (
            _account(
                fields=(("thing1", "学校"), ("thing2", "问题"), ("time3", "整改期限"), ("thing5", "说明"))
            ),
            frozenset(),
            [
                "小程序模板“整改通知”（rectify）在账号里没有字段 thing4（说明）",
                "小程序模板“整改通知”（rectify）在账号里还有字段 thing5（说明），目录没有写",
            ],
        ),
        (
            _account(long_term=True),
            frozenset(),
            ["小程序模板“整改通知”（rectify）是长期订阅模板，设置不是这样写的"],
        ),
        (
            _account(),
            frozenset({"rectify"}),
            ["小程序模板“整改通知”（rectify）是一次性订阅模板，设置不是这样写的"],
        ),
    ],
)
def test_each_difference_from_the_account_is_said(
    account: AccountTemplate, long_term: frozenset[str], said: list[str]
) -> None:
    found = differences(
        "小程序", "SHANDU_TEMPLATES", wording.TEMPLATES, {"rectify": "T1"}, [account], long_term
    )
    assert [one.said for one in found] == said
    assert all(one.remedy for one in found)
