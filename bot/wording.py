"""What we say: for each kind of notice, the template's fields and the page it opens.

Keys are those of the templates in the account's console; `docs/wechat-templates.md` lists what to apply
for there. Words are fitted to WeChat's limits before they are sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from bot.wechat.fields import fit
from models.policies.calendar import beijing_date, spoken

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """One field of a template: its key, its label in the console, and the name of the fact that it says."""

    key: str
    label: str
    fact: str

    def words(self, facts: Facts) -> str:
        return str(facts.get(self.fact) or "")


@dataclass(frozen=True)
class Template:
    """A subscribe-message template of the account, by the name its setting uses."""

    name: str
    title: str
    fields: tuple[Field, ...]


RECTIFY = Template(
    "rectify",
    "整改通知",
    (
        Field("thing1", "学校", "school"),
        Field("thing2", "问题", "title"),
        Field("time3", "整改期限", "due"),
        Field("thing4", "说明", "note"),
    ),
)
VERIFY = Template(
    "verify",
    "整改核查提醒",
    (
        Field("thing1", "学校", "school"),
        Field("thing2", "问题", "title"),
        Field("time3", "时间", "told"),
        Field("thing4", "说明", "note"),
    ),
)
ESCALATE = Template(
    "escalate",
    "超期未整改提醒",
    (
        Field("thing1", "学校", "school"),
        Field("thing2", "问题", "title"),
        Field("time3", "期限", "due"),
        Field("thing4", "说明", "note"),
    ),
)
SURVEY = Template(
    "survey",
    "满意度测评提醒",
    (
        Field("thing1", "学校", "school"),
        Field("thing2", "测评", "title"),
        Field("time3", "截止时间", "due"),
        Field("thing4", "说明", "note"),
    ),
)
DIGEST = Template(
    "digest",
    "待办汇总提醒",
    (
        Field("thing1", "事项", "title"),
        Field("thing2", "内容", "names"),
        Field("time3", "时间", "told"),
        Field("thing4", "说明", "note"),
    ),
)
TEMPLATES = [RECTIFY, VERIFY, ESCALATE, SURVEY, DIGEST]


@dataclass(frozen=True)
class Wording:
    """How a kind of notice is said: its template and its one sentence of at most 20 characters.

    `climbing`: the sentence when somebody above is told next, as in “请按期整改，逾期11月30日报县教体局”.
    """

    kind: str
    template: Template
    note: str
    climbing: str = ""


WORDINGS = [
    Wording("problem_assigned", RECTIFY, "请按期整改并拍照提交", "请按期整改，逾期{day}{who}"),
    Wording("problem_due_soon", RECTIFY, "整改即将到期，请尽快提交", "即将到期，逾期{day}{who}"),
    Wording("problem_overdue", RECTIFY, "已超期，请立即整改提交", "已超期请整改，{day}将{who}"),
    Wording("problem_still_open", RECTIFY, "仍未整改，请立即整改提交", "仍未整改，{day}将{who}"),
    Wording("problem_returned", RECTIFY, "整改不到位已退回，请重新整改", "整改不到位，逾期{day}{who}"),
    Wording("problem_reopened", RECTIFY, "反映没解决，请重新整改", "反映没解决，逾期{day}{who}"),
    Wording("problem_moved", RECTIFY, "整改期限已调整，请按新期限整改", "期限已调整，逾期{day}{who}"),
    Wording("problem_decided", VERIFY, "申辩已有处理结果，点击查看", "申辩未采纳，逾期{day}{who}"),
    Wording("problem_submitted", VERIFY, "学校已提交整改，请核查"),
    Wording("problem_closed", VERIFY, "问题已核查销号"),
    Wording("problem_appealed", VERIFY, "学校提出申辩，请处理"),
    Wording("problem_referred", ESCALATE, "责任督学上报，请督促处理", "督学上报，逾期{day}{who}"),
    Wording("problem_escalated", ESCALATE, "学校超期未整改，请督促", "请督促整改，{day}将{who}"),
    Wording("survey_open", SURVEY, "测评开始，请通知家长在小程序填写"),
    Wording("survey_result", SURVEY, "测评已启封统计，点击查看结果"),
    Wording("record_to_sign", RECTIFY, "请确认督查记录或提出申辩", "请确认记录，逾期{day}{who}"),
    Wording("record_unsigned", RECTIFY, "学校尚未签字，请提醒学校确认", "学校未签字，逾期{day}{who}"),
    Wording("record_due_soon", RECTIFY, "记录即将到期，请确认或申辩", "记录将到期，逾期{day}{who}"),
    Wording("record_overdue", RECTIFY, "记录已逾期，请尽快确认或申辩", "记录已逾期，{day}将{who}"),
    Wording("record_escalated", ESCALATE, "督查记录逾期未完成，请督促"),
    Wording("record_confirmed", VERIFY, "学校已确认督查记录"),
    Wording("record_defended", VERIFY, "学校对督查记录提出申辩"),
    Wording("rectification_notice", RECTIFY, "整改通知书已开具，请查收"),
    Wording("term_ending", ESCALATE, "督学任期将满，请续任或换人"),
    Wording("content_waiting", VERIFY, "有文字或照片等待审核，请处理"),
    Wording("dispatch_issued", RECTIFY, "上级发来调度，请按期办理并答复"),
    Wording("dispatch_answered", VERIFY, "对方已答复调度，请核对办结"),
    Wording("dispatch_returned", RECTIFY, "调度答复被退回，请重新办理"),
    Wording("dispatch_settled", VERIFY, "调度已办结"),
    Wording("alert_raised", DIGEST, "请查看具体情况，处理后答复"),
    Wording("ledger_appealed", VERIFY, "学校对已确认的台账申辩，请处理"),
    Wording("ledger_decided", VERIFY, "台账已有处理结果，点击查看"),
    Wording("content_allowed", VERIFY, "审核通过，其他人已经可以看到"),
    Wording("content_refused", VERIFY, "未通过审核，没有公开"),
    Wording("merged", DIGEST, "点击逐条查看和办理"),
    Wording("merged_urgent", DIGEST, "请立即逐条查看和办理"),
    Wording("morning_list", DIGEST, "点击查看今天的清单"),
    Wording("week_summary", DIGEST, "点击查看本地上周情况"),
    Wording("month_coverage", DIGEST, "月底前请完成，点击看名单"),
]
BY_KIND = {wording.kind: wording for wording in WORDINGS}


def kinds(templates: Mapping[str, str]) -> dict[str, str]:
    """The account's template id of every kind of notice, from its ids by template name."""
    return {wording.kind: templates[wording.template.name] for wording in WORDINGS}


class Message(NamedTuple):
    """Ready for the channel: fitted fields, and the page it opens."""

    data: dict[str, str]
    page: str


def word(kind: str, subject_kind: str, subject_id: int, facts: Facts, told_at: datetime) -> Message:
    """The message of a notice; every field is within its limit and none is empty."""
    wording = BY_KIND[kind]
    said = told(wording, facts, told_at)
    return Message(filled(wording.template, said), page_of(subject_kind, subject_id))


def filled(template: Template, said: Facts) -> dict[str, str]:
    """The template's fields, as the platform takes them."""
    return {field.key: fit(field.key, field.words(said)) for field in template.fields}


def told(wording: Wording, facts: Facts, told_at: datetime) -> dict[str, Any]:
    """A notice's facts with what its kind always says."""
    return {**facts, "note": _note(wording, facts), "told": spoken(told_at)}


# the pages that are called otherwise than what they are about
PAGES = {"visit": "record", "ledger_month": "month", "channel": "inbox", "register": "kept", "duty": "today"}


def page_of(subject_kind: str, subject_id: int) -> str:
    """The mini-program's page about a subject of a notice (`SUBJECTS`) or of a list of what is to be done."""
    return f"pages/{PAGES.get(subject_kind, subject_kind)}/index?id={subject_id}"


def _note(wording: Wording, facts: Facts) -> str:
    """The sentence, the matter's own (`ask`) where it has one, with the day on which somebody above is told; the inbox says the hour and who follows."""
    if not wording.climbing or "next_at" not in facts:
        return str(facts.get("ask") or wording.note)
    day = beijing_date(datetime.fromisoformat(facts["next_at"]))
    return wording.climbing.format(day=f"{day.month}月{day.day}日", who=facts["next_who"])
