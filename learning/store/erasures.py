"""Erasing: every row that holds a memory's words, then every page and log that still might. `learning.erase` leads it.

What is to be erased is put on record first (`begin_erasure`), and struck off last: an erasure that dies anywhere in between is
known at the next start, and every step of it can be done again. What stays is a slow, salted hash, by which the same thing is
known when it comes again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from learning.redaction import ERASED, Redaction, marks
from learning.store.database import to_text
from learning.store.exports import Exports
from learning.store.nights import Nights
from learning.store.origins import Origins
from learning.store.proposals import Proposals
from learning.store.retractions import Retractions
from learning.store.schema import SEARCH_INDEXES
from learning.store.suppression import Suppression, traces
from learning.types import Candidate, Memory, MemoryId, Message, MessageId

QUOTED_WORDS = 3
"""A quote of so many words is erased wherever it stands; a shorter one may be anyone's."""


class Erasures(Exports, Origins, Nights, Proposals, Retractions):
    """What is being erased and what was."""

    def begin_erasure(self, ids: Sequence[MemoryId]) -> None:
        now = to_text(self._now())
        self._write_many("INSERT OR IGNORE INTO erasure VALUES (?, ?)", [(id, now) for id in ids])

    def pending_erasures(self) -> list[MemoryId]:
        """Memories whose erasure began and has not come to its end."""
        return [MemoryId(row["memory"]) for row in self._rows("SELECT memory FROM erasure ORDER BY memory")]

    def end_erasure(self, ids: Sequence[MemoryId]) -> None:
        self._write_many("DELETE FROM erasure WHERE memory = ?", [(id,) for id in ids])

    def refuse(self, marks: Iterable[str]) -> None:
        """Know these marks again, without keeping them."""
        with self.transaction():
            salt = next(iter(self._salts()), None) or os.urandom(16)
            self._write_many("INSERT OR IGNORE INTO erased VALUES (?, ?)", [(_slow_hash(m, salt), salt) for m in sorted(marks)])

    def refuses(self, marks: Iterable[str]) -> bool:
        """Whether one of these marks was erased."""
        salts, marks = self._salts(), frozenset(marks)
        return any(
            self._row("SELECT 1 FROM erased WHERE hash = ?", [_slow_hash(mark, salt)]) for salt in salts for mark in marks
        )

    def forgive(self, marks: Iterable[str]) -> None:
        """The person told it again in so many words: it is erased no more."""
        salts, marks = self._salts(), frozenset(marks)
        if salts:
            hashes = [(_slow_hash(mark, salt),) for salt in salts for mark in marks]
            self._write_many("DELETE FROM erased WHERE hash = ?", hashes)

    def refused(self) -> frozenset[tuple[bytes, bytes]]:
        """All that is known of what was erased: slow hashes, each with its salt."""
        return frozenset((row["hash"], row["salt"]) for row in self._rows("SELECT hash, salt FROM erased"))

    def refuse_too(self, refused: Iterable[tuple[bytes, bytes]]) -> None:
        """Know again what another state of this profile had erased."""
        self._write_many("INSERT OR IGNORE INTO erased VALUES (?, ?)", refused)

    def redact(self, messages: Iterable[Message], redaction: Redaction) -> None:
        """Take certain words out of these messages, and out of what is evidence in them."""
        with self.transaction():
            for message in messages:
                self._replace(message, redaction, ())

    def redaction(self, ids: Collection[MemoryId]) -> Redaction:
        """The words that must go with these memories: sentences, quotes, and the values that no live memory has too."""
        gone, live = self._apart(ids)
        values = {memory.text for memory in gone}
        proven = {trace.memory for trace in traces(gone, live) if trace.proof}
        values |= {memory.answer for memory in gone if memory.id in proven}
        own, others = self._spans(gone), self._spans(live)
        spans = [(message, start, end) for message in own for start, end in _alone(own[message], others[message])]
        texts = {message: self.message(message).text for message, _, _ in spans}
        quotes = {texts[message][start:end] for message, start, end in spans}
        return Redaction(values | {quote for quote in quotes if len(quote.split()) >= QUOTED_WORDS})

    def erase_rows(self, ids: Collection[MemoryId]) -> None:
        """Take these memories, what was trained on them and all words of theirs out of every table."""
        with self.transaction():
            gone, live = self._apart(ids)
            if not gone:
                return
            redaction = self.redaction(ids)
            self._erase_messages(gone, live, redaction)
            self._erase_proposals(gone, redaction)
            self._erase_adapters(gone)
            for memory in gone:
                self._write("UPDATE memory SET supersedes = (SELECT supersedes FROM memory WHERE id = ?) WHERE supersedes = ?",
                            [memory.id, memory.id])  # fmt: skip
                for table in ("evidence", "message_note", "verdict"):
                    self._write(f"DELETE FROM {table} WHERE memory = ?", [memory.id])
                self._write("DELETE FROM memory WHERE id = ?", [memory.id])
            self._erase_reports({memory.id for memory in gone}, redaction)
            self._erase_exports(redaction)

    def purge(self) -> bool:
        """Build the search indexes and the file anew and empty the log; False where another process keeps it from that."""
        for index in SEARCH_INDEXES:
            self._write(f"INSERT INTO {index} ({index}) VALUES ('rebuild')")
        self._rows("VACUUM")
        checkpoint = self._row("PRAGMA wal_checkpoint(TRUNCATE)")
        return checkpoint is not None and checkpoint[0] == 0

    def _apart(self, ids: Collection[MemoryId]) -> tuple[list[Memory], list[Memory]]:
        """The memories of these numbers that are still there, and those that count."""
        gone = [memory for memory in self.memories(all=True) if memory.id in ids]
        return sorted(gone, key=lambda memory: memory.id), [m for m in self.known().live if m.id not in ids]

    def _erase_messages(self, gone: Sequence[Memory], live: Sequence[Memory], redaction: Redaction) -> None:
        own, others = self._spans(gone), self._spans(live)
        suppression, betrayed = Suppression(gone, live, set(own)), Suppression(gone, live, ())
        for conversation in self.conversations():
            if redaction.says(conversation.title):
                self.rename_conversation(conversation.id, redaction.of(conversation.title).text)
            if redaction.says(conversation.instructions):
                written = redaction.of(conversation.instructions).text
                self.set_wishes(conversation.id, written, conversation.temperature, conversation.reply_tokens)
            for message in suppression.mark(self._turns(conversation.id)):
                if message.suppressed or redaction.says(message.text):
                    self._replace(message, redaction, _alone(own[message.id], others[message.id]))
            for message in betrayed.mark(self._turns(conversation.id)):
                if message.suppressed:
                    self._replace(message, redaction, [(0, len(message.text))])

    def _erase_proposals(self, gone: Sequence[Memory], redaction: Redaction) -> None:
        """Nobody is asked whether to note what they had erased, however it is worded."""
        said = frozenset(mark for memory in gone for mark in marks(memory))
        for proposal in self._ever_proposed():
            if _tells(redaction, proposal.candidate) or not said.isdisjoint(marks(proposal.candidate)):
                self.withdraw(proposal.id)

    def withdraw_refused(self) -> None:
        """Ask about nothing that is known, by its hash alone, to have been erased."""
        for proposal in self._ever_proposed():
            if self.refuses(marks(proposal.candidate)):
                self.withdraw(proposal.id)

    def _spans(self, memories: Sequence[Memory]) -> dict[MessageId, list[tuple[int, int]]]:
        """Where in messages these memories are told."""
        spans: dict[MessageId, list[tuple[int, int]]] = defaultdict(list)
        for evidence in (evidence for memory in memories for evidence in self.evidence(memory.id)):
            spans[evidence.message].append((evidence.start, evidence.end))
        return spans

    def _replace(self, message: Message, redaction: Redaction, spans: Sequence[tuple[int, int]]) -> None:
        redacted = redaction.of(message.text, spans)
        if redacted.text == message.text or message.text == ERASED:
            return
        self._write("UPDATE message SET text = ? WHERE id = ?", [redacted.text, message.id])
        for row in self._rows('SELECT memory, start, "end" FROM evidence WHERE message = ?', [message.id]):
            start, end = redacted.span(row["start"], row["end"])
            self._write(
                'UPDATE evidence SET start = ?, "end" = ? WHERE memory = ? AND message = ?',
                [start, end, row["memory"], message.id],
            )
        for proposal in self._ever_proposed(message.id):
            start, end = redacted.span(*(proposal.candidate.span or (0, 0)))
            self._write('UPDATE proposal SET start = ?, "end" = ? WHERE id = ?', [start, end, proposal.id])
            if redacted.text[start:end] == ERASED or _tells(redaction, proposal.candidate):
                self.withdraw(proposal.id)

    def _erase_adapters(self, gone: Sequence[Memory]) -> None:
        for adapter in {adapter.id for memory in gone for adapter in self.adapters_of(memory.id)}:
            self._write("UPDATE message SET adapter = NULL WHERE adapter = ?", [adapter])
            self._write("UPDATE consolidation SET adapter = NULL WHERE adapter = ?", [adapter])
            self._write("DELETE FROM verdict WHERE adapter = ?", [adapter])
            self._write("DELETE FROM adapter_memory WHERE adapter = ?", [adapter])
            self._write("DELETE FROM adapter WHERE id = ?", [adapter])

    def _erase_reports(self, gone: Collection[MemoryId], redaction: Redaction) -> None:
        for night in self.consolidations():
            kept = redaction.within(night.report, gone)
            if kept != night.report:
                written = json.dumps(kept, ensure_ascii=False, sort_keys=True)
                self._write("UPDATE consolidation SET report = ? WHERE id = ?", [written, night.id])
        for receipt in self.receipts():
            account = redaction.within(receipt.account, gone)
            measured = redaction.within(receipt.measured, gone)
            if (account, measured) != (receipt.account, receipt.measured):
                written = [json.dumps(value, ensure_ascii=False, sort_keys=True) for value in (account, measured)]
                self._write("UPDATE receipt SET account = ?, measured = nullif(?, 'null') WHERE id = ?", [*written, receipt.id])
                self._sealed(receipt.id)

    def _salts(self) -> list[bytes]:
        """One, but for a profile into which another one's backup was restored."""
        return [row["salt"] for row in self._rows("SELECT DISTINCT salt FROM erased ORDER BY salt")]


def _tells(redaction: Redaction, candidate: Candidate) -> bool:
    return redaction.says("\n".join((candidate.text, candidate.question, candidate.answer, candidate.replaces)))


def _alone(spans: Iterable[tuple[int, int]], others: Collection[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans from which no other memory comes: of words that tell two things, only what is said of this one goes."""
    return [span for span in spans if not any(span[0] < end and start < span[1] for start, end in others)]


def _slow_hash(mark: str, salt: bytes) -> bytes:
    """Some 10 ms a guess (RFC 7914): a short value behind a fast hash would be found by trying."""
    return hashlib.scrypt(mark.encode("utf-8", "replace"), salt=salt, n=2**12, r=8, p=1, dklen=32)
