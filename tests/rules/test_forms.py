"""The forms as they are declared: what is asked, and in words that anybody understands."""

from collections import Counter

import pytest

from models.visits.forms import FORMS, UnknownForm, current, form
from models.visits.forms.declaration import Form, Item, ItemKind
from models.visits.rules import SEVERITIES

ITEMS = [(declared, item) for declared in FORMS for item in declared.items]
by_form = pytest.mark.parametrize(
    "declared", FORMS, ids=lambda declared: f"{declared.kind}-{declared.version}"
)
by_item = pytest.mark.parametrize(
    ("declared", "item"), ITEMS, ids=[f"{declared.kind}-{item.code}" for declared, item in ITEMS]
)

LONGEST_HINT = 40
# what a visitor of a canteen is not expected to know
OFFICIAL = ["落实", "主体责任", "台账建立", "规范化", "依据", "相关规定", "资质", "病媒生物"]


def test_the_committee_looks_at_twenty_things_of_which_six_are_key() -> None:
    first = form("committee", 1)
    assert [item.code for item in first.items] == [f"C{number:02}" for number in range(1, 21)]
    starred = [number for number, item in enumerate(first.items, start=1) if item.key]
    assert starred == [2, 3, 6, 7, 10, 12]


def test_the_supervisor_looks_at_ten_sections() -> None:
    first = form("supervisor", 1)
    sections = Counter(item.code[0] for item in first.items)
    assert sections == {"A": 3, "B": 1, "C": 2, "D": 3, "E": 4, "F": 3, "G": 3, "H": 1, "I": 1, "J": 1}
    assert [item.code for item in first.items] == sorted(item.code for item in first.items)
    assert [letter for letter, _ in first.sections] == list(sections)


@pytest.mark.parametrize(
    ("kind", "verdicts", "grades"),
    [
        pytest.param(
            "committee",
            {"pass": "合格", "fail": "不合格", "unseen": "未查看"},
            {"excellent": "优", "good": "良", "fair": "中", "poor": "差"},
            id="a parent may say that she did not look, and gives a grade",
        ),
        pytest.param(
            "supervisor",
            {"pass": "合格", "problem": "问题", "na": "不适用"},
            {},
            id="a supervisor judges every item and gives no grade",
        ),
    ],
)
def test_what_may_be_answered(kind: str, verdicts: dict[str, str], grades: dict[str, str]) -> None:
    first = form(kind, 1)
    assert (dict(first.verdicts), dict(first.grades)) == (verdicts, grades)


def test_three_defences_are_counted_and_the_meal_is_tasted() -> None:
    special = {
        item.code: item.kind for item in form("committee", 1).items if item.kind is not ItemKind.VERDICT
    }
    assert special == {"C12": ItemKind.COUNTS, "C16": ItemKind.TASTING}


@by_form
def test_a_visit_has_one_to_six_photos(declared: Form) -> None:
    assert (declared.min_photos, declared.max_photos) == (1, 6)


@by_form
def test_no_two_items_have_one_code_or_one_title(declared: Form) -> None:
    for names in ([item.code for item in declared.items], [item.title for item in declared.items]):
        assert [name for name, times in Counter(names).items() if times > 1] == []


@by_item
def test_hints_are_one_short_plain_sentence_each(declared: Form, item: Item) -> None:
    assert item.hint_right != item.hint_wrong
    for hint in (item.hint_right, item.hint_wrong):
        assert 0 < len(hint) <= LONGEST_HINT
        assert "。" not in hint and ";" not in hint and "；" not in hint
        assert [word for word in OFFICIAL if word in hint] == []


@by_item
def test_a_failure_weighs_something(declared: Form, item: Item) -> None:
    assert item.severity in SEVERITIES
    assert item.title and len(item.title) <= 20


@by_item
def test_a_key_item_says_what_it_rests_on(declared: Form, item: Item) -> None:
    # C02 and the like become problems with a deadline: the school may ask by what rule
    assert item.basis or not item.key


def test_versions_stand_oldest_first_and_none_twice() -> None:
    for kind in {declared.kind for declared in FORMS}:
        versions = [declared.version for declared in FORMS if declared.kind == kind]
        assert versions == list(range(1, len(versions) + 1))
        assert current(kind) == form(kind, versions[-1])


@pytest.mark.parametrize(("kind", "version"), [("committee", 0), ("committee", 99), ("parent", 1), ("", 1)])
def test_a_version_that_was_never_declared_is_unknown(kind: str, version: int) -> None:
    with pytest.raises(UnknownForm):
        form(kind, version)


def test_a_kind_that_was_never_declared_has_no_current_version() -> None:
    with pytest.raises(UnknownForm):
        current("parent")
