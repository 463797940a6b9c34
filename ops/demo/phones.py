"""The phones of those who wait for pushes: bound and consenting before anybody looks.

Everything goes through the doors a real phone uses: WeChat (the sandbox), then the API.
"""

import asyncio
import contextlib
from collections.abc import Callable

import aiohttp

from models.database import sql
from models.people.phones import Vault

CONSENTS = 5
AT_ONCE = 8
TRIES = 5

WAITING = """
SELECT p.id, p.name, p.phone_sealed, MAX(d.name) AS office,
       MAX(CASE WHEN po.kind = 'county' THEN po.division_code END) AS county_code
FROM person p JOIN holding h ON h.person_id = p.id
JOIN post po ON po.id = h.post_id LEFT JOIN division d ON d.code = po.division_code
WHERE po.kind IN ('head', 'manager', 'county', 'prefecture')
  AND NOT EXISTS (SELECT 1 FROM identity i WHERE i.person_id = p.id)
GROUP BY p.id, p.name, p.phone_sealed
ORDER BY CASE WHEN MAX(po.division_code) IS NULL THEN 1 ELSE 0 END, p.id LIMIT 300
"""


async def turn_on(base_url: str, vault: Vault, progress: Callable[[str, int, int], None]) -> int:
    """Sign in, bind and consent for every head, manager and officer who has not yet. Officers are in WeCom too,
    and a county's group has its robot. Repeatable. Returns how many could not be set up: they can do it themselves.
    """
    people = await sql.rows(WAITING)
    slots = asyncio.Semaphore(AT_ONCE)
    done = failed = 0
    async with aiohttp.ClientSession(base_url) as http:

        async def one(person: dict[str, object]) -> None:
            nonlocal done, failed
            async with slots:
                failed += not await _set_up_at_last(http, person, vault.unseal(str(person["phone_sealed"])))
            done += 1
            progress("绑定负责人和干部的微信", done, len(people))

        await asyncio.gather(*(one(person) for person in people))
    return failed


async def _set_up_at_last(http: aiohttp.ClientSession, person: dict[str, object], number: str) -> bool:
    """Again when it fails: whoever looks already may move the clock, and codes of before are then too old."""
    for _ in range(TRIES):
        with contextlib.suppress(aiohttp.ClientResponseError):
            await _set_up(http, person, number)
            return True
    return False


async def _set_up(http: aiohttp.ClientSession, person: dict[str, object], number: str) -> None:
    phone = f"/sandbox/phones/person-{person['id']}"
    await _ask(http, "PUT", phone, {"nickname": person["name"], "phone": number})
    login = await _ask(http, "POST", f"{phone}/login", {})
    signed = await _ask(http, "POST", "/api/sessions", {"code": login["code"], "device": "演示手机"})
    bearer = {"Authorization": f"Bearer {signed['token']}"}
    told = await _ask(http, "POST", f"{phone}/phone-number", {})
    me = await _ask(http, "POST", "/api/me/phone", {"code": told["code"]}, bearer)
    await _ask(http, "POST", f"{phone}/official/follow", {})
    templates = me["templates"]
    assert isinstance(templates, list)
    choices = dict.fromkeys(templates, "accept")
    for _ in range(CONSENTS):
        await _ask(http, "POST", f"{phone}/subscribe", {"choices": choices})
    if person["office"] is not None:
        await _ask(http, "POST", f"{phone}/wecom/join", {})
    if person["county_code"] is not None:
        group = f"{person['office']}校园餐监督群"
        robot = await _ask(http, "PUT", f"/sandbox/wecom/groups/{group}", {})
        place = f"/api/divisions/{person['county_code']}/robot"
        await _ask(http, "PUT", place, {"name": group, "webhook": robot["key"]}, bearer)


async def _ask(
    http: aiohttp.ClientSession,
    method: str,
    path: str,
    body: dict[str, object],
    headers: dict[str, str] | None = None,
) -> dict[str, object]:
    async with http.request(method, path, json=body, headers=headers) as answer:
        answer.raise_for_status()
        said: dict[str, object] = await answer.json()
        return said
