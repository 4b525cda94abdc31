"""Work on many memories, shared out among engines side by side.

A small model fills one core and no more. What is asked about one memory depends on nothing that was asked about another, so where
there are cores, more engines of the same kind take a part of it, and what comes out is the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from models.engine import ChatEngine
from models.errors import EnvironmentProblem

_WORTH_IT = 3
"""Fewer items for each engine are done before another one is there."""
_MOST = 3

Item = TypeVar("Item")


def shared_out(engine: ChatEngine, items: Iterable[Item], work: Callable[[ChatEngine, Iterator[Item]], None]) -> None:
    """Have `work` take all the items: on this thread with `engine`, and with bare engines like it on threads of their own.

    Each item is taken once, by whoever is free; `engine` takes from the front. The first error of any of them is raised, once all
    have stopped.
    """
    left = deque(items)

    def taken() -> Iterator[Item]:
        while left:
            try:
                yield left.popleft()
            except IndexError:
                return

    def beside() -> None:
        try:
            other = engine.another()
        except EnvironmentProblem:
            # Memory is short: this one does it alone.
            return
        with other as its_own:
            work(its_own, taken())

    helpers = max(0, min(engine.room_beside, _MOST, len(left) // _WORTH_IT - 1))
    if not helpers:
        work(engine, taken())
        return
    with ThreadPoolExecutor(helpers, thread_name_prefix="beside") as pool:
        working = [pool.submit(beside) for _ in range(helpers)]
        try:
            work(engine, taken())
        finally:
            # Where this one failed, the others need not go on.
            left.clear()
    for helper in working:
        helper.result()
