"""What was read out of messages where the person wants to be asked first: it waits for their word, and until then is used nowhere.

No prompt, no night and no search reads this table; agreed to, its content becomes a memory and the row goes.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime

from learning.store.database import Database, storable, to_text, to_time
from learning.types import Candidate, ConversationId, Message, MessageId, Proposal, ProposalId
from models.errors import UserError

_PROPOSALS = "SELECT proposal.*, message.conversation FROM proposal JOIN message ON message.id = proposal.message"


class Proposals(Database):
    """What waits to be noted or not."""

    def propose(self, candidate: Candidate, message: Message) -> Proposal:
        """Keep a candidate until the person says whether it is to be noted."""
        start, end = candidate.span or (0, len(message.text))
        id = self._write(
            'INSERT INTO proposal (message, kind, text, question, answer, replaces, source, expires_at, start, "end") '
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                message.id, candidate.kind,
                *(storable(text) for text in (candidate.text, candidate.question, candidate.answer, candidate.replaces)),
                candidate.source, _expiry(candidate.expires_at), start, end,
            ],
        )  # fmt: skip
        return self.proposal(ProposalId(id))

    def proposal(self, id: ProposalId) -> Proposal:
        row = self._row(f"{_PROPOSALS} WHERE proposal.id = ?", [id])
        if row is None:
            raise UserError(f"Nothing with the number {id} waits for your word. dormouse proposed lists what does.")
        return _proposal(row)

    def proposals(self, *, conversation: ConversationId | None = None, message: MessageId | None = None) -> list[Proposal]:
        """What waits, oldest first: all of it, or that of one conversation or message; what has expired is not asked any more."""
        rows = self._rows(
            f"{_PROPOSALS} WHERE (expires_at IS NULL OR expires_at > ?) AND message.conversation = ifnull(?, message.conversation) "
            "AND message.id = ifnull(?, message.id) ORDER BY proposal.id",
            [to_text(self._now()), conversation, message],
        )
        return [_proposal(row) for row in rows]

    def withdraw(self, id: ProposalId) -> None:
        """It was answered, or need not be asked any more."""
        with self.transaction():
            self.proposal(id)
            self._write("DELETE FROM proposal WHERE id = ?", [id])

    def _ever_proposed(self, message: MessageId | None = None) -> list[Proposal]:
        """What waits and what has expired meanwhile, of all messages or of one."""
        rows = self._rows(f"{_PROPOSALS} WHERE message.id = ifnull(?, message.id) ORDER BY proposal.id", [message])
        return [_proposal(row) for row in rows]


def _expiry(at: datetime | None) -> str | None:
    return None if at is None else to_text(at)


def _proposal(row: sqlite3.Row) -> Proposal:
    return Proposal(
        id=ProposalId(row["id"]),
        message=MessageId(row["message"]),
        conversation=ConversationId(row["conversation"]),
        candidate=Candidate(
            kind=row["kind"],
            text=row["text"],
            question=row["question"],
            answer=row["answer"],
            replaces=row["replaces"],
            expires_at=None if row["expires_at"] is None else to_time(row["expires_at"]),
            source=row["source"],
            span=(row["start"], row["end"]),
        ),
    )
