"""1 食堂基本信息: what the canteen is and whom it feeds."""

from models.ledger.declaring import Applies, Aspect, Rhythm, choice, choices, decimal, money, whole
from models.organisations.tables import PostKind

MODES = {"own": "自营", "contracted": "承包", "entrusted": "委托", "catered": "校外供餐"}
MEALS = {"breakfast": "早餐", "lunch": "午餐", "dinner": "晚餐"}

CANTEEN_PROFILE = Aspect(
    number=1,
    code="canteen_profile",
    name="食堂基本信息",
    owner=PostKind.MANAGER,
    rhythm=Rhythm.ON_CHANGE,
    applies=Applies.ALL,
    source="教育部令第45号",
    items=(
        choice("mode", "供餐方式", MODES, source="教育部令第45号"),
        whole("diners", "就餐学生人数", "人", 0, 20_000, source="台账"),
        choices("meals", "供应餐次", MEALS, source="台账"),
        whole("seats", "餐位数", "个", 0, 10_000, source="台账"),
        decimal("area_m2", "食堂面积", "平方米", 0, 50_000, 1, source="台账"),
        money("meal_standard_fen", "餐标", 0, 10_000, "元/人·餐", source="教育部令第45号"),
        money(
            "nutrition_fen",
            "其中营养膳食补助",
            0,
            10_000,
            "元/人·天",
            required=False,
            source="营养改善计划实施办法",
        ),
    ),
)
