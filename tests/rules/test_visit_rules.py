"""What the answers of a visit mean: which are refused and why, and which failures become problems."""

from dataclasses import replace

import pytest

from models.visits.forms import form
from models.visits.forms.declaration import Form, Item
from models.visits.rules import Answer, BadAnswers, Failure, judge

COMMITTEE, SUPERVISOR = form("committee", 1), form("supervisor", 1)
TASTED = {"look": 4, "smell": 4, "taste": 5, "warmth": 3, "portion": 1}
COUNTED: dict[str, int | None] = {"dust": 2, "rat": 0, "fly": None}
FAIL = Answer("C06", "fail", "没有标签", photo_ids=("a",))
PROBLEM = Answer("E2", "problem", "留样不足量", severity="serious", handling="deadline")


def passing(declared: Form, *changed: Answer) -> list[Answer]:
    """Answers that all pass, but for the changed ones."""
    ours = {answer.item: answer for answer in changed}
    return [ours.get(item.code, _passed(item.code)) for item in declared.items]


def _passed(code: str) -> Answer:
    scores = TASTED if code == "C16" else None
    counts = COUNTED if code == "C12" else None
    return Answer(code, "pass", scores=scores, counts=counts)


def faults(declared: Form, answers: list[Answer], grade: str) -> list[tuple[str, str]]:
    with pytest.raises(BadAnswers) as refused:
        judge(declared, answers, grade)
    return refused.value.faults


SINGLE_FAULTS = [
    pytest.param(COMMITTEE, replace(FAIL, photo_ids=()), "请拍一张照片",
                 id="a key item fails without a photo: a problem needs proof"),
    pytest.param(COMMITTEE, replace(FAIL, verdict="problem"), "只能选合格、不合格、未查看",
                 id="a verdict of the other form"),
    pytest.param(COMMITTEE, replace(FAIL, verdict="na"), "只能选",
                 id="nothing is inapplicable to a committee: it says that it did not look"),
    pytest.param(COMMITTEE, replace(FAIL, verdict=""), "只能选", id="no verdict at all"),
    pytest.param(COMMITTEE, replace(FAIL, remark="字" * 501), "超过500字", id="a remark that nobody reads"),
    pytest.param(COMMITTEE, replace(FAIL, severity="major"), "不用填严重程度",
                 id="how grave it is, is not for the committee to say"),
    pytest.param(COMMITTEE, replace(FAIL, handling="on_spot"), "不用填严重程度和处理方式",
                 id="a committee cannot close what it found"),
    pytest.param(COMMITTEE, Answer("C16", "pass"), "各打一个分", id="a meal passed without tasting"),
    pytest.param(COMMITTEE, Answer("C16", "fail", scores={"look": 1}), "各打一个分",
                 id="a meal tasted in part"),
    pytest.param(COMMITTEE, Answer("C16", "pass", scores=TASTED | {"price": 3}), "各打一个分",
                 id="a score for something that was not asked"),
    pytest.param(COMMITTEE, Answer("C16", "pass", scores=TASTED | {"look": 0}), "1到5分",
                 id="a score below the scale"),
    pytest.param(COMMITTEE, Answer("C16", "pass", scores=TASTED | {"look": 6}), "1到5分",
                 id="a score above the scale"),
    pytest.param(COMMITTEE, Answer("C16", "unseen", scores={"look": 99}), "1到5分",
                 id="a score off the scale is no score even if nothing was tasted"),
    pytest.param(COMMITTEE, Answer("C15", "pass", scores=TASTED), "不打分", id="scores where none are asked"),
    pytest.param(COMMITTEE, Answer("C12", "pass"), "没数的留空",
                 id="three defences passed without three counts"),
    pytest.param(COMMITTEE, Answer("C12", "pass", counts={"dust": 1, "rat": 1}), "没数的留空",
                 id="two counts of three: the third must be said to be unknown"),
    pytest.param(COMMITTEE, Answer("C12", "pass", counts=COUNTED | {"fly": -1}), "0到9999",
                 id="fewer than none"),
    pytest.param(COMMITTEE, Answer("C12", "pass", counts=COUNTED | {"fly": 10_000}), "0到9999",
                 id="more than any canteen has"),
    pytest.param(COMMITTEE, Answer("C12", "unseen", counts=COUNTED | {"fly": -1}), "0到9999",
                 id="fewer than none, even if not looked at"),
    pytest.param(COMMITTEE, Answer("C11", "pass", counts=COUNTED), "不计数", id="counts where none are asked"),
    pytest.param(SUPERVISOR, replace(PROBLEM, verdict="fail"), "只能选合格、问题、不适用",
                 id="the committee's word on the supervisor's form"),
    pytest.param(SUPERVISOR, replace(PROBLEM, verdict="unseen"), "只能选",
                 id="a supervisor looks at everything that applies"),
    pytest.param(SUPERVISOR, replace(PROBLEM, handling=None), "处理方式", id="a problem that nobody handles"),
    pytest.param(SUPERVISOR, replace(PROBLEM, handling="forget"), "处理方式", id="a handling there is not"),
    pytest.param(SUPERVISOR, replace(PROBLEM, severity=None), "严重程度", id="a problem of unknown weight"),
    pytest.param(SUPERVISOR, replace(PROBLEM, severity="fatal"), "严重程度", id="a weight there is not"),
    pytest.param(SUPERVISOR, replace(PROBLEM, remark=" \n"), "请写明", id="a problem that is not told"),
    pytest.param(SUPERVISOR, replace(PROBLEM, handling="on_spot", photo_ids=("a",)), "整改前和整改后",
                 id="rectified on the spot, with one photo of two"),
    pytest.param(SUPERVISOR, replace(PROBLEM, handling="on_spot", photo_ids=("a", "a")), "整改前和整改后",
                 id="the photo from before cannot also be the one from after"),
    pytest.param(SUPERVISOR, Answer("E2", "pass", severity="general"), "不是问题",
                 id="something that passed has no weight"),
    pytest.param(SUPERVISOR, Answer("E2", "na", handling="report"), "不是问题",
                 id="what does not apply is not handled"),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "answer", "words"), SINGLE_FAULTS)
def test_a_faulty_answer_is_named_once_with_its_item(declared: Form, answer: Answer, words: str) -> None:
    found = faults(declared, passing(declared, answer), "good" if declared is COMMITTEE else "")
    assert [code for code, _ in found] == [answer.item]
    assert words in found[0][1]
    assert found[0][1].endswith("。")


WHOLE_FAULTS = [
    pytest.param(COMMITTEE, passing(COMMITTEE)[1:], "good", [("C01", "还没有填")], id="an item is missing"),
    pytest.param(COMMITTEE, [], "good", [(f"C{n:02}", "还没有填") for n in range(1, 21)],
                 id="an empty form lacks every item"),
    pytest.param(COMMITTEE, [*passing(COMMITTEE), Answer("C21", "pass")], "good", [("C21", "没有这一项")],
                 id="an item that this version does not have"),
    pytest.param(COMMITTEE, [*passing(COMMITTEE), Answer("C06", "pass")], "good", [("C06", "不止一次")],
                 id="an item answered twice, even alike"),
    pytest.param(COMMITTEE, passing(COMMITTEE), "", [("", "总体评价")], id="no overall grade"),
    pytest.param(COMMITTEE, passing(COMMITTEE), "superb", [("", "总体评价")], id="a grade there is not"),
    pytest.param(SUPERVISOR, passing(SUPERVISOR), "good", [("", "没有总体评价")],
                 id="a grade where none is asked"),
    pytest.param(COMMITTEE, [Answer("X", "pass"), *passing(COMMITTEE, replace(FAIL, photo_ids=()))[1:]], "",
                 [("X", "没有这一项"), ("C01", "还没有填"), ("C06", "照片"), ("", "总体评价")],
                 id="several faults are told at once, strangers first, then in the form's order"),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "answers", "grade", "expected"), WHOLE_FAULTS)
def test_all_faults_are_told_at_once(
    declared: Form, answers: list[Answer], grade: str, expected: list[tuple[str, str]]
) -> None:
    found = faults(declared, answers, grade)
    assert [code for code, _ in found] == [code for code, _ in expected]
    for (_, sentence), (_, words) in zip(found, expected, strict=True):
        assert words in sentence


ACCEPTED = [
    pytest.param(COMMITTEE, FAIL, [Failure("C06", "serious", "deadline", "没有标签", ("a",))],
                 id="a key item fails: a problem of the weight that the form declares"),
    pytest.param(COMMITTEE, Answer("C07", "fail", photo_ids=("a", "b")),
                 [Failure("C07", "major", "deadline", "", ("a", "b"))],
                 id="the photo speaks: words are not asked of a parent"),
    pytest.param(COMMITTEE, Answer("C12", "fail", counts=COUNTED, photo_ids=("a",)),
                 [Failure("C12", "general", "deadline", "", ("a",))],
                 id="the three defences fail with their counts"),
    pytest.param(COMMITTEE, Answer("C09", "fail", "堆在地上"), [],
                 id="an item that is not key fails: it is counted and opens nothing, and needs no photo"),
    pytest.param(COMMITTEE, Answer("C16", "fail", scores=dict.fromkeys(TASTED, 1)), [],
                 id="a bad meal is an opinion, not a problem"),
    pytest.param(COMMITTEE, Answer("C06", "pass", remark="字" * 500), [], id="a remark just short enough"),
    pytest.param(COMMITTEE, Answer("C12", "pass", counts=dict.fromkeys(COUNTED)), [],
                 id="nothing counted is not nothing there"),
    pytest.param(COMMITTEE, Answer("C12", "pass", counts=dict.fromkeys(COUNTED, 9999)), [],
                 id="the most that is believed"),
    pytest.param(SUPERVISOR, PROBLEM, [Failure("E2", "serious", "deadline", "留样不足量", ())],
                 id="a problem with a deadline"),
    pytest.param(SUPERVISOR, replace(PROBLEM, severity="major", handling="report"),
                 [Failure("E2", "major", "report", "留样不足量", ())], id="a problem that is reported upwards"),
    pytest.param(SUPERVISOR, replace(PROBLEM, handling="on_spot", photo_ids=("before", "after")),
                 [Failure("E2", "serious", "on_spot", "留样不足量", ("before", "after"))],
                 id="a problem rectified on the spot, seen before and after"),
    pytest.param(SUPERVISOR, Answer("G3", "na"), [], id="what does not apply is no problem"),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "answer", "failures"), ACCEPTED)
def test_which_answers_become_problems(declared: Form, answer: Answer, failures: list[Failure]) -> None:
    judged = judge(declared, passing(declared, answer), "good" if declared is COMMITTEE else "")
    assert list(judged.failures) == failures


@pytest.mark.parametrize("item", COMMITTEE.items, ids=lambda item: item.code)
def test_not_looked_at_is_an_honest_answer_to_every_item(item: Item) -> None:
    judged = judge(COMMITTEE, passing(COMMITTEE, Answer(item.code, "unseen")), "good")
    assert (judged.failures, judged.passed, judged.failed, judged.unseen) == ((), 19, 0, 1)


def test_verdicts_are_counted_and_problems_stand_in_the_forms_order() -> None:
    answers = passing(
        COMMITTEE,
        Answer("C10", "fail", photo_ids=("b",)),
        Answer("C02", "fail", photo_ids=("a",)),
        Answer("C05", "fail"),
        Answer("C18", "unseen"),
    )
    judged = judge(COMMITTEE, answers[::-1], "poor")
    assert (judged.passed, judged.failed, judged.unseen) == (16, 3, 1)
    assert [failure.item for failure in judged.failures] == ["C02", "C10"]


@pytest.mark.parametrize(
    ("declared", "verdict", "share"),
    [
        pytest.param(COMMITTEE, "pass", 1.0, id="everything was looked at"),
        pytest.param(COMMITTEE, "unseen", 0.0, id="nothing was looked at"),
        pytest.param(SUPERVISOR, "na", 1.0, id="to say that it does not apply one must have looked"),
    ],
)
def test_completeness_is_the_share_of_what_was_looked_at(declared: Form, verdict: str, share: float) -> None:
    answers = [replace(answer, verdict=verdict) for answer in passing(declared)]
    assert judge(declared, answers, "good" if declared is COMMITTEE else "").completeness == share


def test_completeness_counts_what_failed_as_seen() -> None:
    unseen = [Answer(f"C{number:02}", "unseen") for number in (1, 4, 5, 8, 9)]
    assert judge(COMMITTEE, passing(COMMITTEE, FAIL, *unseen), "fair").completeness == 0.75
