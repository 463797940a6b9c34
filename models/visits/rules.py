"""What the answers to a form mean. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from models.visits.forms.declaration import Form, Item, ItemKind
from models.visits.tables import Completion

LONGEST_REMARK = 500
TASTES = {"look": "外观", "smell": "气味", "taste": "味道", "warmth": "温度", "portion": "分量"}
COUNTS = {"dust": "防尘", "rat": "防鼠", "fly": "防蝇"}
MOST_COUNTED = 9999
SEVERITIES = ("general", "serious", "major")
HANDLINGS = ("on_spot", "deadline", "report")
WELL, UNSEEN = "pass", "unseen"
NOT_ANSWERED = (UNSEEN, "na")


@dataclass(frozen=True)
class Answer:
    """An answer as it was given. `scores` 1–5 by taste; `counts` by defence, None: not counted."""

    item: str
    verdict: str
    remark: str = ""
    scores: Mapping[str, int] | None = None
    counts: Mapping[str, int | None] | None = None
    severity: str | None = None
    handling: str | None = None
    photo_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """What becomes a problem: how grave, and how it is handled (`on_spot`, `deadline`, `report`)."""

    item: str
    severity: str
    handling: str
    remark: str
    photo_ids: tuple[str, ...]


@dataclass(frozen=True)
class Judgement:
    """The verdicts counted, and the failures that open problems, in the form's order.

    `unseen` counts 未查看 and 不适用: neither good nor bad. `completeness`, 0 to 1, is the share of items
    that were looked at: 不适用 takes a look, 未查看 does not.
    """

    failures: tuple[Failure, ...]
    passed: int
    failed: int
    unseen: int
    completeness: float


class BadAnswers(ValueError):
    """`faults`: (item code, Chinese sentence), strangers first, then in the form's order.

    The code is empty for the whole form.
    """

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = list(faults)


def completion(signatures: int, defence: str) -> Completion | None:
    """How a supervisor's record was completed at the school, if it was: two signatures, or a defence."""
    if signatures >= 2:
        return Completion.SIGNATURE
    return Completion.DEFENCE if defence.strip() else None


def judge(form: Form, answers: Sequence[Answer], grade: str = "") -> Judgement:
    """Count the verdicts and pick out the failures that become problems; raises BadAnswers.

    The committee's: key items that fail. The supervisor's: every problem.
    """
    faults = list(_faults(form, answers, grade))
    if faults:
        raise BadAnswers(faults)
    given = {answer.item: answer for answer in answers}
    ordered = [(item, given[item.code]) for item in form.items]
    bad = [(item, answer) for item, answer in ordered if _is_bad(answer)]
    return Judgement(
        failures=tuple(
            _failure(item, answer) for item, answer in bad if item.key or answer.verdict == "problem"
        ),
        passed=sum(answer.verdict == WELL for _, answer in ordered),
        failed=len(bad),
        unseen=sum(answer.verdict in NOT_ANSWERED for _, answer in ordered),
        completeness=sum(answer.verdict != UNSEEN for _, answer in ordered) / len(ordered),
    )


def _is_bad(answer: Answer) -> bool:
    return answer.verdict != WELL and answer.verdict not in NOT_ANSWERED


def _failure(item: Item, answer: Answer) -> Failure:
    return Failure(
        item.code,
        answer.severity or item.severity,
        answer.handling or "deadline",
        answer.remark,
        answer.photo_ids,
    )


def _faults(form: Form, answers: Sequence[Answer], grade: str) -> Iterator[tuple[str, str]]:
    given = {answer.item: answer for answer in answers}
    times = Counter(answer.item for answer in answers)
    known = {item.code for item in form.items}
    for code in given:
        if code not in known:
            yield code, "这一版表单没有这一项。"
    for item in form.items:
        if times[item.code] > 1:
            yield item.code, f"“{item.title}”答了不止一次。"
        if item.code in given:
            for sentence in _item_faults(form, item, given[item.code]):
                yield item.code, sentence
        else:
            yield item.code, f"“{item.title}”还没有填。"
    grades = {code for code, _ in form.grades}
    if grade not in (grades or {""}):
        yield "", "请选择总体评价。" if grades else "这份表单没有总体评价。"


def _item_faults(form: Form, item: Item, answer: Answer) -> Iterator[str]:
    verdicts = dict(form.verdicts)
    if answer.verdict not in verdicts:
        yield f"“{item.title}”只能选{'、'.join(verdicts.values())}。"
        return
    if len(answer.remark) > LONGEST_REMARK:
        yield f"“{item.title}”的说明超过{LONGEST_REMARK}字。"
    if item.key and _is_bad(answer) and not answer.photo_ids:
        yield f"“{item.title}”不合格，请拍一张照片。"
    yield from _score_faults(item, answer)
    yield from _count_faults(item, answer)
    yield from _problem_faults(item, answer)


def _score_faults(item: Item, answer: Answer) -> Iterator[str]:
    if item.kind is not ItemKind.TASTING:
        if answer.scores is not None:
            yield f"“{item.title}”不打分。"
        return
    scores = answer.scores or {}
    if answer.verdict not in NOT_ANSWERED and set(scores) != set(TASTES):
        yield f"请给{'、'.join(TASTES.values())}各打一个分。"
    if any(not 1 <= score <= 5 for score in scores.values()):
        yield "打分只能是1到5分。"


def _count_faults(item: Item, answer: Answer) -> Iterator[str]:
    if item.kind is not ItemKind.COUNTS:
        if answer.counts is not None:
            yield f"“{item.title}”不计数。"
        return
    counts = answer.counts or {}
    if answer.verdict not in NOT_ANSWERED and set(counts) != set(COUNTS):
        yield f"请分别填写{'、'.join(COUNTS.values())}的数量，没数的留空。"
    if any(count is not None and not 0 <= count <= MOST_COUNTED for count in counts.values()):
        yield f"数量只能是0到{MOST_COUNTED}。"


def _problem_faults(item: Item, answer: Answer) -> Iterator[str]:
    if answer.verdict != "problem":
        if answer.severity is not None or answer.handling is not None:
            yield f"“{item.title}”不是问题，不用填严重程度和处理方式。"
        return
    if answer.severity not in SEVERITIES:
        yield f"请选择“{item.title}”的严重程度：一般、较大或重大。"
    if answer.handling not in HANDLINGS:
        yield f"请选择“{item.title}”的处理方式：即知即改、限期整改或上报。"
    if not answer.remark.strip():
        yield f"请写明“{item.title}”的问题。"
    if answer.handling == "on_spot" and len(set(answer.photo_ids)) < 2:
        yield f"“{item.title}”即知即改，请附整改前和整改后的照片。"
