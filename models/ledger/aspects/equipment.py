"""7 硬件配备."""

from models.ledger.declaring import Applies, Aspect, Rhythm, photos, whole, yes_no
from models.organisations.tables import PostKind

EQUIPMENT = Aspect(
    number=7,
    code="equipment",
    name="硬件配备",
    owner=PostKind.MANAGER,
    rhythm=Rhythm.TERMLY,
    applies=Applies.COOKING,
    source="餐饮服务食品安全操作规范",
    orders=(("cameras_online", "cameras"),),
    items=(
        whole("fridges", "冷藏冷冻设备", "台", 0, 200, at_least=1, source="餐饮服务食品安全操作规范"),
        whole("sterilisers", "消毒设备", "台", 0, 200, at_least=1, source="餐饮服务食品安全操作规范"),
        whole("sample_fridges", "留样专用冰箱", "台", 0, 50, at_least=1, source="教育部令第45号 第四十条"),
        whole("cameras", "明厨亮灶摄像头", "个", 0, 200, at_least=1, source="教育部令第45号"),
        whole("cameras_online", "其中在线", "个", 0, 200, source="教育部令第45号"),
        yes_no("separate_sinks", "荤素水产清洗池分设", ought=(True,), source="餐饮服务食品安全操作规范"),
        photos("photos", "设备照片", 0, 6, required=False, source="台账"),
    ),
)
