"""How long what is kept: rules as a list, each with its period and source, and the run that applies them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.database import sql
from models.organisations.tables import Division, Level
from models.policies import declared as policy
from models.policies.declared import Parameter
from models.policies.queries import effective
from models.privacy.declared import PLACE_AND_PHONE
from models.privacy.tables import RetentionRun

BATCH = 500


@dataclass(frozen=True)
class Rule:
    """Rows of a table whose column `age` lies further back than the period, and that meet `also`, in SQL.

    They are deleted; with `blank`, those columns are emptied instead, and `also` passes over rows emptied
    already. Without `age`, what `also` says is enough.
    """

    name: str
    table: str
    label: str
    period: Parameter | None
    age: str
    also: str = ""
    blank: tuple[str, ...] = ()

    def overdue(self, now: datetime, days: dict[str, float]) -> tuple[str, list[Any]]:
        """The condition on rows that have been kept too long, and its values."""
        if self.period is None:
            return self.also, []
        before = now - timedelta(days=days[self.period.key])
        return " AND ".join(filter(None, [f"{self.age} < $1", self.also])), [before]


# bound to nobody, and signed in on no phone that is still on record
UNUSED = "person_id IS NULL AND NOT EXISTS (SELECT 1 FROM session s WHERE s.identity_id = identity.id)"

# in this order: what points at a row before the row
RULES = [
    Rule("sessions", "session", "过期的登录记录：删除", policy.KEEP_SESSION_DAYS, "expires_at"),
    Rule("desk_tickets", "desk_ticket", "过期的网页登录码：删除", policy.KEEP_TICKET_DAYS, "expires_at"),
    Rule("invitations", "invitation", "过期的邀请码：删除", policy.KEEP_INVITATION_DAYS, "expires_at"),
    Rule(
        "callbacks", "inbound_event", "办完的微信推送，含微信标识：删除", policy.KEEP_CALLBACK_DAYS,
        "received_at", "run_at IS NULL",
    ),
    Rule(
        "replies", "reply", "公众号、企业微信里已了结的答复：删除", policy.KEEP_CALLBACK_DAYS, "created_at",
        "run_at IS NULL",
    ),
    Rule(
        "conversations", "conversation", "久无往来的对话进展：删除", policy.KEEP_CALLBACK_DAYS, "heard_at"
    ),
    Rule(
        "addresses", "delivery", "已了结通知的微信标识和消息编号：清空", policy.KEEP_ADDRESS_DAYS, "tried_at",
        "state NOT IN ('waiting', 'sending', 'unknown') AND (openid IS NOT NULL OR message_id IS NOT NULL)",
        ("openid", "message_id"),
    ),
    Rule(
        "places", "check_in", "签到的精确坐标和手机编号：清空，留距离", policy.KEEP_PLACE_DAYS, "received_at",
        "(" + " OR ".join(f"{name} IS NOT NULL" for name in PLACE_AND_PHONE) + ")", PLACE_AND_PHONE,
    ),
    Rule("readings", "notice_read", "通知已读记录：删除", policy.KEEP_READING_DAYS, "read_at"),
    Rule("digests", "digest", "发过的清单和小结：删除", policy.KEEP_DIGEST_DAYS, "created_at"),
    Rule("digest_runs", "digest_run", "晨间清单的运行记录：删除", policy.KEEP_TICK_DAYS, "began_at"),
    Rule("ticks", "tick", "定时任务记录：删除", policy.KEEP_TICK_DAYS, "at"),
    Rule(
        "requests", "erasure", "没有确认或已撤回的注销申请：删除", policy.KEEP_REQUEST_DAYS, "requested_at",
        "state IN ('requested', 'withdrawn')",
    ),
    Rule(
        "awaited_children", "awaited_child", "家长一直没有同意的孩子登记：删除", policy.KEEP_AWAITED_DAYS, "told_at"
    ),
    Rule(
        "strangers_consents", "consent", "从未绑定、登录记录已删的微信的同意记录：删除", None, "",
        f"identity_id IN (SELECT id FROM identity WHERE {UNUSED})",  # noqa: S608
    ),
    Rule(
        "strangers", "identity", "从未绑定、登录记录已删的微信标识：删除", None, "",
        f"{UNUSED} AND NOT EXISTS (SELECT 1 FROM consent c WHERE c.identity_id = identity.id)",  # noqa: S608
    ),
    Rule(
        "credits", "credit", "已无登记的微信标识的订阅次数：删除", policy.KEEP_ADDRESS_DAYS, "changed_at",
        "openid NOT IN (SELECT openid FROM identity)",
    ),
]  # fmt: skip


async def periods() -> dict[str, float]:
    """The policies of the province: retention is one for the whole installation."""
    province = await Division.filter(level=Level.PROVINCE).order_by("code").first()
    return await effective(province.code if province else "")


async def count(now: datetime) -> list[tuple[Rule, int]]:
    """How many rows each rule would remove now. Changes nothing."""
    days = await periods()
    counted = []
    for rule in RULES:
        overdue, values = rule.overdue(now, days)
        found = await sql.rows(f"SELECT COUNT(*) AS n FROM {rule.table} WHERE {overdue}", *values)  # noqa: S608
        counted.append((rule, int(found[0]["n"])))
    return counted


async def remove(now: datetime) -> AsyncIterator[tuple[Rule, int]]:
    """Apply every rule, in batches of their own; yields each rule and how many rows it removed.

    Stopped at any point it may be started again: what is gone is not found. The run is on record from its
    beginning.
    """
    days = await periods()
    run = await RetentionRun.create(started_at=now, removed={})
    for rule in RULES:
        overdue, values = rule.overdue(now, days)
        run.removed[rule.name] = await _remove(rule, overdue, values)
        await run.save(update_fields=["removed"])
        yield rule, run.removed[rule.name]
    run.ended_at = now
    await run.save(update_fields=["ended_at"])


async def _remove(rule: Rule, overdue: str, values: list[Any]) -> int:
    emptied = ", ".join(f"{column} = NULL" for column in rule.blank)
    verb = f"UPDATE {rule.table} SET {emptied}" if rule.blank else f"DELETE FROM {rule.table}"  # noqa: S608
    batch = f"SELECT id FROM {rule.table} WHERE {overdue} ORDER BY id LIMIT {BATCH}"  # noqa: S608
    removed = 0
    while gone := len(await sql.rows(f"{verb} WHERE id IN ({batch}) RETURNING id", *values)):
        removed += gone
    return removed
