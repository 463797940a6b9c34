"""防鼠设施: none there, or nobody said whether there are any."""

from models.alerts.declaring import Rule
from models.alerts.defence import judge_of
from models.alerts.facts import Read
from models.organisations.tables import PostKind
from models.problems.tables import Severity

RAT_PROOF = Rule(
    number=2,
    code="rat_proof",
    name="防鼠设施",
    level=Severity.SERIOUS,
    owner=PostKind.MANAGER,
    source="食品安全法 第三十三条",
    reads=(Read.DEFENCES, Read.SEEN),
    judge=judge_of("rat", "防鼠设施"),
    aspects=("three_defences",),
)
