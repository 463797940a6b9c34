"""What a check-in proves: each reason by itself, and that none ever works the wrong way round."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.checkins import evidence, facts
from models.checkins.evidence import BY_CODE, REASONS, Facts, Side, lasting, weigh
from models.checkins.facts import Scan, Use, conflicting, facts_of
from models.checkins.places import Coordinates, metres, point
from models.checkins.rules import PlaceQuality, Where
from models.policies.declared import EVIDENCE, PARAMETERS

DEFAULTS = {parameter.key: parameter.default for parameter in PARAMETERS}
NONE, FUZZY, PRECISE = PlaceQuality.NONE, PlaceQuality.FUZZY, PlaceQuality.PRECISE
PLAIN = Facts(rotating=False, age_min=1, kept_min=0, place=NONE)
HERE = replace(PLAIN, place=PRECISE, distance_m=80, radius_m=30, accuracy_m=30)


def found(given_facts: Facts, **policies: float) -> dict[str, int]:
    return {one.code: one.points for one in weigh(given_facts, DEFAULTS | policies).reasons}


# Points as others publish them: the Beijing railway station of geoChina, the test of eviltransform, the examples of
# coord-convert and evil_transform, and three places of Yunnan by PRCoords, none of them the library that we use.
@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        ((116.42079, 39.90105), (116.42703, 39.90245)),
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((120.0, 40.0), (120.00567568355486, 40.0013047896019)),
        ((120.596931, 31.280844), (120.60109998322247, 31.278648624428175)),
        ((103.8, 25.49), (103.80201733436631, 25.48699252316329)),
        ((102.7183, 25.0389), (102.7197523947017, 25.035934505742244)),
        ((100.7979, 22.0017), (100.79902245915437, 21.998842155110815)),
    ],
)
def test_a_place_of_chinese_maps_is_found_on_the_ground(
    wgs84: tuple[float, float], gcj02: tuple[float, float]
) -> None:
    assert metres(point(Coordinates.GCJ02, *gcj02), wgs84) < 2
    assert point(Coordinates.WGS84, *wgs84) == wgs84


@pytest.mark.parametrize("place", [(2.35, 48.85), (0.0, 0.0), (180.0, 90.0), (-180.0, -90.0)])
def test_outside_china_both_systems_are_one(place: tuple[float, float]) -> None:
    assert point(Coordinates.GCJ02, *place) == place


@pytest.mark.parametrize(
    ("change", "score", "reasons"),
    [
        ({}, 60, {"static_code": 0, "fresh": 10, "no_location": 0}),
        ({"rotating": True}, 75, {"rotating_code": 15, "fresh": 10, "no_location": 0}),
        ({"typed": True}, 50, {"typed_code": -10, "fresh": 10}),
        ({"rotating": True, "kept_min": 11}, 40, {"rotating_code": 15, "kept_code": -35}),
        ({"age_min": 10}, 60, {"fresh": 10}),
        ({"age_min": 11}, 50, {"late": 0}),
        ({"age_min": 6 * 24 * 60}, 46, {"late": -4}),
        ({"age_min": 20 * 24 * 60}, 45, {"late": -5}),
        ({"place": PRECISE, "distance_m": 500}, 80, {"near": 20}),
        ({"place": PRECISE, "distance_m": 501}, 60, {"far": 0}),
        ({"place": PRECISE, "distance_m": 1500}, 38, {"far": -22}),
        ({"place": PRECISE, "distance_m": 90_000}, 15, {"far": -45}),
        ({"place": PRECISE, "distance_m": 90_000, "radius_m": 1e6}, 60, {"vague": 0}),
        ({"place": PRECISE, "distance_m": 1500, "radius_m": 1000}, 60, {"vague": 0}),
        ({"place": FUZZY, "distance_m": 300, "radius_m": 3000}, 63, {"fuzzy": 0, "near": 3}),
        ({"place": FUZZY, "distance_m": 2900, "radius_m": 3000}, 60, {"fuzzy": 0, "vague": 0}),
        ({"place": PRECISE}, 60, {"unplaced": 0}),
        ({"accuracy_m": 0}, 15, {"accuracy": -45}),
        ({"accuracy_m": -1}, 15, {"accuracy": -45}),
        ({"exact": True}, 15, {"exact": -45}),
        ({"same_days": 1}, 35, {"repeated": -25}),
        ({"same_days": 9}, 10, {"repeated": -50}),
        ({"altitude_m": 3}, 30, {"altitude": -30}),
        ({"altitude_m": 1880}, 60, {}),
        ({"kmh": 31}, 40, {"moving": -20}),
        ({"travel_kmh": 121, "travel_school": "望海小学"}, 10, {"travel": -50}),
        ({"schools": 2}, 60, {}),
        ({"schools": 3}, 20, {"burst": -40}),
        ({"device_known": True}, 65, {"known_device": 5}),
        ({"device_known": False}, 60, {"new_device": 0}),
        ({"others": 1}, 45, {"shared_device": -15}),
        ({"others": 5}, 30, {"shared_device": -30}),
        ({"stay_min": 10, "longest_stay_min": 11}, 70, {"stayed": 10}),
        ({"stay_min": 0, "longest_stay_min": 300}, 60, {}),
        ({"stay_min": 0, "longest_stay_min": 0}, 40, {"hasty": -20}),
        ({"stay_min": 5, "longest_stay_min": 5}, 50, {"hasty": -10}),
        ({"stay_min": 80 * 60, "longest_stay_min": 80 * 60}, 60, {}),
        ({"visit_due": True}, 45, {"no_visit": -15}),
    ],
)
def test_each_reason_by_itself(change: dict[str, Any], score: int, reasons: dict[str, int]) -> None:
    changed = replace(PLAIN, **change)
    assert weigh(changed, DEFAULTS).score == score
    assert found(changed).items() >= reasons.items()
    assert {code for code, points in found(changed).items() if points} == {
        code for code, points in ({"fresh": 10} | reasons | _fresh(changed)).items() if points
    }


def _fresh(changed: Facts) -> dict[str, int]:
    return {"fresh": 10 if changed.age_min <= 10 else 0}


def test_every_reason_is_in_the_table_above() -> None:
    (marks,) = [mark for mark in test_each_reason_by_itself.pytestmark if mark.name == "parametrize"]  # type: ignore[attr-defined]
    shown = {code for _, _, reasons in marks.args[1] for code in reasons}
    assert shown == set(BY_CODE)


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code)
def test_every_reason_can_be_said_and_weighed(reason: evidence.Reason) -> None:
    facts_named = set(evidence._NAMED.findall(reason.sentence))
    assert facts_named <= set(Facts.__dataclass_fields__)
    assert (reason.weight is None) is (reason.side is Side.NOTE)
    assert reason.weight is None or reason.weight in EVIDENCE


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0.4, "0分钟"), (99, "99分钟"), (100, "1小时"), (2879, "47小时"), (2880, "2天"), (9000, "6天")],
)
def test_times_are_said_as_people_say_them(minutes: float, words: str) -> None:
    assert lasting(minutes) == words


def test_the_sentences_tell_the_facts() -> None:
    forged = replace(PLAIN, place=PRECISE, distance_m=12_345.6, radius_m=20.0, age_min=9000)
    words = [evidence.said(one.code, one.facts) for one in weigh(forged, DEFAULTS).reasons]
    assert "定位距学校12346米（误差20米）" in words
    assert "扫码6天之后才送达，可能是没有网络" in words


# ---- properties ------------------------------------------------------------------------------------

POLICIES = st.fixed_dictionaries(
    {parameter.key: st.floats(parameter.lowest, parameter.highest) for parameter in PARAMETERS}
)
MINUTES = st.floats(0, 60 * 24 * 90)
METRES = st.floats(0, 2_000_000)
ANY: dict[str, st.SearchStrategy[Any]] = {
    "rotating": st.booleans(),
    "age_min": MINUTES,
    "kept_min": MINUTES,
    "place": st.sampled_from(PlaceQuality),
    "distance_m": st.none() | METRES,
    "radius_m": METRES,
    "accuracy_m": st.none() | st.floats(-10, 100_000),
    "altitude_m": st.none() | st.floats(-500, 9_000),
    "kmh": st.floats(0, 1_000),
    "exact": st.booleans(),
    "same_days": st.integers(0, 40),
    "travel_kmh": st.floats(0, 100_000),
    "schools": st.integers(1, 30),
    "device_known": st.none() | st.booleans(),
    "others": st.integers(0, 40),
    "stay_min": st.none() | MINUTES,
    "longest_stay_min": st.none() | MINUTES,
    "visit_due": st.booleans(),
}
FACTS = st.builds(Facts, **ANY)


@given(FACTS, POLICIES)
def test_no_reason_works_against_its_side(whatever: Facts, policies: dict[str, float]) -> None:
    score = weigh(whatever, policies)
    for one in score.reasons:
        sign = {Side.FOR: one.points >= 0, Side.AGAINST: one.points <= 0, Side.NOTE: one.points == 0}
        assert sign[one.side], one
    assert 0 <= score.score <= 100
    whole = round(policies["evidence_base"]) + sum(one.points for one in score.reasons)
    assert score.score == max(0, min(100, whole))


@given(FACTS, POLICIES, st.data())
def test_a_heavier_weight_moves_the_score_its_own_way_only(
    whatever: Facts, policies: dict[str, float], data: st.DataObject
) -> None:
    reason = data.draw(st.sampled_from([one for one in REASONS if one.weight is not None]))
    assert reason.weight is not None
    heavier = policies | {reason.weight.key: data.draw(st.floats(policies[reason.weight.key], 100))}
    before, after = weigh(whatever, policies).score, weigh(whatever, heavier).score
    assert after >= before if reason.side is Side.FOR else after <= before


def _numbers(key: str) -> st.SearchStrategy[Any]:
    return st.tuples(ANY[key], ANY[key]).filter(lambda pair: None not in pair).map(sorted).map(tuple)


def _more(key: str) -> st.SearchStrategy[Any]:
    """The greater the better."""
    return _numbers(key).map(lambda pair: ({key: pair[0]}, {key: pair[1]}))


def _less(key: str) -> st.SearchStrategy[Any]:
    return _numbers(key).map(lambda pair: ({key: pair[1]}, {key: pair[0]}))


def _said(**pair: Any) -> st.SearchStrategy[Any]:
    return st.just(tuple({key: sides[side] for key, sides in pair.items()} for side in (0, 1)))


# What is worse and what is better evidence, fact by fact; each must never lower the score.
BETTER: dict[str, st.SearchStrategy[Any]] = {
    "rotating rather than static": _said(rotating=(False, True)),
    "fresher": _less("age_min"),
    "scanned in the code's own minute": _less("kept_min"),
    "nearer": _less("distance_m"),
    "near rather than silent": st.floats(0, 50).map(lambda m: ({"distance_m": None}, {"distance_m": m})),
    "silent rather than far": METRES.filter(lambda m: m > 20_000).map(
        lambda m: ({"distance_m": m}, {"distance_m": None})
    ),
    "nearer than any policy's far, and more accurate": st.tuples(st.floats(0, 50), METRES, METRES).map(
        lambda all_of: tuple(
            {"distance_m": all_of[0], "radius_m": radius} for radius in sorted(all_of[1:], reverse=True)
        )
    ),
    "an accuracy phones have": st.floats(0.1, 9999).map(lambda m: ({"accuracy_m": 0}, {"accuracy_m": m})),
    "an altitude of the province": _more("altitude_m"),
    "standing": _less("kmh"),
    "not on the registered point": _said(exact=(True, False)),
    "scattered as real places are": _less("same_days"),
    "time for the way": _less("travel_kmh"),
    "fewer schools at once": _less("schools"),
    "a phone known rather than new": _said(device_known=(False, True)),
    "a phone known rather than unsaid": _said(device_known=(None, True)),
    "a phone of one's own": _less("others"),
    "a longer stay possible": _more("longest_stay_min"),
    "a longer stay proven, in time": st.tuples(st.floats(0, 60), st.floats(0, 60)).map(
        lambda pair: tuple({"stay_min": minutes} for minutes in sorted(pair))
    ),
    "a visit": _said(visit_due=(True, False)),
}


@pytest.mark.parametrize("name", BETTER)
@given(whatever=FACTS, policies=POLICIES, data=st.data())
def test_better_evidence_never_lowers_the_score(
    name: str, whatever: Facts, policies: dict[str, float], data: st.DataObject
) -> None:
    worse, better = data.draw(BETTER[name])
    before = weigh(replace(whatever, **worse), policies).score
    assert weigh(replace(whatever, **better), policies).score >= before


@given(FACTS, POLICIES)
def test_giving_no_location_is_never_counted_against_anybody(
    whatever: Facts, policies: dict[str, float]
) -> None:
    silent = replace(
        whatever,
        place=NONE,
        distance_m=None,
        accuracy_m=None,
        altitude_m=None,
        kmh=0,
        exact=False,
        same_days=0,
    )
    codes = {one.code for one in weigh(silent, policies).reasons if one.points}
    assert codes.isdisjoint({"near", "far", "accuracy", "altitude", "moving", "exact", "repeated"})
    assert "no_location" in {one.code for one in weigh(silent, policies).reasons}


# ---- facts -----------------------------------------------------------------------------------------

AT = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
TIANBA, WANGHAI = (103.80, 25.49), (103.90, 25.49)


def scan(number: int = 1, **changes: Any) -> Scan:
    at = changes.pop("at", AT)
    where = changes.pop("where", Where(NONE))
    plain = {
        "id": number, "person_id": 1, "school_id": 1, "school_name": "田坝小学", "county_code": "530302",
        "school_point": TIANBA, "at": at, "scanned_at": at, "received_at": at, "rotating_at": None,
        "where": where, "point": where.point, "distance_m": None, "device_hash": None, "visit_sent_at": None,
    }  # fmt: skip
    return Scan(**(plain | changes))


def read(one: Scan, *others: Scan, uses: tuple[Use, ...] = (), now: datetime = AT) -> Facts:
    return facts_of(one, others, uses, DEFAULTS, now)


def away(**changes: Any) -> Scan:
    return scan(2, school_id=2, school_name="望海小学", school_point=WANGHAI, **changes)


@pytest.mark.parametrize(("minutes", "conflict"), [(1, True), (4, True), (6, False), (60, False)])
def test_ten_kilometres_take_their_time(minutes: int, conflict: bool) -> None:
    later = away(at=AT + timedelta(minutes=minutes))
    seen = read(scan(), later)
    assert (seen.travel_kmh > DEFAULTS["travel_kmh"]) is conflict
    assert (round(seen.travel_km), seen.travel_school) == (10, "望海小学")
    assert conflicting(scan(), [later], DEFAULTS) == ([2] if conflict else [])


def test_the_phones_own_places_count_when_they_are_farther_than_the_schools() -> None:
    kunming = Where(PRECISE, 102.7, 25.0, 30)
    other = scan(2, at=AT + timedelta(minutes=9), where=kunming)
    assert read(scan(where=Where(PRECISE, 103.8, 25.49, 30)), other).travel_kmh > 700
    vague = scan(2, at=AT + timedelta(minutes=9), where=Where(PRECISE, 102.7, 25.0, 200_000))
    assert read(scan(where=Where(PRECISE, 103.8, 25.49, 30)), vague).travel_kmh == 0


def test_three_schools_in_half_an_hour_accuse_each_other() -> None:
    others = [
        scan(2, school_id=2, at=AT + timedelta(minutes=15)),
        scan(3, school_id=3, at=AT + timedelta(minutes=29)),
        scan(4, school_id=4, at=AT + timedelta(minutes=31)),
        scan(5, at=AT + timedelta(minutes=1)),
    ]
    assert read(scan(), *others).schools == 3
    assert conflicting(scan(), others, DEFAULTS) == [2, 3, 5]


@pytest.mark.parametrize(
    ("where", "days"),
    [
        (Where(PRECISE, 103.8000001, 25.4900001), 2),
        (Where(PRECISE, 103.8000002, 25.4900001), 0),
        (Where(FUZZY, 103.8000001, 25.4900001), 0),
        (Where(NONE), 0),
    ],
)
def test_the_same_digits_on_other_days(where: Where, days: int) -> None:
    same = Where(PRECISE, 103.8000001, 25.4900001)
    others = [
        scan(2, at=AT - timedelta(days=1), where=same),
        scan(3, at=AT - timedelta(days=9), where=same),
        scan(4, at=AT - timedelta(minutes=5), where=same),
        scan(5, at=AT - timedelta(days=31), where=same),
        scan(6, at=AT + timedelta(days=1), where=same),
        scan(7, at=AT - timedelta(days=2)),
    ]
    assert read(scan(where=where), *others).same_days == days


@pytest.mark.parametrize(
    ("altitude", "vertical", "read_as"),
    [
        (0, 0, None),
        (0, None, None),
        (0, -1, None),
        (0, 10, 0),
        (5, 0, 5),
        (1880, 10, 1880),
        (None, None, None),
    ],
)
def test_an_altitude_that_was_not_looked_for_says_nothing(
    altitude: float | None, vertical: float | None, read_as: float | None
) -> None:
    where = Where(PRECISE, 103.8, 25.49, 30, altitude_m=altitude, vertical_accuracy_m=vertical)
    assert read(scan(where=where)).altitude_m == read_as


def test_a_phone_is_known_from_an_earlier_day_and_shared_from_the_last_month() -> None:
    uses = (
        Use(1, AT), Use(1, AT - timedelta(days=3)), Use(2, AT - timedelta(days=5)), Use(2, AT),
        Use(3, AT - timedelta(days=40)), Use(4, AT + timedelta(days=3)),
    )  # fmt: skip
    seen = read(scan(device_hash="a"), uses=uses)
    assert (seen.device_known, seen.others) == (True, 1)
    assert read(scan(device_hash="a"), uses=(Use(1, AT),)).device_known is False
    assert read(scan()).device_known is None


def test_a_stay_is_proven_by_our_clock_and_possible_by_the_phones() -> None:
    offline = scan(received_at=AT + timedelta(hours=5), visit_sent_at=AT + timedelta(hours=5))
    assert (read(offline).stay_min, read(offline).longest_stay_min) == (0, 300)
    shown = scan(rotating_at=AT, received_at=AT + timedelta(hours=5), visit_sent_at=AT + timedelta(hours=5))
    assert (read(shown).stay_min, read(shown).longest_stay_min) == (300, 300)


def test_a_visit_is_due_three_days_after_the_check_in_arrived() -> None:
    late = scan(received_at=AT + timedelta(days=2))
    assert not read(late, now=AT + timedelta(days=4)).visit_due
    assert read(late, now=AT + timedelta(days=5)).visit_due
    assert facts.visit_due_at(late, DEFAULTS) == AT + timedelta(days=5)


def test_a_fuzzy_place_is_as_vague_as_the_policy_says() -> None:
    assert read(scan(where=Where(FUZZY, 103.8, 25.49, 5))).radius_m == 3000
    assert read(scan(where=Where(PRECISE, 103.8, 25.49, 5))).radius_m == 5
