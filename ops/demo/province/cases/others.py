"""What visitors, parents and officers left: duties, surveys, problems, photos."""

from datetime import date

from ops.demo.province.cases.making import (
    Case,
    SetUp,
    anywhere,
    case,
    defect,
    files,
    last_month,
    missing,
    month_over,
    month_young,
)
from ops.demo.province.layout import Province
from ops.demo.province.school import Filed, School
from ops.demo.province.times import Times


def _duty(kind: str, which: str, state: str | None) -> SetUp:
    """Of `last` or `this` month; None: nobody owes it."""

    def set_up(province: Province, school: School) -> None:
        times = province.times
        first = times.last_month if which == "last" else times.this_month
        school.planned.duties[kind, first] = state

    return set_up


def _visits(rule: str, kind: str, name: str) -> tuple[Case, ...]:
    topic = f"duty.{kind}"
    return (
        case(rule, f"上月{name}没有入校", topic, _duty(kind, "last", "owed"), defect(rule), fits=anywhere, when=last_month),
        case(rule, f"上月{name}经批准不入校", topic, _duty(kind, "last", "excused"), fits=anywhere, when=last_month),
        case(rule, f"上月没有登记{name}", topic, _duty(kind, "last", None), fits=anywhere, when=last_month),
        case(rule, f"本月到25日{name}还没有入校", topic, _duty(kind, "this", "owed"), defect(rule), fits=anywhere, when=month_over),
        case(rule, f"本月到25日没有登记{name}", topic, _duty(kind, "this", None), missing(rule), fits=anywhere, when=month_over),
        case(rule, f"本月{name}还没有入校，还没到25日", topic, _duty(kind, "this", "owed"), fits=anywhere, when=month_young),
        case(rule, f"本月没有登记{name}，还没到25日", topic, _duty(kind, "this", None), fits=anywhere, when=month_young),
    )  # fmt: skip


def _mean(mean: float) -> SetUp:
    def set_up(province: Province, school: School) -> None:
        school.planned.mean = mean

    return set_up


def _survey_due(times: Times) -> bool:
    return times.survey_due


def _last_terms(times: Times) -> Filed:
    return Filed(times.filed_before)


def _problem(state: str, returned: int = 0) -> SetUp:
    def set_up(province: Province, school: School) -> None:
        school.planned.problems.append((state, returned))

    return set_up


def _repeated(days: int) -> SetUp:
    """A photo found to be an old one so many days ago."""

    def set_up(province: Province, school: School) -> None:
        found_on: date = province.times.after(-days)
        school.planned.repeated.append(found_on)

    return set_up


VISITS = (
    *_visits("committee_visit", "committee", "家委会"),
    *_visits("supervisor_visit", "supervisor", "督学"),
)
SURVEYS = (
    case("survey_run", "本学期没有测评", "survey", files("satisfaction"), missing("survey_run"), fits=anywhere, when=_survey_due),
    case("survey_run", "只有上学期的测评", "survey", files("satisfaction", _last_terms), missing("survey_run"), fits=anywhere,
         when=_survey_due),
    case("satisfaction_low", "总体79.9分", "marks", _mean(79.9), defect("satisfaction_low"), fits=anywhere),
    case("satisfaction_low", "总体80分", "marks", _mean(80), fits=anywhere),
    case("satisfaction_low", "答卷不足5份，没有计票", "marks", _mean(-1), fits=anywhere),
)  # fmt: skip
PROBLEMS = (
    case("rectification_overdue", "超期未整改", "problem", _problem("overdue"), defect("rectification_overdue"), fits=anywhere),
    case("rectification_overdue", "期限未到", "problem", _problem("assigned"), fits=anywhere),
    case("rectification_overdue", "申辩中，时钟停了", "problem", _problem("appealed"), fits=anywhere),
    case("rectification_overdue", "已销号", "problem", _problem("closed"), fits=anywhere),
    case("rectification_returned", "退回2次", "problem", _problem("returned", 2), defect("rectification_returned"), fits=anywhere),
    case("rectification_returned", "退回1次", "problem", _problem("returned", 1), fits=anywhere),
    case("rectification_returned", "退回2次，已销号", "problem", _problem("closed", 2), fits=anywhere),
    case("rectification_returned", "退回3次，又超期", "problem", _problem("overdue", 3), defect("rectification_overdue"),
         defect("rectification_returned"), fits=anywhere),
)  # fmt: skip
PHOTOS = (
    case("photo_twice", "29天前收到的旧照片", "photo", _repeated(29), defect("photo_twice"), fits=anywhere),
    case("photo_twice", "31天前收到的旧照片", "photo", _repeated(31), fits=anywhere),
)  # fmt: skip
