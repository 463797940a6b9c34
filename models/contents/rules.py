"""What may be shown without the platform's word, where it cannot be asked about an author. Pure.

Those who write for an office answer for it by name, as their photos do; words that hold nothing but a plain report
leave nothing for an officer to decide on.
"""

import re
import unicodedata

from models.organisations.tables import PostKind

MOST_PLAIN = 200
OFFICES = frozenset(
    {
        PostKind.HEAD,
        PostKind.MANAGER,
        PostKind.FINANCE,
        PostKind.SUPERVISOR,
        PostKind.COUNTY,
        PostKind.PREFECTURE,
        PostKind.PROVINCE,
        PostKind.REGULATOR,
        PostKind.ADMINISTRATOR,
    }
)
RULE = "岗位人员所写，微信当时不能检测，按本地规则通过"

# ways to somebody, and what leads elsewhere: names of accounts, addresses, numbers as long as a telephone's
_LEADS_ELSEWHERE = re.compile(
    r"微信|公众号|薇信|威信|加[我vV]|[qQ]{2}|扫码|二维码|群号|进群|电话|手机|联系方式|转账|红包|"
    r"://|www|[@<>]|[0-9a-z][-0-9a-z]*\.[a-z]{2,}|[a-z][-_0-9a-z]{4,}|\d(?:[-\s.]?\d){5,}",
    re.IGNORECASE,
)


def plain(words: str, post: PostKind | None) -> bool:
    """Whether words of somebody on a post are a short report and nothing else."""
    if post not in OFFICES or len(words) > MOST_PLAIN:
        return False
    return _LEADS_ELSEWHERE.search(unicodedata.normalize("NFKC", words)) is None
