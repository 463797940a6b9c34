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

KEEP_SESSION_DAYS = Parameter(
    "keep_session_days",
    "过期登录记录保存",
    "天",
    180,
    180,
    3650,
    "网络安全法第二十一条：网络日志不少于六个月",
)
KEEP_INVITATION_DAYS = Parameter("keep_invitation_days", "过期邀请码保存", "天", 30, 1, 3650, "默认值")
KEEP_CALLBACK_DAYS = Parameter(
    "keep_callback_days", "微信推送内容保存", "天", 30, 2, 365, "默认值；去重只需十分钟"
)
KEEP_ADDRESS_DAYS = Parameter("keep_address_days", "通知收件标识保存", "天", 90, 7, 3650, "默认值")
KEEP_PLACE_DAYS = Parameter(
    "keep_place_days", "签到精确坐标保存", "天", 365, 30, 3650, "默认值；个人信息保护法第十九条：最短必要时间"
)
KEEP_READING_DAYS = Parameter("keep_reading_days", "通知已读记录保存", "天", 730, 30, 3650, "默认值")
KEEP_TICK_DAYS = Parameter(
    "keep_tick_days", "定时任务记录保存", "天", 400, 62, 3650, "默认值；须长于最长的周期"
)
KEEP_REQUEST_DAYS = Parameter("keep_request_days", "未确认的注销申请保存", "天", 30, 7, 365, "默认值")

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
    KEEP_SESSION_DAYS,
    KEEP_INVITATION_DAYS,
    KEEP_CALLBACK_DAYS,
    KEEP_ADDRESS_DAYS,
    KEEP_PLACE_DAYS,
    KEEP_READING_DAYS,
    KEEP_TICK_DAYS,
    KEEP_REQUEST_DAYS,
]
BY_KEY = {parameter.key: parameter for parameter in PARAMETERS}
