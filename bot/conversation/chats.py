"""The chats we answer in: the official account's (公众号) and WeCom's (企业微信)."""

from html import escape

from bot.conversation.turn import Chat
from bot.wechat.errors import ReplyLost, Verdict, WeChatError, explain, verdict
from bot.wechat.official import OfficialGateway
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
