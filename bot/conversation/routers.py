"""Who answers what: one list, the first that matches answers. Pure."""

from bot.conversation import (
    arriving,
    binding,
    cancelling,
    choosing,
    looking,
    pressing,
    rectifying,
    todo,
    verifying,
)
from bot.conversation.heard import Heard, Way
from bot.conversation.turn import Router, Wish
from bot.conversation.words import Command, Said, understood
from models.conversations.states import ChoiceKind, State

ROUTERS: list[Router] = [
    arriving.match,
    cancelling.match,
    pressing.match,
    binding.match,
    rectifying.match,
    verifying.match,
    choosing.match,
    todo.match,
    looking.match,
]
UNKNOWN = Wish(looking.not_understood, stranger=True)


def said(heard: Heard, state: State) -> Said:
    """What was said, where a number that stands for a command is the command."""
    if heard.way not in (Way.TEXT, Way.CLICK):
        return Said()
    found = understood(heard.words)
    choice = state.chosen(found.number) if found.number is not None and found.command is None else None
    if choice is not None and choice.kind is ChoiceKind.COMMAND:
        return Said(Command(choice.what), alone=True, explicit=True)
    return found


def route(heard: Heard, meant: Said, state: State) -> Wish:
    """What is wanted; somebody who wrote something new leaves an unfinished question open."""
    return next((wish for router in ROUTERS if (wish := router(heard, meant, state))), UNKNOWN)
