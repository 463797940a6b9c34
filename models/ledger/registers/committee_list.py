"""膳食家委会名单备案: the list of the committee as it was filed with the county, one a school year."""

from models.ledger.aspects.serving import GRADES
from models.ledger.declaring import Kept, Register, choices, day, whole, yes_no
from models.organisations.tables import PostKind
from models.policies.declared import COMMITTEE_LEAST

COMMITTEE_LIST = Register(
    code="committee_list",
    name="膳食家委会名单",
    source="教基厅函〔2024〕33号",
    kept=Kept("committee_list", "year", ("year",), since_on="filed_on"),
    writing=frozenset({PostKind.HEAD}),
    items=(
        whole("year", "学年（起始年）", "年", 2020, 2100, source="教基厅函〔2024〕33号"),
        day("filed_on", "备案日期", source="教基厅函〔2024〕33号"),
        whole("members", "委员人数", "名", 0, 200, at_least=COMMITTEE_LEAST, source="教基厅函〔2024〕33号"),
        choices("grades", "有委员的年级", GRADES, source="教基厅函〔2024〕33号"),
        choices("school_grades", "学校开设的年级", GRADES, source="教基厅函〔2024〕33号"),
        yes_no("no_interest", "均已声明无利益关系", ought=(True,), source="教基厅函〔2024〕33号"),
        yes_no("published", "名单已公示", ought=(True,), source="教基厅函〔2024〕33号"),
    ),
)
