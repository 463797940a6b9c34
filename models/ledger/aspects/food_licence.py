"""2 食品经营许可: the licence on the canteen's wall."""

from models.ledger.declaring import (
    Applies,
    Aspect,
    Kept,
    Rhythm,
    choice,
    choices,
    day,
    licence_number,
    photos,
    text,
)
from models.organisations.tables import PostKind

SCOPES = {
    "hot": "热食类食品制售", "cold": "冷食类食品制售", "raw": "生食类食品制售", "pastry": "糕点类食品制售",
    "drink": "自制饮品制售", "packed": "预包装食品销售", "bulk": "散装食品销售", "group": "集体用餐配送",
}  # fmt: skip

FOOD_LICENCE = Aspect(
    number=2,
    code="food_licence",
    name="食品经营许可",
    owner=PostKind.MANAGER,
    rhythm=Rhythm.EXPIRY,
    many=True,
    applies=Applies.COOKING,
    source="食品安全法 第三十五条",
    kept=Kept("licence", "number", ("number",), since_on="from_on", until_on="until_on"),
    orders=(("from_on", "until_on"),),
    items=(
        licence_number("number", source="食品经营许可和备案管理办法"),
        text("holder", "经营者名称", 60, source="许可证"),
        choices("scope", "经营项目", SCOPES, source="许可证"),
        day("from_on", "有效期自", source="许可证"),
        day("until_on", "有效期至", hint="五年有效，提前换证", source="食品经营许可和备案管理办法"),
        choice(
            "grade", "量化等级", {"A": "A级", "B": "B级", "C": "C级", "none": "未评定"}, source="监督检查办法"
        ),
        photos("photos", "许可证照片", 1, 3, required=False, wanted=True, source="台账"),
    ),
)
