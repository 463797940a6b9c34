"""食品经营许可证到期: the canteen's licence runs out, has run out, or was never registered."""

from collections.abc import Iterator
from datetime import date

from models.alerts.declaring import Finding, Rule, Sort
from models.alerts.facts import Read, SchoolCase
from models.alerts.findings import contradicted, latest, running_out
from models.organisations.tables import PostKind
from models.policies.queries import Values
from models.problems.tables import Severity


def judge(case: SchoolCase, policies: Values, today: date) -> Iterator[Finding]:
    if not case.cooks:
        return
    if not case.licences:
        yield Finding(Sort.NO_RECORD, "没有登记食堂的食品经营许可证。")
        return
    # what is renewed is a row of its own beside the old one
    newest = max(latest(case.licences, today), key=lambda one: one.until_on or date.min)
    found = list(running_out("食品经营许可证", newest.until_on, policies, today, "", newest.id))
    yield from found
    if not found:
        said = "台账里食品经营许可证在有效期内，{day}入校查看不合格。"
        yield from contradicted(case, ("C02",), None, said, "visit")


FOOD_LICENCE = Rule(
    number=5,
    code="food_licence",
    name="食品经营许可证到期",
    level=Severity.MAJOR,
    owner=PostKind.MANAGER,
    source="食品安全法 第三十五条",
    reads=(Read.LICENCES, Read.SEEN),
    judge=judge,
    aspects=("food_licence",),
)
