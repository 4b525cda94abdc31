"""The window in another language: all that it says can be translated, and is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from tests.ui.conftest import Person
from ui.languages import collect, compile, speak
from ui.offers import OfferLine


@pytest.fixture
def everything_marked(tmp_path: Path, qapp: QApplication) -> Iterator[None]:
    """A language in which each sentence of the window stands between marks."""
    file = collect("fr", tmp_path)
    tree = ElementTree.parse(file)
    for message in tree.iter("message"):
        source, translation = message.find("source"), message.find("translation")
        assert source is not None
        assert translation is not None
        translation.text = f"«{source.text}»"
        translation.attrib.pop("type", None)
    tree.write(file, encoding="utf-8", xml_declaration=True)
    compile(file)
    found = speak(qapp, QLocale(QLocale.Language.French), tmp_path)
    assert any("dormouse_fr" in translator.filePath() for translator in found)
    yield
    for translator in found:
        qapp.removeTranslator(translator)


def plain(person: Person) -> set[str]:
    """What is in sight and between no marks, but for names, numbers and what the person or the model said."""
    said: set[str] = set()
    for widget in person.window.findChildren(QWidget):
        # What the catalogue says of a model is no sentence of the window's.
        if not widget.isVisible() or isinstance(widget.parentWidget(), OfferLine):
            continue
        if isinstance(widget, (QLabel, QAbstractButton)):
            said.add(widget.text())
        if isinstance(widget, QLineEdit):
            said.add(widget.placeholderText())
        if not isinstance(widget.parentWidget(), QLineEdit):
            said |= {widget.toolTip(), widget.accessibleName()}
    known = ("Dormouse", "acorn", "Acorn", "kettle", "Vesuvius", "Hello", "/")
    return {text for text in said if re.search(r"[A-Za-z]{3}", text) and "«" not in text and not any(k in text for k in known)}


def test_no_sentence_of_the_window_escapes_translation(everything_marked: None, open_window: Callable[[], Person]) -> None:
    person = open_window()
    assert plain(person) == set()
    person.say("Remember that my kettle is called Vesuvius.")
    assert plain(person) == set()
    window = person.window
    for page in (window.learned, window.night, window.settings):
        window.show_page(page)
        person.settle()
        dates = {text for text in plain(person) if re.search(r"\d{2} \w+ 20\d\d", text)}
        assert plain(person) - dates == set()


def test_without_a_translation_it_speaks_english(person: Person) -> None:
    assert "Search" in plain(person)
