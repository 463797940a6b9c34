"""12 留样: every dish of every meal. Weight and hours follow the county's policy, never below the law's."""

from models.ledger.declaring import (
    Aspect,
    Rhythm,
    clock,
    photos,
    signer,
    temperature,
    text,
    weight,
    whole,
    yes_no,
)
from models.organisations.tables import PostKind
from models.policies.declared import SAMPLE_G, SAMPLE_H

FOOD_SAMPLE = Aspect(
    number=12,
    code="food_sample",
    name="食品留样",
    owner=PostKind.MANAGER,
    rhythm=Rhythm.MEAL,
    many=True,
    source="教育部令第45号 第四十条",
    orders=(("taken_at", "kept_until"),),
    items=(
        text("dish", "菜品", 40, source="教育部令第45号 第四十条"),
        weight("grams", "留样量", 0, 5_000, at_least=SAMPLE_G, source="教育部令第45号 第四十条"),
        clock("taken_at", "留样时间", source="教育部令第45号 第四十条"),
        whole("hours", "冷藏时长", "小时", 0, 240, at_least=SAMPLE_H, source="教育部令第45号 第四十条"),
        clock("kept_until", "销样时间", required=False, source="教育部令第45号 第四十条"),
        temperature(
            "fridge_c", "留样冰箱温度", -20, 40, at_least=0, at_most=8, source="餐饮服务食品安全操作规范"
        ),
        yes_no("labelled", "已贴标签", ought=(True,), source="教育部令第45号 第四十条"),
        signer("keeper", "留样人", source="教育部令第45号 第四十条"),
        photos("photos", "留样照片", 0, 3, required=False, source="台账"),
    ),
)
