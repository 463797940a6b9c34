"""19 财务与退费."""

from models.ledger.declaring import Aspect, Rhythm, money, photos, text, whole, yes_no
from models.organisations.tables import PostKind
from models.people.rights import Right

FINANCE = Aspect(
    number=19,
    code="finance",
    name="财务与退费",
    owner=PostKind.FINANCE,
    rhythm=Rhythm.TERMLY,
    many=True,
    reading=Right.READ_LEDGER_MONEY,
    source="教育部令第45号",
    items=(
        money("refund_fen", "退费金额", 0, 10_000_000_00, source="专项整治"),
        whole("refund_pupils", "退费学生", "人", 0, 20_000, source="专项整治"),
        money("waived_fen", "承包费免除金额", 0, 10_000_000_00, source="专项整治：承包费返还学生"),
        whole("waived_pupils", "受益学生", "人", 0, 20_000, source="专项整治：承包费返还学生"),
        yes_no("own_account", "伙食费专账核算", ought=(True,), source="教育部令第45号"),
        yes_no("published", "收支已公示", ought=(True,), source="教育部令第45号"),
        text("where", "公示地点", 60, when=("published", (True,)), source="教育部令第45号"),
        photos("photos", "凭证和公示照片", 0, 6, required=False, wanted=True, source="台账"),
    ),
)
