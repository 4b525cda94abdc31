"""The composition root: the one place that knows which store, which engine and which worker the assistant is made of."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from app.assistant import Assistant
from app.events import Events
from app.exchange.restoring import discard_half_restored
from app.library import Library
from app.paths import Profile
from app.serving import Serving
from app.settings import Settings
from app.settings import load as load_settings
from app.worker_process import run_worker
from learning.store import Store
from learning.types import Clock, Sha256
from models.catalog import Catalog
from models.engine import ChatEngine
from models.gguf_file import read_summary


class SystemClock:
    """The time of the machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def open_assistant(home: Path, *, model: Path | None = None, clock: Clock | None = None) -> Assistant:
    """The assistant of the profile at `home`, made where there is none. The model is only read when something needs it."""
    profile = Profile(home).make()
    settings = load_settings(profile.settings)
    clock = clock or SystemClock()
    store = Store.open(profile.database, clock)
    catalog = Catalog(profile.home)
    events = Events()

    def model_file() -> Path:
        return model or catalog.current().path

    serving = Serving(
        profile,
        store,
        events,
        read_base=lambda: read_summary(model_file(), hashes=catalog.hashes),
        load_engine=lambda: load_engine(model_file(), settings, catalog.hashes),
    )
    assistant = Assistant(
        profile=profile,
        settings=settings,
        store=store,
        catalog=catalog,
        clock=clock,
        events=events,
        serving=serving,
        trainer=run_worker,
    )
    discard_half_restored(profile.home, events)
    assistant.recover()
    return assistant


def open_library(home: Path, *, clock: Clock | None = None) -> Library:
    """What is kept in the profile at `home`, to be shown while an assistant works on it elsewhere."""
    profile = Profile(home).make()
    clock = clock or SystemClock()
    catalog = Catalog(profile.home)

    @cache
    def hashed(model: Path) -> Sha256:
        return Sha256(read_summary(model, hashes=catalog.hashes).sha256)

    def base() -> Sha256:
        return hashed(catalog.current().path)

    return Library(profile, Store.open(profile.database, clock), catalog, base, clock)


def load_engine(model: Path, settings: Settings, hashes: Path) -> ChatEngine:
    """The model, loaded for chatting."""
    # Imported here and only here: listing memories must not wait for llama.cpp.
    from models.llama import LlamaEngine

    return LlamaEngine(
        model,
        context_length=settings.context_length,
        threads=settings.threads or None,
        gpu_layers=None if settings.gpu_layers < 0 else settings.gpu_layers,
        hashes=hashes,
    )
