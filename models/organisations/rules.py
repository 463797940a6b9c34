"""How divisions contain each other. Pure."""


def span(code: str) -> tuple[str, str]:
    """The half-open range of codes in a division: `5303` holds `5303` … and ends before `5304`.

    A range of digits reads an index under every collation, which a prefix search does not.
    """
    return code, str(int(code) + 1)
