"""The assistant: the one façade that window, command line, scenarios and tour call. Synchronous; callers own their threads.

It puts the rooms of the house in order and decides nothing itself: what is noted, recalled, learned and undone is decided
below. The engine is loaded by the first call that needs it and then belongs to that call's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.events import Event, Events, NightFinished, Warned
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
from app.talking import Talking
from app.undoing import Undoing
from learning import consent, curriculum, housekeeping, proof
from learning.agenda import NightSettings
from learning.consolidation import NightReport, Progress, Trainer, run_night
from learning.curriculum import Lesson
from learning.store import Store
from learning.types import (
    AdapterVersion,
    Clock,
    ConsolidationId,
    Evidence,
    Memory,
    MemoryId,
    Message,
    MessageId,
    Proposal,
    ProposalId,
    Receipt,
    Sha256,
    Verdict,
)
from models.catalog import Catalog
from models.engine import CancelToken
from models.errors import EnvironmentProblem


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


class Assistant(Talking, Undoing):
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

    # Noting

    def note(self, message: Message, *, explicit_only: bool = False) -> list[Noted]:
        """Read a user's message for what is worth remembering, after its turn.

        Plain patterns ("remember that ...", "forget that ...") always; the model's reading unless the setting `memory` is off
        or `explicit_only` asks for the patterns alone. Where it is "ask", what the model reads is proposed: see `proposed`.
        """
        return self._notebook.read(message, "off" if explicit_only else self.settings.memory)

    def proposed(self, message: Message | None = None) -> list[Proposal]:
        """What was read out of messages, or out of this one, and waits for the person's word; see `agree_to`."""
        return self.store.proposals(message=message.id if message is not None else None)

    def agree_to(self, id: ProposalId, text: str = "") -> Noted:
        """Note what was proposed, in the person's own words where they give some; `store.withdraw` is the other answer."""
        return self._notebook.agreed(self.store.proposal(id), text)

    def note_imported(
        self,
        said: Sequence[MessageId],
        *,
        on_progress: Callable[[int, int], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> list[Noted]:
        """Read messages that were imported, as `note` reads those that were said here; see `glean`."""
        reading = self.settings.memory
        engine = None if reading == "off" else lambda: self.serving.engine
        ask = reading == "ask"
        return glean(self.store, engine, said, self.events, ask=ask, on_progress=on_progress, cancel=cancel)

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
