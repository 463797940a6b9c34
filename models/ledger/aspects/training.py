"""5 从业人员培训."""

from models.ledger.declaring import Applies, Aspect, Rhythm, choice, decimal, photos, text, whole
from models.organisations.tables import PostKind

TRAINING = Aspect(
    number=5,
    code="training",
    name="从业人员培训",
    owner=PostKind.MANAGER,
    rhythm=Rhythm.MONTHLY,
    many=True,
    applies=Applies.COOKING,
    source="食品安全法 第四十四条",
    orders=(("attended", "staff"),),
    items=(
        text("topic", "培训主题", 60, source="台账"),
        choice("how", "形式", {"on_site": "现场", "online": "线上", "drill": "应急演练"}, source="台账"),
        decimal("hours", "学时", "小时", 0.5, 24, 1, source="台账"),
        whole("attended", "参加人数", "人", 0, 500, at_least=1, source="台账"),
        whole("staff", "应参加人数", "人", 1, 500, source="台账"),
        photos("photos", "现场照片", 0, 6, required=False, source="台账"),
    ),
)
