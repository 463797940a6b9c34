"""仍收承包费: the fee was to be waived and passed back to the pupils."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Contractor, Read, SchoolCase
from models.alerts.findings import contradicted
from models.organisations.tables import PostKind
from models.people.rights import Right
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    running = [one for one in case.contractors if one.until_on is None or one.until_on >= today]
    found = [finding for one in running for finding in _fee(one)]
    yield from found
    if running and not found:
        said = "台账记着承包费为0或已免除，{day}入校督查发现仍有问题。"
        yield from contradicted(case, ("G3",), None, said, "visit")


def _fee(one: Contractor) -> Iterator[Finding]:
    facts = {"fee_fen": one.fee_fen, "waived": one.waived}
    if one.fee_fen is None or (one.fee_fen > 0 and one.waived is None):
        said = f"没有登记{one.company}的承包费是多少、是否免除。"
        yield Finding(Sort.NO_RECORD, said, facts, str(one.id), row_id=one.id)
    elif one.fee_fen > 0 and not one.waived:
        said = f"{one.company}每年承包费{one.fee_fen / 100:,.2f}元，没有免除。"
        yield Finding(Sort.DEFECT, said, facts, str(one.id), row_id=one.id)


CONTRACTING_FEE = Rule(
    number=11,
    code="contracting_fee",
    name="仍收承包费",
    level=Severity.MAJOR,
    owner=PostKind.HEAD,
    source="专项整治：清退承包费",
    reads=(Read.CONTRACTORS, Read.SEEN),
    judge=judge,
    aspects=("contractor",),
    reading=Right.READ_LEDGER_MONEY,
)
