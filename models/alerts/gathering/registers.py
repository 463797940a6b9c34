"""Facts out of the registers: rows that are not ended."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from statistics import median

from models.alerts.facts import (
    CommitteeList,
    Contract,
    Contractor,
    Licence,
    Price,
    Supplier,
    Worker,
)
from models.alerts.gathering.scope import Scope, among, codes, day, truth, whole
from models.database import sql

OF_SCHOOLS = "FROM register_row WHERE school_id IN {schools} AND register = $3 AND form = $4 AND {standing}"
STANDING = "(ended_on IS NULL OR ended_on > $2)"


def _rows_of(schools: str) -> str:
    return OF_SCHOOLS.format(schools=schools, standing=STANDING)


async def licences(scope: Scope) -> Mapping[int, list[Licence]]:
    found = await sql.rows(
        f"SELECT id, school_id, label, until_on, items->'scope' AS scope {_rows_of(among(1))}",
        scope.packed, scope.today, "licence", "food_licence",
    )  # fmt: skip
    schools: dict[int, list[Licence]] = defaultdict(list)
    for row in found:
        schools[row["school_id"]].append(
            Licence(row["id"], row["label"], day(row["until_on"]), frozenset(codes(row["scope"])))
        )
    return schools


async def contractors(scope: Scope) -> Mapping[int, list[Contractor]]:
    found = await sql.rows(
        f"SELECT id, school_id, label, since_on, until_on, items {_rows_of(among(1))}",
        scope.packed, scope.today, "contract", "contractor",
    )  # fmt: skip
    schools: dict[int, list[Contractor]] = defaultdict(list)
    for row in found:
        items = sql.document(row["items"])
        schools[row["school_id"]].append(
            Contractor(
                row["id"], row["label"], items.get("how"), day(row["since_on"]), day(row["until_on"]),
                day(items.get("licence_until_on")), frozenset(items.get("scope") or ()), items.get("fee_fen"),
                items.get("waived"),
            )
        )  # fmt: skip
    return schools


async def workers(scope: Scope) -> Mapping[int, list[Worker]]:
    found = await sql.rows(
        f"SELECT id, school_id, until_on, items->>'job' AS job {_rows_of(among(1))}",
        scope.packed, scope.today, "staff", "staff",
    )  # fmt: skip
    schools: dict[int, list[Worker]] = defaultdict(list)
    for row in found:
        worker = Worker(row["id"], row["job"], day(row["until_on"]))
        schools[row["school_id"]].append(worker)
    return schools


async def contracts(scope: Scope) -> Mapping[int, list[Contract]]:
    found = await sql.rows(
        "SELECT id, school_id, label, since_on, until_on, company_id, items->>'ingredient' AS ingredient"
        f" {_rows_of(among(1))}",
        scope.packed, scope.today, "contract", "procurement",
    )  # fmt: skip
    schools: dict[int, list[Contract]] = defaultdict(list)
    for row in found:
        ingredients = frozenset(filter(None, [row["ingredient"]]))
        schools[row["school_id"]].append(
            Contract(
                row["id"], row["label"], ingredients, row["company_id"], day(row["since_on"]), day(row["until_on"])
            )
        )  # fmt: skip
    return schools


async def county_contracts(scope: Scope) -> tuple[Contract, ...]:
    found = await sql.rows(
        "SELECT id, label, since_on, until_on, company_id, items->'scope' AS scope FROM register_row"  # noqa: S608
        f" WHERE county_code = $1 AND form = 'county_supplier' AND register = 'contract' AND {STANDING} ORDER BY id",
        scope.county_code, scope.today,
    )  # fmt: skip
    return tuple(
        Contract(
            row["id"], row["label"], frozenset(codes(row["scope"])), row["company_id"], day(row["since_on"]),
            day(row["until_on"]),
        )
        for row in found
    )  # fmt: skip


async def committees(scope: Scope) -> Mapping[int, CommitteeList]:
    found = await sql.rows(
        f"SELECT school_id, since_on, items {_rows_of(among(1))} AND CAST(items->>'year' AS INTEGER) = $5",
        scope.packed, scope.today, "committee_list", "committee_list", scope.calendar.school_year,
    )  # fmt: skip
    return {
        row["school_id"]: CommitteeList(
            scope.calendar.school_year, day(row["since_on"]), items.get("members"),
            tuple(items.get("grades") or ()), tuple(items.get("school_grades") or ()),
        )
        for row in found
        if (items := sql.document(row["items"])) is not None
    }  # fmt: skip


async def suppliers(ids: Iterable[int | None]) -> dict[int, Supplier]:
    """Companies of the register by id."""
    wanted = sorted({number for number in ids if number is not None})
    if not wanted:
        return {}
    found = await sql.rows(
        "SELECT id, label, until_on, items->'classes' AS classes, items->>'portions_most' AS most,"  # noqa: S608
        f" items->>'director' AS director FROM register_row WHERE id IN {among(1)} AND register = 'supplier'",
        sql.packed(wanted),
    )
    return {
        row["id"]: Supplier(
            row["id"], row["label"], day(row["until_on"]), frozenset(codes(row["classes"])), whole(row["most"]),
            truth(row["director"]),
        )
        for row in found
    }  # fmt: skip


PRICED = """
SELECT r.id, r.school_id, r.label, r.items->>'goods' AS goods, r.items->>'ingredient' AS ingredient,
  r.items->>'unit' AS unit, r.items->>'price_fen' AS price_fen
FROM register_row r WHERE r.county_code = $1 AND r.register = 'contract' AND r.form = 'procurement'
  AND (r.ended_on IS NULL OR r.ended_on > $2) AND (r.since_on IS NULL OR r.since_on <= $2)
  AND (r.until_on IS NULL OR r.until_on >= $2) ORDER BY r.id
"""
STANDARDS = """
SELECT school_id, items->>'meal_standard_fen' AS fen FROM (
  SELECT school_id, items, ROW_NUMBER() OVER (PARTITION BY school_id ORDER BY for_on DESC, id DESC) AS place
  FROM ledger_entry WHERE school_id IN {schools} AND aspect = 'canteen_profile' AND current) AS newest WHERE place = 1
"""


async def prices(scope: Scope) -> Mapping[int, list[Price]]:
    """Prices of running contracts beside those of the whole county. Without a meal standard nothing is compared."""
    found = await sql.rows(PRICED, scope.county_code, scope.today)
    standards = await _standards(sorted({row["school_id"] for row in found if row["school_id"] is not None}))
    groups: dict[tuple[str, str, int], list[int]] = defaultdict(list)
    rows = []
    for row in found:
        price, standard = whole(row["price_fen"]), standards.get(row["school_id"])
        if price is not None and standard is not None and row["ingredient"] and row["unit"]:
            key = row["ingredient"], row["unit"], standard
            groups[key].append(price)
            rows.append((row, key, price))
    measures = {key: _robust(among_them) for key, among_them in groups.items()}
    schools: dict[int, list[Price]] = defaultdict(list)
    for row, key, price in rows:
        middle, mad, n = measures[key]
        goods = row["goods"] or row["label"]
        schools[row["school_id"]].append(Price(row["id"], goods, key[0], key[1], price, middle, mad, n))
    return schools


async def _standards(school_ids: list[int]) -> dict[int, int]:
    """Meal standards in fen, by school."""
    found = await sql.rows(STANDARDS.format(schools=among(1)), sql.packed(school_ids))
    return {row["school_id"]: int(row["fen"]) for row in found if row["fen"] is not None}


def _robust(values: list[int]) -> tuple[float, float, int]:
    middle = median(values)
    return middle, median(abs(value - middle) for value in values), len(values)
