"""9 大宗采购: what a contract says of one class of bulk ingredient."""

from models.ledger.declaring import Aspect, Kept, Rhythm, choice, day, money, photos, reference, text, whole
from models.organisations.tables import PostKind
from models.people.rights import Right

CLASSES = {"rice": "米", "flour": "面", "oil": "油", "meat": "肉", "egg": "蛋", "milk": "奶"}
# what is delivered besides, without a contract of its own
INGREDIENTS = CLASSES | {"vegetable": "蔬菜", "other": "其他"}
METHODS = {
    "public": "公开招标", "invited": "邀请招标", "negotiated": "竞争性谈判", "consulted": "竞争性磋商", "inquiry": "询价",
    "single": "单一来源", "platform": "政府采购平台", "self": "自行采购",
}  # fmt: skip
UNITS = {"kg": "公斤", "l": "升", "each": "个", "box": "盒"}

PROCUREMENT = Aspect(
    number=9,
    code="procurement",
    name="大宗采购",
    owner=PostKind.MANAGER,
    rhythm=Rhythm.EXPIRY,
    many=True,
    reading=Right.READ_LEDGER_MONEY,
    source="教育部令第45号",
    kept=Kept(
        "contract",
        "number",
        ("number", "ingredient"),
        since_on="from_on",
        until_on="until_on",
        company="supplier",
    ),
    orders=(("from_on", "until_on"),),
    items=(
        choice("ingredient", "食材类别", CLASSES, source="大宗食材目录"),
        text("goods", "品名规格", 60, source="合同"),
        choice(
            "method",
            "采购方式",
            METHODS,
            ought=tuple(code for code in METHODS if code != "self"),
            source="政府采购法",
        ),
        reference("supplier", "供应商", "supplier", source="合同"),
        text("number", "合同编号", 40, source="合同"),
        choice("unit", "计价单位", UNITS, hint="换算成公斤、升、个、盒", source="合同"),
        money("price_fen", "单价", 1, 1_000_000, "元/计价单位", source="合同"),
        whole("quantity", "合同数量", "计价单位", 0, 10_000_000, required=False, source="合同"),
        day("from_on", "合同期自", source="合同"),
        day("until_on", "合同期至", source="合同"),
        photos("photos", "合同照片", 0, 6, required=False, source="台账"),
    ),
)
