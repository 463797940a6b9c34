"""How schools are drawn for inspection (抽查) so that nobody can choose them and anybody can draw them again.

1. The plan is a text, `statement`: who inspects what, when, how many of which schools, the SHA-256 of the list of
   candidates, and the SHA-256 of a nonce that only the server knows. It is published when the plan is made.
2. At the draw somebody says a value in public, of a source the statement names. Whoever says it does not know the
   nonce, and the server gave its word on the nonce before it heard the value.
3. seed = SHA-256(statement + LF + nonce + LF + value). A school's ticket = SHA-256(seed + ":" + school's code).
   The schools with the smallest tickets are drawn, in the tickets' order.

All texts are UTF-8, all hashes 64 small hexadecimal digits: `printf '%s' TEXT | sha256sum` is enough to check.
"""

import calendar
import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from models.errors import Conflict, Invalid
from models.organisations.tables import Level

# 监督检查办法 第四十二条
APART_MONTHS = 3
LEVEL_NAMES = {Level.PROVINCE: "省级", Level.PREFECTURE: "州市级", Level.COUNTY: "县级"}
HIGHER: dict[Level, tuple[Level, ...]] = {
    Level.PROVINCE: (),
    Level.PREFECTURE: (Level.PROVINCE,),
    Level.COUNTY: (Level.PROVINCE, Level.PREFECTURE),
}
LEVEL_OF = {2: Level.PROVINCE, 4: Level.PREFECTURE, 6: Level.COUNTY}


class Agency(StrEnum):
    """Who inspects. The rule against repeating what a higher level checked is the market regulators' own."""

    EDUCATION = "education"
    REGULATION = "regulation"
    JOINT = "joint"


class Way(StrEnum):
    """On site, or over the kitchen's cameras (视频巡查): then only schools with a camera are candidates."""

    ONSITE = "onsite"
    VIDEO = "video"


class PlanState(StrEnum):
    PLANNED = "planned"
    DRAWN = "drawn"
    CANCELLED = "cancelled"


AGENCY_NAMES = {Agency.EDUCATION: "教体部门", Agency.REGULATION: "市场监管部门", Agency.JOINT: "联合检查"}
WAY_NAMES = {Way.ONSITE: "现场检查", Way.VIDEO: "视频巡查"}
STATE_NAMES = {PlanState.PLANNED: "待抽取", PlanState.DRAWN: "已抽取", PlanState.CANCELLED: "已取消"}
REGULATORS = frozenset({Agency.REGULATION, Agency.JOINT})

# what is looked at
MATTERS = {
    "licence": "食品经营许可",
    "staff": "人员与健康证",
    "procurement": "采购与进货查验",
    "storage": "贮存与过期食品",
    "processing": "加工制作",
    "sample": "食品留样",
    "disinfection": "清洗消毒",
    "defences": "三防",
    "money": "收费与公示",
}


class WrongState(Conflict):
    code = "inspection_moved_on"
    sentence = "这个抽查计划{state_name}，不能再{what}。请刷新后查看。"


class NobodyToDraw(Invalid):
    code = "nobody_to_draw"
    sentence = "按这个范围没有可以抽的学校（{left_out}所按规定不重复检查），请放宽范围。"


class OneAmount(Invalid):
    code = "one_amount"
    sentence = "请填写抽查比例或抽查数量，两个只填一个。"


@dataclass(frozen=True)
class Checked:
    """What a higher level of market regulation checked at a school, and when."""

    level: Level
    on: date
    matters: frozenset[str]


@dataclass(frozen=True)
class Candidate:
    """A school and what of the plan's matters is to be looked at there. `spared`: what is not, and why;
    nothing left to look at: it is no candidate."""

    code: str
    matters: tuple[str, ...]
    spared: Mapping[str, str]


def amount(candidates: int, share_percent: float | None, number: int | None) -> int:
    """How many are drawn: a share is rounded up, and nobody is drawn twice. Raises OneAmount."""
    if (share_percent is None) is (number is None):
        raise OneAmount
    if number is not None:
        return min(number, candidates)
    assert share_percent is not None
    # 10 % of 60 is 6, whatever a float makes of it
    return min(math.ceil(round(candidates * share_percent / 100, 6)), candidates)


def since(today: date) -> date:
    """The first day on which a higher level's check still counts."""
    month = today.year * 12 + today.month - 1 - APART_MONTHS
    year, number = divmod(month, 12)
    return date(year, number + 1, min(today.day, calendar.monthrange(year, number + 1)[1]))


def candidate(
    code: str, matters: Sequence[str], agency: Agency, level: Level, checked: Iterable[Checked], today: date
) -> Candidate:
    """What of a plan's matters may be looked at in a school."""
    spared: dict[str, str] = {}
    if agency in REGULATORS:
        for one in sorted(checked, key=lambda one: one.on):
            if one.level in HIGHER[level] and one.on >= since(today):
                said = f"{LEVEL_NAMES[one.level]}{one.on.month}月{one.on.day}日已检查，{APART_MONTHS}个月内不重复"
                spared |= {matter: said for matter in matters if matter in one.matters}
    return Candidate(code, tuple(matter for matter in matters if matter not in spared), spared)


def hashed(text: str) -> str:
    """SHA-256 of a text as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def list_hash(codes: Iterable[str]) -> str:
    """Of the candidates' codes, sorted, one a line."""
    return hashed("\n".join(sorted(codes)))


def statement(facts: Mapping[str, Any]) -> str:
    """A plan's facts as the one text that stands for them: JSON, keys sorted, nothing between."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def seed_of(stated: str, nonce: str, value: str) -> str:
    return hashed(f"{stated}\n{nonce}\n{value}")


def ticket(seed: str, code: str) -> str:
    return hashed(f"{seed}:{code}")


def draw(seed: str, codes: Iterable[str], number: int) -> list[tuple[str, str]]:
    """So many of the schools as (code, ticket), by ticket; the order of `codes` does not matter."""
    return sorted(((code, ticket(seed, code)) for code in set(codes)), key=lambda one: one[1])[:number]


@dataclass(frozen=True)
class Proof:
    """All that a draw was made of, as it is published."""

    statement: str
    commitment: str
    candidates: Sequence[str]
    number: int
    nonce: str
    value: str
    drawn: Sequence[str]


def differences(proof: Proof) -> list[str]:
    """What of a published draw does not come out the same again, in words; nothing: it is genuine."""
    facts = json.loads(proof.statement)
    said: list[str] = []
    if hashed(proof.nonce) != facts["commitment"] or facts["commitment"] != proof.commitment:
        said.append("随机数与事先公布的承诺不符")
    if list_hash(proof.candidates) != facts["candidates_hash"]:
        said.append("候选名单与事先公布的不符")
    if proof.number != facts["draws"]:
        said.append("抽取数量与事先公布的不符")
    again = draw(seed_of(proof.statement, proof.nonce, proof.value), proof.candidates, proof.number)
    if [code for code, _ in again] != list(proof.drawn):
        said.append("抽中的学校与重新计算的不符")
    return said
