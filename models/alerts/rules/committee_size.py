"""膳食家委会人数: at least seven members, and a county may ask for more."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import contradicted
from models.organisations.tables import PostKind
from models.policies.declared import COMMITTEE_LEAST
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    committee, least = case.committee, policies[COMMITTEE_LEAST.key]
    # that no list was filed is another rule's
    if committee is None:
        return
    if committee.members is None:
        yield Finding(Sort.NO_RECORD, "家委会名单没有登记委员人数。")
    elif committee.members < least:
        said = f"膳食家委会登记{committee.members}名委员，少于{least:g}名。"
        yield Finding(Sort.DEFECT, said, {"members": committee.members, "least": least})
    else:
        said = f"台账里家委会有{committee.members}名委员，{{day}}入校督查不合格。"
        yield from contradicted(case, ("C1",), committee.filed_on, said)


COMMITTEE_SIZE = Rule(
    number=14,
    code="committee_size",
    name="家委会人数不足",
    level=Severity.GENERAL,
    owner=PostKind.HEAD,
    source="教基厅函〔2024〕33号",
    reads=(Read.COMMITTEE, Read.SEEN),
    judge=judge,
    aspects=("committee_list",),
)
