"""What is kept about a person: one list, read by the export, by erasure and by docs/security.md.

Every column that names somebody stands here; a test fails for one that does not.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FORGOTTEN = "已注销用户"

# where exactly somebody was and with which phone, in the columns of a check-in
PLACE_AND_PHONE = (
    "longitude", "latitude", "accuracy_m", "altitude_m", "vertical_accuracy_m", "horizontal_accuracy_m",
    "speed_mps", "device_hash",
)  # fmt: skip


class Owner(StrEnum):
    """Whose value a column holds: the person's id, one of their identities' ids, or an openid of theirs."""

    PERSON = "person"
    IDENTITY = "identity"
    OPENID = "openid"


class OnErasure(StrEnum):
    """What erasure does to the rows: take them away, empty some columns, or nothing (a public record)."""

    DELETE = "delete"
    BLANK = "blank"
    KEEP = "keep"


@dataclass(frozen=True)
class Belonging:
    """A column by which rows belong to a person. `shown` are the columns of the export; none: not exported.

    `blank`: what erasure writes. `why`: why rows are kept or not shown.
    """

    table: str
    column: str
    owner: Owner
    label: str
    on_erasure: OnErasure
    shown: tuple[str, ...] = ()
    blank: dict[str, Any] = field(default_factory=dict)
    why: str = ""


# in the order in which erasure goes: what points at a row before the row
BELONGINGS = [
    Belonging(
        "session", "identity_id", Owner.IDENTITY, "登录记录", OnErasure.DELETE,
        shown=("device", "created_at", "expires_at", "revoked_at", "last_seen_on"),
    ),
    Belonging(
        "desk_ticket", "identity_id", Owner.IDENTITY, "扫码登录网页", OnErasure.DELETE,
        shown=("browser", "address", "created_at", "confirmed_at"),
    ),
    Belonging(
        "consent", "identity_id", Owner.IDENTITY, "同意记录", OnErasure.DELETE,
        shown=("kind", "version", "given_at", "withdrawn_at"), why="同意和撤回的事实另在留痕中，只有编号",
    ),
    Belonging(
        "credit", "openid", Owner.OPENID, "订阅次数", OnErasure.DELETE,
        shown=("template_id", "balance", "refused_at", "changed_at"),
    ),
    Belonging(
        "inbound_event", "openid", Owner.OPENID, "微信推送", OnErasure.BLANK,
        shown=("kind", "received_at"), blank={"openid": "", "body": {}, "run_at": None},
        why="去重键是摘要，留到期满",
    ),
    Belonging(
        "conversation", "openid", Owner.OPENID, "与公众号、企业微信的对话进展", OnErasure.DELETE,
        shown=("state", "expires_at", "heard_at"),
    ),
    Belonging(
        "reply", "openid", Owner.OPENID, "公众号、企业微信的答复", OnErasure.DELETE,
        shown=("text", "state", "created_at"),
    ),
    Belonging(
        "content_check", "person_id", Owner.PERSON, "内容审核", OnErasure.BLANK,
        shown=("content", "school_id", "words", "state", "reason", "created_at", "decided_at"), blank={"words": ""},
        why="审核的结果决定其他人能否看到，文字不再需要",
    ),
    Belonging(
        "content_check", "decided_by", Owner.PERSON, "办理的内容审核", OnErasure.KEEP,
        shown=("school_id", "state", "reason", "decided_at"), why="公共决定",
    ),
    Belonging(
        "delivery", "person_id", Owner.PERSON, "通知发送记录", OnErasure.BLANK,
        shown=("notice_id", "channel", "state", "tried_at", "receipt"),
        blank={"openid": None, "message_id": None}, why="谁被告知过是公共记录，微信标识不是",
    ),
    Belonging(
        "delivery", "openid", Owner.OPENID, "通知发送记录", OnErasure.BLANK,
        blank={"openid": None, "message_id": None}, why="同上，按人列出",
    ),
    Belonging(
        "notice_read", "person_id", Owner.PERSON, "通知已读记录", OnErasure.DELETE,
        shown=("notice_id", "read_at"),
    ),
    Belonging(
        "notice_call", "person_id", Owner.PERSON, "接到的电话告知", OnErasure.KEEP,
        shown=("notice_id", "at", "words"), why="谁被告知过是公共记录",
    ),
    Belonging(
        "notice_call", "by_person_id", Owner.PERSON, "打过的告知电话", OnErasure.KEEP,
        shown=("notice_id", "at", "words"), why="由谁告知是公共记录",
    ),
    Belonging(
        "notice", "person_id", Owner.PERSON, "发给本人的通知", OnErasure.KEEP,
        shown=("kind", "subject_kind", "subject_id", "facts", "created_at"),
        why="岗位的收件箱，内容只有学校和事项",
    ),
    Belonging(
        "member_lookup", "person_id", Owner.PERSON, "企业微信成员查询", OnErasure.DELETE,
        shown=("appid", "asked_at"), why="只记按手机号没有查到，不记手机号",
    ),
    Belonging(
        "group_robot", "set_by", Owner.PERSON, "设置的群机器人", OnErasure.KEEP,
        shown=("place_key", "name", "set_at"), why="由谁设置是公共记录；机器人的地址加密保存，不导出",
    ),
    Belonging(
        "digest", "person_id", Owner.PERSON, "发给本人的待办清单", OnErasure.DELETE,
        shown=("kind", "period", "content", "created_at"), why="内容只有学校和事项；期满即删",
    ),
    Belonging(
        "morning_choice", "person_id", Owner.PERSON, "晨间清单的选择", OnErasure.DELETE,
        shown=("wanted", "at_min", "changed_at"),
    ),
    Belonging(
        "message_window", "person_id", Owner.PERSON, "最近一次通知的时间", OnErasure.DELETE,
        why="只有一个时间和一个条数，供合并通知用",
    ),
    Belonging("invitation", "person_id", Owner.PERSON, "邀请码", OnErasure.DELETE, shown=("expires_at", "used_at")),
    Belonging(
        "recusal", "person_id", Owner.PERSON, "回避", OnErasure.DELETE, shown=("school_id", "reason", "until_on")
    ),
    Belonging(
        "check_in", "person_id", Owner.PERSON, "签到", OnErasure.BLANK,
        shown=(
            "id", "school_id", "at", "received_at", "place", "longitude", "latitude", "accuracy_m", "distance_m",
            "coordinates", "altitude_m", "vertical_accuracy_m", "horizontal_accuracy_m", "speed_mps", "device_hash",
        ),
        blank=dict.fromkeys(PLACE_AND_PHONE),
        why="到过学校是公共记录，精确坐标和设备不是；佐证的评分随签到保留，只有米数、分钟数和同一设备的签到编号",
    ),
    Belonging(
        "visit", "person_id", Owner.PERSON, "入校记录", OnErasure.KEEP,
        shown=(
            "id", "school_id", "kind", "visited_at", "received_at", "answers", "grade", "remarks", "companions",
            "defence", "follow_ups",
        ),
        why="监督的公共记录",
    ),
    Belonging(
        "visit", "answered_by", Owner.PERSON, "代表学校答复的入校记录", OnErasure.KEEP,
        shown=("id", "school_id", "visited_at", "completed_at", "completed_how", "answer_words"),
        why="监督的公共记录",
    ),
    Belonging(
        "rectification_notice", "issued_by", Owner.PERSON, "签发的整改通知书", OnErasure.KEEP,
        shown=("county_code", "year", "number", "issued_at"), why="公文按签发时的原样保存，含当时写明的姓名",
    ),
    Belonging(
        "problem", "finder_person_id", Owner.PERSON, "发现的问题", OnErasure.KEEP,
        shown=("id", "school_id", "title", "words", "severity", "state", "found_at", "ended_at"),
        why="监督的公共记录",
    ),
    Belonging(
        "photo", "person_id", Owner.PERSON, "照片和签名", OnErasure.KEEP,
        shown=(
            "key", "school_id", "purpose", "type", "bytes", "width", "height", "received_at", "subject_kind",
            "subject_id",
        ),
        why="现场照片是公共记录的证据，水印照片按“已注销用户”重做；签名和没有用上的照片连同缩略图等文件一并删除",
    ),
    Belonging(
        "ledger_entry", "person_id", Owner.PERSON, "填报的台账", OnErasure.KEEP,
        shown=("id", "school_id", "aspect", "for_on", "meal", "made_at", "received_at", "late", "revision"),
        why="岗位的公共记录；证件号码另行加密，不随本人导出",
    ),
    Belonging(
        "register_row", "changed_by", Owner.PERSON, "登记的名录", OnErasure.KEEP,
        shown=("id", "register", "school_id", "label", "changed_at"), why="由谁登记是公共记录",
    ),
    Belonging(
        "ledger_month", "changed_by", Owner.PERSON, "确认、申辩或重新开放的台账月份", OnErasure.KEEP,
        shown=("school_id", "month", "state", "reason", "changed_at"), why="公共决定",
    ),
    Belonging(
        "inspection_plan", "planned_by", Owner.PERSON, "安排的抽查", OnErasure.KEEP,
        shown=("id", "title", "division_code", "month", "state", "planned_at"), why="公共决定",
    ),
    Belonging(
        "inspection_plan", "drawn_by", Owner.PERSON, "主持的抽取", OnErasure.KEEP,
        shown=("id", "title", "public_value", "drawn_at"), why="公共决定",
    ),
    Belonging(
        "inspection", "done_by", Owner.PERSON, "登记的检查", OnErasure.KEEP,
        shown=("plan_id", "school_id", "done_on", "done_words"), why="监督的公共记录",
    ),
    Belonging(
        "dispatch_order", "signed_by", Owner.PERSON, "签发的调度", OnErasure.KEEP,
        shown=("id", "step", "title", "words", "state", "issued_at"), why="公共决定",
    ),
    Belonging(
        "dispatch_order", "answered_by", Owner.PERSON, "答复的调度", OnErasure.KEEP,
        shown=("id", "step", "title", "answered_at"), why="监督的公共记录",
    ),
    Belonging(
        "alert", "answered_by", Owner.PERSON, "答复的预警", OnErasure.KEEP,
        shown=("id", "school_id", "said", "state", "answer", "answered_at"), why="岗位的公共记录",
    ),
    Belonging(
        "alert", "muted_by", Owner.PERSON, "静默的预警", OnErasure.KEEP,
        shown=("id", "school_id", "said", "muted_until", "muted_reason"), why="公共决定",
    ),
    Belonging(
        "alert_rule", "set_by", Owner.PERSON, "启用或停用的预警规则", OnErasure.KEEP,
        shown=("rule", "switch", "set_at"), why="公共决定",
    ),
    Belonging(
        "alert_trial", "asked_by", Owner.PERSON, "试运行的预警规则", OnErasure.KEEP,
        shown=("rule", "division_code", "month", "asked_at"), why="公共决定",
    ),
    Belonging(
        "upload", "person_id", Owner.PERSON, "没有传完的照片", OnErasure.DELETE,
        shown=("school_id", "purpose", "length", "received", "expires_at"), why="连同已经传到的部分",
    ),
    Belonging(
        "import_file", "person_id", Owner.PERSON, "导入的文件", OnErasure.KEEP,
        shown=("kind", "name", "state", "created_at", "finished_at"),
        why="由谁导入是公共记录；文件本身导入后或期满即弃",
    ),
    Belonging(
        "guardian", "person_id", Owner.PERSON, "登记的孩子", OnErasure.DELETE,
        shown=("child__school_id", "child__grade", "child__school_year", "child__class_name", "until_on"),
        why="孩子的登记没有姓名，删除后不再与任何人相连",
    ),
    Belonging(
        "awaited_child", "person_id", Owner.PERSON, "学校登记、待本人同意的孩子", OnErasure.DELETE,
        shown=("school_id", "grade", "school_year", "class_name", "told_at"),
        why="本人同意之前不作为孩子的登记使用，期满即删",
    ),
    Belonging(
        "survey_participation", "person_id", Owner.PERSON, "参加的测评", OnErasure.KEEP,
        shown=("round_id", "school_id", "child_id", "on_date"),
        why="只说明参加过，供统计应答率；答卷不记名，无法找出，既不能提供也不能单独删除",
    ),
    Belonging(
        "survey_round", "planned_by", Owner.PERSON, "安排的测评", OnErasure.KEEP,
        shown=("title", "division_code", "school_id", "opens_on", "closes_on", "state"), why="公共决定",
    ),
    Belonging(
        "journal_entry", "person_id", Owner.PERSON, "留痕", OnErasure.KEEP,
        shown=("at", "subject_kind", "subject_id", "school_id", "verb", "facts"),
        why="只能追加；只有人员编号，没有姓名、手机号和微信标识",
    ),
    Belonging(
        "duty", "stand_in_id", Owner.PERSON, "换班", OnErasure.KEEP, shown=("month", "school_id", "kind", "state"),
        why="监督的公共记录",
    ),
    Belonging(
        "channel_choice", "person_id", Owner.PERSON, "通知渠道的选择", OnErasure.DELETE,
        shown=("kind_group", "channels", "chosen_at"),
    ),
    Belonging(
        "follower", "openid", Owner.OPENID, "是否关注公众号", OnErasure.DELETE,
        shown=("following", "changed_at", "open_until"),
    ),
    Belonging(
        "route", "set_by", Owner.PERSON, "设定的通知渠道", OnErasure.KEEP,
        shown=("division_code", "kind_group", "channels", "set_at"), why="公共决定",
    ),
    Belonging(
        "policy", "set_by", Owner.PERSON, "设定的政策参数", OnErasure.KEEP,
        shown=("division_code", "key", "value", "set_at"), why="公共决定",
    ),
    Belonging(
        "school_term", "set_by", Owner.PERSON, "设定的学期", OnErasure.KEEP,
        shown=("division_code", "term", "begins_on", "ends_on", "set_at"), why="公共决定",
    ),
    Belonging(
        "holding", "person_id", Owner.PERSON, "任职", OnErasure.BLANK,
        shown=(
            "post__kind", "post__school__name", "post__division_code", "since_on", "until_on", "child_grade",
            "no_interest",
        ),
        blank={"child_grade": None}, why="岗位的历史属于岗位，孩子的年级不是",
    ),
    Belonging(
        "erasure", "person_id", Owner.PERSON, "注销申请", OnErasure.KEEP,
        shown=("state", "requested_at", "confirmed_at", "done_at"), why="证明已经办理",
    ),
    Belonging("erasure", "done_by", Owner.PERSON, "办理的注销", OnErasure.KEEP, why="证明由谁办理"),
    Belonging("identity", "person_id", Owner.PERSON, "微信标识", OnErasure.DELETE, why="同下，绑定之前也有"),
    Belonging(
        "identity", "openid", Owner.OPENID, "微信标识", OnErasure.DELETE,
        shown=("appid", "openid", "unionid", "bound_at"),
    ),
    Belonging(
        "person", "id", Owner.PERSON, "人员登记", OnErasure.BLANK, shown=("name", "created_at"),
        blank={"name": FORGOTTEN, "phone_sealed": None, "phone_digest": None}, why="公共记录仍指向这一行",
    ),
]  # fmt: skip
