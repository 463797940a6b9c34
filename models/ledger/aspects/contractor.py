"""3 承包（委托）企业: whoever runs the canteen for the school."""

from models.ledger.aspects.food_licence import SCOPES
from models.ledger.aspects.serving import GRADES
from models.ledger.declaring import (
    Applies,
    Aspect,
    Kept,
    Rhythm,
    choice,
    choices,
    company_code,
    day,
    licence_number,
    money,
    text,
    whole,
    yes_no,
)
from models.organisations.tables import PostKind
from models.people.rights import Right

CONTRACTOR = Aspect(
    number=3,
    code="contractor",
    name="承包（委托）企业",
    owner=PostKind.MANAGER,
    rhythm=Rhythm.EXPIRY,
    many=True,
    applies=Applies.OUTSOURCED,
    reading=Right.READ_LEDGER_MONEY,
    source="食品安全法实施条例 第二十八条",
    kept=Kept("contract", "company", ("company_code", "from_on"), since_on="from_on", until_on="until_on"),
    orders=(("from_on", "until_on"),),
    items=(
        choice(
            "how", "方式", {"contracted": "承包", "entrusted": "委托", "catered": "校外供餐"}, source="合同"
        ),
        text("company", "企业名称", 60, source="营业执照"),
        company_code("company_code", source="GB 32100"),
        licence_number("licence", "企业食品经营许可证编号", source="食品安全法实施条例 第二十八条"),
        day("licence_until_on", "企业许可证有效期至", source="许可证"),
        choices("scope", "企业许可经营项目", SCOPES, source="许可证"),
        day("from_on", "合同期自", source="合同"),
        day("until_on", "合同期至", source="合同"),
        money("fee_fen", "承包费（年）", 0, 5_000_000_00, "元/年", at_most=0, source="专项整治：清退承包费"),
        yes_no("waived", "承包费已免除", ought=(True,), source="专项整治：清退承包费"),
        # what meals that come from outside are, and for how many
        choices("grades", "供餐年级", GRADES, when=("how", ("catered",)), source="合同", since=2),
        money(
            "meal_standard_fen",
            "合同餐标",
            0,
            10_000,
            "元/人·餐",
            when=("how", ("catered",)),
            source="合同",
            since=2,
        ),
        money(
            "price_fen",
            "合同每餐价格",
            0,
            10_000,
            "元/餐",
            when=("how", ("catered",)),
            source="合同",
            since=2,
        ),
        whole(
            "schools",
            "该单位供餐学校",
            "所",
            1,
            2_000,
            required=False,
            when=("how", ("catered",)),
            source="合同",
            since=2,
        ),
    ),
)
