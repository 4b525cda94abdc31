"""`Store`: all that a profile keeps in its one database, under one name."""

from __future__ import annotations

from learning.store.erasures import Erasures


class Store(Erasures):
    """A profile's memory. Open it with `Store.open(path, clock)`; several processes may have the same one open.

    Methods that take `base` answer for the model with that sha256: which adapter serves it, and so what is learned.
    Within `transaction()` several writes become one; any thread may call any method, one at a time.
    """
