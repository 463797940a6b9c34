"""How divisions contain each other, and what is known of a school's place. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A school as the areas above need it: id, name, and the county that gives its place in the tree."""

    id: int
    name: str
    county_code: str


def span(code: str) -> tuple[str, str]:
    """The half-open range of codes in a division: `5303` holds `5303` … and ends before `5304`.

    A range of digits reads an index under every collation, which a prefix search does not. Nines have no
    next code of their length; a letter comes after every digit.
    """
    after = str(int(code) + 1).zfill(len(code))
    return code, after if len(after) == len(code) else "a"
