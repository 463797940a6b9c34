"""One-time codes as slips to hand out, and as a list for those who telephone."""

from collections.abc import Sequence
from typing import BinaryIO

from xlsxwriter import Workbook

from models.people.inviting import Invited
from models.policies.calendar import beijing_date
from qr.slips import Slip

HEAD = ["学校或单位", "岗位", "姓名", "手机号", "邀请码", "有效期至"]


def telephone_list(invited: Sequence[Invited], out: BinaryIO) -> None:
    """Write the list, every cell as words. Blocks: run it in a thread."""
    with Workbook(out, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("邀请码")
        sheet.set_column(0, len(HEAD) - 1, 18)
        sheet.freeze_panes(1, 0)
        rows = (
            [one.place, one.post, one.name, one.phone or "", one.code, f"{beijing_date(one.expires_at)}"]
            for one in invited
        )
        for number, row in enumerate([HEAD, *rows]):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, cell)


def slips_of(invited: Sequence[Invited], public_url: str) -> list[Slip]:
    """What is printed for each; the QR code says the address of the page that explains it."""
    return [
        Slip(
            one.name, one.post, one.place, one.code, f"{public_url}/i/{one.code}",
            f"{beijing_date(one.expires_at)}",
        )
        for one in invited
    ]  # fmt: skip
