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
MOVE_MOST_DAYS = Parameter("move_most_days", "改期后最长整改期限", "工作日", 30, 1, 60, "整改期限最长30日")


def _by_severity(
    key: str, name: str, unit: str, highest: float, defaults: tuple[float, float, float]
) -> dict[str, Parameter]:
    """A parameter for each severity of problem: `{}` in key and name stands for it."""
    return {
        severity: Parameter(key.format(severity), name.format(said), unit, default, 0, highest, "默认值")
        for (severity, said), default in zip(SEVERITIES.items(), defaults, strict=True)
    }


SEVERITIES = {"general": "一般问题", "serious": "较大问题", "major": "重大问题"}
# working hours: eight are a working day
BEFORE_WH = _by_severity("ladder_before_{}_wh", "{}到期前提醒学校", "工作小时", 80, (8, 8, 4))
AFTER_WH = _by_severity("ladder_after_{}_wh", "{}超期后再提醒学校", "工作小时", 240, (8, 4, 2))
COUNTY_WH = _by_severity("ladder_county_{}_wh", "{}超期后报县教体局", "工作小时", 480, (8, 4, 0))
PREFECTURE_WH = _by_severity("ladder_prefecture_{}_wh", "{}超期后报州市教体局", "工作小时", 480, (24, 16, 8))
PROVINCE_WH = _by_severity("ladder_province_{}_wh", "{}超期后报省教体局", "工作小时", 960, (80, 40, 24))
# 0: its clock stands in school holidays
HOLIDAYS_COUNT = _by_severity("holidays_count_{}", "寒暑假计入{}的期限", "（1为是，0为否）", 1, (0, 1, 1))
RECORD_BEFORE_WH = Parameter("record_before_wh", "督查记录到期前提醒", "工作小时", 8, 0, 80, "默认值")
RECORD_COUNTY_WH = Parameter("record_county_wh", "督查记录逾期后报县教体局", "工作小时", 8, 0, 480, "默认值")
QUIET_FROM_H = Parameter("quiet_from_h", "免打扰开始", "点", 22, 18, 24, "默认值；紧急通知不受限制")
QUIET_UNTIL_H = Parameter("quiet_until_h", "免打扰结束", "点", 7, 0, 12, "默认值；紧急通知不受限制")
MERGE_MIN = Parameter("merge_min", "短时间内的多条通知等待合并", "分钟", 5, 0, 60, "默认值；紧急通知不等")
MERGE_FREE = Parameter(
    "merge_free", "此前已逐条发送几条，其后才等待合并", "条", 3, 1, 100, "默认值；紧急通知不等"
)
MERGE_LEAST = Parameter("merge_least", "至少几条通知合并为一条消息", "条", 2, 2, 1000, "默认值")
DIGESTS = Parameter("digests", "发送晨间清单、每周小结和月末提醒", "（1为是，0为否）", 1, 0, 1, "默认值")
MORNING_AT_MIN = Parameter(
    "morning_at_min", "晨间清单发送时刻（零点起）", "分钟", 400, 300, 720, "默认值，400即6:40；本人可另选"
)
MORNING_LATE_MIN = Parameter(
    "morning_late_min", "晨间清单最晚迟发", "分钟", 120, 10, 300, "默认值；过时当天不再发"
)
MORNING_OFF_DAYS = Parameter(
    "morning_off_days",
    "非上课日有事项超期时也发晨间清单",
    "（1为是，0为否）",
    1,
    0,
    1,
    "默认值；免打扰时段之后发",
)
CERTIFICATE_DAYS = Parameter("certificate_days", "证照和合同到期前列入清单", "天", 30, 7, 180, "默认值")
SUMMARY_AT_MIN = Parameter(
    "summary_at_min", "每周小结和月末提醒发送时刻（零点起）", "分钟", 500, 420, 1020, "默认值，500即8:20"
)
MONTH_END_DAYS = Parameter(
    "month_end_days", "月末前提醒未入校学校", "工作日", 3, 1, 15, "默认值；含月末最后一个工作日"
)
# always found up to 3 bits of 64, mostly above; beyond 8 strangers begin to look alike
REPEAT_BITS = Parameter("repeat_bits", "照片相近的判定", "位", 4, 0, 8, "默认值")
CREDIT_ENOUGH = Parameter("credit_enough", "订阅次数少于多少时请求同意", "次", 5, 1, 50, "默认值")
ASK_AGAIN_DAYS = Parameter("ask_again_days", "拒绝接收通知后不再询问", "天", 30, 1, 365, "默认值")
SURVEY_TERMLY = Parameter(
    "survey_termly", "每学期自动安排满意度测评", "（1为是，0为否）", 1, 0, 1, "2024指引每学期测评"
)
SURVEY_OPENS_AFTER = Parameter("survey_opens_after", "开学后多少天开始测评", "天", 60, 0, 140, "默认值")
SURVEY_OPEN_DAYS = Parameter("survey_open_days", "一轮测评开放", "天", 14, 3, 60, "默认值")
CHILDREN_MOST = Parameter("children_most", "一位家长最多登记孩子", "个", 5, 1, 12, "默认值")
RECORD_DAYS = Parameter("record_days", "督查记录完成期限", "工作日", 2, 1, 10, "晋教督〔2018〕7号，默认值")
FOLLOW_UP_DAYS = Parameter("follow_up_days", "销号后现场回头看期限", "天", 30, 1, 120, "各地实践，默认值")
SCHOOLS_PER_SUPERVISOR = Parameter(
    "schools_per_supervisor", "每名责任督学负责学校数", "所", 5, 1, 20, "各地实践，最多20所"
)
SUPERVISOR_TERM_YEARS = Parameter("supervisor_term_years", "责任督学任期", "年", 3, 1, 5, "默认值")
TERM_REMIND_DAYS = Parameter("term_remind_days", "督学任期届满前提醒", "天", 30, 1, 180, "默认值")
COMMITTEE_LEAST = Parameter("committee_least", "膳食家委会最少委员", "名", 7, 7, 50, "教基厅函〔2024〕33号")
# the lowest value is the law's: a county may ask for more and never for less
SAMPLE_G = Parameter("sample_g", "每个菜品留样最少", "克", 125, 125, 500, "教育部令第45号 第四十条")
SAMPLE_H = Parameter("sample_h", "留样冷藏最短", "小时", 48, 48, 168, "教育部令第45号 第四十条")
LEDGER_GRACE_H = Parameter("ledger_grace_h", "台账当期结束后仍算按时", "小时", 2, 0, 72, "默认值")
LEDGER_BACK_DAYS = Parameter("ledger_back_days", "台账最早补填", "天", 60, 1, 400, "默认值")
# told at each step before a licence, certificate or contract runs out, the first step first
EXPIRY_DAYS = [
    Parameter(f"expiry_days_{step}", f"到期前第{said}次预警", "天", default, lowest, highest, "默认值")
    for step, said, default, lowest, highest in (
        (1, "一", 90, 30, 180), (2, "二", 60, 15, 120), (3, "三", 30, 7, 90), (4, "四", 7, 1, 30),
    )
]  # fmt: skip
# bounds of the law: a county may ask for a director earlier and never later
DIRECTOR_SCHOOL = Parameter(
    "director_school",
    "学校配备食品安全总监的就餐人数",
    "人",
    500,
    1,
    500,
    "企业落实食品安全主体责任监督管理规定",
)
DIRECTOR_KINDERGARTEN = Parameter(
    "director_kindergarten", "幼儿园配备食品安全总监的就餐人数", "人", 300, 1, 300,
    "企业落实食品安全主体责任监督管理规定",
)  # fmt: skip
DIRECTOR_SUPPLIER = Parameter(
    "director_supplier", "校外供餐单位配备食品安全总监的供餐人数", "人", 1_000, 1, 1_000,
    "企业落实食品安全主体责任监督管理规定",
)  # fmt: skip
# off until a county keeps its ledger: over an empty one every rule says that there is no record
ALERTS_ON = Parameter(
    "alerts_on", "启用预警", "（1为是，0为否）", 0, 0, 1, "台账开始填报后由县以上教体局启用"
)
ALERT_MONTH_DAY = Parameter("alert_month_day", "当月未办事项从几日起预警", "日", 25, 1, 31, "默认值")
ALERT_TERM_DAYS = Parameter(
    "alert_term_days", "开学后多少个上课日起预警本学期未填报", "个上课日", 10, 0, 60, "默认值"
)
ALERT_SILENT_DAYS = Parameter(
    "alert_silent_days", "连续多少个上课日没有台账算中断", "个上课日", 3, 1, 8, "默认值"
)
COMMITTEE_FILED_DAYS = Parameter(
    "committee_filed_days", "秋季开学后多少天内家委会名单须备案", "天", 30, 0, 120, "默认值"
)
# a price is far when both say so: distance in robust deviations, and in percent of the median
PRICE_DEVIATIONS = Parameter("price_deviations", "价格偏离的稳健标准差倍数", "倍", 3.5, 2, 10, "默认值")
PRICE_PERCENT = Parameter("price_percent", "价格偏离中位数至少", "%", 20, 5, 200, "默认值")
PRICE_LEAST = Parameter("price_least", "价格比较至少需要的同类价格", "个", 8, 5, 100, "默认值")
SURVEY_LEAST_MEAN = Parameter("survey_least_mean", "总体满意度预警线", "分", 80, 40, 100, "默认值")
PERFECT_VISITS = Parameter("perfect_visits", "全部满分多少次起疑", "次", 5, 3, 50, "默认值")
COPIED_VISITS = Parameter("copied_visits", "答案一字不差多少次起疑", "次", 3, 2, 50, "默认值")
RUSH_VISITS = Parameter("rush_visits", "短时间入校多少次起疑", "次", 10, 2, 50, "默认值")
RUSH_MIN = Parameter("rush_min", "短时间入校的时间窗", "分钟", 4, 1, 120, "默认值")
MIDNIGHT_PERCENT = Parameter("midnight_percent", "台账集中在半夜填报的比例", "%", 80, 20, 100, "默认值")
MIDNIGHT_LEAST = Parameter("midnight_least", "判断填报习惯至少需要的台账", "条", 10, 5, 500, "默认值")
RETURNED_TIMES = Parameter("returned_times", "整改退回多少次预警", "次", 2, 1, 10, "默认值")
MUTE_MOST_DAYS = Parameter("mute_most_days", "预警最长静默", "天", 180, 1, 366, "默认值")
SMS_ALLOWED = Parameter("sms_allowed", "允许短信通知", "（1为是，0为否）", 0, 0, 1, "短信收费，默认不开通")

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
KEEP_TICKET_DAYS = Parameter("keep_ticket_days", "过期网页登录码保存", "天", 7, 1, 365, "默认值")
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
KEEP_DIGEST_DAYS = Parameter(
    "keep_digest_days", "清单和小结保存", "天", 400, 62, 3650, "默认值；须长于最长的周期"
)
KEEP_REQUEST_DAYS = Parameter("keep_request_days", "未确认的注销申请保存", "天", 30, 7, 365, "默认值")
HIDE_FACES = Parameter(
    "hide_faces",
    "学校以外的人看照片时遮挡人脸",
    "（1是，0否）",
    0,
    0,
    1,
    "个人信息保护法 第二十八条，默认不遮挡",
)
KEEP_AWAITED_DAYS = Parameter(
    "keep_awaited_days", "家长未同意的孩子登记保存", "天", 90, 14, 365, "默认值；个人信息保护法 第三十一条"
)
EVIDENCE_TOLD_DAYS = Parameter(
    "evidence_told_days",
    "签到的证据说明多少天后本人可看",
    "天",
    30,
    0,
    90,
    "默认值；个人信息保护法 第四十五条",
)


def _points(key: str, name: str, default: float) -> Parameter:
    """Points of a check-in's evidence score: the most that one reason adds or takes away."""
    return Parameter(key, name, "分", default, 0, 100, "默认值")


EVIDENCE_BASE = _points("evidence_base", "签到证据基础分", 50)
EVIDENCE_WEAK = _points("evidence_weak", "证据薄弱提示线", 40)
ROTATING_POINTS = _points("rotating_points", "动态码加分", 15)
FRESH_POINTS = _points("fresh_points", "及时送达加分", 10)
NEAR_POINTS = _points("near_points", "定位在校加分", 20)
KNOWN_DEVICE_POINTS = _points("known_device_points", "常用手机加分", 5)
STAYED_POINTS = _points("stayed_points", "在校停留加分", 10)
LATE_POINTS = _points("late_points", "补传减分", 5)
KEPT_CODE_POINTS = _points("kept_code_points", "动态码过时才扫减分", 35)
TYPED_CODE_POINTS = _points("typed_code_points", "手工输入编码减分", 10)
FAR_POINTS = _points("far_points", "定位远离学校减分", 45)
ACCURACY_POINTS = _points("accuracy_points", "定位精度不合常理减分", 45)
EXACT_POINTS = _points("exact_points", "定位与登记坐标重合减分", 45)
REPEATED_POINTS = _points("repeated_points", "多日坐标一字不差减分", 50)
ALTITUDE_POINTS = _points("altitude_points", "海拔不合常理减分", 30)
MOVING_POINTS = _points("moving_points", "签到时在快速移动减分", 20)
TRAVEL_POINTS = _points("travel_points", "两次签到来不及到达减分", 50)
BURST_POINTS = _points("burst_points", "短时间多校签到减分", 40)
SHARED_DEVICE_POINTS = _points("shared_device_points", "多人共用手机减分", 30)
HASTY_POINTS = _points("hasty_points", "停留过短减分", 20)
NO_VISIT_POINTS = _points("no_visit_points", "签到后没有入校记录减分", 15)
SURE_FAR_M = Parameter("sure_far_m", "签到距离肯定不在校", "米", 2_500, 50, 200_000, "默认值")
FUZZY_M = Parameter("fuzzy_m", "模糊定位的误差", "米", 3_000, 100, 50_000, "默认值")
FRESH_MIN = Parameter("fresh_min", "扫码后及时送达", "分钟", 10, 1, 1_440, "默认值")
KEPT_CODE_MIN = Parameter("kept_code_min", "动态码显示后应扫", "分钟", 10, 1, 1_440, "默认值")
LOWEST_M = Parameter("lowest_m", "本地最低海拔", "米", 20, 0, 5_000, "默认值；全省最低点76.4米，手机有误差")
FAST_KMH = Parameter("fast_kmh", "签到时移动过快", "公里/小时", 30, 5, 300, "默认值")
TRAVEL_KMH = Parameter("travel_kmh", "两校之间最快车速", "公里/小时", 120, 20, 400, "默认值")
BURST_MIN = Parameter("burst_min", "多校签到的时间窗", "分钟", 30, 1, 240, "默认值")
BURST_SCHOOLS = Parameter("burst_schools", "时间窗内过多的学校数", "所", 3, 2, 20, "默认值")
LOOK_BACK_DAYS = Parameter("look_back_days", "比对以往签到", "天", 30, 1, 365, "默认值")
STAY_MIN = Parameter("stay_min", "入校至少停留", "分钟", 10, 1, 240, "默认值")
VISIT_WITHIN_H = Parameter("visit_within_h", "签到后提交入校记录", "小时", 72, 1, 720, "默认值")

EVIDENCE = [
    EVIDENCE_BASE,
    EVIDENCE_WEAK,
    ROTATING_POINTS,
    FRESH_POINTS,
    NEAR_POINTS,
    KNOWN_DEVICE_POINTS,
    STAYED_POINTS,
    LATE_POINTS,
    KEPT_CODE_POINTS,
    TYPED_CODE_POINTS,
    FAR_POINTS,
    ACCURACY_POINTS,
    EXACT_POINTS,
    REPEATED_POINTS,
    ALTITUDE_POINTS,
    MOVING_POINTS,
    TRAVEL_POINTS,
    BURST_POINTS,
    SHARED_DEVICE_POINTS,
    HASTY_POINTS,
    NO_VISIT_POINTS,
    SURE_FAR_M,
    FUZZY_M,
    FRESH_MIN,
    KEPT_CODE_MIN,
    LOWEST_M,
    FAST_KMH,
    TRAVEL_KMH,
    BURST_MIN,
    BURST_SCHOOLS,
    LOOK_BACK_DAYS,
    STAY_MIN,
    VISIT_WITHIN_H,
]
LADDER = [
    one
    for level in (BEFORE_WH, AFTER_WH, COUNTY_WH, PREFECTURE_WH, PROVINCE_WH, HOLIDAYS_COUNT)
    for one in level.values()
]
PARAMETERS = [
    LATE_DAYS,
    FAR_M,
    GENERAL_DAYS,
    SERIOUS_DAYS,
    MAJOR_DAYS,
    *LADDER,
    MOVE_MOST_DAYS,
    QUIET_FROM_H,
    QUIET_UNTIL_H,
    KEEP_SESSION_DAYS,
    KEEP_INVITATION_DAYS,
    KEEP_TICKET_DAYS,
    KEEP_CALLBACK_DAYS,
    KEEP_ADDRESS_DAYS,
    KEEP_PLACE_DAYS,
    KEEP_READING_DAYS,
    KEEP_TICK_DAYS,
    KEEP_DIGEST_DAYS,
    KEEP_REQUEST_DAYS,
    HIDE_FACES,
    KEEP_AWAITED_DAYS,
    EVIDENCE_TOLD_DAYS,
    MERGE_MIN,
    MERGE_FREE,
    MERGE_LEAST,
    DIGESTS,
    MORNING_AT_MIN,
    MORNING_LATE_MIN,
    MORNING_OFF_DAYS,
    CERTIFICATE_DAYS,
    SUMMARY_AT_MIN,
    MONTH_END_DAYS,
    *EVIDENCE,
    CREDIT_ENOUGH,
    ASK_AGAIN_DAYS,
    REPEAT_BITS,
    SURVEY_TERMLY,
    SURVEY_OPENS_AFTER,
    SURVEY_OPEN_DAYS,
    CHILDREN_MOST,
    RECORD_DAYS,
    RECORD_BEFORE_WH,
    RECORD_COUNTY_WH,
    FOLLOW_UP_DAYS,
    SCHOOLS_PER_SUPERVISOR,
    SUPERVISOR_TERM_YEARS,
    TERM_REMIND_DAYS,
    COMMITTEE_LEAST,
    *EXPIRY_DAYS,
    DIRECTOR_SCHOOL,
    DIRECTOR_KINDERGARTEN,
    DIRECTOR_SUPPLIER,
    ALERTS_ON,
    ALERT_MONTH_DAY,
    ALERT_TERM_DAYS,
    ALERT_SILENT_DAYS,
    COMMITTEE_FILED_DAYS,
    PRICE_DEVIATIONS,
    PRICE_PERCENT,
    PRICE_LEAST,
    SURVEY_LEAST_MEAN,
    PERFECT_VISITS,
    COPIED_VISITS,
    RUSH_VISITS,
    RUSH_MIN,
    MIDNIGHT_PERCENT,
    MIDNIGHT_LEAST,
    RETURNED_TIMES,
    MUTE_MOST_DAYS,
    SAMPLE_G,
    SAMPLE_H,
    LEDGER_GRACE_H,
    LEDGER_BACK_DAYS,
    SMS_ALLOWED,
]
BY_KEY = {parameter.key: parameter for parameter in PARAMETERS}
# What a check-in's score depends on.
WEIGHED_BY = {parameter.key for parameter in (FAR_M, LATE_DAYS, *EVIDENCE)}
# What the levels of a running deadline depend on.
CLIMBED_BY = {parameter.key for parameter in LADDER}
