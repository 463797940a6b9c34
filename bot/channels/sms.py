"""短信: for urgent kinds, where the division's policy allows it. It costs money and has no receipt of ours."""

from datetime import datetime

from bot.catalogue import sms_kinds, sms_words
from bot.channels import outcomes
from bot.post import Post, Sms
from bot.sms import SmsRefused
from bot.wechat.errors import ReplyLost, Unreachable
from models.notices import addresses
from models.notices.outbox import NUMBER, Case, Due, Lane, Outcome
from models.policies.declared import SMS_ALLOWED
from models.policies.queries import effective_in

NAME = "sms"
PREFIX = "sms:"
NOT_ALLOWED = "本地区没有开通短信"
NO_NUMBER = "没有登记手机号"
# the sender's word → our sentence; what is not here is a fault of ours
PATIENCE = {"too_frequent": "向同一号码发送过于频繁，稍后自动重试", "busy": "短信平台繁忙，稍后自动重试"}
SAID = {
    "phone_invalid": "手机号不能接收短信，请核对登记的手机号",
    "template_unknown": "短信模板编号不正确，请核对 SHANDU_SMS_TEMPLATES",
    "words_invalid": "短信内容不符合模板要求，请核对模板",
    "unauthorized": "短信平台拒绝了密钥，请核对 SHANDU_SMS_KEY",
    "no_balance": "短信余额不足，请充值",
}


def lane(post: Post) -> Lane | None:
    return Lane(NAME, PREFIX, sms_kinds(post.sms.templates), NUMBER) if post.sms is not None else None


def _sender(post: Post) -> Sms:
    assert post.sms is not None
    return post.sms


def waits(post: Post) -> bool:
    return False


async def barred(post: Post, cases: list[Case], now: datetime) -> dict[int, str]:
    allowed = await _allowed({case.school_id for case in cases if case.school_id is not None})
    numbers = await addresses.numbers([case.person_id for case in cases])
    found = {case.id: NO_NUMBER for case in cases if case.person_id not in numbers}
    return found | {case.id: NOT_ALLOWED for case in cases if case.school_id not in allowed}


async def _allowed(schools: set[int]) -> set[int]:
    """The schools in divisions whose policy pays for short messages."""
    counties = await addresses.counties(sorted(schools))
    policies = await effective_in(set(counties.values()))
    return {school for school, county in counties.items() if policies[county][SMS_ALLOWED.key]}


async def unfit(post: Post, batch: list[Due], now: datetime) -> list[Outcome]:
    why = await barred(post, [due.case for due in batch], now)
    return [outcomes.refused(due, now, why[due.id]) for due in batch if due.id in why]


async def send(post: Post, due: Due, now: datetime) -> Outcome:
    assert due.template_id is not None
    sealed = (await addresses.numbers([due.person_id])).get(due.person_id)
    if sealed is None:
        return outcomes.refused(due, now, NO_NUMBER)
    words = sms_words(due.kind, due.facts, due.told_at)
    try:
        message_id = await _sender(post).gateway.send(post.vault.unseal(sealed), due.template_id, words)
    except ReplyLost:
        return outcomes.unknown(due, now)
    except Unreachable:
        return outcomes.later(due, now, "连不上短信平台")
    except SmsRefused as fault:
        return _judged(due, fault.code, now)
    return outcomes.sent(due, now, message_id)


def _judged(due: Due, code: str, now: datetime) -> Outcome:
    if code == "quota":
        return outcomes.tomorrow(due, now, "短信平台今日额度已用完，明日自动恢复")
    if code in PATIENCE and due.attempts < outcomes.MOST_ATTEMPTS:
        return outcomes.later(due, now, PATIENCE[code])
    if code == "phone_invalid":
        return outcomes.refused(due, now, SAID[code])
    return outcomes.given_up(due, now, SAID.get(code) or f"短信平台返回未知错误 {code}")
