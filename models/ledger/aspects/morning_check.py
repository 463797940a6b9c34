"""6 晨检: everybody who touches food, before they do."""

from models.ledger.declaring import Applies, Aspect, Rhythm, signer, text, whole, yes_no
from models.organisations.tables import PostKind

MORNING_CHECK = Aspect(
    number=6,
    code="morning_check",
    name="晨检",
    owner=PostKind.MANAGER,
    rhythm=Rhythm.DAILY,
    applies=Applies.COOKING,
    source="教育部令第45号",
    orders=(("healthy", "present"), ("sent_home", "present")),
    items=(
        whole("present", "到岗人数", "人", 0, 500, at_least=1, source="餐饮服务食品安全操作规范"),
        whole("healthy", "健康人数", "人", 0, 500, source="餐饮服务食品安全操作规范"),
        whole("sent_home", "异常离岗人数", "人", 0, 500, source="食品安全法 第四十五条"),
        text(
            "symptoms",
            "异常情况",
            100,
            required=False,
            hint="发热、腹泻、皮肤伤口等",
            source="食品安全法 第四十五条",
        ),
        yes_no("clothing", "工作衣帽口罩整洁", ought=(True,), source="餐饮服务食品安全操作规范"),
        signer("checker", "检查人", source="教育部令第45号"),
    ),
)
