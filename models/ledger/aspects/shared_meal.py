"""16 陪餐: a responsible person eats with the pupils at every meal, and says how it was."""

from models.ledger.declaring import Aspect, Rhythm, choice, photos, signer, text, whole
from models.organisations.tables import PostKind

SHARED_MEAL = Aspect(
    number=16,
    code="shared_meal",
    name="陪餐",
    owner=PostKind.HEAD,
    rhythm=Rhythm.MEAL,
    many=True,
    source="教育部令第45号",
    items=(
        signer("who", "陪餐人", source="教育部令第45号"),
        text("seat", "餐位", 20, required=False, source="台账"),
        whole("score", "评分", "分", 1, 5, at_least=3, hint="1最差，5最好", source="台账"),
        choice("same", "与学生同菜同价", {"yes": "是", "no": "否"}, ought=("yes",), source="教育部令第45号"),
        text("pupils_said", "学生意见", 300, required=False, source="教育部令第45号"),
        text("handled", "发现问题及处理", 300, required=False, source="教育部令第45号"),
        photos("photos", "陪餐照片", 0, 3, required=False, source="台账"),
    ),
)
