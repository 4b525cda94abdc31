"""The assistant: the one façade that window, command line, scenarios and tour call. Synchronous; callers own their threads.

It puts the rooms of the house in order and decides nothing itself: what is noted, recalled, learned and undone is decided
below. The engine is loaded by the first call that needs it and then belongs to that call's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app import prompt
from app.events import Event, Events, MessageStored, NightFinished, Warned
from app.exchange.gleaning import glean
from app.extras import require_learning
from app.instance_lock import hold
from app.nights.diary import Diary
from app.nights.manners import awake
from app.nights.morning import Morning, morning_of
from app.noting import Notebook, Noted
from app.paths import Profile
from app.serving import Serving
from app.settings import Settings
from app.settings import save as save_settings
from app.undoing import Undoing
from learning import consent, curriculum, housekeeping, proof, recall
from learning.agenda import NightSettings
from learning.consolidation import NightReport, Progress, Trainer, run_night
from learning.curriculum import Lesson
from learning.judge import says
from learning.store import Store
from learning.types import (
    AdapterId,
    AdapterVersion,
    Clock,
    ConsolidationId,
    Conversation,
    ConversationId,
    Evidence,
    Memory,
    MemoryId,
    Message,
    MessageId,
    Receipt,
    Sha256,
    Verdict,
)
from models.catalog import Catalog
from models.engine import CancelToken, Completion, Sampling, Turn
from models.errors import EnvironmentProblem, UserError
from models.gguf_file import GgufSummary

AGAIN_TEMPERATURE = 0.7


@dataclass(frozen=True, slots=True)
class Reply:
    """One finished turn.

    Attributes:
        asked, message: the user's message and the reply, as stored.
        notes_used: memories whose notes stood in front of the question.
        by_heart: memories the reply speaks of that no note told it: known from the weights.
        prompt: what the model was shown.
    """

    asked: Message
    message: Message
    notes_used: tuple[Memory, ...]
    by_heart: tuple[Memory, ...]
    completion: Completion
    prompt: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class _Manner:
    """How one reply is to be: what stands before everything in its prompt, and how its words are drawn."""

    instructions: str
    sampling: Sampling


@dataclass(frozen=True, slots=True)
class Learned:
    """A memory in the weights: the adapter that carries it, the gate's measurement, and the words it came from."""

    memory: Memory
    adapter: AdapterVersion
    verdict: Verdict
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Why:
    """Why something is known: the words it came from, the memory, its lesson, the adapters trained on it, what serves.

    Attributes:
        lesson: what a night made of it, None before its first one.
        carriers: adapters that were trained on it, with the gate's word on it in each.
        receipts: numbers of the receipts that tell of it.
    """

    memory: Memory
    evidence: tuple[Evidence, ...]
    lesson: Lesson | None
    carriers: tuple[tuple[AdapterVersion, Verdict | None], ...]
    serving: AdapterVersion | None
    receipts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """How likely `answer` is as the reply to a question (nats), what is really replied, and whether the answer is in it."""

    logprob: float
    greedy: str
    contains: bool
    notes_used: tuple[Memory, ...]
    adapter: AdapterId | None


class Assistant(Undoing):
    """A profile at work. Attributes: `profile`, `settings`, `store`, `catalog`, `clock`, `serving`, `events`."""

    def __init__(
        self,
        *,
        profile: Profile,
        settings: Settings,
        store: Store,
        catalog: Catalog,
        clock: Clock,
        events: Events,
        serving: Serving,
        trainer: Trainer,
    ) -> None:
        self.profile = profile
        self.settings = settings
        self.store = store
        self.catalog = catalog
        self.clock = clock
        self.events = events
        self.serving = serving
        self._trainer = trainer
        self._notebook = Notebook(store, serving, events, clock, self.undo)

    # Talking

    def wake(self) -> GgufSummary:
        """Load the model before the first word, and tell what it is."""
        return self.serving.engine.summary

    def converse(self, conversation: ConversationId | None = None) -> Conversation:
        """The conversation of that number, or a new one."""
        return self.store.create_conversation() if conversation is None else self.store.conversation(conversation)

    def reply(
        self,
        conversation: ConversationId,
        text: str,
        *,
        notes: bool = True,
        base: bool = False,
        instead_of: Message | None = None,
        on_piece: Callable[[str], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> Reply:
        """One turn: store what was said, recall the notes it needs, stream the reply, store it.

        Without `notes` nothing of any note enters the prompt; with `base` the bare model answers, to which everything is a
        note. `instead_of` is a message of the user's in whose place these words stand, in a branch of their own; the old one is
        kept with all that followed it.
        Nothing is noted here: `note(reply.asked)` does that, after the person has the reply.
        """
        if not text.strip():
            raise UserError("There is nothing to say: the text is empty.")
        manner = self._manner(self.store.conversation(conversation))
        history = self.store.messages(conversation) if instead_of is None else self.store.before(instead_of)
        serving = None if base else self.serving.sync()
        known = self.store.memories(None if base else self.serving.base)
        recalled = self._recall(text, known, history, manner) if notes else []
        # Before anything is stored: words too long for the model must not stand in the way of the next ones.
        turns = self._turns(history, text, recalled, notes, manner)
        with self.store.transaction():
            if instead_of is not None:
                self.store.go_back(conversation, instead_of.parent)
            asked = self.store.add_message(conversation, "user", text, notes=tuple(note.id for note in recalled))
        self.events.emit(MessageStored(asked))
        with self.serving.with_adapter(serving) as engine:
            completion = engine.reply(turns, sampling=manner.sampling, on_piece=on_piece, cancel=cancel)
        return self._replied(asked, recalled, known, turns, completion, serving)

    def reply_again(
        self,
        asked: Message,
        *,
        on_piece: Callable[[str], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> Reply:
        """Another reply to what was asked, drawn with some chance, in a branch of its own; those there were are kept."""
        manner = self._manner(self.store.conversation(asked.conversation), attempt=len(self.store.following(asked.id)))
        serving = self.serving.sync()
        known = self.store.memories(self.serving.base)
        noted = {memory.id: memory for memory in known}
        recalled = [noted[id] for id in asked.notes if id in noted]
        turns = self._turns(self.store.before(asked), asked.text, recalled, True, manner)
        with self.serving.with_adapter(serving) as engine:
            completion = engine.reply(turns, sampling=manner.sampling, on_piece=on_piece, cancel=cancel)
        with self.store.transaction():
            self.store.go_back(asked.conversation, asked.id)
            return self._replied(asked, recalled, known, turns, completion, serving)

    def aside(
        self,
        history: Sequence[Message],
        text: str,
        *,
        base: bool = True,
        adapter: AdapterId | None = None,
        on_piece: Callable[[str], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> Completion:
        """One turn of which nothing is kept: neither stored nor noted, and no note is shown to the model.

        The bare base answers; without `base` the adapter that serves, which shows what is known by heart, or the named one.
        """
        if not text.strip():
            raise UserError("There is nothing to say: the text is empty.")
        manner = self._manner()
        serving = None if base else self.serving.sync()
        version = serving if adapter is None else self.serving.named(adapter)
        turns = self._turns(history, text, [], False, manner)
        with self.serving.with_adapter(version) as engine:
            return engine.reply(turns, sampling=manner.sampling, on_piece=on_piece, cancel=cancel)

    def _replied(
        self,
        asked: Message,
        recalled: Sequence[Memory],
        known: Sequence[Memory],
        turns: Sequence[Turn],
        completion: Completion,
        serving: AdapterVersion | None,
    ) -> Reply:
        adapter = serving.id if serving else None
        message = self.store.add_message(asked.conversation, "assistant", completion.text, adapter=adapter)
        self.events.emit(MessageStored(message))
        by_heart = tuple(m for m in known if m.status == "learned" and says(completion.text, m.answer))
        return Reply(asked, message, tuple(recalled), by_heart, completion, tuple(turns))

    def note(self, message: Message, *, explicit_only: bool = False) -> list[Noted]:
        """Read a user's message for what is worth remembering, after its turn.

        Plain patterns ("remember that ...", "forget that ...") always; the model's reading unless the setting `memory` is off
        or `explicit_only` asks for the patterns alone.
        """
        return self._notebook.read(message, by_model=not explicit_only and self.settings.memory == "on")

    def note_imported(
        self,
        said: Sequence[MessageId],
        *,
        on_progress: Callable[[int, int], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> list[Noted]:
        """Read messages that were imported, as `note` reads those that were said here; see `glean`."""
        engine = (lambda: self.serving.engine) if self.settings.memory == "on" else None
        return glean(self.store, engine, said, self.events, on_progress=on_progress, cancel=cancel)

    # Knowing

    def remember(self, text: str) -> Noted:
        """Note something the person asked to remember, in their own words."""
        return self._notebook.told(text)

    def amend(self, id: MemoryId, text: str) -> Noted:
        """Correct a memory in the person's own words; the old one is kept as history."""
        return self._notebook.amended(self.memory(id), text)

    def memories(self, *, all: bool = False) -> list[Memory]:
        """What is known, oldest first; with `all` also what was superseded, undone or has expired."""
        self.serving.sync()
        return self.store.memories(self.serving.base, all=all)

    def memory(self, id: MemoryId) -> Memory:
        return self.store.memory(id, self.serving.base)

    def learned(self) -> list[Learned]:
        """What is in the weights that serve now, with the evidence."""
        adapter = self.serving.sync()
        if adapter is None:
            return []
        verdicts = {verdict.memory: verdict for verdict in self.store.verdicts(adapter.id)}
        return [
            Learned(memory, adapter, verdicts[memory.id], tuple(e.quote for e in self.store.evidence(memory.id)))
            for memory in self.store.memories(self.serving.base)
            if memory.status == "learned"
        ]

    def why(self, id: MemoryId) -> Why:
        """Where a memory comes from and where it went."""
        adapters = self.store.adapters_of(id)
        serving = self.serving.sync()
        memory = self.memory(id)
        carriers = tuple(
            (adapter, next((verdict for verdict in self.store.verdicts(adapter.id) if verdict.memory == id), None))
            for adapter in adapters
        )
        lesson = curriculum.cached(memory, self.profile.home / "lessons", self.serving.base)
        receipts = tuple(receipt.id for receipt in self.store.receipts() if id in receipt.memories)
        return Why(memory, tuple(self.store.evidence(id)), lesson, carriers, serving, receipts)

    # Sleeping

    def night(
        self,
        on_progress: Callable[[Progress], None] | None = None,
        cancel: CancelToken | None = None,
        *,
        unattended: bool = False,
    ) -> NightReport:
        """Learn what is due into a new adapter, and serve it if the gate lets it pass; on any failure nothing changes.

        An `unattended` night keeps to its minutes, and brings one that was stopped to its end before it begins another. With
        the setting `nights` on "ask" what passed serves only once the person agrees.
        """
        require_learning()
        busy = "A night is already running (process {owner}). Wait until it is done."
        settings = night_settings(self.settings, unattended=unattended)
        with hold(self.profile.night_lock, busy), Diary(self.profile.night_logs, self.clock, unattended) as diary, awake():
            with self.serving.bare() as engine:
                told = diary.telling(on_progress)
                report = run_night(self.store, engine, self._trainer, self.profile.home, self.clock, settings, told, cancel)
            diary.ended(report)
            self._tidy()
        self.events.emit(NightFinished(report.consolidation))
        # What was to be erased while the night ran has waited for its files.
        self.recover()
        return report

    def _tidy(self) -> None:
        try:
            housekeeping.tidy(self.store, self.profile.home, self.settings.keep_adapters)
        except EnvironmentProblem as problem:
            # What was learned is learned.
            self.events.emit(Warned(f"What earlier nights left could not be cleared away yet. {problem}"))

    def agree(self) -> AdapterVersion:
        """Serve what the last night learned and asked about."""
        agreed = consent.agree(self.store, self.serving.base)
        self.serving.sync()
        return agreed

    def decline(self) -> AdapterVersion:
        """Keep what serves; what the last night learned and asked about stays notes."""
        return consent.decline(self.store, self.serving.base)

    def morning(self, night: ConsolidationId | None = None) -> Morning:
        """What became of that night, or of the last one."""
        return morning_of(self.store, self.serving.base, self.profile.home, night)

    # Undoing, beside what every `Undoing` can

    @property
    def base(self) -> Sha256:
        return self.serving.base

    def measure(self, receipt: Receipt, cancel: CancelToken | None = None) -> Receipt:
        """Ask what an undo left of what was known, and write the replies into its receipt. Takes seconds; undoes nothing.

        Raises:
            Cancelled: `cancel` was set; nothing is written, and it can be measured later.
        """
        if receipt.action != "undo":
            return receipt
        with self.serving.bare() as engine:
            measured = proof.measure(self.store, engine, self.profile.home, receipt, cancel)
        return self.store.add_measured(receipt.id, measured)

    def _follow(self) -> None:
        self.serving.sync()

    def _tell(self, event: Event) -> None:
        self.events.emit(event)

    # Measuring

    def probe(
        self, question: str, answer: str, *, notes: bool = False, base: bool = False, adapter: AdapterId | None = None
    ) -> ProbeResult:
        """Ask in a conversation of its own that is not stored; see `ProbeResult`."""
        if base:
            version = None
        elif adapter is not None:
            version = self.serving.named(adapter)
        else:
            version = self.serving.sync()
        known = self.store.memories(None if base or adapter is not None else self.serving.base)
        manner = self._manner()
        recalled = self._recall(question, known, [], manner) if notes else []
        turns = self._turns([], question, recalled, notes, manner)
        with self.serving.with_adapter(version) as engine:
            score = engine.score(turns, answer)
            greedy = engine.reply(turns, sampling=Sampling(max_tokens=self.settings.reply_tokens)).text
        return ProbeResult(score.logprob, greedy, says(greedy, answer), tuple(recalled), version.id if version else None)

    def configure(self, settings: Settings) -> None:
        """Keep these settings and go by them from now on; those of the engine count from its next start."""
        save_settings(settings, self.profile.settings)
        self.settings = settings

    def close(self) -> None:
        self.serving.close()
        self.store.close()

    def __enter__(self) -> Assistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _recall(self, text: str, known: Sequence[Memory], history: Sequence[Message], manner: _Manner) -> list[Memory]:
        engine = self.serving.engine
        already = prompt.notes_in_view(history, self._note_text, budget=self._budget(manner), count_tokens=self._count)
        return recall.recall(
            text,
            [memory for memory in known if memory.status == "noted"],
            already,
            self.settings.note_budget,
            lambda words: len(engine.tokenize(words)),
            lambda words, limit: self.store.search_memories(words, self.serving.base, limit),
        )

    def _turns(
        self, history: Sequence[Message], text: str, recalled: Sequence[Memory], notes: bool, manner: _Manner
    ) -> list[Turn]:
        return prompt.build(
            history,
            self._note_text if notes else lambda _: "",
            text,
            [memory.text for memory in recalled],
            budget=self._budget(manner),
            count_tokens=self._count,
            instructions=manner.instructions,
        )

    def _budget(self, manner: _Manner) -> int:
        return self.serving.engine.context_length - manner.sampling.max_tokens

    def _count(self, turns: Sequence[Turn]) -> int:
        return len(self.serving.engine.prompt_ids(turns))

    def _note_text(self, id: MemoryId) -> str:
        memory = self.store.memory(id, self.serving.base)
        return "" if memory.status == "retracted" else memory.text

    def _manner(self, conversation: Conversation | None = None, *, attempt: int = 0) -> _Manner:
        """As the settings say, but for what the person wishes of this one conversation."""
        temperature, reply_tokens, instructions = self.settings.temperature, self.settings.reply_tokens, ""
        if conversation is not None:
            temperature = temperature if conversation.temperature is None else conversation.temperature
            reply_tokens = conversation.reply_tokens or reply_tokens
            # What was taken back is not said by the instructions either.
            instructions = "" if self.store.is_taken_back(conversation.instructions) else conversation.instructions.strip()
        # A small context must still hold a question beside the reply.
        longest = min(reply_tokens, self.serving.engine.context_length // 2)
        # Asked again, the likeliest words would only be the same again.
        temperature = max(temperature, AGAIN_TEMPERATURE) if attempt else temperature
        sampling = Sampling(temperature=temperature, seed=self.settings.seed + attempt, max_tokens=longest)
        return _Manner(instructions, sampling)


def night_settings(chosen: Settings, *, unattended: bool = False) -> NightSettings:
    """A night as these settings want it, begun by the person or by itself."""
    return NightSettings(
        seed=chosen.seed,
        patience=timedelta(days=chosen.patience_days),
        threads=chosen.night_threads,
        seconds=60 * chosen.night_minutes if unattended else 0.0,
        goes_on=unattended,
        ask=chosen.nights == "ask",
    )
