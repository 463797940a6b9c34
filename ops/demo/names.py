"""Names that sound right and belong to nobody, and what the schools in them are like."""

from models.organisations.tables import SchoolStage

SURNAMES = "李王张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗"
GIVEN = ["秀英", "桂芳", "建国", "国华", "丽", "敏", "静", "洋", "涛", "强", "磊", "军", "艳", "娟", "平", "志明",
         "永芬", "琼仙", "绍荣", "家兴", "云芳", "晓燕", "海燕", "文斌", "正祥", "光美", "兴荣", "美仙"]  # fmt: skip

# Places of each county, real ones; the schools in them are invented.
PLACES: dict[str, list[str]] = {
    "530302": ["东山", "越州", "茨营", "三宝", "珠街", "潇湘", "田坝"],
    "530303": ["盘江", "白水", "播乐", "大坡", "菱角", "德泽", "炎方"],
    "530304": ["马鸣", "王家庄", "月望", "纳章", "大庄", "旧县"],
    "530322": ["板桥", "三岔河", "马街", "召夸", "大莫古", "小百户", "芳华"],
    "530323": ["雄壁", "葵山", "竹基", "彩云", "龙庆", "五龙"],
    "530324": ["板桥", "阿岗", "富乐", "九龙", "马街", "罗雄", "老厂"],
    "530325": ["黄泥河", "老厂", "后所", "竹园", "墨红", "营上", "十八连山"],
    "530326": ["娜姑", "者海", "迤车", "雨碌", "待补", "大井", "乐业"],
    "530381": ["倘塘", "热水", "格宜", "务德", "羊场", "田坝", "普立"],
}

# (suffix, stage, diners, boarding)
SCHOOLS = [
    ("中心完小", "primary", 620, True),
    ("第一中学", "junior", 1180, True),
    ("中心幼儿园", "kindergarten", 260, False),
    ("小学", "primary", 340, False),
    ("九年一贯制学校", "nine_year", 1450, True),
    ("中心学校", "primary", 810, True),
    ("第一小学", "primary", 960, False),
    ("高级中学", "senior", 1980, True),
    ("第二小学", "primary", 540, False),
]

# by what they are called in the ledger
GRADES_OF = {
    SchoolStage.KINDERGARTEN: ["k"], SchoolStage.PRIMARY: ["1", "2", "3", "4", "5", "6"],
    SchoolStage.JUNIOR: ["7", "8", "9"], SchoolStage.SENIOR: ["10", "11", "12"],
    SchoolStage.NINE_YEAR: [str(grade) for grade in range(1, 10)],
    SchoolStage.COMPLETE: [str(grade) for grade in range(7, 13)],
}  # fmt: skip
