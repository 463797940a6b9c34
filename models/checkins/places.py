"""Where a phone is, in the two coordinate systems it may speak of. Pure.

Satellites, and our tables of schools, have WGS-84. Chinese maps have GCJ-02 (火星坐标), which in Yunnan lies up to
530 m beside it: as much as the distance at which a check-in is called far.
"""

import math
from enum import StrEnum

from geocoordinates_ffi import Gcj02, gcj02_to_wgs84_refined

EARTH_RADIUS_M = 6_371_000


class Coordinates(StrEnum):
    WGS84 = "wgs84"
    GCJ02 = "gcj02"


Point = tuple[float, float]
"""Longitude and latitude, degrees, WGS-84."""


def point(coordinates: Coordinates, longitude: float, latitude: float) -> Point:
    """The place in WGS-84, to half a metre. Outside China the two systems are one."""
    if coordinates is Coordinates.WGS84:
        return longitude, latitude
    found = gcj02_to_wgs84_refined(Gcj02(lat=latitude, lon=longitude))
    return found.lon, found.lat


def metres(one: Point, other: Point) -> float:
    """Metres along the ground: good to a few metres between neighbours, to 1 % across the province."""
    middle = math.radians((one[1] + other[1]) / 2)
    east = math.radians(other[0] - one[0]) * math.cos(middle)
    north = math.radians(other[1] - one[1])
    return EARTH_RADIUS_M * math.hypot(east, north)
