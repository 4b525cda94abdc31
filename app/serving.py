"""Which model and which adapter answer right now: the engine, loaded when first needed, kept in step with the store.

The store alone says which adapter serves; this room makes the engine do so, and tells the store when the file of an adapter
is gone or damaged, so that its memories are notes again before the next word is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.events import AdapterServed, Events, Warned
from app.paths import Profile
from learning.store import Store
from learning.types import AdapterId, AdapterVersion, Sha256
from models.engine import ChatEngine
from models.errors import DormouseError, EnvironmentProblem, UserError
from models.files import sha256_of
from models.gguf_file import GgufSummary


class Serving:
    """The one resident model of a profile and the adapter on it."""

    def __init__(
        self,
        profile: Profile,
        store: Store,
        events: Events,
        read_base: Callable[[], GgufSummary],
        load_engine: Callable[[], ChatEngine],
    ) -> None:
        self._profile = profile
        self._store = store
        self._events = events
        self._read_base = read_base
        self._load_engine = load_engine
        self._engine: ChatEngine | None = None
        self._base: GgufSummary | None = None
        # By what they are, not by number: a restored backup may give a number to another adapter.
        self._on_engine: Sha256 | None = None
        self._verified: set[Sha256] = set()

    @property
    def summary(self) -> GgufSummary:
        """What the base file says of itself; raises `EnvironmentProblem` where it is missing or damaged."""
        if self._base is None:
            self._base = self._read_base()
        return self._base

    @property
    def base(self) -> Sha256:
        return Sha256(self.summary.sha256)

    @property
    def engine(self) -> ChatEngine:
        """The engine with the serving adapter on it; loaded by the first call, on whose thread it then lives."""
        if self._engine is None:
            self._engine = self._load_engine()
            self._attach(self.adapter())
        return self._engine

    def file_of(self, adapter: AdapterVersion) -> Path:
        return self._profile.home / adapter.file

    def adapter(self) -> AdapterVersion | None:
        """The adapter that serves, its file verified; one whose file is gone or damaged is rejected with a warning."""
        while (serving := self._store.serving(self.base)) is not None:
            # Hashed once a process: after that, a file that is still there is taken for the same.
            if serving.sha256 in self._verified and self.file_of(serving).exists():
                return serving
            problem = damage(self.file_of(serving), serving.sha256)
            if not problem:
                self._verified.add(serving.sha256)
                return serving
            self._reject(serving, problem)
        return None

    def sync(self) -> AdapterVersion | None:
        """Bring the engine in step with the store, whoever changed it: this process or another one on the same profile."""
        serving = self.adapter()
        if self._engine is not None and (serving.sha256 if serving else None) != self._on_engine:
            self._attach(serving)
        return serving

    @contextmanager
    def with_adapter(self, adapter: AdapterVersion | None) -> Iterator[ChatEngine]:
        """The engine with another adapter, or none, for the length of a `with`; then again as the store says."""
        engine = self.engine
        wanted = adapter.sha256 if adapter else None
        if wanted == self._on_engine:
            yield engine
            return
        if adapter is not None and (problem := damage(self.file_of(adapter), adapter.sha256)):
            raise EnvironmentProblem(f"Adapter {adapter.id} cannot be used: its file {problem}.")
        engine.set_adapter(self.file_of(adapter) if adapter else None)
        try:
            yield engine
        finally:
            self._attach(self.adapter())

    @contextmanager
    def bare(self) -> Iterator[ChatEngine]:
        """The engine lent to a night, which sets and measures adapters on it as it likes; then again as the store says."""
        engine = self.engine
        try:
            yield engine
        finally:
            self._attach(self.adapter())

    def named(self, adapter: AdapterId) -> AdapterVersion:
        """The adapter of that number, if it was made for the present base."""
        version = self._store.adapter(adapter)
        if version.base_sha256 != self.base:
            raise UserError(f"Adapter {adapter} was made for another model. dormouse models use ... switches to it.")
        if not version.file:
            raise UserError(f"Adapter {adapter} was cleared away to save space. dormouse learned names the one that serves.")
        return version

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def _attach(self, serving: AdapterVersion | None) -> None:
        engine = self._engine
        if engine is None:
            return
        while serving is not None:
            try:
                engine.set_adapter(self.file_of(serving))
                break
            except DormouseError as error:
                self._reject(serving, f"cannot be loaded: {error}")
                serving = self.adapter()
        if serving is None:
            engine.set_adapter(None)
        self._on_engine = serving.sha256 if serving else None
        self._events.emit(AdapterServed(serving.id if serving else None))

    def _reject(self, adapter: AdapterVersion, problem: str) -> None:
        self._store.reject_adapter(adapter.id)
        self._events.emit(
            Warned(
                f"The adapter {adapter.file} {problem}. What it knew by heart is in the notes again; "
                "dormouse night learns it anew."
            )
        )


def damage(file: Path, sha256: Sha256) -> str:
    """What is wrong with the file of an adapter, or "" where it is the one that was built."""
    try:
        return "" if sha256_of(file) == sha256 else "is damaged (its hash is not the one it was built with)"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
