"""供应商: companies that deliver food, known by their company code in the whole province."""

from models.ledger.aspects.food_licence import SCOPES
from models.ledger.aspects.procurement import INGREDIENTS
from models.ledger.declaring import (
    Kept,
    Register,
    choices,
    company_code,
    day,
    licence_number,
    text,
    whole,
    yes_no,
)
from models.organisations.tables import PostKind

SUPPLIER = Register(
    code="supplier",
    name="供应商",
    source="食品安全法 第五十三条",
    kept=Kept("supplier", "name", ("company_code",), among="province", until_on="licence_until_on"),
    writing=frozenset({PostKind.MANAGER, PostKind.HEAD, PostKind.COUNTY}),
    items=(
        text("name", "企业名称", 60, source="营业执照"),
        company_code("company_code", source="GB 32100"),
        licence_number("licence", "许可证编号", hint="食品经营许可JY，食品生产许可SC", source="许可证"),
        day("licence_until_on", "许可证有效期至", source="许可证"),
        choices("scope", "许可经营项目", SCOPES, required=False, source="许可证"),
        choices("classes", "供应类别", INGREDIENTS, source="合同"),
        text("address", "地址", 100, required=False, source="营业执照"),
        whole(
            "portions_most",
            "许可日供餐量",
            "份",
            0,
            200_000,
            required=False,
            hint="校外供餐单位填写",
            source="许可证",
            since=2,
        ),
        yes_no(
            "director",
            "已配食品安全总监",
            required=False,
            hint="校外供餐单位填写",
            source="企业落实食品安全主体责任监督管理规定",
            since=2,
        ),
    ),
)
