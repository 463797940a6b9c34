"""The ledger's declarations as the mini-program and workbooks read them, and the bodies of entries."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field, FiniteFloat, StringConstraints

from miniapp_api.registry import Input
from miniapp_api.types import Day, Id, Instant, Reason, RequestId
from models.ledger.declaring import (
    MEAL_NAMES,
    RHYTHM_NAMES,
    Applies,
    Aspect,
    Form,
    Item,
    ItemKind,
    Meal,
    Register,
    Rhythm,
)
from models.ledger.queries import EntryLine
from models.ledger.tables import RegisterRow
from models.ledger.validation import Fault, bound_of
from models.organisations.tables import PostKind

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,31}$")]
Version = Annotated[int, Field(ge=1, le=1000)]
County = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{5}$")]
# what an item holds, by its kind; whether it may is said by the declaration
Values = Annotated[
    dict[str, bool | int | FiniteFloat | str | list[str] | None],
    Field(
        max_length=60,
        description="按 GET /ledger/aspects 的表单填写：项目代码→值；金额为分，重量为克，温度为℃。"
        "各方面最新一版见 components 中的 Ledger…",
    ),
]


class ChoiceOut(BaseModel):
    code: str
    name: str


class WhenOut(BaseModel):
    """Asked only where another item has one of these values."""

    item: str
    values: list[str | bool]


class ItemOut(BaseModel):
    """One line of a form. `lowest`, `highest`: what is accepted. `at_least`, `at_most`, `ought`, `wanted`: what
    ought to be; anything else is accepted and counted as a defect. Money in fen."""

    code: str
    name: str
    kind: ItemKind
    unit: str
    required: bool
    lowest: float | None
    highest: float | None
    places: int
    longest: int
    choices: list[ChoiceOut]
    refers: str
    at_least: float | None
    at_most: float | None
    ought: list[str | bool]
    wanted: bool
    when: WhenOut | None
    hint: str
    source: str


class FormOut(BaseModel):
    """`orders`: of each pair the first is not above the second; `differ`: pairs that are not the same."""

    code: str
    name: str
    version: int
    source: str
    register_code: str | None
    orders: list[tuple[str, str]]
    differ: list[tuple[str, str]]
    items: list[ItemOut]


class MealOut(BaseModel):
    code: Meal
    name: str


class AspectOut(FormOut):
    number: int
    owner: PostKind
    rhythm: Rhythm
    rhythm_name: str
    many: bool
    applies: Applies
    signers: int
    meals: list[MealOut]
    hint: str


class RegisterOut(FormOut):
    """`writing`: the posts that write it. `key`: what makes it the same thing again, and stays in a correction."""

    among: str
    key: list[str]
    writing: list[PostKind]


def item_out(item: Item, policy: Mapping[str, float]) -> ItemOut:
    return ItemOut(
        code=item.code,
        name=item.name,
        kind=item.kind,
        unit=item.unit,
        required=item.required,
        lowest=item.lowest,
        highest=item.highest,
        places=item.places,
        longest=item.longest,
        choices=[ChoiceOut(code=code, name=name) for code, name in item.choices],
        refers=item.refers,
        at_least=None if item.at_least is None else bound_of(item.at_least, policy),
        at_most=None if item.at_most is None else bound_of(item.at_most, policy),
        ought=list(item.ought),
        wanted=item.wanted,
        when=WhenOut(item=item.when[0], values=list(item.when[1])) if item.when else None,
        hint=item.hint,
        source=item.source,
    )


def _form(form: Form, policy: Mapping[str, float], version: int | None) -> dict[str, Any]:
    return {
        "code": form.code,
        "name": form.name,
        "version": version or form.version,
        "source": form.source,
        "register_code": form.kept.register if form.kept else None,
        "orders": form.orders,
        "differ": form.differ,
        "items": [item_out(item, policy) for item in form.asked(version)],
    }


def aspect_out(aspect: Aspect, policy: Mapping[str, float], version: int | None = None) -> AspectOut:
    meals = MEAL_NAMES.items() if aspect.rhythm is Rhythm.MEAL else ()
    return AspectOut(
        number=aspect.number,
        owner=aspect.owner,
        rhythm=aspect.rhythm,
        rhythm_name=RHYTHM_NAMES[aspect.rhythm],
        many=aspect.many,
        applies=aspect.applies,
        signers=aspect.signers,
        meals=[MealOut(code=code, name=name) for code, name in meals],
        hint=aspect.hint,
        **_form(aspect, policy, version),
    )


def register_out(register: Register, policy: Mapping[str, float]) -> RegisterOut:
    return RegisterOut(
        among=register.kept.among,
        key=list(register.kept.key),
        writing=sorted(register.writing),
        **_form(register, policy, None),
    )


class EntryIn(Input):
    """An entry. `school_id`, or `division` for a county's own aspects; `meal` where each meal has its own."""

    request_id: RequestId
    aspect: Code
    version: Version
    school_id: Id | None = None
    division: County | None = None
    canteen_id: Id | None = None
    for_on: Day
    meal: Meal | None = None
    made_at: Instant
    values: Values


class CorrectIn(Input):
    """All values anew; a certificate left out stays as it was."""

    request_id: RequestId
    version: Version
    values: Values
    reason: Reason


class FaultOut(BaseModel):
    item: str
    sentence: str


class RecordedOut(BaseModel):
    """`late`: it came after its period. `defects`: what it says is not as it should be; it is kept all the same."""

    id: int
    revision: int
    late: bool
    defects: list[FaultOut]


class EntryOut(BaseModel):
    """Certificates masked. `defect_items`: what was not as it should be when it was made."""

    id: int
    aspect: str
    aspect_name: str
    version: int
    school_id: int | None
    county_code: str
    for_on: date
    meal: Meal | None
    made_at: Instant
    received_at: Instant
    late: bool
    who: str
    values: dict[str, Any]
    defect_items: list[str]
    revision: int
    current: bool
    reason: str | None
    register_row_id: int | None


class RowIn(Input):
    """A row of a register, of a school or of a county's office. The same identity again changes the row."""

    request_id: RequestId
    version: Version
    school_id: Id | None = None
    division: County | None = None
    values: Values


class RowOut(BaseModel):
    id: int
    register_code: str
    form: str
    version: int
    school_id: int | None
    county_code: str | None
    label: str
    since_on: date | None
    until_on: date | None
    company_id: int | None
    values: dict[str, Any]
    defect_items: list[str]
    revision: int
    changed_at: Instant
    ended_on: date | None
    ended_reason: str | None


class OneRowOut(RowOut):
    """`entry_id`: of what an aspect's entries write, the newest entry; None where the register has a form of its own."""

    entry_id: int | None


class PutOut(BaseModel):
    id: int
    revision: int


def faults_out(faults: tuple[Fault, ...]) -> list[FaultOut]:
    return [FaultOut(item=one.item, sentence=one.sentence) for one in faults]


def entry_out(line: EntryLine, aspect_name: str) -> EntryOut:
    row = line.row
    return EntryOut(
        id=row.id,
        aspect=row.aspect,
        aspect_name=aspect_name,
        version=row.version,
        school_id=row.school_id,
        county_code=row.county_code,
        for_on=row.for_on,
        meal=Meal(row.meal) if row.meal else None,
        made_at=row.made_at,
        received_at=row.received_at,
        late=row.late,
        who=line.who,
        values=line.values,
        defect_items=_listed(row.defect_items),
        revision=row.revision,
        current=row.current,
        reason=row.reason,
        register_row_id=row.register_row_id,
    )


def row_out(row: RegisterRow, values: dict[str, Any]) -> RowOut:
    names = (
        "id", "form", "version", "school_id", "county_code", "label", "since_on", "until_on", "company_id",
        "revision", "changed_at", "ended_on", "ended_reason",
    )  # fmt: skip
    return RowOut(
        register_code=row.register,
        values=values,
        defect_items=_listed(row.defect_items),
        **{name: getattr(row, name) for name in names},
    )


def _listed(codes: str | None) -> list[str]:
    return codes.split(",") if codes else []
