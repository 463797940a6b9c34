"""13 清洗消毒."""

from models.ledger.declaring import Aspect, Rhythm, choice, signer, temperature, whole, yes_no
from models.organisations.tables import PostKind

METHODS = {"steam": "蒸汽", "boiling": "煮沸", "infrared": "红外", "machine": "洗碗机", "chemical": "消毒剂"}
HOT = ("steam", "boiling", "infrared", "machine")

DISINFECTION = Aspect(
    number=13,
    code="disinfection",
    name="清洗消毒",
    owner=PostKind.MANAGER,
    rhythm=Rhythm.DAILY,
    source="GB 14934",
    items=(
        choice("method", "消毒方式", METHODS, source="餐饮服务食品安全操作规范"),
        whole("minutes", "消毒时长", "分钟", 0, 600, at_least=1, source="餐饮服务食品安全操作规范"),
        temperature(
            "heat_c", "消毒温度", 0, 300, at_least=85, when=("method", HOT), source="餐饮服务食品安全操作规范"
        ),
        whole(
            "chlorine_mg_l",
            "有效氯浓度",
            "毫克/升",
            0,
            5_000,
            at_least=250,
            when=("method", ("chemical",)),
            source="餐饮服务食品安全操作规范",
        ),
        whole("sets", "消毒餐具", "件", 0, 100_000, required=False, source="台账"),
        yes_no("closed", "消毒后密闭保洁", ought=(True,), source="餐饮服务食品安全操作规范"),
        signer("by", "消毒人", source="台账"),
    ),
)
