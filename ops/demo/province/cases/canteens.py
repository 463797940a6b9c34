"""The canteen itself: the three defences, its profile, its equipment."""

from collections.abc import Callable

from ops.demo.province.cases.making import (
    also,
    case,
    contradiction,
    defect,
    file,
    files,
    late,
    missing,
    of_school,
    own,
    taught,
    visited,
)
from ops.demo.province.school import Filed
from ops.demo.province.times import Times

NONE_OF_THREE = (missing("dust_proof"), missing("rat_proof"), missing("fly_proof"))


def _counted(item: str, count: int, before: int | None = None) -> Callable[[Times], Filed]:
    """So many of one of the three; `before`, until it was corrected."""
    return lambda times: Filed(
        times.filed_on, {item: count}, before=None if before is None else {item: before}
    )


DEFENCES = (
    case("dust_proof", "本学期没有填三防", "three_defences", files("three_defences"), *NONE_OF_THREE, when=late),
    case("rat_proof", "只有上学期填过三防", "three_defences", files("three_defences", file(last_term=True)), *NONE_OF_THREE,
         when=late),
    case("fly_proof", "三防的记录撤销了", "three_defences", files("three_defences", file(withdrawn=True)), *NONE_OF_THREE,
         when=late),
    *(
        one
        for item, name in (("dust", "防尘"), ("rat", "防鼠"), ("fly", "防蝇"))
        for one in (
            case(f"{item}_proof", f"{name}0处", "three_defences", files("three_defences", _counted(item, 0)),
                 defect(f"{item}_proof")),
            case(f"{item}_proof", f"{name}1处", "three_defences", files("three_defences", _counted(item, 1))),
            case(f"{item}_proof", f"{name}0处更正为4处", "three_defences",
                 files("three_defences", _counted(item, 4, 0))),
        )
    ),
    case("dust_proof", "没有填，入校见到防尘0处", "three_defences visit.committee",
         also(files("three_defences"), visited("committee", "C12", counts=(0, 2, 3))),
         defect("dust_proof"), missing("rat_proof"), missing("fly_proof"), when=lambda times: late(times) and taught(times)),
    case("rat_proof", "填了，入校见到防鼠0处", "three_defences visit.committee", visited("committee", "C12", counts=(3, 0, 3)),
         contradiction("rat_proof"), contradiction("defences_intact"), when=taught),
    case("fly_proof", "入校见到防蝇0处，后来填了4处", "three_defences visit.committee",
         also(visited("committee", "C12", ago=8, counts=(3, 3, 0)), files("three_defences", lambda times: Filed(times.after(-7)))),
         when=lambda times: times.term_began <= times.after(-7)),
    case("defences_intact", "设施损坏", "three_defences", files("three_defences", file(intact=False)),
         defect("defences_intact")),
    case("defences_intact", "督学说失效", "three_defences visit.supervisor", visited("supervisor", "E4"),
         contradiction("defences_intact"), when=taught),
)  # fmt: skip


CANTEENS = (
    case("canteen_profile", "没有填基本信息", "profile procurement diners", also(of_school(diners=200), files("canteen_profile")),
         missing("canteen_profile")),
    case("canteen_profile", "就餐人数0", "profile diners", files("canteen_profile", file(diners=0)), defect("canteen_profile")),
    case("canteen_profile", "就餐人数1", "profile diners", files("canteen_profile", file(diners=1))),
    case("canteen_profile", "就餐人数0更正为400", "profile diners",
         files("canteen_profile", file(diners=400, before={"diners": 0}))),
    case("canteen_profile", "台账填委托，登记自营", "profile", files("canteen_profile", file(mode="entrusted")),
         defect("canteen_profile"), fits=lambda school: own(school) and not school.nutrition),
    case("contracting_forbidden", "计划内学校台账填委托，登记自营", "profile", files("canteen_profile", file(mode="entrusted")),
         defect("canteen_profile"), defect("contracting_forbidden"), fits=lambda school: own(school) and school.nutrition),
    case("equipment", "本学期没有填", "equipment", files("equipment"), missing("equipment"), when=late),
    case("equipment", "只有上学期填过", "equipment", files("equipment", file(last_term=True)), missing("equipment"), when=late),
    case("equipment", "留样冰箱0台", "equipment", files("equipment", file(sample_fridges=0)), defect("equipment")),
    case("equipment", "摄像头0个", "equipment", files("equipment", file(cameras=0, cameras_online=0)), defect("equipment")),
    case("equipment", "少一个在线", "equipment", files("equipment", file(cameras=6, cameras_online=5)), defect("equipment")),
    case("equipment", "都在线", "equipment", files("equipment", file(cameras=6, cameras_online=6))),
    case("equipment", "入校黑屏", "equipment visit.committee", visited("committee", "C18"), contradiction("equipment"), when=taught),
    case("equipment", "入校黑屏，后来填了在线", "equipment visit.committee",
         also(visited("committee", "C18", ago=8), files("equipment", lambda times: Filed(times.after(-7)))),
         when=lambda times: times.term_began <= times.after(-7)),
)  # fmt: skip
