"""14 病媒生物防治."""

from models.ledger.declaring import Aspect, Rhythm, choice, choices, photos, text
from models.organisations.tables import PostKind

PEST_CONTROL = Aspect(
    number=14,
    code="pest_control",
    name="病媒生物防治",
    owner=PostKind.MANAGER,
    rhythm=Rhythm.MONTHLY,
    many=True,
    source="餐饮服务食品安全操作规范",
    items=(
        choice("who", "实施方", {"firm": "专业机构", "self": "学校自行"}, source="台账"),
        text("firm", "机构名称", 60, when=("who", ("firm",)), source="台账"),
        choices(
            "against",
            "防治对象",
            {"rat": "鼠", "fly": "蝇", "roach": "蟑螂", "mosquito": "蚊"},
            source="餐饮服务食品安全操作规范",
        ),
        choice(
            "method",
            "方法",
            {"physical": "物理", "chemical": "化学", "both": "两者"},
            source="餐饮服务食品安全操作规范",
        ),
        choice(
            "result",
            "结果",
            {"none": "未见踪迹", "seen": "发现踪迹，已处置", "open": "发现踪迹，未处置"},
            ought=("none", "seen"),
            source="餐饮服务食品安全操作规范",
        ),
        photos("photos", "照片或单据", 0, 6, required=False, source="台账"),
    ),
)
