"""The settings of one process: read once from the environment, checked, and frozen."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

from bot import catalogue
from bot.wechat.buckets import Allowance
from bot.wording import TEMPLATES
from ops.declared_settings import DECLARED, NOT_THERE, PUBLIC_PHONE_KEY, REQUIRED, Declared, Wrong
from ops.faults import said

PREFIX = "SHANDU_"
TEST_PREFIX = "SHANDU_TEST_"
DECLARED_BY_NAME = {one.name: one for one in DECLARED}

OFFICIAL = "SHANDU_OFFICIAL_"
WECOM = "SHANDU_WECOM_"
WECOM_NEEDS = tuple(WECOM + part for part in ("CORPID", "AGENTID", "SECRET", "CALLBACK_TOKEN", "AES_KEY"))
OFFICIAL_NEEDS = tuple(OFFICIAL + part for part in ("APPID", "SECRET", "CALLBACK_TOKEN", "AES_KEY"))
SMS = "SHANDU_SMS_"
SMS_NEEDS = tuple(SMS + part for part in ("URL", "KEY", "TEMPLATES"))
WITH_THE_REST = Wrong("同一组的其他几项已填，这项也要填", "must be given where the others of its group are")
SANDBOX_TEMPLATES = {template.name: f"sandbox_{template.name}" for template in TEMPLATES}


class SettingsError(Exception):
    """The environment cannot be used. `faults` has one sentence for each fault; none quotes a secret."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, kw_only=True)
class WeChatSettings:
    mode: Literal["sandbox", "live"]
    base_url: str
    appid: str
    secret: str = field(repr=False)
    callback_token: str = field(repr=False)
    aes_key: str = field(repr=False)
    timeout_s: float
    templates: dict[str, str]
    long_term: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class OfficialSettings:
    """The official account (公众号). `templates`: ids of its message templates by name, as far as it has them."""

    appid: str
    secret: str = field(repr=False)
    callback_token: str = field(repr=False)
    aes_key: str = field(repr=False)
    templates: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class SmsSettings:
    """Who sends short messages. `templates`: their ids of ours by name."""

    url: str
    key: str = field(repr=False)
    templates: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class WeComSettings:
    """Our application in WeCom (企业微信)."""

    corpid: str
    agentid: int
    secret: str = field(repr=False)
    callback_token: str = field(repr=False)
    aes_key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Addresses carry no trailing slash. Secrets, and addresses that may hold a password, are not in repr."""

    home: Path
    host: str
    port: int
    public_url: str
    trusted_proxies: int
    limits: dict[str, Allowance] | None
    metrics_token: str | None = field(repr=False)
    worker_port: int | None
    database_url: str = field(repr=False)
    database_pool: int
    redis_url: str | None = field(repr=False)
    store_url: str
    orphan_days: int
    wechat: WeChatSettings
    official: OfficialSettings | None
    sms: SmsSettings | None
    wecom: WeComSettings | None
    wecom_base_url: str
    qr_keys: dict[int, bytes] = field(repr=False)
    survey_keys: dict[int, bytes] = field(repr=False)
    qr_current_key: int
    # the current one first
    phone_keys: dict[int, bytes] = field(repr=False)
    demo: bool
    log: Literal["json", "text"]
    log_level: Literal["info", "warning"]
    map_note: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read every setting from `environ`; raise SettingsError with all faults at once.

        Makes the state folder and, in the sandbox, the development keys in it (kept for later starts).
        """
        values, faults = _read(environ)
        faults += _contradictions(environ, values) + catalogue.all_faults()
        if faults:
            raise SettingsError(faults)
        _make_home(values["SHANDU_HOME"])
        keys = values["SHANDU_QR_KEYS"] or development_key(values["SHANDU_HOME"])
        survey_keys = values["SHANDU_SURVEY_KEYS"] or development_key(values["SHANDU_HOME"], "survey")
        return cls(
            home=values["SHANDU_HOME"],
            host=values["SHANDU_HOST"],
            port=values["SHANDU_PORT"],
            public_url=values["SHANDU_PUBLIC_URL"],
            trusted_proxies=values["SHANDU_TRUSTED_PROXIES"],
            limits=values["SHANDU_LIMITS"],
            metrics_token=values["SHANDU_METRICS_TOKEN"],
            worker_port=values["SHANDU_WORKER_PORT"],
            database_url=values["SHANDU_DATABASE_URL"],
            database_pool=values["SHANDU_DATABASE_POOL"],
            redis_url=values["SHANDU_REDIS_URL"],
            store_url=values["SHANDU_STORE_URL"],
            orphan_days=values["SHANDU_ORPHAN_DAYS"],
            wechat=_wechat(values),
            official=_official(values),
            sms=_sms(values),
            wecom=_wecom(values),
            wecom_base_url=values["SHANDU_WECOM_BASE_URL"],
            qr_keys=keys,
            survey_keys=survey_keys,
            qr_current_key=values["SHANDU_QR_CURRENT_KEY"] or max(keys),
            phone_keys=values["SHANDU_PHONE_KEYS"],
            demo=values["SHANDU_DEMO"],
            log=values["SHANDU_LOG"],
            log_level=values["SHANDU_LOG_LEVEL"],
            map_note=values["SHANDU_MAP_NOTE"],
        )


def development_key(home: Path, purpose: str = "qr") -> dict[int, bytes]:
    """A key of the sandbox's own, made on the first call; processes starting together get the same one."""
    kept = home / f"development-{purpose}-key"
    draft = home / f".development-{purpose}-key.{secrets.token_hex(4)}"
    if not kept.exists():
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32))
        try:
            # a link appears whole or not at all, and only one of two starting processes makes it
            os.link(draft, kept)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return {1: bytes.fromhex(kept.read_text())}


def _read(environ: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    given = {name: text.strip() for name, text in environ.items() if name.startswith(PREFIX)}
    if "PORT" in environ:
        given.setdefault("SHANDU_PORT", environ["PORT"].strip())
    faults = [_unknown(name) for name in sorted(given) if _is_unknown(name)]
    values: dict[str, Any] = {}
    live = given.get("SHANDU_WECHAT") == "live"
    for one in DECLARED:
        try:
            values[one.name] = _value(one, given.get(one.name), live, values)
        except Wrong as wrong:
            faults.append(_sentence(one, wrong, given.get(one.name)))
    return values, faults


def _value(one: Declared, given: str | None, live: bool, earlier: dict[str, Any]) -> Any:
    """`earlier` has the settings declared above this one, for the defaults that mention them."""
    if given == "":
        raise Wrong("写了却是空的，请填写或删去", "is set but empty; give it a value or remove it")
    default = one.live if live and one.live is not None else one.default
    if given is None and default == REQUIRED:
        raise Wrong("正式环境（SHANDU_WECHAT=live）必填", "must be given when SHANDU_WECHAT=live")
    if live and one.live in (REQUIRED, NOT_THERE) and given and given == one.default:
        raise Wrong("正式环境不能用仿真环境的公开默认值", "is the sandbox's public default, refused in live")
    if given is None and not default:
        return None
    home, port = str(earlier.get("SHANDU_HOME", "/")), str(earlier.get("SHANDU_PORT", 8080))
    return one.read(given or default.replace("{home}", home).replace("{port}", port))


def _contradictions(environ: Mapping[str, str], values: dict[str, Any]) -> list[str]:
    """Faults of settings that are right alone and wrong together; those already at fault are left out."""
    faults: list[tuple[str, Wrong]] = []
    live = values.get("SHANDU_WECHAT") == "live"
    if live and values.get("SHANDU_DEMO"):
        faults.append(("SHANDU_DEMO", Wrong("正式环境不能开演示", "cannot be on when SHANDU_WECHAT=live")))
    for name in ("SHANDU_PUBLIC_URL", "SHANDU_WECHAT_BASE_URL", "SHANDU_SMS_URL", "SHANDU_WECOM_BASE_URL"):
        if live and not (values.get(name) or "https:").startswith("https:"):
            faults.append((name, Wrong("正式环境须为 https", "must be https when SHANDU_WECHAT=live")))
    if live and PUBLIC_PHONE_KEY in values.get("SHANDU_PHONE_KEYS", {}).values():
        wrong = Wrong("含有仿真环境的公开密钥", "holds the sandbox's public key, refused in live")
        faults.append(("SHANDU_PHONE_KEYS", wrong))
    if "SHANDU_QR_KEYS" in values and values.get("SHANDU_QR_CURRENT_KEY") is not None:
        # the development key, used where none is given, has the id 1
        ids = values["SHANDU_QR_KEYS"] or {1}
        if values["SHANDU_QR_CURRENT_KEY"] not in ids:
            wrong = Wrong("SHANDU_QR_KEYS 中没有这个编号", "is not an id in SHANDU_QR_KEYS")
            faults.append(("SHANDU_QR_CURRENT_KEY", wrong))
    for group in (OFFICIAL_NEEDS, SMS_NEEDS, WECOM_NEEDS):
        faults += [(name, WITH_THE_REST) for name in _lacking(values, group)]
    return [_sentence(DECLARED_BY_NAME[name], wrong, environ.get(name)) for name, wrong in faults]


def _lacking(values: Mapping[str, Any], together: tuple[str, ...]) -> list[str]:
    """Of settings that are given together or not at all: those without a value, when another has one."""
    read = [name for name in together if name in values]
    given = [name for name in read if values[name] is not None]
    return [name for name in read if values[name] is None] if given else []


def _wechat(values: dict[str, Any]) -> WeChatSettings:
    return WeChatSettings(
        mode=values["SHANDU_WECHAT"],
        base_url=values["SHANDU_WECHAT_BASE_URL"],
        appid=values["SHANDU_WECHAT_APPID"],
        secret=values["SHANDU_WECHAT_SECRET"],
        callback_token=values["SHANDU_WECHAT_CALLBACK_TOKEN"],
        aes_key=values["SHANDU_WECHAT_AES_KEY"],
        timeout_s=values["SHANDU_WECHAT_TIMEOUT_S"],
        templates=values["SHANDU_TEMPLATES"] or dict(SANDBOX_TEMPLATES),
        long_term=values["SHANDU_LONG_TERM_TEMPLATES"] or frozenset(),
    )


def _official(values: dict[str, Any]) -> OfficialSettings | None:
    if values[OFFICIAL + "APPID"] is None:
        return None
    return OfficialSettings(
        appid=values[OFFICIAL + "APPID"],
        secret=values[OFFICIAL + "SECRET"],
        callback_token=values[OFFICIAL + "CALLBACK_TOKEN"],
        aes_key=values[OFFICIAL + "AES_KEY"],
        templates=values[OFFICIAL + "TEMPLATES"] or {},
    )


def _sms(values: dict[str, Any]) -> SmsSettings | None:
    if values[SMS + "URL"] is None:
        return None
    return SmsSettings(url=values[SMS + "URL"], key=values[SMS + "KEY"], templates=values[SMS + "TEMPLATES"])


def _wecom(values: dict[str, Any]) -> WeComSettings | None:
    if values[WECOM + "CORPID"] is None:
        return None
    return WeComSettings(
        corpid=values[WECOM + "CORPID"],
        agentid=values[WECOM + "AGENTID"],
        secret=values[WECOM + "SECRET"],
        callback_token=values[WECOM + "CALLBACK_TOKEN"],
        aes_key=values[WECOM + "AES_KEY"],
    )


def _make_home(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        wrong = Wrong(f"建不了这个文件夹（{said(error)}）", f"cannot be made ({error.strerror})")
        raise SettingsError([_sentence(DECLARED_BY_NAME["SHANDU_HOME"], wrong, str(home))]) from None


def _sentence(one: Declared, wrong: Wrong, given: str | None) -> str:
    shown = "" if given is None or one.secret else f" {given[:80]!r}"
    example = f"{one.name}={one.example}"
    return f"{one.name}{shown}：{wrong.zh}，例如 {example} / {wrong.en}, for example {example}"


def _is_unknown(name: str) -> bool:
    return name not in DECLARED_BY_NAME and not name.startswith(TEST_PREFIX)


def _unknown(name: str) -> str:
    return (
        f"{name}：没有这个设置，请删去或更正（见 docs/settings.md），例如 SHANDU_PORT=8080 / "
        "there is no such setting; remove or correct it (docs/settings.md), for example SHANDU_PORT=8080"
    )
