"""The chats we answer in: the official account's (公众号) and WeCom's (企业微信)."""

import re
from html import escape

from bot.conversation.turn import Chat, NotNow
from bot.wechat.errors import ReplyLost, Verdict, WeChatError, explain, verdict
from bot.wechat.official import OfficialGateway
from bot.wechat.wecom import errors as wecom
from bot.wechat.wecom.gateway import WeComGateway
from bot.wechat.wecom.pace import TooSoon
from models.notices import followers


def official_chat(gateway: OfficialGateway, appid: str, mini_program: str, public_url: str) -> Chat:
    """Words of the official account may open a page of the mini-program, and elsewhere our front page."""

    def link(words: str, page: str) -> str:
        return (
            f'<a href="{escape(public_url)}/" data-miniprogram-appid="{mini_program}"'
            f' data-miniprogram-path="{escape(page)}">{escape(words)}</a>'
        )

    async def unionid(openid: str) -> str | None:
        return (await gateway.fan(openid)).unionid

    async def say(openid: str, words: str) -> None:
        """One of the few messages that a person's word allows: counted, as other channels send them too."""
        try:
            await gateway.send_text(openid, words)
        except ReplyLost:
            await followers.answered(appid, openid)
            raise
        except WeChatError as fault:
            if verdict(fault.errcode) is Verdict.CHANNEL_CLOSED:
                await followers.closed(appid, openid)
            raise
        await followers.answered(appid, openid)

    return Chat(appid, "公众号", link, gateway.media, say, verdict, explain, unionid=unionid)


_PAGE = re.compile(r"pages/([a-z_]+)/index\?id=([0-9]+)")


def wecom_chat(gateway: WeComGateway, corpid: str, public_url: str) -> Chat:
    """WeCom's words open web pages only: ours says where in the mini-program it goes on."""

    def link(words: str, page: str) -> str:
        found = _PAGE.fullmatch(page)
        return (
            f'<a href="{escape(public_url)}/n/{found[1]}/{found[2]}">{escape(words)}</a>' if found else words
        )

    async def say(userid: str, words: str) -> None:
        try:
            await gateway.send_text(userid, words)
        except TooSoon as soon:
            raise NotNow(soon.wait_s) from soon

    return Chat(
        corpid, "企业微信", link, gateway.media, say, wecom.verdict, wecom.explain, close=gateway.close_card
    )
