"""17 现场办公会: the month's meeting in the canteen."""

from models.ledger.declaring import Aspect, Rhythm, day, photos, signer, text, whole
from models.organisations.tables import PostKind

SITE_MEETING = Aspect(
    number=17,
    code="site_meeting",
    name="现场办公会",
    owner=PostKind.HEAD,
    rhythm=Rhythm.MONTHLY,
    many=True,
    source="企业落实食品安全主体责任监督管理规定",
    items=(
        text("subject", "议题", 100, source="月调度"),
        signer("chair", "主持人", source="月调度"),
        whole("present", "参会人数", "人", 1, 200, at_least=2, source="月调度"),
        text("decisions", "决定事项", 500, source="月调度"),
        day("due_on", "办结日期", required=False, source="月调度"),
        photos("photos", "会议照片", 0, 6, required=False, wanted=True, source="台账"),
    ),
)
