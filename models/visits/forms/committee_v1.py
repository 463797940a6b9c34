"""The committee's monthly visit (膳食家委会入校), version 1: twenty items, one thumb, five minutes."""

from models.visits.forms.declaration import Form, Item, ItemKind

RULE_45 = "教育部令第45号"

COMMITTEE_V1 = Form(
    kind="committee",
    version=1,
    title="膳食家委会入校监督表",
    verdicts=(("pass", "合格"), ("fail", "不合格"), ("unseen", "未查看")),
    grades=(("excellent", "优"), ("good", "良"), ("fair", "中"), ("poor", "差")),
    items=(
        Item("C01", "到校与同行", "在门卫登记，写下同行家长", "没有登记就进了食堂"),
        Item("C02", "许可证和等级公示", "墙上看得到许可证和等级，没过期", "没挂出来，或已过期",
             key=True, basis="食品安全法", severity="serious"),
        Item("C03", "从业人员健康证", "人人有健康证，挂出来，没过期", "有人没有，或已过期",
             key=True, basis="食品安全法第四十五条", severity="serious"),
        Item("C04", "衣帽口罩和手", "工作服帽口罩穿戴好，手干净", "没戴帽子口罩，或戴首饰做菜"),
        Item("C05", "今天的晨检记录", "今天的晨检已登记、有签字", "今天还没记，或提前代签", basis=RULE_45),
        Item("C06", "食品留样", "每餐每样125克以上，有标签，专用冰箱48小时", "少样、没标签，或不够48小时",
             key=True, basis="教育部令第45号第四十条", severity="serious"),
        Item("C07", "过期变质和无标签食品", "翻看几样，都在保质期内有标签", "有过期、发霉或没标签的",
             key=True, basis="食品安全法第三十四条", severity="major"),
        Item("C08", "进货台账和票据抽查", "随手抽一样，台账和票据对得上", "查不到票据，或对不上"),
        Item("C09", "库房存放", "离地离墙，分类放好", "堆在地上，或和杂物混放"),
        Item("C10", "生熟分开", "生的熟的分开放，刀板分颜色", "生熟混放，或一块砧板都用",
             key=True, basis=RULE_45, severity="serious"),
        Item("C11", "餐具消毒和保洁柜", "有消毒记录，保洁柜干净", "没记录，或柜里有灰有水"),
        Item("C12", "三防设施", "防尘、防鼠、防蝇各数一数，都完好", "缺一样，或坏了没修",
             key=True, kind=ItemKind.COUNTS, basis=RULE_45),
        Item("C13", "地面排烟和垃圾桶", "地面干净，排烟通畅，桶有盖", "积水油污，或垃圾桶敞着"),
        Item("C14", "高风险食品", "没有四季豆、野生菌、发芽土豆、凉菜", "看到其中一样", basis=RULE_45,
             severity="serious"),
        Item("C15", "菜谱与带量", "今天的饭菜和公示菜谱一样，写了用量", "和公示的不一样，或没公示"),
        Item("C16", "饭菜品尝", "看、闻、尝、温度、分量，各打1到5分", "凉了、有异味，或分量少",
             kind=ItemKind.TASTING),
        Item("C17", "学校负责人陪餐", "有负责人和学生一起吃，有记录", "没人陪餐，或另开小灶", basis=RULE_45),
        Item("C18", "后厨视频", "大厅或手机上看得到后厨", "黑屏、遮挡或离线"),
        Item("C19", "收费退费公示、秩序和浪费", "收费退费贴出来，排队有序，剩饭不多", "没公示，或浪费严重"),
        Item("C20", "随机问三名学生", "学生说吃得饱、吃得好", "有学生说吃不饱或吃坏过肚子"),
    ),
)  # fmt: skip
