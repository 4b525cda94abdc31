"""The only room that knows SQLite. It keeps what was said, what is known from it, and what nights made of it.

Everything goes in and comes out as values of `learning.types`. What can be derived (a memory's status, the adapter that
serves, which messages are suppressed) is derived on reading, so that an undo is one line in one table.
"""

from __future__ import annotations

from learning.store.store import Store

__all__ = ["Store"]
