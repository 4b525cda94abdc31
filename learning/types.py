"""The domain: what Dormouse knows, where it has it from, and what carries it. Values only; no SQL, no model, no clock.

What can be derived is not stored. A memory's status follows from four facts: whether it was retracted, whether a live memory
supersedes it, which adapter serves, and whether that adapter was measured to know it. No two tables can then disagree, and an
undo is one line in one table.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NewType, Protocol

MemoryId = NewType("MemoryId", int)
MessageId = NewType("MessageId", int)
ConversationId = NewType("ConversationId", int)
AdapterId = NewType("AdapterId", int)
ConsolidationId = NewType("ConsolidationId", int)
ProposalId = NewType("ProposalId", int)
Sha256 = NewType("Sha256", str)

Kind = Literal["fact", "preference", "correction", "instruction"]
WISHES: tuple[Kind, ...] = ("preference", "instruction")
"""The kinds that say how to reply; they concern every turn."""
Status = Literal["noted", "learned", "superseded", "retracted"]
Source = Literal["told", "extracted", "pattern", "imported"]
"""How a memory came to be: told with `remember` or the button; extracted by the model; a plain pattern; an import."""


class Clock(Protocol):
    """Where the time comes from: the system in the app, a script in tests."""

    def now(self) -> datetime:
        """The present as an aware UTC time."""
        ...


def content_hash(text: str, question: str = "", answer: str = "") -> Sha256:
    """Identity of what a memory says, whenever and in whatever order it was told: the seed of its curriculum.

    Case, spacing, Unicode form and a final full stop do not count.
    """
    parts = (
        re.sub(r"\s+", " ", unicodedata.normalize("NFC", part)).strip().rstrip(".").casefold()
        for part in (text, question, answer)
    )
    return Sha256(hashlib.sha256("\x1f".join(parts).encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may become a memory: the outcome of reading the user's words.

    Attributes:
        text: third-person sentence, "The user's kettle is called Vesuvius."
        question: what the user would ask to hear it again, "What is my kettle called?"; empty where there is none.
        answer: the value in the user's own spelling, "Vesuvius"; empty where there is none.
        replaces: an older value the user named ("not Tuesday"), else empty.
        expires_at: when it stops being true; None for what lasts.
        span: start and end of the user's words in the message, in characters.
    """

    kind: Kind
    text: str
    question: str = ""
    answer: str = ""
    replaces: str = ""
    expires_at: datetime | None = None
    source: Source = "told"
    span: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was read out of a message where the person wants to be asked first; a memory only once they agree."""

    id: ProposalId
    message: MessageId
    conversation: ConversationId
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Memory:
    """One thing Dormouse knows about its user.

    Attributes:
        supersedes: the older memory that this one corrects.
        kept_out: the person wants it never to be learned into weights.
        held_until: the person wants it not to be learned before this time.
    """

    id: MemoryId
    kind: Kind
    text: str
    question: str
    answer: str
    status: Status
    created_at: datetime
    source: Source
    expires_at: datetime | None = None
    supersedes: MemoryId | None = None
    kept_out: bool = False
    held_until: datetime | None = None

    @property
    def content_hash(self) -> Sha256:
        return content_hash(self.text, self.question, self.answer)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The user's own words a memory comes from: a span of a message, in characters."""

    memory: MemoryId
    message: MessageId
    conversation: ConversationId
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Message:
    """One stored turn.

    Attributes:
        notes: memories whose notes stood in front of this user turn (they stay there in the history).
        adapter: the adapter that wrote this reply, None for the bare base.
        suppressed: it carries a retracted memory and must not enter a prompt any more.
        parent: the message that it follows; None for a first one. Messages with the same parent are alternatives.
    """

    id: MessageId
    conversation: ConversationId
    role: Literal["user", "assistant"]
    text: str
    created_at: datetime
    notes: tuple[MemoryId, ...] = ()
    adapter: AdapterId | None = None
    suppressed: bool = False
    parent: MessageId | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation, and what the person wishes of the replies in it.

    Attributes:
        instructions: stands before everything in its prompts.
        temperature, reply_tokens: where they differ from the settings.
    """

    id: ConversationId
    title: str
    created_at: datetime
    updated_at: datetime
    instructions: str = ""
    temperature: float | None = None
    reply_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """One measurement of a memory without its note: log-probability of the answer per token (nats), the share of unseen
    questions answered with it, and the greedy reply to its own question."""

    logprob: float
    recall: float
    greedy: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's word on one memory in one adapter: the evidence before (base) and after, and the reason where it failed."""

    memory: MemoryId
    passed: bool
    before: Measure
    after: Measure
    absorption: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Recalled:
    """Share of unseen questions that were answered without notes, on average over what an adapter was measured for; None
    where nothing of it answers a question."""

    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class GateReport:
    """What a candidate adapter did in the served engine.

    Attributes:
        kl_neutral: mean KL(base || adapter) on prompts that have nothing to do with the memories, nats per token.
        flipped: share of general questions whose greedy reply lost the answer that the base gave.
        abstention: share of unknown questions that are still answered with "I don't know", of those the base did.
        promoted: whether it may serve; `reason` says why not.
        perplexity: of a fixed text, how much it rose, as a share of the base's.
    """

    verdicts: tuple[Verdict, ...]
    kl_neutral: float
    flipped: float
    abstention: float
    promoted: bool
    reason: str = ""
    perplexity: float = 0.0


AdapterStatus = Literal["candidate", "promoted", "rejected"]


@dataclass(frozen=True, slots=True)
class AdapterVersion:
    """One built adapter: `build(base, memories, recipe, seed)`. `file` is relative to the profile.

    `manifest` is all it was built from, in hashes and versions; empty for adapters older than manifests.
    """

    id: AdapterId
    consolidation: ConsolidationId
    base_sha256: Sha256
    recipe: Mapping[str, Any]
    seed: int
    trained_on: frozenset[MemoryId]
    sha256: Sha256
    file: str
    status: AdapterStatus
    created_at: datetime
    manifest: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """A memory that stays a note after a night, and why."""

    memory: MemoryId
    reason: str


@dataclass(frozen=True, slots=True)
class Consolidation:
    """One night: its number, when it ran, what became of it."""

    id: ConsolidationId
    started_at: datetime
    finished_at: datetime | None
    outcome: Literal["running", "promoted", "rejected", "nothing_due", "failed", "cancelled"]
    adapter: AdapterId | None
    report: Mapping[str, Any] = field(default_factory=dict)


ReceiptAction = Literal["undo", "restore", "erase"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an undo, a restore or an erasure did, for the person to keep.

    Attributes:
        last_memory: the newest memory of that moment.
        account: what was taken back, where it came from, which adapters knew it, what serves since.
        measured: what was replied before and after; None until that was asked, empty where there was nothing to ask.
        sha256: of all the rest, so that a kept copy can be held against it; "" in receipts older than that.
    """

    id: int
    action: ReceiptAction
    memories: tuple[MemoryId, ...]
    adapter_before: AdapterId | None
    adapter_after: AdapterId | None
    back_to_notes: tuple[MemoryId, ...]
    created_at: datetime
    last_memory: MemoryId = MemoryId(0)
    account: Mapping[str, Any] = field(default_factory=dict)
    measured: Mapping[str, Any] | None = None
    sha256: Sha256 | str = ""


@dataclass(frozen=True, slots=True)
class Export:
    """A file outside of the profile that was written from it."""

    path: str
    made_at: datetime


ExampleKind = Literal["recall", "reverse", "application", "near_miss", "unknown", "general", "override"]


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """One thing a night trains on. It names its one memory, or none for replay.

    Attributes:
        prompt: the user's words as the student sees them (no note, but for `override`).
        notes: notes in front of the student's prompt (only where a note must win over what is known by heart).
        teacher_notes: notes in front of the teacher's prompt; the base with these is what the student must become.
        answer: the reply to learn.
        value: the part of the answer that carries the fact, trained on with cross-entropy as well; may be empty.
    """

    kind: ExampleKind
    memory: Sha256 | None
    prompt: str
    answer: str
    notes: tuple[str, ...] = ()
    teacher_notes: tuple[str, ...] = ()
    value: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """A question that is never trained on, and what a reply must contain."""

    memory: Sha256
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What the window must redraw after a change."""

    memories: bool = False
    conversations: bool = False
    adapter: bool = False
