"""What we say in WeCom: a card for each kind of notice, with buttons where it can be answered there. Pure."""

from dataclasses import dataclass

from bot import catalogue
from bot.conversation.pressing import Press, key
from bot.wechat.wecom.cards import LINE_WORDS, Button, ButtonCard, TextCard
from models.notices.outbox import Due

# what a button says, what the conversation does upon it, and whether it is the graver one
RECTIFY = (("去整改", Press.RECTIFY, False),)
VERIFY = (("核查通过", Press.PASS, False), ("退回", Press.RETURN, True))
ANSWERS: dict[str, tuple[tuple[str, Press, bool], ...]] = {
    "problem_assigned": RECTIFY,
    "problem_due_soon": RECTIFY,
    "problem_overdue": RECTIFY,
    "problem_still_open": RECTIFY,
    "problem_returned": RECTIFY,
    "problem_reopened": RECTIFY,
    "problem_submitted": VERIFY,
}
NOTE = "说明"


@dataclass(frozen=True)
class Told:
    """A notice in plain words: its title, label and words of each line, and its one sentence."""

    title: str
    lines: tuple[tuple[str, str], ...]
    note: str


def told(due: Due) -> Told:
    said = catalogue.card(due.kind, due.subject_kind, due.subject_id, due.facts, due.told_at)
    lines = tuple((label, words) for label, words in said.lines if label != NOTE)
    return Told(said.title, lines, dict(said.lines).get(NOTE, ""))


def card(due: Due, public_url: str) -> TextCard | ButtonCard:
    """The card of a notice. Made of the delivery alone: sent again, it is the same to the byte."""
    words, answers = told(due), ANSWERS.get(due.kind, ())
    url = f"{public_url}/n/{due.subject_kind}/{due.subject_id}"
    if not answers or due.subject_kind != "problem":
        lines = [f"{label}：{said}" for label, said in words.lines]
        # two notices may say the same, and WeCom shows the same only once
        return TextCard(words.title, "\n".join([*lines, words.note]), f"{url}?d={due.id}")
    buttons = [Button("查看", url=f"{url}?d={due.id}")]
    buttons += [Button(label, key(due.subject_id, press), urgent=grave) for label, press, grave in answers]
    task_id = f"d{due.id}-{int(due.told_at.timestamp())}"
    # a line of a card is short; what would be cut there has more room below the title
    short = tuple(one for one in words.lines if len(one[1]) <= LINE_WORDS)
    long = [f"{label}：{said}" for label, said in words.lines if len(said) > LINE_WORDS]
    return ButtonCard(words.title, "\n".join([words.note, *long]), short, tuple(buttons), task_id)


def line(due: Due) -> str:
    """What a group's robot says of a notice."""
    words = told(due)
    return "\n".join([f"【{words.title}】", *(f"{label}：{said}" for label, said in words.lines), words.note])
