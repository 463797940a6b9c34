"""摄像头: the kitchen's cameras (明厨亮灶)."""

from models.ledger.declaring import Kept, Register, choice, day, text, yes_no
from models.organisations.tables import PostKind

PLACES = {
    "prep": "粗加工间", "cooking": "烹饪间", "serving": "备餐间", "washing": "洗消间", "store": "库房", "sample": "留样区",
    "dining": "就餐区",
}  # fmt: skip

CAMERA = Register(
    code="camera",
    name="摄像头",
    source="教育部令第45号",
    kept=Kept("camera", "number", ("number",), since_on="since_on"),
    writing=frozenset({PostKind.MANAGER, PostKind.HEAD}),
    items=(
        text("number", "编号", 40, source="台账"),
        choice("place", "位置", PLACES, source="台账"),
        yes_no("online", "在线", ought=(True,), source="教育部令第45号"),
        day("since_on", "启用日期", required=False, source="台账"),
    ),
)
