"""Whether somebody takes gzip (RFC 9110, 12.5.3)."""

import pytest

from miniapp_api.compressing import takes_gzip


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("deflate, gzip;q=0.5", True),
        ("gzip ; q=1.0,br", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000, br", False),
        ("", False),
        ("br", False),
        ("x-gzipped", False),
        ("identity", False),
    ],
)
def test_gzip_is_sent_to_whoever_takes_it(said: str, taken: bool) -> None:
    assert takes_gzip(said) is taken
