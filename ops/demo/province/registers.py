"""The rows of the registers: suppliers, licences, contracts, staff, committees, cameras; and who is who among them."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from models.ledger import validation
from models.ledger.aspects import BY_CODE
from models.ledger.declaring import Form
from models.ledger.numbers import masked
from models.ledger.registering import COLUMNS, key_of, row_values
from models.ledger.registers.camera import CAMERA, PLACES
from models.ledger.registers.committee_list import COMMITTEE_LIST
from models.ledger.registers.supplier import SUPPLIER
from models.ledger.sealing import hidden_items
from models.people.phones import Vault
from ops.demo.province.layout import Province
from ops.demo.province.school import Filed, School
from ops.demo.province.times import instant
from ops.demo.province.usual import filed, values_of

REGISTER_ROW = ("id", *COLUMNS, "ended_on", "ended_reason")
KEPT = ("food_licence", "contractor", "staff", "procurement", "committee_list")
FORMS: dict[str, Form] = {**BY_CODE, "committee_list": COMMITTEE_LIST}
Row = tuple[Any, ...]


class Registered:
    """Rows of registers by what they are known by. `rows` is read to its end before anybody asks for one."""

    def __init__(self, province: Province) -> None:
        self._province = province
        self._ids: dict[tuple[str, str], int] = {}
        # certificates, each under the number of its row
        self._numbers: list[tuple[int, str]] = []
        self._last = 0

    def rows(self) -> Iterator[Row]:
        """Suppliers first: their numbers are known before anything else is."""
        times = self._province.times
        for supplier in self._province.suppliers:
            yield self._row(
                SUPPLIER, supplier.values(times), None, supplier.county, Filed(times.filed_before)
            )
            assert self._last == supplier.id
        for county in self._province.counties:
            for one in county.contracts:
                yield self._row(BY_CODE["county_supplier"], one.values, None, county.code, one)
        for school in self._province.schools:
            for form in KEPT:
                for one in filed_of(school, form, self._province):
                    yield self._row(
                        FORMS[form],
                        values_of(school, form, dict(one.values), times),
                        school.id,
                        school.county,
                        one,
                    )
            yield from self._cameras(school)

    def numbers(self, vault: Vault) -> Iterator[tuple[int, str]]:
        """The certificates' numbers, sealed, under their ids."""
        return ((number, vault.seal(said)) for number, said in self._numbers)

    def of(
        self, form: Form, values: Mapping[str, Any], school_id: int | None, county: str
    ) -> tuple[int | None, Mapping[str, Any]]:
        """The row that an entry is about, if its form is kept in a register, and its values as they are stored."""
        if form.kept is None:
            return None, values
        number = self._ids[form.code, key_of(form, self._masked(form, values, 0), school_id, county)]
        return number, self._masked(form, values, number)

    def _row(
        self, form: Form, given: Mapping[str, Any], school_id: int | None, county: str, one: Filed
    ) -> Row:
        values, faults = validation.read(form, form.version, given)
        assert not faults, (form.code, given, faults)
        self._last += 1
        for code in hidden_items(form):
            if code in values:
                self._numbers.append((self._last, values[code]))
        wrong = tuple(validation.defects(form, form.version, values, {}))
        stored = self._masked(form, values, self._last)
        row = row_values(form, form.version, stored, wrong, school_id, county, 1, instant(one.on, 600))
        assert (form.code, row.row_key) not in self._ids, (form.code, row.row_key)
        if form is not CAMERA:
            self._ids[form.code, row.row_key] = self._last
        return (self._last, *row.values, one.ended_on, "离岗" if one.ended_on else None)

    def _masked(self, form: Form, values: Mapping[str, Any], number: int) -> Mapping[str, Any]:
        hidden = [code for code in hidden_items(form) if code in values]
        return {**values, **{code: {"sealed": number, "masked": masked(values[code])} for code in hidden}}

    def _cameras(self, school: School) -> Iterator[Row]:
        places = list(PLACES)
        for turn in range(school.cameras):
            values = {"number": f"{turn + 1:02d}", "place": places[turn % len(places)], "online": True}
            yield self._row(CAMERA, values, school.id, school.county, Filed(self._since))

    @property
    def _since(self) -> date:
        return self._province.times.filed_before


def filed_of(school: School, form: str, province: Province) -> list[Filed]:
    """What a school has under a form: what was planted, or what is usual."""
    if school.plan is not None and form in school.plan.files:
        return school.plan.files[form]
    return filed(school, form, province.times)
