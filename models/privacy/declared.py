"""What is kept about a person: one list, read by the export, by erasure and by docs/security.md.

Every column that names somebody stands here; a test fails for one that does not.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FORGOTTEN = "已注销用户"


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
        shown=("device", "created_at", "expires_at", "revoked_at"),
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
        "notice", "person_id", Owner.PERSON, "发给本人的通知", OnErasure.KEEP,
        shown=("kind", "subject_kind", "subject_id", "facts", "created_at"),
        why="岗位的收件箱，内容只有学校和事项",
    ),
    Belonging("invitation", "person_id", Owner.PERSON, "邀请码", OnErasure.DELETE, shown=("expires_at", "used_at")),
    Belonging(
        "recusal", "person_id", Owner.PERSON, "回避", OnErasure.DELETE, shown=("school_id", "reason", "until_on")
    ),
    Belonging(
        "check_in", "person_id", Owner.PERSON, "签到", OnErasure.BLANK,
        shown=("id", "school_id", "at", "received_at", "place", "longitude", "latitude", "accuracy_m", "distance_m"),
        blank={"longitude": None, "latitude": None, "accuracy_m": None}, why="到过学校是公共记录，精确坐标不是",
    ),
    Belonging(
        "visit", "person_id", Owner.PERSON, "入校记录", OnErasure.KEEP,
        shown=(
            "id", "school_id", "kind", "visited_at", "received_at", "answers", "grade", "remarks", "companions",
            "defence",
        ),
        why="监督的公共记录",
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
        why="现场照片是公共记录的证据；签名和没有用上的照片连同文件一并删除",
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
        "policy", "set_by", Owner.PERSON, "设定的政策参数", OnErasure.KEEP,
        shown=("division_code", "key", "value", "set_at"), why="公共决定",
    ),
    Belonging(
        "holding", "person_id", Owner.PERSON, "任职", OnErasure.KEEP,
        shown=("post__kind", "post__school__name", "post__division_code", "since_on", "until_on"),
        why="岗位的历史属于岗位",
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
