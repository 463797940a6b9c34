"""What is bought of whom: contracts, prices, suppliers, deliveries."""

from collections.abc import Mapping
from typing import Any

from ops.demo.province.cases.making import (
    SetUp,
    also,
    case,
    dated,
    defect,
    files,
    late,
    missing,
    of_school,
    on_day,
    taught,
)
from ops.demo.province.layout import Province
from ops.demo.province.school import Filed, School
from ops.demo.province.times import Times
from ops.demo.province.usual import BOUGHT, ROTA


def _delivered(times: Times) -> list[str]:
    """What of the classes with contracts came in the last two weeks."""
    return sorted({ROTA[day.weekday()] for day in times.days} & set(BOUGHT))


def _no_contracts(times: Times) -> list[tuple[str, str]]:
    return [missing("delivery_contract") for _ in _delivered(times)]


def _bought(ingredient: str, *instead: Mapping[str, Any]) -> SetUp:
    """The school's contracts, with these in place of the one for an ingredient; dates in days from today."""

    def set_up(province: Province, school: School) -> None:
        times = province.times
        others = [Filed(times.filed_on, {"ingredient": one}) for one in BOUGHT if one != ingredient]
        mine = [
            Filed(times.filed_on, {"ingredient": ingredient, "turn": turn}
                  | {key: dated(value, times) if key.endswith("_on") else value for key, value in one.items()})
            for turn, one in enumerate(instead)
        ]  # fmt: skip
        school.planned.files["procurement"] = others + mine

    return set_up


def _buys_itself(school: School) -> bool:
    return school.cooks and not school.covered


def _covered(school: School) -> bool:
    return school.cooks and school.covered


def _late_and_taught(times: Times) -> bool:
    return late(times) and taught(times)


CONTRACTS = (
    case("purchase_contract", "没有采购合同", "procurement acceptance", files("procurement"), missing("purchase_contract"),
         _no_contracts, fits=_buys_itself, when=_late_and_taught),
    case("purchase_contract", "没有采购合同，县里有", "procurement acceptance", files("procurement"), _no_contracts,
         fits=_covered, when=_late_and_taught),
    case("purchase_contract", "大米合同已过期1天", "procurement", _bought("rice", {"until_on": -1}),
         defect("purchase_contract")),
    case("purchase_contract", "大米合同30天后到期", "procurement", _bought("rice", {"until_on": 30}),
         defect("purchase_contract")),
    case("purchase_contract", "大米合同91天后到期", "procurement", _bought("rice", {"until_on": 91})),
    case("purchase_contract", "大米合同过期，已续签", "procurement",
         _bought("rice", {"until_on": -20}, {"from_on": -20, "until_on": 345})),
    case("price_outlier", "大米每公斤7.21元", "procurement", _bought("rice", {"price_fen": 721}), defect("price_outlier")),
    case("price_outlier", "大米每公斤7.20元", "procurement", _bought("rice", {"price_fen": 720})),
    case("price_outlier", "大米每公斤3元", "procurement", _bought("rice", {"price_fen": 300}), defect("price_outlier")),
    case("price_outlier", "贵的合同已结束", "procurement",
         _bought("rice", {"price_fen": 1500, "until_on": -20}, {"from_on": -20, "until_on": 345})),
    case("price_outlier", "价高，同餐标的学校不足8所", "procurement profile",
         also(of_school(standard_fen=777), _bought("rice", {"price_fen": 1500}))),
)  # fmt: skip


def _sold(classes: list[str], delivery: Mapping[str, Any], **more: Any) -> SetUp:
    """The last school day's delivery came from a supplier of its own kind."""

    def set_up(province: Province, school: School) -> None:
        seller = province.supplier(school.county, classes, **more)
        on_day("acceptance", {"supplier": seller, **delivery})(province, school)

    return set_up


GREENS = {"ingredient": "vegetable", "goods": "大白菜"}
FLOUR = {"ingredient": "flour", "goods": "面粉"}


def _out_of_contract(province: Province, school: School) -> None:
    """Flour came yesterday from a supplier whose contract for it has ended long ago."""
    times = province.times
    seller = province.supplier(school.county, ["flour"])
    on_day("acceptance", FLOUR | {"supplier": seller})(province, school)
    # of its kind the newest: another one, that runs
    _bought(
        "flour",
        {"supplier": seller, "until_on": -(times.today - times.days[-1]).days - 1},
        {"until_on": 300},
    )(province, school)


SUPPLIERS = (
    case("supplier_licence", "供应商许可证已过期", "acceptance", _sold(["vegetable"], GREENS, licence_days=-1),
         defect("supplier_licence"), when=taught),
    case("supplier_licence", "供应商许可证7天后到期", "acceptance", _sold(["vegetable"], GREENS, licence_days=7),
         defect("supplier_licence"), when=taught),
    case("supplier_licence", "供应商许可证91天后到期", "acceptance", _sold(["vegetable"], GREENS, licence_days=91), when=taught),
    case("delivery_scope", "送来登记以外的类别", "acceptance", _sold(["milk"], GREENS), defect("delivery_scope"), when=taught),
    case("delivery_scope", "登记以外的类别，已退货", "acceptance", _sold(["milk"], GREENS | {"verdict": "refused"}), when=taught),
    case("delivery_contract", "没有合同的供应商送面粉", "acceptance", _sold(["flour"], FLOUR), missing("delivery_contract"),
         when=taught),
    case("delivery_contract", "没有合同的供应商送蔬菜", "acceptance", _sold(["vegetable"], GREENS), when=taught),
    case("delivery_contract", "合同结束后还送面粉", "acceptance procurement", _out_of_contract, defect("delivery_contract"),
         when=taught),
)  # fmt: skip
