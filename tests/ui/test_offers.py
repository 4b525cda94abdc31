"""Models from the settings: what fits this machine, and a download with progress, beside the chat; the hub is one on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.offers import Machine, offers
from tests.models.hub import Hub, serving
from tests.ui.conftest import Person
from ui.offers import OfferLine

GIB = 2**30


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, acorn_path: Path) -> Iterator[Hub]:
    from huggingface_hub import close_session, constants

    small = offers()[0]
    monkeypatch.setattr("tests.models.hub.REPO", small.repo)
    monkeypatch.setattr("tests.models.hub.FILE", small.file)
    monkeypatch.setattr("app.downloads.this_machine", lambda _: Machine(16 * GIB, 100 * GIB))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    close_session()
    with serving(Hub(acorn_path.read_bytes())) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        yield hub
    close_session()


def first(person: Person) -> OfferLine:
    """The smallest model's line, once it is there."""
    page = person.window.settings
    person.window.show_page(page)
    person.until(lambda: bool(page.offers.lines) and not page.offers.room.busy)
    return page.offers.lines[offers()[0].name]


def test_a_model_is_downloaded_while_the_chat_goes_on_and_answers_when_it_is_chosen(hub: Hub, person: Person) -> None:
    line = first(person)
    assert hub.seen == []
    line.get.click()
    person.window.show_chat()
    assert person.say("Hello!")
    page = person.window.settings
    person.until(lambda: not page.offers.room.busy)
    person.settle()
    assert first(person).get.isHidden()
    person.window.toast.back.click()
    person.settle()
    assert offers()[0].name in person.window.toast._text.text()
    person.window.show_chat()
    assert person.say("Good evening!")


def test_a_download_that_is_stopped_says_so_and_can_be_asked_for_again(hub: Hub, person: Person) -> None:
    line = first(person)
    hub.before_piece = lambda _: line._cancel.cancel() if line._cancel is not None else None
    line.get.click()
    assert not line.halt.isHidden()
    page = person.window.settings
    person.until(lambda: not page.offers.room.busy)
    assert "kept" in line.arrived.text()
    assert not line.get.isHidden()


def test_a_hub_that_does_not_answer_is_said_in_plain_words(hub: Hub, person: Person) -> None:
    line = first(person)
    hub.refusals = [(404, "RepoNotFound")] * 9
    line.get.click()
    page = person.window.settings
    person.until(lambda: not page.offers.room.busy)
    person.until(lambda: bool(person.window.notices()))
    assert not line.get.isHidden()
