"""Every setting of the program, in one table: what it is for, its default, and how its text is read.

`docs/settings.md` is printed from this table (`python -m ops.declared_settings > docs/settings.md`).
"""

import base64
import binascii
import ipaddress
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from bot.catalogue import OFFICIAL, SMS
from bot.wechat.buckets import Allowance
from bot.wording import TEMPLATES
from miniapp_api.limits import DEFAULTS

REQUIRED = "required"
# in live: what this setting is for is not there until it is given
NOT_THERE = ""
# the sandbox's: anybody can read it here, so it hides nothing
PUBLIC_PHONE_KEY = bytes.fromhex("5a4d0000" * 8)


class Wrong(ValueError):
    """A value that cannot be used; says why, once in Chinese and once in English, never quoting it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


@dataclass(frozen=True)
class Declared:
    """One variable. `default` may use {home} and {port}; empty means none.

    `live` is the default when SHANDU_WECHAT=live: None means the same one, REQUIRED means that there is
    none and that the sandbox's is refused too, NOT_THERE that it may stay away but not be the sandbox's.
    """

    name: str
    zh: str
    en: str
    example: str
    default: str
    read: Callable[[str], Any]
    live: str | None = None
    secret: bool = False


def _words(*allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            listed = " / ".join(allowed)
            raise Wrong(f"只能是 {listed}", f"must be one of {listed}")
        return text

    return read


def _matching(pattern: str, zh: str, en: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise Wrong(f"应为{zh}", f"must be {en}")
        return text

    return read


def _whole(lowest: int, highest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not lowest <= int(text) <= highest:
            raise Wrong(
                f"应为 {lowest} 到 {highest} 的整数", f"must be a whole number from {lowest} to {highest}"
            )
        return int(text)

    return read


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", text) or not 0.1 <= float(text) <= 60:
        raise Wrong("应为 0.1 到 60 的秒数", "must be a number of seconds from 0.1 to 60")
    return float(text)


def _yes_or_no(text: str) -> bool:
    answers = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if text.lower() not in answers:
        raise Wrong("只能是 1 或 0", "must be 1 or 0")
    return answers[text.lower()]


def _folder(text: str) -> Path:
    path = Path(text).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise Wrong("应为文件夹，此处却是文件", "must be a folder, and there is a file of that name")
    if set("?#%\0") & set(str(path)):
        raise Wrong("路径中不能有 ? # %", "the path may not hold ? # or %, which mean something in addresses")
    return path


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        pass
    if not re.fullmatch(r"(?=.*[A-Za-z])[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", text):
        raise Wrong("应为本机的地址或主机名", "must be an address or a host name of this machine")
    return text


def _split(text: str, *schemes: str) -> SplitResult:
    zh = "应为以 " + " 或 ".join(f"{scheme}://" for scheme in schemes) + " 开头的地址"
    en = "must be an address beginning with " + " or ".join(f"{scheme}://" for scheme in schemes)
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise Wrong(zh, en) from None
    # paths of this machine may hold spaces, addresses of others may not
    spaced = re.search(r"\s", text) and parts.scheme not in {"sqlite", "file"}
    if parts.scheme not in schemes or "://" not in text or spaced:
        raise Wrong(zh, en)
    return parts


def _web_address(text: str) -> str:
    parts = _split(text, "http", "https")
    if not parts.hostname or parts.query or parts.fragment or parts.username:
        raise Wrong(
            "应为不带用户名、参数和 # 的网址",
            "must be a web address without user name, query or fragment",
        )
    return text.rstrip("/")


def _database(text: str) -> str:
    parts = _split(text, "sqlite", "postgres", "postgresql")
    if parts.scheme == "sqlite":
        if parts.netloc or len(parts.path) < 2 or parts.query:
            raise Wrong(
                "SQLite 文件须写绝对路径（三条斜线）",
                "must name SQLite's file by its absolute path (three slashes)",
            )
        return text
    if not parts.hostname or len(parts.path) < 2:
        raise Wrong("须写明主机和数据库名", "must name the host and the database")
    if parts.query:
        raise Wrong("不能带 ? 参数", "may not carry ? parameters: none would be obeyed")
    return text


def _redis(text: str) -> str:
    parts = _split(text, "redis", "rediss", "unix")
    if parts.scheme != "unix" and not parts.hostname:
        raise Wrong("须写明主机", "must name the host")
    return text


def _store(text: str) -> str:
    parts = _split(text, "file", "s3")
    if parts.scheme == "file" and (parts.netloc or len(parts.path) < 2):
        raise Wrong("文件夹须写绝对路径（三条斜线）", "must be a folder's absolute path (three slashes)")
    if parts.scheme == "s3" and not parts.netloc:
        raise Wrong("须写明存储桶", "must name the bucket")
    return text.rstrip("/")


def _aes_key(text: str) -> str:
    wrong = Wrong("应为公众平台给出的 43 位 EncodingAESKey", "must be the EncodingAESKey of 43 characters")
    if not re.fullmatch(r"[A-Za-z0-9+/]{43}", text):
        raise wrong
    try:
        base64.b64decode(text + "=", validate=True)
    except binascii.Error:
        raise wrong from None
    return text


def _ids(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        raise Wrong("不是 JSON", "is not JSON") from None
    if not isinstance(found, dict) or not all(isinstance(value, str) and value for value in found.values()):
        raise Wrong("应为“模板名: 模板编号”的 JSON 对象", "must be a JSON object, template name: template id")
    return found


def _some_of(names: set[str]) -> Callable[[str], dict[str, str]]:
    def read(text: str) -> dict[str, str]:
        found = _ids(text)
        if not set(found) <= names:
            known = ", ".join(sorted(names))
            raise Wrong(f"模板名只有 {known}", f"may only name {known}")
        return found

    return read


def _templates(text: str) -> dict[str, str]:
    found = _ids(text)
    names = {template.name for template in TEMPLATES}
    if set(found) != names:
        known = ", ".join(sorted(names))
        raise Wrong(f"应恰好有这几个模板：{known}", f"must have exactly these templates: {known}")
    return found


def _template_names(text: str) -> frozenset[str]:
    found = frozenset(name.strip() for name in text.split(","))
    names = {template.name for template in TEMPLATES}
    if not found <= names:
        known = ", ".join(sorted(names))
        raise Wrong(f"模板名只有 {known}", f"may only name {known}")
    return found


def _limits(text: str) -> dict[str, Allowance] | None:
    found: dict[str, Allowance] = {}
    for entry in [] if text in ("off", "default") else text.split(","):
        match = re.fullmatch(r"([a-z-]+)=([0-9]{1,8})/([0-9]{1,5})", entry.strip())
        if not match or match[1] not in DEFAULTS or 0 in (int(match[2]), int(match[3])):
            known = ", ".join(DEFAULTS)
            raise Wrong(
                f"每项写作“名称=次数/秒数”，名称有 {known}；全部默认写 default，全部关闭写 off",
                f"must be name=times/seconds, parted by commas, of {known}; or default, or off",
            )
        found[match[1]] = Allowance(int(match[2]), int(match[3]))
    return None if text == "off" else found


def _keys(text: str) -> dict[int, bytes]:
    keys: dict[int, bytes] = {}
    for entry in text.split(","):
        match = re.fullmatch(r"([0-9]{1,3}):((?:[0-9A-Fa-f]{2}){16,64})", entry.strip())
        if not match or not 1 <= int(match[1]) <= 255:
            raise Wrong(
                "每把密钥写作“编号:十六进制”，编号 1 到 255，密钥 16 到 64 字节",
                "must be id:hex, with ids from 1 to 255 and keys of 16 to 64 bytes, parted by commas",
            )
        if int(match[1]) in keys:
            raise Wrong(f"编号 {match[1]} 写了两次", f"has the id {match[1]} twice")
        keys[int(match[1])] = bytes.fromhex(match[2])
    return keys


def _sentence(text: str) -> str:
    if len(text) > 200 or not text.isprintable():
        raise Wrong("应为一行、不超过 200 字", "must be one line of at most 200 characters")
    return text


DECLARED = [
    Declared(
        "SHANDU_HOME",
        "状态文件夹：数据库、照片、开发密钥都在其中；不存在则新建",
        "the folder where state lives: database, photos, development key; made if missing",
        "/var/lib/shandu",
        ".shandu",
        _folder,
    ),
    Declared(
        "SHANDU_PORT",
        "监听端口；也可写作 PORT，两者都写时以 SHANDU_PORT 为准",
        "the port to listen on; PORT is read too, and SHANDU_PORT wins",
        "8080",
        "8080",
        _whole(1, 65535),
    ),
    Declared(
        "SHANDU_HOST",
        "监听地址；对外服务写 0.0.0.0",
        "the address to listen on; 0.0.0.0 to be reachable from other machines",
        "0.0.0.0",  # noqa: S104 - an example, not a bind
        "127.0.0.1",
        _address,
    ),
    Declared(
        "SHANDU_PUBLIC_URL",
        "二维码链接的网址前缀；正式环境必填，须为 https",
        "what the links in QR codes begin with; in live it must be given and be https",
        "https://shandu.example.cn",
        "http://127.0.0.1:{port}",
        _web_address,
        live=REQUIRED,
    ),
    Declared(
        "SHANDU_TRUSTED_PROXIES",
        "前面有几层可信的反向代理（按 X-Forwarded-For 取来访地址）",
        "how many reverse proxies stand in front, for reading X-Forwarded-For",
        "1",
        "0",
        _whole(0, 9),
    ),
    Declared(
        "SHANDU_LIMITS",
        "限流：某类请求每多少秒可以多少次，按手机或来访地址（-address）；前面的网关已限流时可写 off",
        "rate limits: how often in how many seconds, by phone or address; off where a gateway in front does it",
        "ordinary=600/60,upload-address=40000/600",
        "default",
        _limits,
    ),
    Declared(
        "SHANDU_METRICS_TOKEN",
        "读取 /metrics 须带的令牌（Authorization: Bearer 令牌）；不填则只有本机、不经代理才能读",
        "the token that /metrics asks for, as a bearer token; without it only this machine, through no proxy",
        "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "",
        _matching(r"[A-Za-z0-9._~-]{16,128}", " 16 到 128 个字母或数字", "16 to 128 letters or digits"),
        secret=True,
    ),
    Declared(
        "SHANDU_WORKER_PORT",
        "后台进程（shandu worker）应答 /healthz 和 /metrics 的端口；不填则不监听",
        "the port on which the worker answers /healthz and /metrics; without it, none",
        "8081",
        "",
        _whole(1, 65535),
    ),
    Declared(
        "SHANDU_DATABASE_URL",
        "数据库：SQLite 文件或 PostgreSQL；多个进程、多台机器用 PostgreSQL",
        "the database: a SQLite file, or PostgreSQL for several processes or machines",
        "postgres://shandu:PASSWORD@127.0.0.1:5432/shandu",
        "sqlite://{home}/shandu.sqlite3",
        _database,
        secret=True,
    ),
    Declared(
        "SHANDU_DATABASE_POOL",
        "每个进程最多用多少个 PostgreSQL 连接",
        "PostgreSQL connections a process opens at most",
        "10",
        "20",
        _whole(2, 100),
    ),
    Declared(
        "SHANDU_REDIS_URL",
        "Redis：多个进程共用令牌、限流和唤醒时需要",
        "Redis: needed when several processes share tokens, limits and wake-ups",
        "redis://127.0.0.1:6379/0",
        "",
        _redis,
        secret=True,
    ),
    Declared(
        "SHANDU_STORE_URL",
        "照片存放处：本机文件夹，或 S3 兼容的对象存储（其凭据按 AWS_ 变量读取）",
        "where photos are kept: a folder, or an S3-compatible store (credentials from AWS_ variables)",
        "s3://shandu-photos/yunnan",
        "file://{home}/photos",
        _store,
    ),
    Declared(
        "SHANDU_ORPHAN_DAYS",
        "没有记录引用的照片保留多少天；须长于离线记录最迟补传的天数（late_days）",
        "days a photo is kept that no record took; longer than records may come late (late_days)",
        "90",
        "90",
        _whole(61, 3650),
    ),
    Declared(
        "SHANDU_WECHAT",
        "sandbox 用自带的微信仿真，live 连真正的微信",
        "sandbox talks to the imitation that is served here, live to WeChat itself",
        "live",
        "sandbox",
        _words("sandbox", "live"),
    ),
    Declared(
        "SHANDU_WECHAT_BASE_URL",
        "微信接口的网址前缀",
        "what the addresses of WeChat's interfaces begin with",
        "https://api.weixin.qq.com",
        "http://127.0.0.1:{port}/sandbox",
        _web_address,
        live="https://api.weixin.qq.com",
    ),
    Declared(
        "SHANDU_WECHAT_APPID",
        "小程序的 AppID",
        "the mini-program's AppID",
        "wx0123456789abcdef",
        "wx00000000005a4d00",
        _matching("wx[0-9a-f]{16}", " wx 加 16 位十六进制数", "wx and 16 hexadecimal digits"),
        live=REQUIRED,
    ),
    Declared(
        "SHANDU_WECHAT_SECRET",
        "小程序的 AppSecret",
        "the mini-program's AppSecret",
        "0123456789abcdef0123456789abcdef",
        "5a4d00005a4d00005a4d00005a4d0000",
        _matching("[0-9a-f]{32}", " 32 位十六进制数", "32 hexadecimal digits"),
        live=REQUIRED,
        secret=True,
    ),
    Declared(
        "SHANDU_WECHAT_CALLBACK_TOKEN",
        "消息推送的 Token",
        "the Token of WeChat's callbacks",
        "kunming2026",
        "shandusandbox",
        _matching("[A-Za-z0-9]{3,32}", " 3 到 32 位字母或数字", "3 to 32 letters or digits"),
        live=REQUIRED,
        secret=True,
    ),
    Declared(
        "SHANDU_WECHAT_AES_KEY",
        "消息推送的 EncodingAESKey",
        "the EncodingAESKey of WeChat's callbacks",
        "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        "ShanduSandboxPublicKeyNotForProduction00000",
        _aes_key,
        live=REQUIRED,
        secret=True,
    ),
    Declared(
        "SHANDU_WECHAT_TIMEOUT_S",
        "等微信回答的秒数",
        "seconds to wait for an answer from WeChat",
        "5",
        "5",
        _seconds,
    ),
    Declared(
        "SHANDU_TEMPLATES",
        "我们的订阅消息模板在公众平台上的编号（JSON）",
        "the ids that the console gave our subscribe-message templates, as JSON",
        json.dumps({template.name: f"ID{number}" for number, template in enumerate(TEMPLATES, 1)}),
        "",
        _templates,
        live=REQUIRED,
    ),
    Declared(
        "SHANDU_LONG_TERM_TEMPLATES",
        "其中的长期订阅模板（逗号分隔）：一次同意，不计次数",
        "which of the templates are long-term (parted by commas): consent once, no credits",
        "rectify,verify",
        "",
        _template_names,
    ),
    Declared(
        "SHANDU_OFFICIAL_APPID",
        "公众号的 AppID；不填则不用公众号。这一组除模板外须一起填写",
        "the official account's AppID; without it there is none. Of this group all but the templates go together",
        "wxfedcba9876543210",
        "wx00000000005a4d01",
        _matching("wx[0-9a-f]{16}", " wx 加 16 位十六进制数", "wx and 16 hexadecimal digits"),
        live=NOT_THERE,
    ),
    Declared(
        "SHANDU_OFFICIAL_SECRET",
        "公众号的 AppSecret",
        "the official account's AppSecret",
        "fedcba9876543210fedcba9876543210",
        "5a4d01005a4d01005a4d01005a4d0100",
        _matching("[0-9a-f]{32}", " 32 位十六进制数", "32 hexadecimal digits"),
        live=NOT_THERE,
        secret=True,
    ),
    Declared(
        "SHANDU_OFFICIAL_CALLBACK_TOKEN",
        "公众号服务器配置的 Token；回调地址是 /wechat/official",
        "the Token of the official account's callbacks, which come to /wechat/official",
        "dali2026",
        "shandusandboxofficial",
        _matching("[A-Za-z0-9]{3,32}", " 3 到 32 位字母或数字", "3 to 32 letters or digits"),
        live=NOT_THERE,
        secret=True,
    ),
    Declared(
        "SHANDU_OFFICIAL_AES_KEY",
        "公众号服务器配置的 EncodingAESKey",
        "the EncodingAESKey of the official account's callbacks",
        "ABCDEFGabcdefghijklmnopqrstuvwxyz0123456789",
        "ShanduSandboxOfficialKeyNotForProduction000",
        _aes_key,
        live=NOT_THERE,
        secret=True,
    ),
    Declared(
        "SHANDU_OFFICIAL_TEMPLATES",
        "公众号模板消息在公众平台上的编号（JSON）；没有编号的不经公众号发送",
        "the ids of the official account's message templates, as JSON; what has none is not sent by it",
        json.dumps({template.name: f"ID{number}" for number, template in enumerate(OFFICIAL, 1)}),
        json.dumps({template.name: f"sandbox_official_{template.name}" for template in OFFICIAL}),
        _some_of({template.name for template in OFFICIAL}),
        live=NOT_THERE,
    ),
    Declared(
        "SHANDU_SMS_URL",
        "短信网关的网址前缀；不填则不发短信。这一组须一起填写",
        "what the address of the gateway for short messages begins with; without it none are sent. This group goes"
        " together",
        "https://sms.example.cn/v1",
        "http://127.0.0.1:{port}/sandbox/sms",
        _web_address,
        live=NOT_THERE,
    ),
    Declared(
        "SHANDU_SMS_KEY",
        "短信网关的密钥",
        "the key of the gateway for short messages",
        "0123456789abcdef",
        "shandu-sandbox-sms",
        _matching(
            "[A-Za-z0-9_.=-]{8,200}", " 8 到 200 位字母、数字或 _.=-", "8 to 200 letters, digits or _.=-"
        ),
        live=NOT_THERE,
        secret=True,
    ),
    Declared(
        "SHANDU_SMS_TEMPLATES",
        "我们的短信模板在短信平台上的编号（JSON）；没有编号的不发短信",
        "the ids of our templates at the sender of short messages, as JSON; what has none is not sent",
        json.dumps({template.name: f"SMS_{number}" for number, template in enumerate(SMS, 1)}),
        json.dumps({template.name: f"sandbox_sms_{template.name}" for template in SMS}),
        _some_of({template.name for template in SMS}),
        live=NOT_THERE,
    ),
    Declared(
        "SHANDU_WECOM_CORPID",
        "企业微信的 CorpID；不填则不发企业微信应用消息。这一组除网址外须一起填写",
        "WeCom's CorpID; without it there is no application of ours there. All of this group but the address go"
        " together",
        "ww0123456789abcdef",
        "ww00000000005a4d02",
        _matching("w[wx][0-9a-f]{16}", " ww 或 wx 加 16 位十六进制数", "ww or wx and 16 hexadecimal digits"),
        live=NOT_THERE,
    ),
    Declared(
        "SHANDU_WECOM_AGENTID",
        "企业微信自建应用的 AgentId",
        "the AgentId of our application in WeCom",
        "1000002",
        "999000002",
        _whole(1, 999_999_999),
        live=NOT_THERE,
    ),
    Declared(
        "SHANDU_WECOM_SECRET",
        "企业微信自建应用的 Secret",
        "the Secret of our application in WeCom",
        "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        "ShanduSandboxWeComSecretNotForProduction000",
        _matching("[A-Za-z0-9_-]{43}", " 43 位字母、数字、_ 或 -", "43 letters, digits, _ or -"),
        live=NOT_THERE,
        secret=True,
    ),
    Declared(
        "SHANDU_WECOM_CALLBACK_TOKEN",
        "企业微信应用接收消息的 Token；回调地址是 /wechat/wecom",
        "the Token of WeCom's callbacks, which come to /wechat/wecom",
        "honghe2026",
        "shandusandboxwecom",
        _matching("[A-Za-z0-9]{3,32}", " 3 到 32 位字母或数字", "3 to 32 letters or digits"),
        live=NOT_THERE,
        secret=True,
    ),
    Declared(
        "SHANDU_WECOM_AES_KEY",
        "企业微信应用接收消息的 EncodingAESKey",
        "the EncodingAESKey of WeCom's callbacks",
        "GFEDCBAabcdefghijklmnopqrstuvwxyz0123456789",
        "ShanduSandboxWeComKeyNotForProduction000000",
        _aes_key,
        live=NOT_THERE,
        secret=True,
    ),
    Declared(
        "SHANDU_WECOM_BASE_URL",
        "企业微信接口的网址前缀；群机器人也用它",
        "what the addresses of WeCom's interfaces begin with, group robots' too",
        "https://qyapi.weixin.qq.com",
        "http://127.0.0.1:{port}/sandbox/wecom",
        _web_address,
        live="https://qyapi.weixin.qq.com",
    ),
    Declared(
        "SHANDU_QR_KEYS",
        "二维码签名密钥，写作“编号:十六进制”，可多把；仿真环境不填则在状态文件夹中生成一把",
        "the keys that sign QR codes, id:hex, parted by commas; the sandbox makes one in the state folder",
        "1:00112233445566778899aabbccddeeff",
        "",
        _keys,
        live=REQUIRED,
        secret=True,
    ),
    Declared(
        "SHANDU_SURVEY_KEYS",
        "测评答卷信封的密钥，写作“编号:十六进制”，新答卷用编号最大的一把；一轮启封后旧密钥即可销毁；仿真环境不填则自动生成",
        "the keys that seal survey ballots, id:hex, parted by commas; the highest id seals, and an older one can be"
        " destroyed once the rounds it sealed are counted; the sandbox makes one in the state folder",
        "1:ffeeddccbbaa99887766554433221100",
        "",
        _keys,
        live=REQUIRED,
        secret=True,
    ),
    Declared(
        "SHANDU_QR_CURRENT_KEY",
        "新码用哪一把密钥（编号）；不填则用编号最大的",
        "the id of the key that signs new codes; without it, the highest id",
        "2",
        "",
        _whole(1, 255),
    ),
    Declared(
        "SHANDU_PHONE_KEYS",
        "加密手机号的密钥，写作“编号:十六进制”，可多把，当前的写在最前；换密钥见 docs/operations.md",
        "the keys that seal telephone numbers, id:hex, parted by commas, the current one first",
        "2:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        f"1:{PUBLIC_PHONE_KEY.hex()}",
        _keys,
        live=REQUIRED,
        secret=True,
    ),
    Declared(
        "SHANDU_DEMO",
        "演示：可拨的时钟和演示页；正式环境不能开",
        "demonstration: a clock that can be moved and the demo pages; refused in live",
        "0",
        "0",
        _yes_or_no,
    ),
    Declared(
        "SHANDU_LOG",
        "日志格式：json 每行一个对象，text 便于阅读",
        "how logs are written: json, one object a line, or text, for reading",
        "json",
        "text",
        _words("json", "text"),
    ),
    Declared(
        "SHANDU_LOG_LEVEL",
        "日志从哪一级记起：info 全部，warning 只记异常；shandu demo 默认 warning",
        "from what level on logs are written: info, all, or warning; `shandu demo` goes by warning unless told",
        "warning",
        "info",
        _words("info", "warning"),
    ),
    Declared(
        "SHANDU_MAP_NOTE",
        "地图下方的说明，公开展示时写审图号",
        "the line under maps, for the map approval number (审图号) that public display needs",
        "审图号：GS(2026)0001号",
        "地图仅为示意，公开展示须先取得审图号",
        _sentence,
    ),
]

PAGE_HEAD = """\
# Settings 设置

Read once, at start, from the environment. A missing, wrong or unknown `SHANDU_` variable stops the start
with a sentence that names it. Names beginning with `SHANDU_TEST_` belong to the tests and are passed over.
On Kubernetes set `enableServiceLinks: false`: a service called `shandu` would add variables of its own.

启动时从环境变量一次读取；缺失、写错或不认识的 `SHANDU_` 变量会使启动停止，并说明是哪一个。

This page is printed by `make settings-page`; the table is `ops/declared_settings.py`.

| variable 变量 | for 用途 | default 默认 | in live 正式环境 | example 示例 |
|---|---|---|---|---|
"""


def page() -> str:
    """The text of docs/settings.md."""
    return PAGE_HEAD + "".join(_row(one) for one in DECLARED)


def _row(one: Declared) -> str:
    says = f"{one.zh}<br>{one.en}"
    return f"| `{one.name}` | {says} | {_shown(one.default)} | {_in_live(one)} | `{one.example}` |\n"


def _shown(default: str) -> str:
    return f"`{default.replace('{home}', 'SHANDU_HOME').replace('{port}', 'PORT')}`" if default else "—"


def _in_live(one: Declared) -> str:
    if one.live == REQUIRED:
        return "**required 必填**"
    return "" if one.live is None else _shown(one.live)


if __name__ == "__main__":
    print(page(), end="")
