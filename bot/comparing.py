"""The catalogue beside the account's templates: each difference a sentence with its remedy. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.wechat.templates import AccountTemplate
from bot.wording import Template


@dataclass(frozen=True)
class Difference:
    said: str
    remedy: str


def differences(
    account: str,
    setting: str,
    declared: Sequence[Template],
    ids: Mapping[str, str],
    found: Sequence[AccountTemplate],
    long_term: frozenset[str] | None = None,
) -> list[Difference]:
    """`ids`: the settings' ids by name. `long_term`: names that the settings call long-term; None: the account
    knows no such thing."""
    by_id = {one.id: one for one in found}
    told: list[Difference] = []
    for template in declared:
        template_id, name = ids.get(template.name), f"{account}模板“{template.title}”（{template.name}）"
        if template_id is None:
            continue
        one = by_id.get(template_id)
        if one is None:
            told.append(
                Difference(
                    f"{name}的编号 {template_id} 在账号里没有", f"请核对 {setting}，或按目录重新申请后改编号"
                )
            )
            continue
        told += _compared(name, template, one)
        if long_term is not None and one.long_term != (template.name in long_term):
            kind, verb = ("长期", "加入") if one.long_term else ("一次性", "移出")
            told.append(
                Difference(
                    f"{name}是{kind}订阅模板，设置不是这样写的",
                    f"请把 {template.name} {verb} SHANDU_LONG_TERM_TEMPLATES",
                )
            )
    return told


def _compared(name: str, template: Template, one: AccountTemplate) -> list[Difference]:
    ours = {field.key: field.label for field in template.fields}
    theirs = dict(one.fields)
    told: list[Difference] = []
    if one.title != template.title:
        told.append(
            Difference(
                f"{name}在账号里的标题是“{one.title}”",
                "若不是同一个模板请核对编号；若只是改了名，请改目录 bot/wording.py",
            )
        )
    for key in theirs.keys() - ours.keys():
        told.append(
            Difference(
                f"{name}在账号里还有字段 {key}（{theirs[key]}），目录没有写",
                "请在目录中补上，否则会被退回（47003）",
            )
        )
    for key in ours.keys() - theirs.keys():
        told.append(
            Difference(
                f"{name}在账号里没有字段 {key}（{ours[key]}）", "请按账号里的字段名修改目录，或重新申请模板"
            )
        )
    for key in sorted(ours.keys() & theirs.keys()):
        if ours[key] != theirs[key]:
            told.append(
                Difference(
                    f"{name}的字段 {key} 在账号里叫“{theirs[key]}”，目录写的是“{ours[key]}”",
                    "请核对内容是否填错了位置，并改目录",
                )
            )
    return sorted(told, key=lambda one: one.said)
