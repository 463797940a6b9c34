"""What is found of a county's office: its contracts, the caterers that serve its schools, and its visitors' habits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ops.demo.province.layout import County, Province, add_county_contract
from ops.demo.province.school import School, Visited
from ops.demo.province.times import Times

# planted in a county, if there is room; whether there was, and which counties are to have a finding of which sort
Planting = Callable[[Province, County], Iterator[tuple[str, str]] | None]


@dataclass(frozen=True)
class CountyCase:
    """One fact of a county. `planting` yields the counties and sorts to be found; None where there is no room."""

    about: str
    said: str
    planting: Planting
    when: Callable[[Times], bool] = lambda times: bool(times.days)


def _contract(scope: str, days: int, *sorts: str) -> Planting:
    def plant(province: Province, county: County) -> Iterator[tuple[str, str]] | None:
        if not county.buys or scope in county.topics:
            return None
        county.topics.add(scope)
        add_county_contract(province, county, [scope], days)
        return iter([(county.code, sort) for sort in sorts])

    return plant


def _renewed(province: Province, county: County) -> Iterator[tuple[str, str]] | None:
    if not county.buys or "other" in county.topics:
        return None
    county.topics.add("other")
    add_county_contract(province, county, ["other"], -10)
    add_county_contract(province, county, ["other"], 300)
    return iter(())


def _free(county: County, topic: str) -> Iterator[School]:
    return (one for one in county.schools if topic not in one.topics)


def _catered(county: County) -> Iterator[School]:
    return (one for one in _free(county, "serving") if not one.cooks)


def _caterer(portions: int, permitted: int | None, director: bool | None, *sorts: str) -> Planting:
    """A caterer of one school's only, that serves so many portions a day."""

    def plant(province: Province, county: County) -> Iterator[tuple[str, str]] | None:
        school = next(_catered(county), None)
        if school is None:
            return None
        _serve(
            school,
            portions,
            province.supplier(county.code, ["other"], portions_most=permitted, director=director),
        )
        return iter([(county.code, sort) for sort in sorts])

    return plant


def _served(times: Times) -> bool:
    """Meals were delivered in the last seven days."""
    return any(day >= times.after(-7) for day in times.days)


def _serve(school: School, portions: int, caterer: int) -> None:
    school.topics.add("serving")
    school.planned.caterer, school.planned.portions = caterer, portions


def _across(province: Province, county: County) -> Iterator[tuple[str, str]] | None:
    """Two schools of two counties, each within what is permitted and both together above it."""
    other = province.counties[(county.turn + 1) % len(province.counties)]
    here, there = next(_catered(county), None), next(_catered(other), None)
    if here is None or there is None:
        return None
    caterer = province.supplier(county.code, ["other"], portions_most=500, director=True)
    _serve(here, 300, caterer)
    _serve(there, 300, caterer)
    return iter([(county.code, "defect"), (other.code, "defect")])


def _habit(count: int, seconds: int, *sorts: str, unseen: bool = False, copied: bool = False) -> Planting:
    """Somebody who made so many visits at a school that no other supervisor came to: so many seconds apart, or one
    in eight days. `unseen`: one item of the first was not looked at. `copied`: all say the same."""

    def plant(province: Province, county: County) -> Iterator[tuple[str, str]] | None:
        school = next(_free(county, "visit.supervisor"), None)
        if school is None:
            return None
        school.topics.add("visit.supervisor")
        province.people += 1
        for turn in range(count):
            school.planned.visits.append(
                Visited(
                    "supervisor", province.times.after(-1 if seconds else -1 - 8 * turn),
                    unseen=("J1",) if unseen and not turn else (), after_s=seconds * turn,
                    mark="都好" if copied else f"第{turn + 1}次", person=province.people,
                )
            )  # fmt: skip
        return iter([(county.code, sort) for sort in sorts])

    return plant


CONTRACTS = (
    CountyCase("county_contract", "县级合同90天后到期", _contract("vegetable", 90, "defect")),
    CountyCase("county_contract", "县级合同91天后到期", _contract("flour", 91)),
    CountyCase("county_contract", "县级合同已过期1天", _contract("oil", -1, "defect")),
    CountyCase("county_contract", "县级合同过期，已续签", _renewed),
)  # fmt: skip
CATERERS = (
    CountyCase("caterer_portions", "一天400份，许可399份", _caterer(400, 399, True, "defect"), _served),
    CountyCase("caterer_portions", "一天400份，许可400份", _caterer(400, 400, True), _served),
    CountyCase("caterer_portions", "没有登记许可份数", _caterer(400, None, True, "no_record"), _served),
    CountyCase("caterer_portions", "两个县合计600份，许可500份", _across, _served),
    CountyCase("caterer_director", "一天1000份，没有总监", _caterer(1000, 5000, False, "defect"), _served),
    CountyCase("caterer_director", "一天1000份，没有登记总监", _caterer(1000, 5000, None, "no_record"), _served),
    CountyCase("caterer_director", "一天999份，没有总监", _caterer(999, 5000, False), _served),
)  # fmt: skip
VISITORS = (
    CountyCase("perfect_records", "5次入校项项合格", _habit(5, 0, "defect")),
    CountyCase("perfect_records", "4次入校项项合格", _habit(4, 0)),
    CountyCase("perfect_records", "5次入校，一项未查看", _habit(5, 0, unseen=True)),
    CountyCase("copied_answers", "3次答案一字不差", _habit(3, 0, "defect", copied=True)),
    CountyCase("copied_answers", "2次答案一字不差", _habit(2, 0, copied=True)),
    CountyCase("visit_rush", "4分钟10次", _habit(10, 26, "defect", unseen=True)),
    CountyCase("visit_rush", "4分半10次", _habit(10, 30, unseen=True)),
    CountyCase("visit_rush", "4分钟9次", _habit(9, 26, unseen=True)),
)  # fmt: skip
