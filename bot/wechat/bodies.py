"""Reading what comes back, as far as it may go: a proxy gone mad must not fill the worker's memory."""

import aiohttp

# the longest answer in words is a list of templates; the largest file of a chat is WeCom's 20 MB
MOST_WORDS_BYTES = 4 * 2**20
MOST_FILE_BYTES = 24 * 2**20


class TooLong(aiohttp.ClientError):
    """There is more of it than we take: as good as no answer."""


async def read_body(answer: aiohttp.ClientResponse, most_bytes: int = MOST_WORDS_BYTES) -> bytes:
    """The whole of a body, unpacked; raises TooLong as soon as there is more, and closes the connection."""
    # as a rule all of it has come with the head, and nothing has to be waited for
    content = answer.content
    body = content.read_nowait() if content.is_eof() else await _pieces(content, most_bytes)
    if len(body) > most_bytes:
        answer.close()
        raise TooLong(f"more than {most_bytes} bytes")
    return body


async def _pieces(content: aiohttp.StreamReader, most_bytes: int) -> bytes:
    """The whole, or a little more than most."""
    kept = bytearray()
    async for piece in content.iter_any():
        kept += piece
        if len(kept) > most_bytes:
            break
    return bytes(kept)
