"""8 三防: dust, rats and flies. Three separate counts, and 0 is not the same as not counted."""

from models.ledger.declaring import Applies, Aspect, Rhythm, photos, whole, yes_no
from models.organisations.tables import PostKind

THREE_DEFENCES = Aspect(
    number=8,
    code="three_defences",
    name="三防设施",
    owner=PostKind.MANAGER,
    rhythm=Rhythm.TERMLY,
    applies=Applies.COOKING,
    source="餐饮服务食品安全操作规范",
    items=(
        whole(
            "dust",
            "防尘设施",
            "处",
            0,
            9999,
            at_least=1,
            hint="没有数过的不要填0",
            source="食品安全法 第三十三条",
        ),
        whole(
            "rat",
            "防鼠设施",
            "处",
            0,
            9999,
            at_least=1,
            hint="挡鼠板、防鼠网等",
            source="食品安全法 第三十三条",
        ),
        whole(
            "fly",
            "防蝇设施",
            "处",
            0,
            9999,
            at_least=1,
            hint="纱窗、灭蝇灯、风幕等",
            source="食品安全法 第三十三条",
        ),
        yes_no("intact", "设施完好", ought=(True,), source="餐饮服务食品安全操作规范"),
        photos("photos", "现场照片", 1, 6, required=False, wanted=True, source="台账"),
    ),
)
