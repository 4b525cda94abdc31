"""Takes conversations and memories in from files: all files are read through first, then each conversation is stored whole.

Read twice, because a file that turns out to be damaged at its end must leave nothing behind, and one transaction around
hundreds of megabytes would keep everybody else from writing. Stopped in between, what is in is whole; importing the same file
again adds the rest, for each conversation is known by the key its origin gave it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.exchange.admission import WHY, admit, unlearned
from app.exchange.formats import read, recognised, unfolded
from app.exchange.reading import Source, sources, values
from app.exchange.transcript import Recollection, Transcript, Unreadable
from app.noting import Noted, conversation_for_told
from learning.store import Store
from learning.types import ConversationId, MemoryId, Message, MessageId
from models.engine import CancelToken
from models.errors import UserError

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Skipped:
    """One entry that was not taken in: which, and why."""

    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Attributes:
        added: conversations that are new; `grown` those in which something was said since.
        known: conversations and memories that were all there already.
        said: the person's messages that are new: what may be read for memories, if they want that.
        reread: those in conversations that were here already, where they were asked for.
        skipped: what could not or must not be taken in.
        stopped: it was cancelled; what is in is whole, and importing again adds the rest.
    """

    added: tuple[ConversationId, ...]
    grown: tuple[ConversationId, ...]
    known: int
    said: tuple[MessageId, ...]
    reread: tuple[MessageId, ...]
    memories: tuple[MemoryId, ...]
    skipped: tuple[Skipped, ...]
    stopped: bool


def import_files(
    store: Store,
    files: Sequence[Path],
    *,
    reread: bool = False,
    on_progress: OnProgress | None = None,
    cancel: CancelToken | None = None,
) -> Imported:
    """Take in what these files hold that is not here yet; `on_progress` hears bytes read of bytes to read.

    With `reread` it also names what the person said in conversations that were here already.

    Raises:
        UserError: a file is missing, damaged, or no export that is known; then nothing of any of them was taken in.
        EnvironmentProblem: a file cannot be read, or the profile not written.
    """
    found = [source for file in files for source in sources(file)]
    done, total = 0, max(1, 2 * sum(source.size for source in found))

    def on_read(size: int) -> None:
        nonlocal done
        done += size
        if on_progress is not None:
            on_progress(min(done, total), total)

    stopped = cancel or CancelToken()
    counts = [_looked_through(source, on_read, stopped) for source in found]
    for file in files:
        if not stopped.cancelled and not any(count for source, count in zip(found, counts, strict=True) if source.file == file):
            raise UserError(
                f"{file.name} holds no conversations that Dormouse knows how to read. It reads the exports of ChatGPT and of "
                "Claude (the zip, or the conversations.json in it) and its own."
            )
    taken = _Intake(store, reread)
    for source, count in zip(found, counts, strict=True):
        if count:
            taken.all_of(source, on_read, stopped)
    return taken.finished(stopped.cancelled)


def _looked_through(source: Source, on_read: Callable[[int], None], cancel: CancelToken) -> int:
    """How many entries of a file are of a known kind; the whole of it is read."""
    count = 0
    try:
        for value in values(source, on_read):
            count += sum(map(recognised, unfolded(value)))
            if cancel.cancelled:
                break
    except UserError:
        # An export's zip has other things in it too, whatever they are.
        if not source.member or count or "conversation" in source.member.casefold():
            raise
    return count


@dataclass
class _Intake:
    """What has been taken in so far."""

    store: Store
    rereads: bool
    added: list[ConversationId] = field(default_factory=list)
    grown: list[ConversationId] = field(default_factory=list)
    known: int = 0
    said: list[MessageId] = field(default_factory=list)
    reread: list[MessageId] = field(default_factory=list)
    memories: list[MemoryId] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def all_of(self, source: Source, on_read: Callable[[int], None], cancel: CancelToken) -> None:
        number = 0
        for value in values(source, on_read):
            for entry in unfolded(value):
                number += 1
                if cancel.cancelled:
                    return
                self._entry(entry, f"{source.name}, entry {number}")

    def finished(self, stopped: bool) -> Imported:
        return Imported(
            tuple(self.added),
            tuple(self.grown),
            self.known,
            tuple(self.said),
            tuple(self.reread),
            tuple(self.memories),
            tuple(self.skipped),
            stopped,
        )

    def _entry(self, entry: object, where: str) -> None:
        if not recognised(entry):
            self.skipped.append(Skipped(where, "it is no conversation and no memory"))
            return
        assert isinstance(entry, dict)
        title = entry.get("title") or entry.get("name")
        if isinstance(title, str) and title.strip():
            where = f"{where} (“{title.strip()[:60]}”)"
        try:
            told = read(entry)
        except Unreadable as problem:
            self.skipped.append(Skipped(where, str(problem)))
            return
        if isinstance(told, Recollection):
            self._recollection(told, where)
        elif told.spoken:
            self._transcript(told)

    def _transcript(self, told: Transcript) -> None:
        here = self.store.known_by(told.key)
        if here is not None and self.rereads:
            self.reread += [message.id for message in self.store.messages(here.id) if message.role == "user"]
        if here is None:
            told = self._without_what_was_erased(told)
            conversation, said = self.store.take_in(told.key, told.title, told.created_at, told.spoken)
            self.added.append(conversation.id)
        elif any(turn.at is not None and turn.at > here.updated_at for turn in told.spoken):
            spoken = self._without_what_was_erased(told).spoken
            since = [turn for turn in spoken if turn.at is not None and turn.at > here.updated_at]
            conversation, said = self.store.grow(here.id, since)
            self.grown.append(conversation.id)
        else:
            self.known += 1
            return
        self.said += [message.id for message in said if message.role == "user"]

    def _without_what_was_erased(self, told: Transcript) -> Transcript:
        now = self.store.clock.now()
        redaction = unlearned(self.store, [(turn.role, turn.text, turn.at or told.created_at or now) for turn in told.spoken])
        if redaction is None:
            return told
        spoken = tuple(replace(turn, text=redaction.of(turn.text).text) for turn in told.spoken)
        return replace(told, title=redaction.of(told.title).text, spoken=spoken)

    def _recollection(self, told: Recollection, where: str) -> None:
        at = told.at or self.store.clock.now()

        def said() -> Message:
            return self.store.add_message(conversation_for_told(self.store), "user", told.quote, at=at)

        match admit(self.store, told.candidate, at, said):
            case Noted(change="known"):
                self.known += 1
            case Noted(memory=memory):
                self.store.keep_out([memory.id], told.kept_out)
                self.memories.append(memory.id)
            case refused:
                self.skipped.append(Skipped(where, WHY[refused]))
