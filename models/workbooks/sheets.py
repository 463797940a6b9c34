"""The kinds of table there are: those of a division, and one for each aspect and register of the ledger."""

from models.ledger.aspects import ASPECTS
from models.ledger.registers import REGISTERS
from models.workbooks.entries import entry_sheet
from models.workbooks.guardians import GUARDIANS
from models.workbooks.importing import Sheet
from models.workbooks.people import ASSIGNMENTS, COMMITTEES, PEOPLE
from models.workbooks.register_rows import register_sheet
from models.workbooks.schools import CANTEENS, SCHOOLS

SHEETS: dict[str, Sheet] = {
    sheet.kind: sheet
    for sheet in (
        SCHOOLS, CANTEENS, PEOPLE, COMMITTEES, ASSIGNMENTS, GUARDIANS, *(entry_sheet(one) for one in ASPECTS),
        *(register_sheet(one) for one in REGISTERS),
    )
}  # fmt: skip
