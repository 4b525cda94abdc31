"""What the assistant says about itself while it works: frozen events, and the place where faces subscribe to them.

A face (window, terminal, scenario) never asks what changed; it is told, and redraws only that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from learning.types import AdapterId, Changes, Consolidation, ConversationId, Memory, Message, Proposal, Receipt


@dataclass(frozen=True, slots=True)
class MessageStored:
    """A user's message or a finished reply is in the store."""

    message: Message


@dataclass(frozen=True, slots=True)
class MemoryNoted:
    """Something was noted; `replaced` is the older memory that it corrects, if any."""

    memory: Memory
    replaced: Memory | None
    conversation: ConversationId | None


@dataclass(frozen=True, slots=True)
class MemoryProposed:
    """Something could be noted, and waits for the person's word."""

    proposal: Proposal


@dataclass(frozen=True, slots=True)
class MemoriesUndone:
    """An undo, a restore or an erasure took effect."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class NightFinished:
    """A night ran to its end, whatever became of it; one that failed or was stopped raises instead."""

    night: Consolidation


@dataclass(frozen=True, slots=True)
class AdapterServed:
    """From now on replies come with this adapter, or from the bare base."""

    adapter: AdapterId | None


@dataclass(frozen=True, slots=True)
class Warned:
    """Something is not as it should be, was dealt with, and the person should know."""

    text: str


Event = MessageStored | MemoryNoted | MemoryProposed | MemoriesUndone | NightFinished | AdapterServed | Warned


def changes(event: Event) -> Changes:
    """What a face must redraw after `event`."""
    match event:
        case MessageStored():
            return Changes(conversations=True)
        case MemoryNoted() | MemoryProposed():
            return Changes(memories=True)
        case MemoriesUndone():
            return Changes(memories=True, conversations=True, adapter=True)
        case NightFinished() | AdapterServed():
            return Changes(memories=True, adapter=True)
        case Warned():
            return Changes()


class Events:
    """Subscribers in the order they came. An event is delivered on the thread that emits it.

    A warning that nobody hears yet, as while a profile is being opened, waits for the first subscriber.
    """

    def __init__(self) -> None:
        self._listeners: list[Callable[[Event], None]] = []
        self._unheard: list[Warned] = []

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Hear every event from now on; the returned function ends it."""
        self._listeners.append(listener)
        while self._unheard:
            listener(self._unheard.pop(0))
        return lambda: self._listeners.remove(listener)

    def emit(self, event: Event) -> None:
        if isinstance(event, Warned) and not self._listeners:
            self._unheard.append(event)
        for listener in tuple(self._listeners):
            listener(event)
