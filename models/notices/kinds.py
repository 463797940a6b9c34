"""What there is to be told: one line a kind."""

from dataclasses import dataclass

# told in the inbox alone
INBOX = "inbox"


@dataclass(frozen=True)
class NoticeKind:
    """`group`: of channels.py, which way it goes. `urgent`: rather told twice than not at all. `wakes`: it
    may ring in the quiet hours.
    """

    code: str
    title: str
    group: str = "task"
    urgent: bool = False
    wakes: bool = False


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
    NoticeKind("channel_broken", "微信通道中断", group=INBOX),
    NoticeKind("channel_mended", "微信通道已恢复", group=INBOX),
    NoticeKind("content_allowed", "内容审核通过", group="result"),
    NoticeKind("content_refused", "内容未通过审核", group="result"),
]
BY_CODE = {kind.code: kind for kind in KINDS}
