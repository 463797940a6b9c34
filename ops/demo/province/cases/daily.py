"""What is kept every day: days without, days with something wrong, and data that stopped."""

from collections.abc import Callable

from ops.demo.province.cases.making import (
    Case,
    SetUp,
    also,
    anywhere,
    before_the_weeks,
    case,
    catered,
    contradiction,
    cooking,
    defect,
    last_month,
    meal_skipped,
    missing,
    month,
    month_over,
    month_young,
    never,
    not_on_day,
    on_day,
    on_saturday,
    silent,
    taught,
    visited,
    weeks_without,
)
from ops.demo.province.layout import Province
from ops.demo.province.school import Filed, School
from ops.demo.province.times import Times


def _three_days(times: Times) -> bool:
    return len(times.days) >= 3


def _nothing_filed(times: Times) -> bool:
    """Whatever a school files once a term came earlier than what is counted now."""
    return _three_days(times) and times.filed_on < times.first


def _day_off(times: Times) -> bool:
    return times.saturday not in times.taught


def _earlier(times: Times) -> bool:
    """There is a school day before the two weeks, in the weeks that everything was kept in."""
    return any(times.full_from <= day < times.first for day in times.taught)


def _at_midnight(but_one_of: int) -> SetUp:
    def set_up(province: Province, school: School) -> None:
        school.planned.midnight = but_one_of

    return set_up


def _boarding(school: School) -> bool:
    return school.boarding


def _kept(rule: str, aspect: str, name: str) -> tuple[Case, ...]:
    """One day's entries were not made; were late; were withdrawn; were made anew."""
    return (
        case(rule, f"一个上课日没有{name}", aspect, not_on_day(aspect), missing(rule), when=taught),
        case(rule, f"{name}补填了", aspect, _late(aspect), when=taught),
        case(
            rule,
            f"{name}的记录撤销了",
            aspect,
            on_day(aspect, {}, withdrawn=True),
            missing(rule),
            when=taught,
        ),
    )


def _late(aspect: str) -> SetUp:
    """It came the next evening: three days ago at the latest, so that it is here by now."""

    def set_up(province: Province, school: School) -> None:
        day = next(
            (day for day in reversed(province.times.days) if (province.times.today - day).days > 2), None
        )
        if day is not None:
            school.planned.daily[day, aspect] = Filed(day, late=True)

    return set_up


KEPT = (
    *_kept("samples_kept", "food_sample", "留样"),
    *_kept("acceptance_kept", "acceptance", "验收"),
    *_kept("morning_check", "morning_check", "晨检"),
    *_kept("disinfection", "disinfection", "消毒"),
    *_kept("shared_meal", "shared_meal", "陪餐"),
    case(
        "samples_kept",
        "住校生的晚餐没有留样",
        "food_sample",
        meal_skipped("food_sample", "dinner"),
        missing("samples_kept"),
        fits=_boarding,
        when=taught,
    ),
    case("samples_kept", "走读学校只有午餐", "food_sample", also(), fits=lambda school: not school.boarding),
    case(
        "shared_meal",
        "住校生的早餐没有人陪餐",
        "shared_meal",
        meal_skipped("shared_meal", "breakfast"),
        missing("shared_meal"),
        fits=_boarding,
        when=taught,
    ),
    case("acceptance_kept", "校外供餐的学校不验收", "acceptance", also(), fits=catered),
)
WRONG = (
    case("sample_weight", "124克", "food_sample", on_day("food_sample", {"grams": 124}), defect("sample_weight"),
         fits=anywhere, when=taught),
    case("sample_weight", "0克", "food_sample", on_day("food_sample", {"grams": 0}), defect("sample_weight"),
         fits=anywhere, when=taught),
    case("sample_weight", "125克", "food_sample", on_day("food_sample", {"grams": 125}), fits=anywhere, when=taught),
    case("sample_weight", "110克更正为130克", "food_sample",
         on_day("food_sample", {"grams": 130}, before={"grams": 110}), when=taught),
    case("sample_weight", "130克更正为110克", "food_sample",
         on_day("food_sample", {"grams": 110}, before={"grams": 130}), defect("sample_weight"), when=taught),
    case("sample_weight", "两周以前110克", "food_sample", before_the_weeks("food_sample", {"grams": 110}), when=_earlier),
    case("sample_weight", "假日110克", "food_sample", on_saturday("food_sample", {"grams": 110}),
         defect("sample_weight"), when=_day_off),
    case("sample_hours", "47小时", "food_sample", on_day("food_sample", {"hours": 47}), defect("sample_hours"), when=taught),
    case("sample_hours", "48小时", "food_sample", on_day("food_sample", {"hours": 48}), when=taught),
    case("acceptance_signers", "一人签字", "acceptance", on_day("acceptance", {"signer_2": None}),
         defect("acceptance_signers"), when=taught),
    case("acceptance_signers", "一人签字，更正后两人", "acceptance",
         on_day("acceptance", {}, before={"signer_2": None}), when=taught),
    case("disinfection", "84度", "disinfection", on_day("disinfection", {"heat_c": 84.0}), defect("disinfection"), when=taught),
    case("disinfection", "85度", "disinfection", on_day("disinfection", {"heat_c": 85.0}), when=taught),
    case("disinfection", "消毒0分钟", "disinfection", on_day("disinfection", {"minutes": 0}), defect("disinfection"), when=taught),
    case("expired_food", "1种过期", "storage", on_day("storage", {"expired": 1}), defect("expired_food"), when=taught),
    case("expired_food", "冷藏9度，没有过期", "storage", on_day("storage", {"chill_c": 9.0}), when=taught),
    case("shared_meal", "2分", "shared_meal", on_day("shared_meal", {"score": 2}), defect("shared_meal"), when=taught),
    case("shared_meal", "3分", "shared_meal", on_day("shared_meal", {"score": 3}), when=taught),
    case("shared_meal", "另开小灶", "shared_meal", on_day("shared_meal", {"same": "no"}), defect("shared_meal"), when=taught),
    case("morning_check", "一人异常离岗", "morning_check", on_day("morning_check", {"sent_home": 1}), when=taught),
)  # fmt: skip
SEEN = (
    case("samples_kept", "当天留样不合格", "food_sample visit.committee", visited("committee", "C06"),
         contradiction("samples_kept"), when=taught),
    case("samples_kept", "重量不足当天已记，入校也说不合格", "food_sample visit.supervisor",
         also(on_day("food_sample", {"grams": 120}), visited("supervisor", "E2")), defect("sample_weight"), when=taught),
    case("acceptance_signers", "当天双人验收不合格", "acceptance visit.supervisor", visited("supervisor", "D2"),
         contradiction("acceptance_signers"), when=taught),
    case("morning_check", "当天晨检不合格", "morning_check visit.committee", visited("committee", "C05"),
         contradiction("morning_check"), when=taught),
    case("morning_check", "入校没有看晨检", "morning_check visit.committee",
         visited("committee", unseen=("C05",)), when=taught),
    case("disinfection", "当天消毒不合格", "disinfection visit.committee", visited("committee", "C11"),
         contradiction("disinfection"), when=taught),
    case("disinfection", "消毒不合格，申辩成立", "disinfection visit.committee",
         visited("committee", "C11", appealed=True), when=taught),
    case("expired_food", "当天有过期食品", "storage visit.committee", visited("committee", "C07"),
         contradiction("expired_food"), when=taught),
    case("expired_food", "冷藏9度，没有记过期，入校有过期食品", "storage visit.committee",
         also(on_day("storage", {"chill_c": 9.0}), visited("committee", "C07")), contradiction("expired_food"), when=taught),
    case("shared_meal", "当天没人陪餐", "shared_meal visit.committee", visited("committee", "C17"),
         contradiction("shared_meal"), when=taught),
)  # fmt: skip


def _monthly(aspect: str, name: str, fits: Callable[[School], bool]) -> tuple[Case, ...]:
    return (
        case(aspect, f"上月没有{name}", aspect, month(aspect, "last"), missing(aspect), fits=fits, when=last_month),
        case(aspect, f"本月到25日还没有{name}", aspect, month(aspect, "this"), missing(aspect), fits=fits, when=month_over),
        case(aspect, f"本月没有{name}，还没到25日", aspect, month(aspect, "this"), fits=fits, when=month_young),
        case(aspect, f"上月最后一天才有{name}", aspect, month(aspect, "last", {}), fits=fits, when=last_month),
    )  # fmt: skip


MONTHS = (
    *_monthly("training", "培训", cooking),
    *_monthly("pest_control", "病媒防治", anywhere),
    *_monthly("site_meeting", "现场办公会", anywhere),
    case("training", "没有人参加", "training", month("training", "last", {"attended": 0}), defect("training"), when=last_month),
    case("training", "一次没有人，一次有人", "training", month("training", "last", {"attended": 0}, {}), when=last_month),
    case("training", "入校说没有培训", "training visit.supervisor", visited("supervisor", "F3"),
         contradiction("training"), when=taught),
    case("pest_control", "有鼠迹没有处置", "pest_control", month("pest_control", "last", {"result": "open"}),
         defect("pest_control"), when=last_month),
    case("pest_control", "后来处置了", "pest_control", month("pest_control", "last", {"result": "open"}, {"result": "seen"}),
         when=last_month),
)  # fmt: skip
DAILY_TOPICS = "acceptance disinfection food_sample morning_check shared_meal storage midnight"
STOPPED = (
    case("data_stopped", "中断3个上课日", DAILY_TOPICS, silent(3), missing("data_stopped"), weeks_without(3),
         when=_three_days),
    case("data_stopped", "中断2个上课日", DAILY_TOPICS, silent(2), weeks_without(2), when=_three_days),
    case("data_stopped", "只有消毒还在填", DAILY_TOPICS, silent(3, "disinfection"), weeks_without(3, "disinfection"),
         when=_three_days),
    case("data_stopped", "从来没有填过", DAILY_TOPICS, never, missing("data_stopped"), weeks_without(99),
         when=_three_days),
    case("midnight_entries", "都在半夜", f"{DAILY_TOPICS} late", _at_midnight(0), defect("midnight_entries"),
         when=_nothing_filed),
    case("midnight_entries", "七成在半夜", f"{DAILY_TOPICS} late", _at_midnight(4), when=_nothing_filed),
)  # fmt: skip
