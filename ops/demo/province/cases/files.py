"""Who may cook and for whom: licences, contractors, staff, committees."""

from collections.abc import Callable, Mapping
from typing import Any

from models.organisations.tables import SchoolStage
from ops.demo.province.cases.making import (
    Case,
    SetUp,
    also,
    anywhere,
    case,
    catered,
    contracted_out,
    contradiction,
    dated,
    defect,
    file,
    files,
    missing,
    of_school,
    own,
    taught,
    visited,
)
from ops.demo.province.layout import Province
from ops.demo.province.school import Filed, School
from ops.demo.province.times import Times


def _ran_out(about: str, name: str, aspect: str, item: str = "until_on") -> tuple[Case, ...]:
    """What runs out: told from the ninetieth day on, and when it has."""

    def until(days: int) -> SetUp:
        return files(aspect, _until(item, days))

    fits = contracted_out if aspect == "contractor" else None
    return (
        case(about, f"{name}已过期1天", aspect, until(-1), defect(about), fits=fits),
        case(about, f"{name}今天到期", aspect, until(0), defect(about), fits=fits),
        case(about, f"{name}90天后到期", aspect, until(90), defect(about), fits=fits),
        case(about, f"{name}91天后到期", aspect, until(91), fits=fits),
    )


def _until(item: str, days: int) -> Callable[[Times], Filed]:
    return lambda times: Filed(times.filed_on, {item: times.after(days).isoformat()})


LICENCES = (
    *_ran_out("food_licence", "许可证", "food_licence"),
    case("food_licence", "没有登记许可证", "food_licence", files("food_licence"), missing("food_licence")),
    case("food_licence", "旧证过期，新证有效", "food_licence", files("food_licence", file(-30), file(900, turn=1))),
    case("food_licence", "入校说证过期", "food_licence visit.committee", visited("committee", "C02"),
         contradiction("food_licence"), when=taught),
    case("food_licence", "入校说证过期，是61天以前", "food_licence visit.committee", visited("committee", "C02", ago=61)),
    case("food_licence", "校外供餐的学校不用证", "food_licence", also(), fits=catered),
    case("licence_scope", "许可不含热食", "food_licence", files("food_licence", file(scope=["cold", "packed"])),
         defect("licence_scope")),
    case("licence_scope", "只许可热食", "food_licence", files("food_licence", file(scope=["hot"]))),
)  # fmt: skip


def _back_in_hand(province: Province, school: School) -> None:
    """The contract is over, and the school runs its canteen itself: what the firm's licence says is history."""
    times = province.times
    over = {
        "until_on": times.after(-20).isoformat(),
        "licence_until_on": times.after(-5).isoformat(),
        "scope": ["cold"],
    }
    school.planned.files["contractor"] = [Filed(times.filed_before, over)]


def _in_a_plan(province: Province, school: School) -> None:
    school.nutrition = True


CONTRACTORS = (
    *_ran_out("contractor_licence", "企业许可证", "contractor", "licence_until_on"),
    case("contractor_licence", "没有登记企业", "contractor", files("contractor"), missing("contractor_licence"),
         fits=contracted_out),
    case("contractor_contract", "合同已过期1天", "contractor", files("contractor", file(-1)), defect("contractor_contract"),
         fits=contracted_out),
    case("contractor_contract", "合同60天后到期", "contractor", files("contractor", file(60)), defect("contractor_contract"),
         fits=contracted_out),
    case("contractor_contract", "合同91天后到期", "contractor", files("contractor", file(91)), fits=contracted_out),
    case("contractor_contract", "合同早已结束，收回自营", "contractor", _back_in_hand, fits=own),
    case("contractor_scope", "企业许可不含热食", "contractor", files("contractor", file(scope=["packed"])),
         defect("contractor_scope"), fits=contracted_out),
    case("contractor_scope", "供餐企业许可不含集体配送", "contractor", files("contractor", file(scope=["hot"])),
         defect("contractor_scope"), fits=catered),
    case("contracting_fee", "承包费没有免除", "contractor", files("contractor", file(fee_fen=1, waived=False)),
         defect("contracting_fee"), fits=contracted_out),
    case("contracting_fee", "承包费已免除", "contractor", files("contractor", file(fee_fen=8_000_000, waived=True)),
         fits=contracted_out),
    case("contracting_fee", "承包费为0", "contractor", files("contractor", file(fee_fen=0, waived=False)), fits=contracted_out),
    case("contracting_fee", "收费的合同已结束，新合同不收", "contractor",
         files("contractor", file(-10, fee_fen=500, waived=False), file(300)), fits=contracted_out),
    case("contracting_fee", "督学说还在收", "contractor visit.supervisor", visited("supervisor", "G3"),
         contradiction("contracting_fee"), fits=contracted_out, when=taught),
    case("contracting_forbidden", "营养改善计划学校承包", "contractor nutrition", _in_a_plan, defect("contracting_forbidden"),
         fits=contracted_out),
    case("contracting_forbidden", "营养改善计划学校校外供餐", "nutrition", _in_a_plan, fits=catered),
    case("contracting_forbidden", "承包，不在计划内", "nutrition", also(), fits=lambda school: contracted_out(school) and not school.nutrition),
)  # fmt: skip


def _staff(*rows: Mapping[str, Any], left: int = 0) -> SetUp:
    """Workers with these in place of what is usual; of the last of them, `left` have gone."""

    def set_up(province: Province, school: School) -> None:
        times = province.times
        school.planned.files["staff"] = [
            Filed(
                times.filed_on,
                {"turn": turn} | {key: dated(value, times) for key, value in row.items()},
                ended_on=times.after(-3) if turn >= len(rows) - left else None,
            )
            for turn, row in enumerate(rows)
        ]
        school.staff = len(rows)

    return set_up


def _fed(diners: int, stage: SchoolStage, *rows: Mapping[str, Any]) -> SetUp:
    """So many eat there, by the ledger, and these work there."""
    return also(of_school(diners=diners, stage=stage), _staff(*rows))


COOK, BOSS = {"job": "cook"}, {"job": "director"}
PRIMARY, YOUNG = SchoolStage.PRIMARY, SchoolStage.KINDERGARTEN
STAFF = (
    case("health_certificate", "没有登记人员", "staff diners", also(of_school(diners=200), files("staff")),
         missing("health_certificate")),
    case("health_certificate", "一人过期，一人30天后到期", "staff",
         _staff(BOSS, {"until_on": -1}, {"until_on": 30}, {}, {}), defect("health_certificate"), defect("health_certificate")),
    case("health_certificate", "91天后到期", "staff", _staff(BOSS, {"until_on": 91}, {}, {}, {})),
    case("health_certificate", "过期的人已离岗", "staff", _staff(BOSS, {}, {}, {}, {"until_on": -9}, left=1)),
    case("health_certificate", "入校说有人没有证", "staff visit.committee", visited("committee", "C03"),
         contradiction("health_certificate"), when=taught),
    case("food_safety_director", "500人没有总监", "staff diners profile", _fed(500, PRIMARY, COOK, COOK, COOK, COOK, COOK),
         defect("food_safety_director")),
    case("food_safety_director", "499人没有总监", "staff diners profile", _fed(499, PRIMARY, COOK, COOK, COOK, COOK, COOK)),
    case("food_safety_director", "幼儿园300人没有总监", "staff diners profile", _fed(300, YOUNG, COOK, COOK, COOK, COOK, COOK),
         defect("food_safety_director")),
    case("food_safety_director", "幼儿园299人没有总监", "staff diners profile", _fed(299, YOUNG, COOK, COOK, COOK, COOK, COOK)),
    case("food_safety_director", "600人，没有登记人员", "staff diners profile", _fed(600, PRIMARY),
         missing("food_safety_director"), missing("health_certificate")),
    case("food_safety_director", "督学说没有配齐", "staff diners profile visit.supervisor",
         also(of_school(diners=800), visited("supervisor", "A2")), contradiction("food_safety_director"), when=taught),
)  # fmt: skip


def _committee_due(times: Times) -> bool:
    return times.committee_due


def _filed_late(province: Province, school: School) -> None:
    school.planned.files["committee_list"] = [
        Filed(province.times.filed_on, {"filed_on": province.times.yesterday.isoformat()})
    ]


COMMITTEES = (
    case("committee_size", "6名委员", "committee", files("committee_list", file(members=6)), defect("committee_size"),
         fits=anywhere),
    case("committee_size", "7名委员", "committee", files("committee_list", file(members=7)), fits=anywhere),
    case("committee_size", "0名委员", "committee", files("committee_list", file(members=0)), defect("committee_size"),
         fits=anywhere),
    case("committee_size", "督学说人数不够", "committee visit.supervisor", visited("supervisor", "C1"),
         contradiction("committee_size"), fits=anywhere, when=taught),
    case("committee_grades", "缺一个年级", "committee",
         files("committee_list", file(grades=["1", "2"], school_grades=["1", "2", "3"])), defect("committee_grades"),
         fits=anywhere),
    case("committee_grades", "多一个年级", "committee",
         files("committee_list", file(grades=["1", "2", "3"], school_grades=["1", "2"])), fits=anywhere),
    case("committee_filed", "没有备案", "committee", files("committee_list"), missing("committee_filed"), fits=anywhere,
         when=_committee_due),
    case("committee_filed", "只有上学年的名单", "committee",
         files("committee_list", lambda times: Filed(times.filed_before, {"year": times.school_year - 1})),
         missing("committee_filed"), fits=anywhere, when=_committee_due),
    case("committee_filed", "昨天才备案", "committee", _filed_late, fits=anywhere),
)  # fmt: skip
