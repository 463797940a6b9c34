"""18 满意度测评: a round's figures, computed from its answers; a school that asked on paper writes them itself."""

from models.ledger.declaring import Aspect, Rhythm, choice, decimal, text, whole
from models.organisations.tables import PostKind

SATISFACTION = Aspect(
    number=18,
    code="satisfaction",
    name="满意度测评",
    owner=PostKind.HEAD,
    rhythm=Rhythm.TERMLY,
    many=True,
    source="教育部 2024-11-22 工作指引",
    orders=(("answers", "asked"),),
    items=(
        text("round", "测评轮次", 60, source="教育部 2024-11-22 工作指引"),
        choice("how", "方式", {"online": "本系统", "paper": "纸质"}, source="台账"),
        whole("asked", "应答人数", "人", 1, 100_000, source="教育部 2024-11-22 工作指引"),
        whole("answers", "答卷数", "份", 0, 100_000, at_least=1, source="教育部 2024-11-22 工作指引"),
        decimal("mean", "平均分", "分", 0, 100, 1, source="教育部 2024-11-22 工作指引"),
        decimal("top_two", "满意以上占比", "%", 0, 100, 1, source="教育部 2024-11-22 工作指引"),
    ),
)
