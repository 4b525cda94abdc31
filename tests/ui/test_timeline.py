"""The picture of the nights: drawn from their figures, told in words, gone through with the keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.nights.figures import NightFigures
from learning.types import ConsolidationId
from tests.ui.conftest import Person
from ui.picture_life import year
from ui.theme import use
from ui.timeline import Timeline

BEGAN = datetime(2026, 3, 1, 1, tzinfo=UTC)


def nights(count: int) -> list[NightFigures]:
    return [
        NightFigures(
            ConsolidationId(n + 1), BEGAN + timedelta(days=n), "promoted", n % 4, n % 2, 1, 0.0, 0.9, 1.0, 8 * n, 10**6
        )
        for n in range(count)
    ]


@pytest.fixture
def drawn(qtbot: QtBot, qapp: object) -> Callable[[int], Timeline]:
    def draw(count: int) -> Timeline:
        use(qapp)  # pyright: ignore[reportArgumentType]
        made = Timeline(nights(count))
        qtbot.addWidget(made)
        made.resize(800, made.sizeHint().height())
        made.show()
        return made

    return draw


def test_the_figures_of_the_chosen_night_are_told_in_words(drawn: Callable[[int], Timeline]) -> None:
    says = drawn(4).accessibleName()
    assert says == (
        "4 nights, 6 learned. Night 4, 04 March 2026 · 3 learned · 1 refused · 1 left as notes · 90% recalled · 0% before · "
        "100% unharmed · 24 tokens saved · 1.0 MB on disk"
    )


def test_keys_and_pointer_choose_a_night(drawn: Callable[[int], Timeline], qtbot: QtBot) -> None:
    timeline = drawn(365)
    chose: list[int] = []
    timeline.chose.connect(chose.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Home, Qt.Key.Key_Left, Qt.Key.Key_Right):
        qtbot.keyClick(timeline, key)
    assert chose == [363, 0, 1]
    assert "Night 2, " in timeline.accessibleName()
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(400, 100))
    assert timeline.chosen == 182
    timeline.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    qtbot.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(799, 100))
    qtbot.keyClick(timeline, Qt.Key.Key_Left)
    assert timeline.chosen == 1


def test_every_night_leaves_its_mark_and_a_choice_another_picture(drawn: Callable[[int], Timeline]) -> None:
    few, many = drawn(3), drawn(365)
    assert few.grab().toImage() != many.grab().toImage()
    before = many.grab().toImage()
    many.choose(100)
    assert many.grab().toImage() != before


def test_without_a_night_the_page_says_what_will_be_there_and_with_a_year_of_them_shows_any(
    open_window: Callable[[], Person],
) -> None:
    person = open_window()
    person.window.show_page(person.window.night)
    person.settle()
    history = person.window.night.history
    assert history.timeline is None
    assert any("None yet" in text.text() for text in history.findChildren(QLabel))
    person.window.library.ask(lambda library: year(library.profile.home, 60))
    person.settle()
    person.window.show_page(person.window.night)
    person.settle()
    timeline = history.timeline
    assert timeline is not None
    assert len(timeline.nights) == 60
    timeline.choose(9)
    assert any(text.text() == "Night 10" for text in history.findChildren(QLabel) if not text.isHidden())
    person.window.refresh_memories()
    person.settle()
    assert history.timeline is not timeline
    assert history.timeline is not None
    assert history.timeline.chosen == 9
