"""click's own words in Chinese: its errors, and what its help pages say around ours."""

from types import ModuleType

from click import core, decorators, exceptions, formatting, parser, types

WORDS = {
    "Usage:": "用法：",
    "Options": "选项",
    "Commands": "命令",
    "Positional arguments": "参数",
    "Show this message and exit.": "显示这页说明。",
    "default: {default}": "默认 {default}",
    "required": "必填",
    "Error: {message}": "{message}",
    "Try '{command} {option}' for help.": "查看说明：{command} {option}",
    "Aborted!": "已中止。",
    "Missing command.": "没有写命令。",
    "Missing argument": "缺少参数",
    "Missing option": "缺少选项",
    "Missing parameter": "缺少参数",
    "Missing parameter: {param_name}": "缺少参数 {param_name}",
    "Invalid value: {message}": "填写有误：{message}",
    "Invalid value for {param_hint}: {message}": "{param_hint} 填写有误：{message}",
    "No such option {name!r}.": "没有 {name} 这个选项。",
    "No such command {name!r}.": "没有 {name} 这个命令。",
    "Did you mean {possibility}?": "是不是 {possibility}？",
    "(Did you mean one of: {possibilities}?)": "（是不是其中之一：{possibilities}？）",
    "Got unexpected extra argument ({args})": "多了一个参数：{args}",
    "Got unexpected extra arguments ({args})": "多了几个参数：{args}",
    "Option {name!r} requires an argument.": "{name} 后面要写值。",
    "Option {name!r} does not take a value.": "{name} 后面不写值。",
    "Choose from:\n\t{choices}": "可选：\n\t{choices}",
    "{value!r} is not {choice}.": "{value} 不对，只能是 {choice}。",
    "{value!r} is not one of {choices}.": "{value} 不对，只能是 {choices} 之一。",
    "{value!r} does not match the format {format}.": "{value} 不对，应写作年-月-日，如 2026-11-30。",
    "{value} is not in the range {range}.": "{value} 不在 {range} 之内。",
    "{value!r} is not a valid {number_type}.": "{value} 不是整数。",
    "file": "文件",
    "directory": "文件夹",
    "path": "路径",
    "{name} {filename!r} is a file.": "{filename} 是文件，不是文件夹。",
    "{name} {filename!r} is a directory.": "{filename} 是文件夹，不是文件。",
    "{name} {filename!r} is not readable.": "{filename} 读不了，请检查权限。",
    "{name} {filename!r} is not writable.": "{filename} 写不了，请检查权限。",
    "{name} {filename!r} does not exist.": "{filename} 不存在。",
}
SPEAKING: list[ModuleType] = [core, decorators, exceptions, formatting, parser, types]


def speak_chinese() -> None:
    """click asks gettext in the language of the terminal, which has no Chinese for it; here it asks us."""
    for module in SPEAKING:
        for name, words in (("_", _one), ("ngettext", _one_or_many)):
            if hasattr(module, name):
                setattr(module, name, words)


def _one(message: str) -> str:
    return WORDS.get(message, message)


def _one_or_many(one: str, many: str, count: int) -> str:
    return _one(one if count == 1 else many)
