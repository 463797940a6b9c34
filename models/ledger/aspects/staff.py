"""4 从业人员: who works in the canteen, and their health certificates."""

from models.ledger.declaring import (
    Applies,
    Aspect,
    Kept,
    Rhythm,
    certificate,
    choice,
    day,
    photos,
    text,
    yes_no,
)
from models.organisations.tables import PostKind
from models.people.rights import Right

JOBS = {
    "cook": "厨师", "helper": "帮厨", "server": "分餐", "cleaner": "洗消保洁", "buyer": "采购", "keeper": "库管",
    "safety": "食品安全员", "director": "食品安全总监", "other": "其他",
}  # fmt: skip

STAFF = Aspect(
    number=4,
    code="staff",
    name="从业人员",
    owner=PostKind.MANAGER,
    rhythm=Rhythm.EXPIRY,
    many=True,
    applies=Applies.COOKING,
    reading=Right.READ_LEDGER_PEOPLE,
    source="食品安全法 第四十五条",
    kept=Kept("staff", "name", ("name", "certificate"), since_on="from_on", until_on="until_on"),
    orders=(("from_on", "until_on"),),
    items=(
        text("name", "姓名", 20, source="台账"),
        choice("job", "岗位", JOBS, source="台账"),
        certificate("identity_number", "身份证号", 18, required=False, hint="18位，加密保存", source="台账"),
        certificate("certificate", "健康证编号", hint="加密保存，只显示首尾", source="食品安全法 第四十五条"),
        day("from_on", "健康证发证日期", source="健康证"),
        day("until_on", "健康证有效期至", hint="一年有效", source="食品安全法 第四十五条"),
        yes_no("trained", "已培训合格上岗", ought=(True,), source="食品安全法 第四十四条"),
        photos("photos", "健康证照片", 0, 2, required=False, source="台账"),
    ),
)
