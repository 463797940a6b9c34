"""企业微信群机器人: the group of a school or a division hears of an event once, however many posts are told."""

from datetime import datetime

from bot.catalogue import ALL_KINDS
from bot.channels import outcomes
from bot.channels.wecom_words import line
from bot.post import Post
from bot.wechat.errors import Verdict
from bot.wechat.wecom.errors import WECOM, verdict
from bot.wechat.wecom.robots import Robots
from models.groups import actions, queries
from models.groups.actions import Telling
from models.groups.queries import Robot
from models.notices.outbox import Case, Due, Lane, Outcome
from models.notices.tables import DeliveryState

NAME = "wecom_group"
NO_ROBOT = "没有可用的群机器人"
TOLD = "群里已通知"
AGAIN_S = 5
# what the group has heard, or may have: it is not told again
HEARD = (DeliveryState.SENT, DeliveryState.UNKNOWN)


def lane(post: Post) -> Lane | None:
    return Lane(NAME, "", ALL_KINDS, queries.PLACE) if post.robots is not None else None


def waits(post: Post) -> bool:
    return post.robots is not None and post.robots.breaker.waits()


async def barred(post: Post, cases: list[Case], now: datetime) -> dict[int, str]:
    heard = await queries.with_group([case.id for case in cases])
    return {case.id: NO_ROBOT for case in cases if case.id not in heard}


async def unfit(post: Post, batch: list[Due], now: datetime) -> list[Outcome]:
    return [outcomes.refused(due, now, NO_ROBOT) for due in batch if due.openid is None]


async def send(post: Post, due: Due, now: datetime) -> Outcome:
    assert post.robots is not None
    assert due.openid is not None
    robot = await queries.speaking(due.openid, post.vault)
    if robot is None:
        return outcomes.refused(due, now, NO_ROBOT)
    event = await queries.event(due.notice_id)
    match await actions.tell(robot.place_key, event, now):
        case Telling.DONE:
            return outcomes.sent(due, now)._replace(receipt=TOLD)
        case Telling.UNDER_WAY:
            # what comes of it is not known yet
            return outcomes.in_line(due, now, AGAIN_S)
    outcome = await outcomes.of_call(due, _call(post.robots, robot, due), now, WECOM)
    if outcome.state in HEARD:
        await actions.heard(robot.place_key, event, now)
    else:
        await actions.untold(robot.place_key, event)
    if outcome.errcode is not None and verdict(outcome.errcode) is Verdict.REFUSED:
        await actions.refused(robot.place_key, now)
    return outcome


async def _call(robots: Robots, robot: Robot, due: Due) -> str:
    await robots.say(robot.key, line(due))
    return ""
