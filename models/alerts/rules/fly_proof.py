"""防蝇设施: none there, or nobody said whether there are any."""

from models.alerts.declaring import Rule
from models.alerts.defence import judge_of
from models.alerts.facts import Read
from models.organisations.tables import PostKind
from models.problems.tables import Severity

FLY_PROOF = Rule(
    number=3,
    code="fly_proof",
    name="防蝇设施",
    level=Severity.GENERAL,
    owner=PostKind.MANAGER,
    source="食品安全法 第三十三条",
    reads=(Read.DEFENCES, Read.SEEN),
    judge=judge_of("fly", "防蝇设施"),
    aspects=("three_defences",),
)
