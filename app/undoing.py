"""What was learned, taken back: undone, restored, erased. The assistant can, and so can the library, which has no engine.

An undo needs none: it is marks on rows, and takes effect with them. Whoever has an engine brings it in step afterwards, and
measures then what is still replied; neither stands in an undo's way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.events import Event, MemoriesUndone, Warned
from app.instance_lock import hold
from app.paths import Profile
from learning import erase, undo
from learning.store import Store
from learning.types import MemoryId, Receipt, Sha256
from models.errors import DormouseError


class Undoing:
    """Takes things back in the profile of whoever it is. Attributes: `profile`, `store`."""

    profile: Profile
    store: Store

    @property
    def base(self) -> Sha256:
        """Of the model in use: what serves, and so what goes back to notes, is told for it."""
        raise NotImplementedError

    def undo(self, ids: Sequence[MemoryId]) -> Receipt:
        """Forget these memories, in notes and weights, from this moment on."""
        return self._change(undo.retract, ids)

    def restore(self, ids: Sequence[MemoryId]) -> Receipt:
        """Take back an undo."""
        return self._change(undo.restore, ids)

    def erase(self, ids: Sequence[MemoryId]) -> Receipt:
        """Forget these memories from this moment on, and take every copy of them off the disk.

        Raises:
            EnvironmentProblem: not every copy could be removed yet; they are forgotten, and the rest is done at the next start.
        """
        receipt = self._change(undo.erase, ids)
        self._finish_erasures()
        return receipt

    def recover(self) -> None:
        """Finish what a process before this one began to erase; what cannot be finished yet is warned of."""
        if not self.store.pending_erasures():
            return
        try:
            self._finish_erasures()
            self._tell(Warned("An erasure that was interrupted is finished now."))
        except DormouseError as problem:
            self._tell(Warned(f"An erasure that was interrupted could not be finished yet. {problem}"))

    def _change(self, change: Callable[[Store, Sequence[MemoryId], Sha256], Receipt], ids: Sequence[MemoryId]) -> Receipt:
        # Before too: an adapter whose file is gone must not stand in the receipt as what served.
        self._follow()
        receipt = change(self.store, ids, self.base)
        self._follow()
        self._tell(MemoriesUndone(receipt))
        return receipt

    def _finish_erasures(self) -> None:
        busy = "A night is running (process {owner}). What was to be erased is forgotten already, and erased when the night is over."
        with hold(self.profile.night_lock, busy):
            erase.finish(self.store, self.profile.home)

    def _follow(self) -> None:
        """Bring what answers in step with the store. Without an engine nothing answers."""

    def _tell(self, event: Event) -> None:
        """Say what happened to whoever listens. Whoever asked has the receipt."""
