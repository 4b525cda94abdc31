"""What a face shows of a profile, read from a store of its own, on a thread of its own: no engine, so it never waits for one.

`Assistant` talks, notes and sleeps; this room reads what became of it. Writes are those that need no model: a title, a
deletion, an undo (`Undoing`), which take effect at once, also while a night runs; the engine follows before its next word.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from app.as_json import of_receipt
from app.nights.figures import NightFigures, built_in, figures
from app.nights.morning import Morning, morning_of
from app.noting import TOLD_DIRECTLY
from app.paths import Profile
from app.settings import load as load_settings
from app.undoing import Undoing
from learning import consent
from learning.agenda import NightSettings, plan
from learning.judge import says
from learning.stability import Due, is_due
from learning.store import Store
from learning.types import (
    AdapterId,
    AdapterVersion,
    Clock,
    Consolidation,
    ConsolidationId,
    Conversation,
    ConversationId,
    Evidence,
    Memory,
    MemoryId,
    Message,
    MessageId,
    Proposal,
    Receipt,
    Sha256,
    Verdict,
)
from models.catalog import Catalog
from models.files import write_atomically

READY = "ready for the next night"
AGAIN = "a note again until the next night"
WAKING_HOUR = 12
"""What is not to be learned tonight is held back until noon."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message with what hangs on it: what was noted from it or could be, the notes it used, what it knew by heart.

    `others` are all messages in its place, itself too, where there are several: one for each branch that begins here.
    """

    message: Message
    noted: tuple[Memory, ...] = ()
    proposed: tuple[Proposal, ...] = ()
    notes_used: tuple[Memory, ...] = ()
    by_heart: tuple[Memory, ...] = ()
    others: tuple[MessageId, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """A memory with all that is known about it.

    Attributes:
        evidence: the words it came from.
        verdict: the newest measurement of it, with the adapter that was measured.
        serving: whether that adapter serves now.
        why: why it is not in the weights, in words; "" where it is, or where nothing stands in the way.
        night: the first that learned it, with the time it began; None where none has.
    """

    memory: Memory
    evidence: tuple[Evidence, ...]
    verdict: Verdict | None
    adapter: AdapterVersion | None
    serving: bool
    why: str
    night: tuple[ConsolidationId, datetime] | None = None

    @property
    def waiting(self) -> bool:
        """Whether it is a note that the next night will not learn."""
        return self.memory.status == "noted" and self.why != READY


@dataclass(frozen=True, slots=True)
class Waiting:
    """A memory that tonight leaves a note, and why; `may_be_approved`: the person's word is all that is missing."""

    memory: Memory
    why: str
    may_be_approved: bool


@dataclass(frozen=True, slots=True)
class Tonight:
    """What a night would do now: learn what is new, build in anew what is known by heart, leave the rest."""

    new: tuple[Memory, ...]
    again: tuple[Memory, ...]
    waiting: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class NightCard:
    """One night: its figures, what it was the first to learn or learned again, and what it refused or left, with reasons.

    `past`: the adapter it made, where that does not serve any more but may still be asked: it knows nothing that was taken back.
    """

    night: Consolidation
    figures: NightFigures
    learned: tuple[Memory, ...]
    refused: tuple[tuple[Memory, str], ...]
    kept: tuple[tuple[Memory, str], ...]
    past: AdapterId | None = None


class Library(Undoing):
    """Reads one profile. `store` is this object's own; every method may block for as long as the disk does."""

    def __init__(self, profile: Profile, store: Store, catalog: Catalog, read_base: Callable[[], Sha256], clock: Clock) -> None:
        self.profile = profile
        self.store = store
        self.catalog = catalog
        self._read_base = read_base
        self._clock = clock

    @property
    def base(self) -> Sha256:
        """Of the model in use; asked anew each time, for the person may choose another."""
        return self._read_base()

    def now(self) -> datetime:
        """The time by the person's clock."""
        return self._clock.now().astimezone()

    # Conversations

    def conversations(self) -> list[Conversation]:
        """Those in which something was said, newest first, each with a title: its own or its first words."""
        words = self.store.opening_words()
        return [
            replace(entry, title=entry.title or title_from(words[entry.id]))
            for entry in self.store.conversations()
            if entry.id in words and entry.title != TOLD_DIRECTLY
        ]

    def history(self, conversation: ConversationId, *, showing: MessageId | None = None) -> list[Said]:
        """The chosen branch of a conversation with its memories; chosen anew where it would not show the message `showing`."""
        if showing is not None and showing not in {message.id for message in self.store.messages(conversation)}:
            self.store.choose(showing)
        others = self.store.alternatives(conversation)
        known = {memory.id: memory for memory in self.store.memories(self.base, all=True)}
        told = self.store.told_in(conversation)
        proposals = self.store.proposals(conversation=conversation)
        learned: dict[int, list[Memory]] = {}
        said: list[Said] = []
        used: tuple[Memory, ...] = ()
        for message in self.store.messages(conversation):
            if message.role == "user":
                used = tuple(known[id] for id in message.notes if id in known)
                noted = tuple(known[id] for id in told.get(message.id, ()))
                asked = tuple(proposal for proposal in proposals if proposal.message == message.id)
                said.append(Said(message, noted=noted, proposed=asked, others=others.get(message.id, ())))
                continue
            by_heart: tuple[Memory, ...] = ()
            if message.adapter is not None:
                if message.adapter not in learned:
                    passed = [verdict.memory for verdict in self.store.verdicts(message.adapter) if verdict.passed]
                    learned[message.adapter] = [known[id] for id in passed if id in known]
                by_heart = tuple(m for m in learned[message.adapter] if m not in used and says(message.text, m.answer))
            said.append(Said(message, notes_used=used, by_heart=by_heart, others=others.get(message.id, ())))
        return said

    def search(self, words: str, limit: int = 40) -> list[tuple[Conversation, Message | None]]:
        """Conversations whose title holds every word (with None), then messages that do, best first, each with its own."""
        titled = {entry.id: entry for entry in self.conversations()}
        wanted = words.casefold().split()
        # Without a title of its own it is called by what was said first, and found as such.
        named = [entry for entry in self.store.conversations() if entry.title and entry.id in titled]
        fitting = [entry for entry in named if wanted and all(word in entry.title.casefold() for word in wanted)]
        found = self.store.search_messages(words, limit)
        said = [(titled[message.conversation], message) for message in found if message.conversation in titled]
        return [*((entry, None) for entry in fitting[:limit]), *said]

    def rename(self, conversation: ConversationId, title: str) -> Conversation:
        return self.store.rename_conversation(conversation, title.strip())

    def delete(self, conversation: ConversationId) -> None:
        self.store.remove_conversation(conversation)

    # Memories

    def cards(self) -> list[Card]:
        """Everything that is or was known, newest first."""
        base, settings = self.base, self._night_settings()
        with self.store.snapshot():
            serving = self.store.serving(base)
            measured, first = self._newest_verdicts(base), self.store.first_nights()
            begun = {night.id: night.started_at for night in self.store.consolidations()}
            waiting = {kept.memory: kept.reason for kept in plan(self.store, base, self._clock, settings).kept}
            cards = []
            for memory in self.store.memories(base, all=True):
                verdict, adapter = measured.get(memory.id, (None, None))
                serves = adapter is not None and serving is not None and adapter.id == serving.id
                why = _why(memory, verdict, serves, waiting.get(memory.id, ""))
                night = (first[memory.id], begun[first[memory.id]]) if memory.id in first else None
                cards.append(Card(memory, tuple(self.store.evidence(memory.id)), verdict, adapter, serves, why, night))
        return sorted(cards, key=lambda card: (card.memory.created_at, card.memory.id), reverse=True)

    def card(self, id: MemoryId) -> Card:
        return next(card for card in self.cards() if card.memory.id == id)

    def keep_out(self, ids: Sequence[MemoryId], kept_out: bool) -> int:
        """Never learn these into weights, or take that wish back. Weights that hold one do not serve any more, from now on.

        Returns how many others are notes because of that until the next night.
        """
        with self.store.transaction():
            before = {memory.id for memory in self.store.memories(self.base) if memory.status == "learned"}
            self.store.keep_out(ids, kept_out)
            after = {memory.id for memory in self.store.memories(self.base) if memory.status == "noted"}
        return len((before & after) - set(ids))

    def proposed(self) -> list[Proposal]:
        """What waits for the person's word before it is noted."""
        return self.store.proposals()

    def receipts(self) -> list[Receipt]:
        """What was taken back, newest first."""
        return self.store.receipts()[::-1]

    def save_receipt(self, id: int, file: Path) -> None:
        """Write a receipt to a file of the person's, as JSON."""
        receipt = self.store.receipt(id)
        write_atomically(file, json.dumps(of_receipt(receipt), indent=2, ensure_ascii=False).encode())
        self.store.add_export(file, receipt.memories, ())

    # Nights

    def tonight(self) -> Tonight:
        """What a night would do now."""
        base, settings = self.base, self._night_settings()
        known = {memory.id: memory for memory in self.store.memories(base)}
        planned = plan(self.store, base, self._clock, settings)
        waiting = (Waiting(known[kept.memory], kept.reason, self._may_be_approved(known[kept.memory])) for kept in planned.kept)
        new = tuple(memory for memory in planned.due if memory.status == "noted")
        again = tuple(memory for memory in planned.due if memory.status == "learned")
        return Tonight(new, again, tuple(waiting))

    def hold_back(self, ids: Sequence[MemoryId]) -> None:
        """Not tonight."""
        now = self.now()
        noon = now.replace(hour=WAKING_HOUR, minute=0, second=0, microsecond=0)
        # Who is still up after midnight means the night that has begun.
        self.store.hold_back(ids, noon if now.hour < WAKING_HOUR // 2 else noon + timedelta(days=1))

    def approve(self, ids: Sequence[MemoryId]) -> None:
        """Learn these tonight: the person says that they are right, and need not stand for longer."""
        with self.store.transaction():
            self.store.hold_back(ids, None)
            for id in ids:
                self.store.confirm(id)

    def _may_be_approved(self, memory: Memory) -> bool:
        approved = replace(memory, source="told", held_until=None)
        return isinstance(is_due(approved, 1, self._clock.now()), Due)

    def awaiting(self) -> AdapterVersion | None:
        """The adapter that waits for the person's word, where nights ask first."""
        return consent.awaiting(self.store, self.base)

    def morning(self, night: ConsolidationId | None = None) -> Morning:
        """What became of that night, or of the last one."""
        return morning_of(self.store, self.base, self.profile.home, night)

    def nights(self) -> list[NightCard]:
        """All nights, newest first."""
        with self.store.snapshot():
            nights, first = self.store.consolidations(), self.store.first_nights()
            refusals, known = self.store.refusals(), {m.id: m for m in self.store.memories(self.base, all=True)}
            told = figures(nights, first, refusals, self.store.recalled())
            past = self._past_adapters(known)
        learned: dict[ConsolidationId, list[Memory]] = {}
        for id, begun in first.items():
            learned.setdefault(begun, []).extend([known[id]] if id in known else [])
        cards = []
        for night, said in zip(reversed(nights), reversed(told), strict=True):
            built = built_in(night)
            failed = refusals.get(built, set()) if built is not None else set()
            noted = [(MemoryId(entry["memory"]), str(entry["reason"])) for entry in night.report.get("kept", ())]
            cards.append(
                NightCard(
                    night,
                    said,
                    (*learned.get(night.id, ()), *(known[id] for id in night.report.get("again", ()) if id in known)),
                    tuple((known[id], why) for id, why in noted if id in known and id in failed),
                    tuple((known[id], why) for id, why in noted if id in known and id not in failed),
                    built if built in past else None,
                )
            )
        return cards

    def _past_adapters(self, known: Mapping[MemoryId, Memory]) -> set[AdapterId | None]:
        serving = self.store.serving(self.base)
        barred = {id for id, memory in known.items() if memory.status == "retracted" or memory.kept_out}
        return {
            adapter.id
            for adapter in self.store.adapters(self.base)
            if adapter.status == "promoted"
            and adapter != serving
            and barred.isdisjoint(adapter.trained_on)
            and (self.profile.home / adapter.file).is_file()
        }

    def close(self) -> None:
        self.store.close()

    def _night_settings(self) -> NightSettings:
        patience = timedelta(days=load_settings(self.profile.settings).patience_days)
        return NightSettings(patience=patience)

    def _newest_verdicts(self, base: Sha256) -> dict[MemoryId, tuple[Verdict, AdapterVersion]]:
        found: dict[MemoryId, tuple[Verdict, AdapterVersion]] = {}
        for adapter in self.store.adapters(base):
            found.update({verdict.memory: (verdict, adapter) for verdict in self.store.verdicts(adapter.id)})
        return found


def title_from(words: str, longest: int = 60) -> str:
    """A title made of how a conversation begins."""
    line = " ".join(words.split())
    if len(line) <= longest:
        return line
    return line[: longest - 1].rsplit(" ", 1)[0].rstrip(" ,.;:") + "…"


def _why(memory: Memory, verdict: Verdict | None, serves: bool, waiting: str) -> str:
    match memory.status:
        case "learned":
            return ""
        case "retracted":
            return "undone"
        case "superseded":
            return "corrected since"
        case _ if waiting:
            return waiting
        case _ if verdict is not None and not verdict.passed:
            return verdict.reason
        case _ if verdict is not None and not serves:
            return AGAIN
    return READY
