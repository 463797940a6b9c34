"""The kinds of table there are."""

from models.workbooks.guardians import GUARDIANS
from models.workbooks.importing import Sheet
from models.workbooks.people import ASSIGNMENTS, COMMITTEES, PEOPLE
from models.workbooks.schools import CANTEENS, SCHOOLS

SHEETS: dict[str, Sheet] = {
    sheet.kind: sheet for sheet in (SCHOOLS, CANTEENS, PEOPLE, COMMITTEES, ASSIGNMENTS, GUARDIANS)
}
