"""Reads what the person said in imported conversations for what is worth remembering: only where they ask for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.events import Events, MemoryNoted, Warned
from app.exchange.admission import admit, refusal
from app.noting import Noted, ask_first, spoken_of
from learning import remember
from learning.patterns import Forget
from learning.store import Store
from learning.types import Candidate, Message, MessageId
from models.engine import CancelToken, ChatEngine


def glean(
    store: Store,
    engine: Callable[[], ChatEngine] | None,
    said: Sequence[MessageId],
    events: Events,
    *,
    ask: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
    cancel: CancelToken | None = None,
) -> list[Noted]:
    """Note what these messages tell, what was said first first, as a chat would have; without an `engine` by plain patterns alone.

    With `ask` what the engine finds is proposed, and a memory only once the person agrees.

    It was told to somebody else and long ago: what was taken back here stays so, older words replace nothing newer, and
    "forget my ..." forgets nothing. Cancelled, it leaves what was noted until then.
    """
    noted: list[Noted] = []
    refused = 0
    in_order = sorted((store.turn(id).created_at, id) for id in dict.fromkeys(said))
    for done, (_, id) in enumerate(in_order):
        if cancel is not None and cancel.cancelled:
            break
        if on_progress is not None:
            on_progress(done, len(in_order))
        message = store.turn(id)
        for candidate in _candidates(message, engine):
            about = spoken_of(store, message, store.memories()) if candidate.kind == "correction" else None
            if ask and candidate.source == "extracted":
                if refusal(store, candidate) in ("erased", "undone"):
                    refused += 1
                elif isinstance(known := ask_first(store, candidate, message, store.memories(), about), Noted):
                    noted.append(known)
                continue
            match admit(store, candidate, message.created_at, lambda message=message: message, about):
                case Noted(change="known", memory=memory) as known:
                    store.add_evidence(memory.id, message, candidate.span)
                    noted.append(known)
                case Noted(memory=memory, replaced=replaced) as new:
                    noted.append(new)
                    events.emit(MemoryNoted(memory, replaced, message.conversation))
                case "erased" | "undone":
                    refused += 1
                case _:
                    pass
    if refused:
        things, them = ("One thing", "it") if refused == 1 else (f"{refused} things", "them")
        events.emit(
            Warned(f"{things} you said there {'was' if refused == 1 else 'were'} not noted, because you had {them} undone or "
                   f"erased. To have {them} noted again: remember ...")
        )  # fmt: skip
    return noted


def _candidates(message: Message, engine: Callable[[], ChatEngine] | None) -> list[Candidate]:
    asked = remember.plain(message.text, message.created_at)
    if isinstance(asked, Forget):
        return []
    if asked is not None:
        return [replace(asked, source="imported")]
    # A mention stays one, and must stand the test of time.
    return remember.extract(message.text, engine(), message.created_at) if engine is not None else []
