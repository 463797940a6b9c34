"""The ways to a person, in no order: the order is a route's."""

from bot.channels import official, service, sms, subscribe, wecom, wecom_group
from bot.channels.channel import Channel

CHANNELS: list[Channel] = [subscribe, official, service, wecom, wecom_group, sms]
