"""How large a province is made, and the figures of the whole one."""

from dataclasses import dataclass

# docs of the province: schools that serve meals, their own canteens, who cooks, who sells, what looks on
SCHOOLS, CANTEENS, STAFF, SUPPLIERS, CAMERAS = 10_760, 10_065, 56_037, 3_428, 60_000
COUNTIES = 129
WEEKS = 52
# fewer schools have no room for every case
FEWEST = 60
# what is judged of this month and of the last one has to lie in it
SHORTEST = 6


@dataclass(frozen=True)
class Size:
    """`weeks`: how long the ledgers have been kept, until yesterday."""

    schools: int = SCHOOLS
    weeks: int = WEEKS

    @property
    def counties(self) -> int:
        return min(COUNTIES, max(2, self.schools // 20))

    @property
    def rounds(self) -> int:
        """How often each case is planted."""
        return max(1, self.schools // 200)

    def share(self, whole: int) -> int:
        """The part of one of the province's figures that these schools have."""
        return round(whole * self.schools / SCHOOLS)
