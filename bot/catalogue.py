"""The catalogue of words, channel by channel: what each kind of notice is called, and what it says where.

`bot/wording.py` has the kinds, their one sentence each, and the mini-program's templates; here is what the other
channels need, and what is wrong with any of it (`all_faults`, asked at every start). `docs/wechat-templates.md` is
printed from both: `python -m bot.catalogue > docs/wechat-templates.md`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from bot.wechat.fields import check, fit, limit_of
from bot.wording import (
    BY_KIND,
    DIGEST,
    ESCALATE,
    RECTIFY,
    SURVEY,
    TEMPLATES,
    VERIFY,
    WORDINGS,
    Facts,
    Message,
    Template,
    Wording,
    filled,
    page_of,
    told,
)
from models.notices.kinds import BY_CODE, INBOX, KINDS
from models.policies.calendar import spoken

# The official account's message templates, by the names of the mini-program's. The console gives keys of its own.
OFFICIAL = [
    Template("rectify", "整改通知", RECTIFY.fields),
    Template("verify", "整改核查提醒", VERIFY.fields),
    Template("escalate", "超期未整改提醒", ESCALATE.fields),
    Template("survey", "满意度测评提醒", SURVEY.fields),
    Template("digest", "待办汇总提醒", DIGEST.fields),
]
OFFICIAL_BY_NAME = {template.name: template for template in OFFICIAL}


@dataclass(frozen=True)
class SmsTemplate:
    """A text approved by who sends short messages for us; ${name} stands for words of at most MOST_WORDS."""

    name: str
    text: str


SMS = [
    SmsTemplate("rectify", "${school}：“${title}”，${note}。期限${due}，详情请进入膳督小程序。"),
    SmsTemplate("escalate", "${school}：“${title}”，${note}。期限${due}，请进入膳督小程序督促。"),
    SmsTemplate("digest", "${school}：${title}（${names}），${note}，请进入膳督小程序。"),
]
SMS_BY_NAME = {template.name: template for template in SMS}
# short messages cost money and disturb: only what is urgent or overdue
SMS_KINDS = [
    "problem_overdue",
    "problem_still_open",
    "problem_escalated",
    "problem_referred",
    "record_overdue",
    "record_escalated",
    "merged_urgent",
]
MOST_WORDS = 20
# one message of 70 characters is paid once, two of 67 twice; more than three are refused
MOST_TEXT = 200
SMS_FACTS = ("school", "title", "names", "note", "due")
MOST_CHAT_BYTES = 2048

# for channels without templates: they have words for every kind
ALL_KINDS = {wording.kind: "" for wording in WORDINGS}


def official_kinds(ids: Mapping[str, str]) -> dict[str, str]:
    """The official account's template id of every kind it has a template for."""
    return {one.kind: ids[one.template.name] for one in WORDINGS if one.template.name in ids}


def official_message(
    kind: str, subject_kind: str, subject_id: int, facts: Facts, told_at: datetime
) -> Message:
    """As `wording.word`, in the official account's template."""
    wording = BY_KIND[kind]
    said = filled(OFFICIAL_BY_NAME[wording.template.name], told(wording, facts, told_at))
    return Message(said, page_of(subject_kind, subject_id))


@dataclass(frozen=True)
class Card:
    """A notice in words of any length: its title, its lines as (label, words), the mini-program's page."""

    title: str
    lines: list[tuple[str, str]]
    page: str


def card(kind: str, subject_kind: str, subject_id: int, facts: Facts, told_at: datetime) -> Card:
    """For channels that have no templates."""
    wording = BY_KIND[kind]
    said = told(wording, facts, told_at)
    lines = [(field.label, " ".join(field.words(said).split())) for field in wording.template.fields]
    lines.append(("下一步", str(facts.get("next") or "")))
    title = BY_CODE[kind].title
    return Card(title, [(label, words) for label, words in lines if words], page_of(subject_kind, subject_id))


def chat_text(
    kind: str, subject_kind: str, subject_id: int, facts: Facts, told_at: datetime, appid: str
) -> str:
    """A notice as words in the official account's chat, with a link into the mini-program; within 2048 bytes."""
    said = card(kind, subject_kind, subject_id, facts, told_at)
    link = f'<a data-miniprogram-appid="{appid}" data-miniprogram-path="{said.page}" href="">点这里办理</a>'
    text = f"【{said.title}】"
    for label, words in said.lines:
        line = f"\n{label}：{escape(words, quote=False)}"
        if len((text + line + "\n" + link).encode()) > MOST_CHAT_BYTES:
            break
        text += line
    return f"{text}\n{link}"


def sms_kinds(ids: Mapping[str, str]) -> dict[str, str]:
    """The sender's template id of every kind that may go out as a short message."""
    names = {kind: BY_KIND[kind].template.name for kind in SMS_KINDS}
    return {kind: ids[name] for kind, name in names.items() if name in ids}


def sms_words(kind: str, facts: Facts, told_at: datetime) -> dict[str, str]:
    """The words of a short message by name, each as long as its sender takes it."""
    wording = BY_KIND[kind]
    said = told(wording, facts, told_at)
    text = SMS_BY_NAME[wording.template.name].text
    return {name: _short(str(said.get(name) or "无")) for name in re.findall(r"\$\{(\w+)\}", text)}


def _short(words: str) -> str:
    plain = " ".join(words.split())
    return plain if len(plain) <= MOST_WORDS else plain[: MOST_WORDS - 1] + "…"


def sms_text(template: SmsTemplate, words: Mapping[str, str]) -> str:
    """What stands on the phone."""
    return re.sub(r"\$\{(\w+)\}", lambda found: words.get(found[1], ""), template.text)


# facts longer than any template takes, and a deadline as it is always spoken
SAMPLE = {
    "school": "某某市某某区第一中心小学附属幼儿园分园",
    "title": "食品留样没有标签且不足一百二十五克",
    "due": spoken(datetime(2026, 11, 27, 10, tzinfo=UTC)),
}


def all_faults() -> list[str]:
    """What is wrong with the declared words; with any of it nothing starts."""
    return faults(WORDINGS, {"小程序": TEMPLATES, "公众号": OFFICIAL}, SMS, SMS_KINDS)


def faults(
    wordings: Sequence[Wording],
    accounts: Mapping[str, Sequence[Template]],
    sms: Sequence[SmsTemplate],
    sms_kinds: Iterable[str],
) -> list[str]:
    """What is wrong with declared words, one sentence each."""
    found = _kinds(wordings)
    for account, templates in accounts.items():
        by_name = {template.name: template for template in templates}
        for template in templates:
            found += [f"{account}模板“{template.title}”{why}" for why in _fields(template)]
        for wording in wordings:
            own = by_name.get(wording.template.name)
            if own is None:
                found.append(f"通知 {wording.kind} 用的模板 {wording.template.name} 没有在{account}中声明。")
            else:
                found += [
                    f"通知 {wording.kind} 在{account}模板“{own.title}”中：{why}"
                    for why in _words(wording, own)
                ]
    return found + _sms(sms, sms_kinds, wordings)


def _kinds(wordings: Sequence[Wording]) -> list[str]:
    said = [wording.kind for wording in wordings]
    known = [kind.code for kind in KINDS if kind.group != INBOX]
    return (
        [f"通知 {kind} 没有措辞。" for kind in known if kind not in said]
        + [f"措辞 {kind} 不是已声明的通知种类。" for kind in said if kind not in known]
        + [f"通知 {kind} 的措辞写了两次。" for kind in sorted({one for one in said if said.count(one) > 1})]
    )


def _fields(template: Template) -> list[str]:
    keys = [field.key for field in template.fields]
    return [f"的字段 {key} 类型不存在。" for key in keys if limit_of(key) is None] + [
        f"的字段 {key} 写了两次。" for key in sorted({one for one in keys if keys.count(one) > 1})
    ]


def _words(wording: Wording, template: Template) -> list[str]:
    """What the platform would refuse, or show cut short, of what we always say."""
    said = told(wording, SAMPLE, datetime(2026, 11, 24, 2, tzinfo=UTC))
    found: list[str] = []
    for field in template.fields:
        if limit_of(field.key) is None:
            continue
        words = field.words(said)
        fitted = fit(field.key, words)
        why = check(field.key, fitted)
        if why is not None:
            found.append(f"字段 {field.key}（{field.label}）不接受“{words}”，要求{why}。")
        elif words == wording.note and fitted != words:
            found.append(f"字段 {field.key}（{field.label}）装不下“{words}”。")
    return found


def _sms(sms: Sequence[SmsTemplate], kinds: Iterable[str], wordings: Sequence[Wording]) -> list[str]:
    found: list[str] = []
    by_name = {template.name: template for template in sms}
    for template in sms:
        strange = sorted(set(re.findall(r"\$\{(\w+)\}", template.text)) - set(SMS_FACTS))
        found += [f"短信模板 {template.name} 的变量 {name} 不存在。" for name in strange]
        longest = sms_text(template, dict.fromkeys(SMS_FACTS, "长" * MOST_WORDS))
        if len(longest) > MOST_TEXT:
            found.append(f"短信模板 {template.name} 最长会有{len(longest)}字，超过{MOST_TEXT}字。")
    of_kind = {wording.kind: wording for wording in wordings}
    for kind in kinds:
        wording = of_kind.get(kind)
        if wording is None or wording.template.name not in by_name:
            found.append(f"短信通知 {kind} 没有短信模板。")
    return found


HEAD = """\
# WeChat templates 模板

Apply for these and put their ids into the settings, by name. This page is printed from the catalogue
(`bot/wording.py`, `bot/catalogue.py`) by `python -m bot.catalogue > docs/wechat-templates.md`; `shandu check wechat`
compares the catalogue with what the accounts have. The keys are those the console assigns in this order; where it
assigns others, change the catalogue.

请按下表在各平台申请模板，把得到的编号写进设置；`shandu check wechat` 会逐项核对。控制台给出的字段名不同时，请改目录。
"""
MINI_HEAD = """
## Mini-program 小程序订阅消息

Ids go into `SHANDU_TEMPLATES`; name the long-term ones (where the account may have them) in `SHANDU_LONG_TERM_TEMPLATES`.
"""
OFFICIAL_HEAD = """
## Official account 公众号模板消息

Ids go into `SHANDU_OFFICIAL_TEMPLATES`; what has none is not sent by the official account.
"""
SMS_HEAD = """
## Short messages 短信

Ids go into `SHANDU_SMS_TEMPLATES`. Each `${…}` is at most 20 characters. Only these kinds go out as short messages, and
only where a division's policy `sms_allowed` is 1:
"""
PAGES = """
A message opens `pages/problem/index?id=ID`, `pages/survey/index?id=ROUND`, one about a supervisor's record
`pages/record/index?id=ID`, one about a term of office `pages/school/index?id=ID`, one about words and photos that wait
for an officer `pages/reviews/index?id=COUNTY`, one about an order from above `pages/dispatch/index?id=ID`, a morning
list and a message of several notices `pages/today/index?id=ID`, a summary `pages/digest/index?id=ID`, one about an alert
`pages/alert/index?id=ID`, one about a month of the ledger `pages/month/index?id=ID`.
"""


def document() -> str:
    """The text of docs/wechat-templates.md."""
    kinds = "、".join(BY_CODE[kind].title for kind in SMS_KINDS)
    rows = "".join(f"| `{one.name}` | {one.text} |\n" for one in SMS)
    return (
        f"{HEAD}{MINI_HEAD}{_table(TEMPLATES)}{PAGES}{OFFICIAL_HEAD}{_table(OFFICIAL)}"
        f"{SMS_HEAD}{kinds}。\n\n| name | text |\n|---|---|\n{rows}"
    )


def _table(templates: Sequence[Template]) -> str:
    rows = "".join(
        f"| `{one.name}` | {one.title} | {' · '.join(f'`{field.key}` {field.label}' for field in one.fields)} |\n"
        for one in templates
    )
    return f"\n| name | title | fields |\n|---|---|---|\n{rows}"


if __name__ == "__main__":
    print(document(), end="")
