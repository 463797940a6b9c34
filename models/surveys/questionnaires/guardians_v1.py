"""The guardians' questionnaire (家长满意度测评), version 1: twelve questions and four."""

from models.surveys.questionnaires.declaration import Question, QuestionKind, Questionnaire

GUARDIANS_V1 = Questionnaire(
    version=1,
    title="校园餐家长满意度测评",
    steps=((100, "非常满意"), (80, "满意"), (60, "一般"), (40, "不满意"), (20, "非常不满意")),
    questions=(
        Question("S01", "对学校食堂的总体满意度"),
        Question("S02", "饭菜口味"),
        Question("S03", "饭菜分量"),
        Question("S04", "饭菜温热"),
        Question("S05", "荤素搭配"),
        Question("S06", "食材新鲜"),
        Question("S07", "食堂和餐具卫生"),
        Question("S08", "工作人员服务"),
        Question("S09", "价格与餐标相符"),
        Question("S10", "菜谱和带量公示"),
        Question("S11", "意见有没有答复"),
        Question("S12", "愿意向其他家长推荐学校食堂吗（0分不愿意，10分非常愿意）", QuestionKind.TEN),
    ),
    days_title="孩子每周在校就餐几天",
    days=(1, 7),
    channel_title="您主要怎样了解学校用餐",
    channels=(
        ("child", "听孩子说"),
        ("visit", "到校陪餐或参观"),
        ("notice", "学校公示或家长会"),
        ("phone", "家长群或小程序"),
        ("other", "其他"),
    ),
    words_title="还有什么想说的（请不要写姓名和电话）",
    longest_words=200,
)
