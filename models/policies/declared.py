"""The policy parameters there are: default, bounds, unit and source of each.

An officer sets a value for a division; the nearest division above a school decides. Values are numbers.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Parameter:
    key: str
    name: str
    unit: str
    default: float
    lowest: float
    highest: float
    source: str


LATE_DAYS = Parameter("late_days", "离线记录最迟补传", "天", 7, 1, 60, "默认值")
FAR_M = Parameter("far_m", "签到距离提示", "米", 500, 50, 20_000, "默认值")
GENERAL_DAYS = Parameter("general_days", "一般问题整改期限", "工作日", 3, 1, 30, "整改期限默认3日、最长30日")
SERIOUS_DAYS = Parameter("serious_days", "较大问题整改期限", "工作日", 2, 1, 30, "默认值")
MAJOR_DAYS = Parameter("major_days", "重大问题整改期限", "工作日", 1, 1, 30, "默认值")
REMIND_BEFORE_H = Parameter("remind_before_h", "到期前提醒", "小时", 24, 1, 240, "默认值")
REMIND_AFTER_H = Parameter("remind_after_h", "超期后再提醒", "小时", 24, 1, 240, "默认值")
TO_COUNTY_AFTER_H = Parameter("to_county_after_h", "超期后报县教体局", "小时", 24, 0, 720, "默认值")
TO_PREFECTURE_AFTER_H = Parameter(
    "to_prefecture_after_h", "超期后报州市教体局", "小时", 72, 0, 1440, "默认值"
)
SUPERVISOR_SCHOOLS = Parameter("supervisor_schools", "每名督学负责的学校", "所", 5, 1, 20, "约5所，最多20所")
COMMITTEE_LEAST = Parameter("committee_least", "膳食家委会最少委员", "名", 7, 1, 50, "教基厅函〔2024〕33号")

PARAMETERS = [
    LATE_DAYS,
    FAR_M,
    GENERAL_DAYS,
    SERIOUS_DAYS,
    MAJOR_DAYS,
    REMIND_BEFORE_H,
    REMIND_AFTER_H,
    TO_COUNTY_AFTER_H,
    TO_PREFECTURE_AFTER_H,
    SUPERVISOR_SCHOOLS,
    COMMITTEE_LEAST,
]
BY_KEY = {parameter.key: parameter for parameter in PARAMETERS}
