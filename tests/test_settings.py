"""Settings: right defaults, every fault in one sentence, no secret shown."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ops.declared_settings import DECLARED, NOT_THERE, PUBLIC_PHONE_KEY, REQUIRED, Declared, page
from ops.settings import Settings, SettingsError

ROOT = Path(__file__).parent.parent
LIVE = {
    "SHANDU_WECHAT": "live",
    "SHANDU_PUBLIC_URL": "https://shandu.example.cn/",
    "SHANDU_WECHAT_APPID": "wx0123456789abcdef",
    "SHANDU_WECHAT_SECRET": "0123456789abcdef0123456789abcdef",
    "SHANDU_WECHAT_CALLBACK_TOKEN": "kunming2026",
    "SHANDU_WECHAT_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    "SHANDU_TEMPLATES": '{"rectify":"T1","verify":"T2","escalate":"T3","survey":"T4","digest":"T5"}',
    "SHANDU_SURVEY_KEYS": "2:ffeeddccbbaa99887766554433221100",
    "SHANDU_QR_KEYS": "3:00112233445566778899aabbccddeeff",
    "SHANDU_PHONE_KEYS": "2:ffeeddccbbaa99887766554433221100",
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "state"


def read(home: Path, environ: Mapping[str, str]) -> Settings:
    return Settings.from_env({"SHANDU_HOME": str(home), **environ})


def faults(home: Path, environ: Mapping[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(home, environ)
    return caught.value.faults


def test_with_nothing_said_it_is_one_process_in_the_sandbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    settings = Settings.from_env({})

    assert settings.home == tmp_path / ".shandu"
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.database_url == f"sqlite://{tmp_path}/.shandu/shandu.sqlite3"
    assert settings.store_url == f"file://{tmp_path}/.shandu/photos"
    assert settings.redis_url is None
    assert settings.wechat.mode == "sandbox"
    assert settings.wechat.base_url == "http://127.0.0.1:8080/sandbox"
    assert (settings.demo, settings.log, settings.trusted_proxies) == (False, "text", 0)


def test_the_addresses_follow_the_port(home: Path) -> None:
    settings = read(home, {"PORT": "9001"})

    assert settings.public_url == "http://127.0.0.1:9001"
    assert settings.wechat.base_url == "http://127.0.0.1:9001/sandbox"
    assert read(home, {"PORT": "9001", "SHANDU_PORT": "9002"}).port == 9002


def test_live_has_wechats_address_and_its_own_keys(home: Path) -> None:
    settings = read(home, LIVE)

    assert settings.wechat.base_url == "https://api.weixin.qq.com"
    assert settings.public_url == "https://shandu.example.cn"
    assert settings.qr_keys == {3: bytes.fromhex("00112233445566778899aabbccddeeff")}
    assert settings.qr_current_key == 3
    assert list(home.iterdir()) == []


def test_the_sandboxs_keys_are_made_once_and_kept(home: Path) -> None:
    with ThreadPoolExecutor(8) as starting:
        keys = [one.qr_keys for one in starting.map(lambda _: read(home, {}), range(16))]

    assert all(key == keys[0] for key in keys)
    assert len(keys[0][1]) >= 16
    assert sorted(kept.name for kept in home.iterdir()) == ["development-qr-key", "development-survey-key"]
    assert {stat.S_IMODE(kept.stat().st_mode) for kept in home.iterdir()} == {0o600}
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_new_codes_are_signed_with_the_highest_key_unless_another_is_named(home: Path) -> None:
    keys = {"SHANDU_QR_KEYS": "1:" + "a1" * 16 + ", 7:" + "b2" * 32}

    assert read(home, keys).qr_current_key == 7
    assert read(home, keys | {"SHANDU_QR_CURRENT_KEY": "1"}).qr_current_key == 1


@pytest.mark.parametrize("name", [one.name for one in DECLARED if one.live == REQUIRED])
def test_live_does_not_start_without(name: str, home: Path) -> None:
    without = {key: value for key, value in LIVE.items() if key != name}

    (fault,) = faults(home, without)

    assert fault.startswith(f"{name}：")
    assert "必填" in fault


OFFICIAL = {one.name: one.example for one in DECLARED if one.name.startswith("SHANDU_OFFICIAL_")}


def test_live_has_an_official_account_when_it_is_given(home: Path) -> None:
    official = read(home, LIVE | OFFICIAL).official

    assert official is not None
    assert official.appid == OFFICIAL["SHANDU_OFFICIAL_APPID"]
    assert read(home, LIVE).official is None
    assert read(home, {}).official is not None


def test_half_an_official_account_is_none(home: Path) -> None:
    told = faults(home, LIVE | {"SHANDU_OFFICIAL_APPID": OFFICIAL["SHANDU_OFFICIAL_APPID"]})

    assert [fault.split("：")[0] for fault in told] == [
        "SHANDU_OFFICIAL_SECRET",
        "SHANDU_OFFICIAL_CALLBACK_TOKEN",
        "SHANDU_OFFICIAL_AES_KEY",
    ]


WECOM = {
    one.name: one.example
    for one in DECLARED
    if one.name.startswith("SHANDU_WECOM_") and one.name != "SHANDU_WECOM_BASE_URL"
}


def test_live_has_wecom_when_it_is_given_and_half_of_it_is_none(home: Path) -> None:
    wecom = read(home, LIVE | WECOM).wecom
    corpid = {"SHANDU_WECOM_CORPID": WECOM["SHANDU_WECOM_CORPID"]}

    assert wecom is not None
    assert (wecom.corpid, wecom.agentid) == (WECOM["SHANDU_WECOM_CORPID"], 1000002)
    assert read(home, LIVE).wecom is None
    # robots need no application
    assert read(home, LIVE).wecom_base_url == "https://qyapi.weixin.qq.com"
    assert [fault.split("：")[0] for fault in faults(home, LIVE | corpid)] == [
        name for name in WECOM if name not in corpid
    ]


SANDBOXS = [
    one
    for one in DECLARED
    if one.live in (REQUIRED, NOT_THERE) and one.default and "{port}" not in one.default
]


@pytest.mark.parametrize("one", SANDBOXS, ids=lambda one: one.name)
def test_live_does_not_start_with_the_sandboxs_public_value(one: Declared, home: Path) -> None:
    name, default = one.name, one.default

    (fault,) = faults(home, LIVE | OFFICIAL | WECOM | {name: default})

    assert fault.startswith(name)
    assert "refused in live" in fault


WRONG = [
    ("SHANDU_PORT", ["0", "65536", "eighty", "-1", "8080.5", "٨٠٨٠", "tcp://10.0.0.1:80", ""]),
    ("SHANDU_HOST", ["http://0.0.0.0", "0.0.0.0:80", "300.1.1.1", "a b"]),
    ("SHANDU_PUBLIC_URL", ["shandu.example.cn", "ftp://x", "https://", "https://x/?a=1", "https://x:port"]),
    ("SHANDU_DATABASE_URL", ["mysql://h/db", "sqlite://relative.db", "sqlite:///", "postgres://h", "shandu"]),
    ("SHANDU_DATABASE_URL", ["postgres:///shandu", "postgres://h/db?sslmode=require", "sqlite::memory:"]),
    ("SHANDU_DATABASE_POOL", ["1", "101", "many"]),
    ("SHANDU_LONG_TERM_TEMPLATES", ["nonsense", "rectify;verify"]),
    ("SHANDU_REDIS_URL", ["127.0.0.1:6379", "http://127.0.0.1", "redis://", ""]),
    ("SHANDU_STORE_URL", ["/photos", "file://photos", "s3://", "file:///", "gs://bucket"]),
    ("SHANDU_WECHAT", ["Live", "production", ""]),
    ("SHANDU_WECHAT_BASE_URL", ["api.weixin.qq.com", "https://u:p@x"]),
    ("SHANDU_WECHAT_APPID", ["wx123", "gh_0123456789ab"]),
    ("SHANDU_WECHAT_SECRET", ["hush", "X" * 32]),
    ("SHANDU_WECHAT_CALLBACK_TOKEN", ["a", "with-dash", "x" * 33]),
    ("SHANDU_WECHAT_AES_KEY", ["short", "x" * 44, "-" * 43]),
    ("SHANDU_WECHAT_TIMEOUT_S", ["0", "61", "soon", "nan"]),
    ("SHANDU_TEMPLATES", ["{", "[]", '{"rectify":"T"}', '{"rectify":1,"verify":"b","escalate":"c"}']),
    ("SHANDU_OFFICIAL_TEMPLATES", ["{", '{"rectify":""}', '{"nonsense":"T"}']),
    ("SHANDU_WECOM_CORPID", ["wx123", "corp"]),
    ("SHANDU_WECOM_AGENTID", ["0", "agent"]),
    ("SHANDU_WECOM_SECRET", ["short", "!" * 43]),
    ("SHANDU_WECOM_AES_KEY", ["short", "-" * 43]),
    ("SHANDU_WECOM_BASE_URL", ["qyapi.weixin.qq.com", "https://u:p@x"]),
    ("SHANDU_QR_KEYS", ["00" * 16, "1:abcd", "0:" + "00" * 16, "256:" + "00" * 16, "1:" + "zz" * 16]),
    ("SHANDU_QR_KEYS", [f"1:{'00' * 16},1:{'11' * 16}"]),
    ("SHANDU_QR_CURRENT_KEY", ["2", "first"]),
    ("SHANDU_PHONE_KEYS", ["ab" * 32, "1:abcd", f"1:{'00' * 16},1:{'11' * 16}"]),
    ("SHANDU_DEMO", ["maybe"]),
    ("SHANDU_LOG", ["xml", "JSON"]),
    ("SHANDU_MAP_NOTE", ["two\nlines", "长" * 201]),
    ("SHANDU_TRUSTED_PROXIES", ["-1", "10"]),
    ("SHANDU_LIMITS", ["on", "ordinary=9", "everything=1/1", "bind=0/60", "bind=1/60;upload=1/60"]),
    ("SHANDU_HOME", [str(Path(__file__)), "/tmp/100%"]),
]


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG for value in values])
def test_a_wrong_value_is_named_with_an_example(name: str, value: str, home: Path) -> None:
    (fault,) = faults(home, {name: value})

    (declared,) = [one for one in DECLARED if one.name == name]
    assert fault.startswith(name)
    assert f"{name}={declared.example}" in fault
    assert len(fault.splitlines()) == 1
    assert not home.exists()


@pytest.mark.parametrize("one", [one for one in DECLARED if one.secret], ids=lambda one: one.name)
def test_a_wrong_secret_is_not_repeated(one: Declared, home: Path) -> None:
    (fault,) = faults(home, {one.name: "hush-hush!"})

    assert "hush" not in fault


def test_every_fault_is_told_at_once(home: Path) -> None:
    told = faults(home, {"SHANDU_LOG": "xml", "PORT": "x", "SHANDU_DATABSE_URL": "sqlite:////tmp/x"})

    assert [fault.split("：")[0].split(" ")[0] for fault in told] == [
        "SHANDU_DATABSE_URL",
        "SHANDU_PORT",
        "SHANDU_LOG",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SHANDU_DEMO", "1"),
        ("SHANDU_PUBLIC_URL", "http://shandu.example.cn"),
        ("SHANDU_WECHAT_BASE_URL", "http://127.0.0.1:8080/sandbox"),
        ("SHANDU_QR_CURRENT_KEY", "4"),
        ("SHANDU_PHONE_KEYS", f"2:{'ab' * 32},1:{PUBLIC_PHONE_KEY.hex()}"),
    ],
)
def test_live_refuses(name: str, value: str, home: Path) -> None:
    (fault,) = faults(home, LIVE | {name: value})

    assert fault.startswith(name)


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    (fault,) = faults(tmp_path / "file" / "state", {})

    assert fault.startswith("SHANDU_HOME")


def test_secrets_are_not_in_the_repr(home: Path) -> None:
    secret = (
        LIVE
        | OFFICIAL
        | WECOM
        | {
            "SHANDU_DATABASE_URL": "postgres://shandu:dbpassword@db/shandu",
            "SHANDU_REDIS_URL": "redis://:redispassword@cache:6379/0",
        }
    )
    shown = repr(read(home, secret))

    hidden = [secret[one.name] for one in DECLARED if one.secret and one.name in secret]
    assert hidden
    for value in [*hidden, "dbpassword", "redispassword", "00112233445566778899aabbccddeeff"]:
        assert value not in shown


@pytest.mark.parametrize("one", DECLARED, ids=lambda one: one.name)
def test_every_example_is_a_right_value(one: Declared) -> None:
    one.read(one.example)


def test_the_tests_own_variables_are_passed_over(home: Path) -> None:
    read(home, {"SHANDU_TEST_DATABASE_URL": "whatever", "HOME": "/root", "LANG": ""})


def test_the_page_of_settings_is_current() -> None:
    assert (ROOT / "docs/settings.md").read_text() == page(), "run `make settings-page`"


def test_the_command_says_what_is_wrong_and_stops(home: Path) -> None:
    environ = {**os.environ, "SHANDU_HOME": str(home), "SHANDU_LOG": "xml"}
    command = [sys.executable, "-m", "ops.cli", "check"]

    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60)

    assert done.returncode == 2
    assert "SHANDU_LOG" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_example_of_the_templates_is_whole(home: Path) -> None:
    (declared,) = [one for one in DECLARED if one.name == "SHANDU_TEMPLATES"]

    assert read(home, {"SHANDU_TEMPLATES": declared.example}).wechat.templates == json.loads(declared.example)


def test_the_first_phone_key_is_the_current_one(home: Path) -> None:
    keys = {"SHANDU_PHONE_KEYS": "7:" + "a1" * 16 + ", 2:" + "b2" * 32}

    assert list(read(home, keys).phone_keys) == [7, 2]
