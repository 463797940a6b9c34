"""A prefecture as an SVG drawing made from the shapes of its counties."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SHAPES = Path(__file__).parent / "yunnan-counties.geojson"
WIDTH = 560.0

Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class CountyShape:
    """A county as a path, and where its name goes; in the drawing's own units."""

    code: str
    name: str
    path: str
    x: float
    y: float


@dataclass(frozen=True)
class Drawing:
    width: float
    height: float
    counties: list[CountyShape]


def prefecture(code: str, names: Mapping[str, str]) -> Drawing:
    """The counties of a prefecture, scaled to a width of 560, north up, metric at the middle latitude."""
    rings = {
        county: list(_rings(geometry)) for county, geometry in _shapes().items() if county.startswith(code)
    }
    points = [point for county in rings.values() for ring in county for point in ring]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    squeeze = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / ((east - west) * squeeze)

    def place(point: tuple[float, float]) -> tuple[float, float]:
        return (point[0] - west) * squeeze * scale, (north - point[1]) * scale

    counties = [
        _county(county, names[county], [[place(point) for point in ring] for ring in shape])
        for county, shape in sorted(rings.items())
    ]
    return Drawing(WIDTH, (north - south) * scale, counties)


def _county(code: str, name: str, rings: list[Ring]) -> CountyShape:
    path = "".join("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in ring) + "Z" for ring in rings)
    x, y = _middle(max(rings, key=lambda ring: abs(_area(ring))))
    return CountyShape(code, name, path, round(x, 1), round(y, 1))


def _area(ring: Ring) -> float:
    """Twice the signed area."""
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in _edges(ring))


def _middle(ring: Ring) -> tuple[float, float]:
    """The centroid of a ring."""
    whole = _area(ring) * 3
    x = sum((x0 + x1) * (x0 * y1 - x1 * y0) for (x0, y0), (x1, y1) in _edges(ring)) / whole
    y = sum((y0 + y1) * (x0 * y1 - x1 * y0) for (x0, y0), (x1, y1) in _edges(ring)) / whole
    return x, y


def _edges(ring: Ring) -> Iterable[tuple[tuple[float, float], tuple[float, float]]]:
    return zip(ring, ring[1:] + ring[:1], strict=True)


def _rings(geometry: dict[str, Any]) -> Iterator[Ring]:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    for polygon in polygons:
        yield [(float(x), float(y)) for x, y, *_ in polygon[0]]


@cache
def _shapes() -> dict[str, dict[str, Any]]:
    features = json.loads(SHAPES.read_text("utf-8"))["features"]
    return {feature["properties"]["adcode"]: feature["geometry"] for feature in features}
