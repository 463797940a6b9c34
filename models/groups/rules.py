"""Which group hears what. Pure."""

from dataclasses import dataclass

from models.organisations.tables import PostKind

# whose notices the group of the place may hear: of those who serve it, not of parents, of the committee or of
# supervisors, who are told in confidence
SPOKEN_OF = frozenset(
    {
        PostKind.HEAD,
        PostKind.MANAGER,
        PostKind.FINANCE,
        PostKind.COUNTY,
        PostKind.PREFECTURE,
        PostKind.PROVINCE,
    }
)


@dataclass(frozen=True)
class Place:
    """A school or a division: exactly one of the two."""

    school_id: int | None = None
    division_code: str | None = None

    @property
    def key(self) -> str:
        if self.school_id is not None:
            return f"school:{self.school_id}"
        return f"division:{self.division_code}"


def event_of(unique_key: str) -> str:
    """What happened, from the key of a notice of it, which ends in the post that was told."""
    return unique_key.rpartition(":")[0] or unique_key
