"""`shandu migrate`, `rotate-phones`, `check` and `retain`, as an administrator runs them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.database import sql
from models.ledger.sealing import seal_many
from models.people import directory, registering
from models.people.phones import Vault
from ops.declared_settings import PUBLIC_PHONE_KEY
from tests.test_commands import shandu

# every test starts processes
pytestmark = pytest.mark.slow

NEW = "2:" + "ab" * 32
OLD = f"1:{PUBLIC_PHONE_KEY.hex()}"
NOW = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)


@pytest.fixture
def installed(environ: dict[str, str], database: str) -> dict[str, str]:
    return environ


async def _of_an_earlier_version(count: int) -> list[str]:
    """People whose numbers lie as they were typed."""
    phones = [f"154{number:08d}" for number in range(count)]
    await sql.many(
        "INSERT INTO person (name, phone, created_at) VALUES ($1, $2, $3)",
        [[f"委员{number}", phone, NOW] for number, phone in enumerate(phones)],
    )
    return phones


async def _people() -> list[dict[str, Any]]:
    return await sql.rows("SELECT id, phone, phone_sealed, phone_digest FROM person ORDER BY id")


def _line(out: str, name: str) -> str:
    return next(line for line in out.splitlines() if f" {name}：" in line)


async def test_numbers_of_an_earlier_version_are_sealed_by_migrating_and_once(
    installed: dict[str, str],
) -> None:
    phones = await _of_an_earlier_version(1201)
    assert _line(shandu(installed, "check").stdout, "数据库") == "✗ 数据库：1201个手机号没有加密"
    # stopped after a batch: what is sealed stays sealed, the rest follows
    stopped = registering.seal_plain(Vault({1: PUBLIC_PHONE_KEY}))
    assert await anext(stopped) == 500
    await stopped.aclose()
    done = shandu(installed, "migrate")
    assert (done.returncode, done.stdout) == (0, "已加密701个手机号\n数据库已是最新\n"), done.stderr
    assert shandu(installed, "migrate").stdout == "数据库已是最新\n"
    vault = Vault({1: PUBLIC_PHONE_KEY})
    people = await _people()
    assert [vault.unseal(row["phone_sealed"]) for row in people] == phones
    assert [row["phone_digest"] for row in people] == [vault.digest(phone) for phone in phones]
    assert {row["phone"] for row in people} == {None}
    assert "手机号都用当前密钥加密" in shandu(installed, "check").stdout


async def test_a_rotation_is_told_finished_and_told_again(installed: dict[str, str]) -> None:
    names = {f"154{n:08d}": f"委员{n}" for n in range(700)}
    await directory.register(Vault({1: PUBLIC_PHONE_KEY}), names, NOW)
    await sql.rows(
        "INSERT INTO group_robot (place_key, division_code, name, key_sealed, set_by, set_at)"
        " VALUES ('division:530302', '530302', '县局群', $1, 1, $2) RETURNING id",
        Vault({1: PUBLIC_PHONE_KEY}).seal("robot-key"), NOW,
    )  # fmt: skip
    await seal_many(["QJ20260012345", "QJ20260012346"], Vault({1: PUBLIC_PHONE_KEY}))
    both = installed | {"SHANDU_PHONE_KEYS": f"{NEW},{OLD}"}
    assert _line(shandu(both, "check").stdout, "数据库") == "✗ 数据库：700个手机号仍用旧密钥加密"
    done = shandu(both, "rotate-phones")
    assert done.stdout.splitlines() == [
        "已重新加密 500/700", "已重新加密 700/700", "已重新加密 1 个群机器人地址", "已重新加密 2 个证件号码", "全部号码都用 2 号密钥加密"
    ]  # fmt: skip
    (robot,) = await sql.rows("SELECT key_sealed FROM group_robot")
    assert Vault({2: bytes.fromhex(NEW.partition(":")[2])}).unseal(robot["key_sealed"]) == "robot-key"
    certificates = await sql.rows("SELECT sealed FROM sealed_number ORDER BY id")
    new_key = Vault({2: bytes.fromhex(NEW.partition(":")[2])})
    assert [new_key.unseal(row["sealed"]) for row in certificates] == ["QJ20260012345", "QJ20260012346"]
    assert shandu(both, "rotate-phones").stdout == "全部号码都用 2 号密钥加密\n"
    only = installed | {"SHANDU_PHONE_KEYS": NEW}
    assert "手机号都用当前密钥加密" in shandu(only, "check").stdout
    assert {row["phone_sealed"].partition(".")[0] for row in await _people()} == {"2"}


async def test_a_key_dropped_too_early_is_noticed(installed: dict[str, str]) -> None:
    await directory.register(Vault({1: PUBLIC_PHONE_KEY}), {"15400000001": "张明"}, NOW)
    lost = installed | {"SHANDU_PHONE_KEYS": NEW}
    assert _line(shandu(lost, "check").stdout, "数据库") == "✗ 数据库：1个手机号的密钥不在设置里，读不出来"
    done = shandu(lost, "rotate-phones")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "还有1个号码的密钥不在 SHANDU_PHONE_KEYS 中，请加回后再运行。\n"


async def test_an_import_finds_people_by_their_number_and_writes_none(
    installed: dict[str, str], tmp_path: Path
) -> None:
    await directory.register(Vault({1: PUBLIC_PHONE_KEY}), {"15400000001": "刘阳"}, NOW)
    file = tmp_path / "people.csv"
    file.write_text(
        "姓名,手机号,岗位,学校标识码,区划代码,任职日期,离任日期\n刘洋,15400000001,县教体局,,530302,2026-09-01,\n"
    )
    done = shandu(installed | {"SHANDU_PHONE_KEYS": f"{NEW},{OLD}"}, "import", "people", str(file))
    assert done.returncode == 0, done.stderr
    (person,) = await _people()
    assert "15400000001" not in str(await sql.rows("SELECT * FROM person"))
    assert person["phone_sealed"].startswith("1.")


async def test_retain_counts_and_removes_only_when_told(installed: dict[str, str]) -> None:
    old = datetime.now(UTC) - timedelta(days=500)
    await sql.many(
        "INSERT INTO tick (job, period, at) VALUES ($1, $2, $3)",
        [["expire", f"p{number}", old if number else datetime.now(UTC)] for number in range(1102)],
    )
    counted = shandu(installed, "retain")
    assert counted.returncode == 0, counted.stderr
    assert "定时任务记录：删除：1101条" in counted.stdout
    assert counted.stdout.endswith("以上只是统计，没有改动。确认后请运行 shandu retain --really\n")
    assert len(await sql.rows("SELECT id FROM tick")) == 1102
    assert "定时任务记录：删除：已处理1101条" in shandu(installed, "retain", "--really").stdout
    assert len(await sql.rows("SELECT id FROM tick")) == 1
    assert "定时任务记录：删除：已处理0条" in shandu(installed, "retain", "--really").stdout
    runs = await sql.rows("SELECT removed FROM retention_run ORDER BY id")
    assert [sql.document(run["removed"])["ticks"] for run in runs] == [1101, 0]
