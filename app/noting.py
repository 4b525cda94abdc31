"""What is noted and how: candidates read from the user's words are reconciled with what is known, and the store is told.

`learning.remember` reads and decides; this room carries it out in one transaction each and says what became of it.
"""

from __future__ import annotations

