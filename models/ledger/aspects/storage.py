"""11 贮存与加工."""

from models.ledger.declaring import Applies, Aspect, Rhythm, temperature, text, whole, yes_no
from models.organisations.tables import PostKind

STORAGE = Aspect(
    number=11,
    code="storage",
    name="贮存与加工",
    owner=PostKind.MANAGER,
    rhythm=Rhythm.DAILY,
    applies=Applies.COOKING,
    source="餐饮服务食品安全操作规范",
    items=(
        whole("expired", "过期变质食材", "种", 0, 999, at_most=0, source="食品安全法 第三十四条"),
        temperature("chill_c", "冷藏温度", -10, 40, at_least=0, at_most=8, source="餐饮服务食品安全操作规范"),
        temperature(
            "freeze_c", "冷冻温度", -40, 40, at_most=-12, required=False, source="餐饮服务食品安全操作规范"
        ),
        yes_no("apart", "生熟分开", ought=(True,), source="食品安全法 第三十三条"),
        yes_no("off_floor", "隔墙离地存放", ought=(True,), source="餐饮服务食品安全操作规范"),
        temperature("core_c", "热菜中心温度", 0, 120, at_least=70, source="餐饮服务食品安全操作规范"),
        yes_no(
            "no_high_risk",
            "未用高风险食材",
            ought=(True,),
            hint="四季豆、野生菌、发芽土豆、凉菜",
            source="教育部令第45号",
        ),
        text("handled", "处理情况", 200, required=False, source="台账"),
    ),
)
