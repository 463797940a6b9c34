"""20 营养改善计划供应商: whom the county chose to supply its schools."""

from models.ledger.aspects.procurement import INGREDIENTS
from models.ledger.declaring import (
    Applies,
    Aspect,
    Kept,
    Rhythm,
    choices,
    day,
    reference,
    text,
    whole,
)
from models.organisations.tables import PostKind

COUNTY_SUPPLIER = Aspect(
    number=20,
    code="county_supplier",
    name="营养改善计划供应商",
    owner=PostKind.COUNTY,
    rhythm=Rhythm.EXPIRY,
    many=True,
    applies=Applies.COUNTY,
    source="营养改善计划实施办法",
    kept=Kept(
        "contract", "number", ("number",), among="county", since_on="from_on", until_on="until_on",
        company="supplier",
    ),
    orders=(("tender_on", "from_on"), ("from_on", "until_on")),
    items=(
        reference("supplier", "供应商", "supplier", source="中标通知书"),
        text("number", "合同编号", 40, source="合同"),
        choices("scope", "供应范围", INGREDIENTS, source="合同"),
        day("tender_on", "中标日期", source="政府采购法"),
        day("from_on", "合同期自", source="合同"),
        day("until_on", "合同期至", source="合同"),
        whole("schools", "供应学校", "所", 0, 2_000, source="合同"),
    ),
)  # fmt: skip
