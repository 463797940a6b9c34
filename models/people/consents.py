"""What people are asked to agree to (个人信息保护法 第十三、十四、十七、二十九、三十一条): one text a version.

A new wording is a new entry with a higher version; the old ones stay, so that a consent's words can be read for
as long as the consent is kept.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """One version of what is asked. `needed`: the service does not work without it."""

    kind: str
    version: int
    title: str
    purpose: str
    basis: str
    kept: str
    withdrawal: str
    needed: bool = False


ASKED = [
    Asked(
        "privacy_policy",
        1,
        "隐私政策",
        "登记姓名、手机号、微信标识和岗位，用于登录、核对身份、分派任务、发送通知；"
        "入校记录、发现的问题和整改过程作为学校食堂监督的公共记录保存。",
        "个人信息保护法第十三条第一款第一、三项：个人同意，以及履行教育、食品安全监督的法定职责。",
        "任职期间及离任后继续保存；注销后公共记录保留岗位和“已注销用户”，不再有姓名、手机号和微信标识。",
        "这是使用本服务的前提。不再同意时，请先办理离任，再在“我的”里申请注销。",
        needed=True,
    ),
    Asked(
        "location",
        1,
        "位置信息",
        "签到时记录手机给出的位置和精度，作为到过学校的佐证；不同意也可以签到。",
        "个人信息保护法第二十九条：敏感个人信息须单独同意。",
        "精确坐标默认保存12个月，之后只留与学校的距离。",
        "撤回后，之后的签到不再保存坐标和距离，照常有效；以前的坐标仍按期删除。",
    ),
    Asked(
        "child_data",
        1,
        "未成年人信息",
        "家长或其他监护人填写问卷、上传照片时可能涉及未满十四周岁的孩子，只用于所在学校的膳食监督，不公开。",
        "个人信息保护法第三十一条：须取得父母或者其他监护人的同意。",
        "问卷匿名，不保存孩子的姓名；照片随所属的入校记录或问题保存。",
        "撤回后，请不要再代孩子填写问卷或上传有孩子的照片；已匿名的答案无法单独找出。",
    ),
]

CURRENT = {
    asked.kind: max((one for one in ASKED if one.kind == asked.kind), key=lambda one: one.version)
    for asked in ASKED
}
LOCATION = "location"
CHILD_DATA = "child_data"
