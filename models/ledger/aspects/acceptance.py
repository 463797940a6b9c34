"""10 食材验收: one entry a batch, before two people's eyes."""

from models.ledger.aspects.procurement import INGREDIENTS
from models.ledger.declaring import (
    Applies,
    Aspect,
    Rhythm,
    choice,
    choices,
    day,
    goods,
    money,
    photos,
    reference,
    signer,
    temperature,
    text,
    weight,
)
from models.organisations.tables import PostKind

PAPERS = {
    "receipt": "送货单",
    "licence": "供应商许可证",
    "inspection": "检验合格证明",
    "quarantine": "动物检疫证明",
}

ACCEPTANCE = Aspect(
    number=10,
    code="acceptance",
    name="食材验收",
    owner=PostKind.MANAGER,
    rhythm=Rhythm.DAILY,
    many=True,
    applies=Applies.COOKING,
    signers=2,
    source="教育部 2024-11-22 工作指引",
    differ=(("signer_1", "signer_2"),),
    orders=(("made_on", "best_before_on"),),
    items=(
        goods("goods_code", "商品条码", required=False, hint="扫包装上的条码；散装的不填", source="GB 12904"),
        text("goods", "品名规格", 60, source="食品安全法 第五十三条"),
        choice("ingredient", "食材类别", INGREDIENTS, source="台账"),
        reference("supplier", "供应商", "supplier", source="食品安全法 第五十三条"),
        text("batch", "生产批号", 40, required=False, source="食品安全法 第五十三条"),
        weight("quantity_g", "数量", 1, 50_000_000, hint="一律折合成克", source="食品安全法 第五十三条"),
        money("price_fen", "总价", 0, 100_000_000, "元", required=False, source="台账"),
        day("made_on", "生产日期", required=False, source="食品安全法 第五十三条"),
        day("best_before_on", "保质期至", required=False, source="食品安全法 第五十三条"),
        temperature(
            "temperature_c",
            "到货温度",
            -40,
            60,
            required=False,
            hint="冷藏冷冻食品必测",
            source="餐饮服务食品安全操作规范",
        ),
        choices("papers", "随货票证", PAPERS, required=False, wanted=True, source="食品安全法 第五十三条"),
        choice(
            "verdict", "验收结论", {"accepted": "合格入库", "refused": "不合格退货"}, source="教育部令第45号"
        ),
        signer("signer_1", "验收人", source="教育部 2024-11-22 工作指引"),
        signer(
            "signer_2",
            "复核人",
            required=False,
            wanted=True,
            hint="须与验收人不同",
            source="教育部 2024-11-22 工作指引",
        ),
        photos("photos", "票证和食材照片", 0, 6, required=False, wanted=True, source="教育部令第45号"),
    ),
)
