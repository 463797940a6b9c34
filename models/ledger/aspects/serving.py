"""15 供餐服务: the day's menu, portions and price; who cooked where meals come from outside."""

from models.ledger.declaring import Aspect, Rhythm, choice, choices, money, reference, text, whole, yes_no
from models.organisations.tables import PostKind

GRADES = {"k": "幼儿园", **{str(grade): f"{grade}年级" for grade in range(1, 13)}}

SERVING = Aspect(
    number=15,
    code="serving",
    name="供餐服务",
    owner=PostKind.MANAGER,
    rhythm=Rhythm.DAILY,
    source="教育部令第45号",
    items=(
        yes_no("menu_published", "带量食谱已公示", ought=(True,), source="教育部令第45号"),
        whole("portions", "供餐份数", "份", 0, 60_000, source="台账"),
        money("price_fen", "每餐收费", 0, 10_000, "元/餐", source="教育部令第45号"),
        choice("cooked", "餐食来源", {"own": "本校食堂", "outside": "校外供餐单位"}, source="台账"),
        reference(
            "caterer",
            "校外供餐单位",
            "supplier",
            when=("cooked", ("outside",)),
            source="食品安全法 第五十七条",
        ),
        choices("grades", "供餐年级", GRADES, required=False, source="台账"),
        whole("leftover_kg", "剩餐", "公斤", 0, 10_000, required=False, source="反食品浪费法"),
        text("changed", "食谱调整说明", 200, required=False, source="台账"),
    ),
)
