"""What a conversation is about and what was said so far. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

# what is being done is forgotten after this silence
FORGOTTEN_AFTER = timedelta(hours=12)
MOST_PHOTOS = 6
MOST_WORDS = 1000


class Topic(StrEnum):
    """What the next words are for."""

    NOTHING = ""
    BIND = "bind"
    RECTIFY = "rectify"
    VERIFY = "verify"
    RETURN = "return"


# where words that are no command belong to what is being done
TAKES_WORDS = {Topic.BIND, Topic.RECTIFY, Topic.RETURN}


class ChoiceKind(StrEnum):
    PROBLEM = "problem"
    COMMAND = "command"
    PAGE = "page"


@dataclass(frozen=True)
class Choice:
    """A line of the last list, chosen by its number: a problem's id, a command's words, or the page of the
    mini-program where the thing is done."""

    kind: ChoiceKind
    what: str


@dataclass(frozen=True)
class State:
    """`photos`: keys of photos of the chosen problem's school. `loose`: photos whose problem is not chosen
    yet, by the platform's media ids, which it keeps for three days."""

    topic: Topic = Topic.NOTHING
    problem_id: int | None = None
    words: str = ""
    photos: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()

    @property
    def awaits_words(self) -> bool:
        return self.topic in TAKES_WORDS

    @property
    def begun(self) -> bool:
        """Whether giving it up gives up something; a list that was shown is nothing."""
        return self.topic in (Topic.RECTIFY, Topic.RETURN) or bool(self.loose)

    def with_words(self, words: str) -> "State":
        """The words added to those of before; what is too long is cut at the end."""
        joined = f"{self.words}\n{words}" if self.words else words
        return replace(self, words=joined[:MOST_WORDS])

    def with_photos(self, keys: Sequence[str]) -> "State":
        return replace(self, photos=tuple(dict.fromkeys((*self.photos, *keys)))[:MOST_PHOTOS])

    def offering(self, choices: Sequence[Choice]) -> "State":
        return replace(self, choices=tuple(choices))

    def chosen(self, number: int) -> Choice | None:
        """What a number means; None beyond the last list."""
        return self.choices[number - 1] if 0 < number <= len(self.choices) else None


EMPTY = State()


def written(state: State) -> dict[str, Any]:
    """As it is stored; nothing for a conversation about nothing."""
    if state == EMPTY:
        return {}
    return {
        "topic": state.topic.value,
        "problem_id": state.problem_id,
        "words": state.words,
        "photos": list(state.photos),
        "loose": list(state.loose),
        "choices": [[choice.kind.value, choice.what] for choice in state.choices],
    }


def read(stored: Mapping[str, Any]) -> State:
    """What `written` made; an earlier release's is begun anew."""
    try:
        return State(
            Topic(stored.get("topic", "")),
            stored.get("problem_id"),
            stored.get("words", ""),
            tuple(stored.get("photos", ())),
            tuple(stored.get("loose", ())),
            tuple(Choice(ChoiceKind(kind), what) for kind, what in stored.get("choices", ())),
        )
    except ValueError:
        return EMPTY
