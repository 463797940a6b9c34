"""What there is to be told: one line a kind."""

from dataclasses import dataclass

# told in the inbox alone
INBOX = "inbox"

# what a notice can be about; bot/wording.py says which page opens each of them
SUBJECTS = frozenset({
    "problem", "visit", "survey", "school", "dispatch", "alert", "ledger_month", "reviews", "channel", "today", "digest",
})  # fmt: skip


@dataclass(frozen=True)
class NoticeKind:
    """`group`: of channels.py, which way it goes. `urgent`: rather told twice than not at all. `wakes`: it
    may ring in the quiet hours, and waits for no other. `alone`: a list already.

    What neither `wakes` nor is `alone` is small: those of one person that come together become one message.
    """

    code: str
    title: str
    group: str = "task"
    urgent: bool = False
    wakes: bool = False
    alone: bool = False

    @property
    def small(self) -> bool:
        return not (self.wakes or self.alone)


KINDS = [
    NoticeKind("problem_assigned", "限期整改通知"),
    NoticeKind("problem_due_soon", "整改即将到期", group="deadline"),
    NoticeKind("problem_overdue", "整改已超期", group="deadline", urgent=True),
    NoticeKind("problem_still_open", "整改仍未完成", group="deadline", urgent=True),
    NoticeKind("problem_escalated", "超期未整改上报", group="escalation", urgent=True),
    NoticeKind("problem_referred", "责任督学上报问题", group="escalation", urgent=True, wakes=True),
    NoticeKind("problem_submitted", "整改待核查"),
    NoticeKind("problem_returned", "整改被退回"),
    NoticeKind("problem_closed", "问题已销号", group="result"),
    NoticeKind("problem_appealed", "学校提出申辩"),
    NoticeKind("problem_decided", "申辩处理结果", group="result"),
    NoticeKind("problem_reopened", "问题被反映没解决"),
    NoticeKind("problem_moved", "整改期限已调整", group="deadline"),
    NoticeKind("survey_open", "满意度测评开始", group="survey"),
    NoticeKind("survey_result", "满意度测评结果", group="survey"),
    NoticeKind("record_to_sign", "督查记录待学校确认"),
    NoticeKind("record_unsigned", "督查记录待学校签字", group="deadline"),
    NoticeKind("record_due_soon", "督查记录即将到期", group="deadline"),
    NoticeKind("record_overdue", "督查记录已逾期", group="deadline"),
    NoticeKind("record_escalated", "督查记录逾期未完成", group="escalation"),
    NoticeKind("record_confirmed", "学校已确认督查记录", group="result"),
    NoticeKind("record_defended", "学校对督查记录提出申辩", group="result"),
    NoticeKind("rectification_notice", "整改通知书"),
    NoticeKind("term_ending", "责任督学任期将满"),
    NoticeKind("dispatch_issued", "上级调度", group="escalation"),
    NoticeKind("dispatch_answered", "调度已答复", group="result"),
    NoticeKind("dispatch_returned", "调度答复被退回"),
    NoticeKind("dispatch_settled", "调度已办结", group="result"),
    NoticeKind("alert_raised", "预警"),
    NoticeKind("ledger_appealed", "学校对台账提出申辩"),
    NoticeKind("ledger_decided", "台账申辩处理结果", group="result"),
    NoticeKind("channel_broken", "微信通道中断", group=INBOX),
    NoticeKind("channel_mended", "微信通道已恢复", group=INBOX),
    NoticeKind("content_waiting", "内容待审核"),
    NoticeKind("content_allowed", "内容审核通过", group="result"),
    NoticeKind("content_refused", "内容未通过审核", group="result"),
    NoticeKind("morning_list", "今日待办清单", alone=True),
    NoticeKind("week_summary", "每周小结", alone=True),
    NoticeKind("month_coverage", "月末未入校提醒", alone=True),
    # several small ones as one message; the inbox shows each of them instead
    NoticeKind("merged", "多条待办"),
    # with something urgent among them
    NoticeKind("merged_urgent", "多条待办，有急事", group="deadline", urgent=True),
]
BY_CODE = {kind.code: kind for kind in KINDS}
MERGED, MERGED_URGENT = "merged", "merged_urgent"
MERGES = (MERGED, MERGED_URGENT)
MERGES_SQL = ", ".join(f"'{kind}'" for kind in MERGES)
AT_ONCE = [kind.code for kind in KINDS if kind.wakes]
ALONE = [kind.code for kind in KINDS if kind.alone]
