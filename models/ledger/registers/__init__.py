"""The registers (名录): those that are written for themselves, and those that aspects keep."""

from models.errors import Invalid
from models.ledger.aspects import ASPECTS
from models.ledger.declaring import Form, Register
from models.ledger.registers.camera import CAMERA
from models.ledger.registers.committee_list import COMMITTEE_LIST
from models.ledger.registers.supplier import SUPPLIER

REGISTERS: tuple[Register, ...] = (SUPPLIER, CAMERA, COMMITTEE_LIST)
BY_CODE = {register.code: register for register in REGISTERS}
# rows of these come from entries: licences, contracts, staff
KEPT_BY_ASPECTS = {aspect.kept.register for aspect in ASPECTS if aspect.kept is not None}
NAMES = {register.code: register.name for register in REGISTERS} | {
    "licence": "许可证", "contract": "合同", "staff": "从业人员",
}  # fmt: skip
FORMS: dict[str, Form] = {form.code: form for form in (*ASPECTS, *REGISTERS)}


class NoSuchRegister(Invalid):
    code = "no_such_register"
    sentence = "没有“{register}”这个名录，请更新小程序后再填。"


class KeptByAspect(Invalid):
    code = "kept_by_aspect"
    sentence = "“{name}”由台账填报形成，请在台账中填写或更正。"


def register(code: str) -> Register:
    """A register that is written for itself; raises NoSuchRegister and KeptByAspect."""
    found = BY_CODE.get(code)
    if found is None:
        raise (KeptByAspect(name=NAMES[code]) if code in NAMES else NoSuchRegister(register=code))
    return found
