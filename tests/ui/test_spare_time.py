"""What the engine's room does in its spare time: an undo's receipt is measured there, and nothing waits for that."""

from __future__ import annotations

from learning.types import MemoryId
from models.engine import CancelToken
from models.errors import Cancelled
from tests.ui.conftest import Person


def test_an_undo_in_the_window_is_measured_once_the_engine_has_time(person: Person) -> None:
    person.say("Remember that my kettle is called Vesuvius.")
    person.window.deeds.undo([MemoryId(1)])
    person.settle()
    found: list[object] = []
    person.window.library.ask(lambda library: library.store.receipts(), found.extend)
    person.settle()
    (receipt,) = found
    assert receipt.measured["forgotten"]  # pyright: ignore[reportAttributeAccessIssue]
    person.window.deeds.restore([MemoryId(1)])
    person.settle()
    assert person.window.notices() == []


def test_what_is_asked_for_stops_what_is_done_meanwhile_which_begins_anew(person: Person) -> None:
    room, done = person.window.engine, []

    def patient(assistant: object, stop: CancelToken) -> None:
        done.append("begun")
        while len(done) == 1:
            if stop.cancelled:
                raise Cancelled("stopped")
        done.append("over")

    room.meanwhile(patient)
    person.until(lambda: done == ["begun"])
    room.ask(lambda assistant: done.append("asked"))
    person.settle()
    assert done == ["begun", "asked", "begun", "over"]
