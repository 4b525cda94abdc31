"""The window: the conversations at the left, beside them the chat or one of the pages, and what passes between them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QByteArray, QTimer
from PySide6.QtGui import QCloseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QSplitter, QStackedWidget, QSystemTrayIcon, QWidget

from app.events import AdapterServed, Event, Warned, changes
from models.errors import Cancelled, DormouseError
from ui.asleep import Asleep
from ui.bookmark import Bookmark
from ui.chat import ChatPage
from ui.deeds import Deeds
from ui.first_day import FirstDay
from ui.keepsakes import Keepsakes
from ui.page import Page
from ui.pieces import NavButton, Notice, Toast
from ui.room import Room
from ui.shelf import Shelf
from ui.shortcuts import Shortcuts
from ui.sidebar import Sidebar
from ui.sleep import Sleep
from ui.status import Status
from ui.theme import theme
from ui.tray import Tray
from ui.waking import Waking

if TYPE_CHECKING:
    from app.assistant import Assistant
    from app.library import Library
    from ui.anew import Anew
    from ui.exchange import Exchange
    from ui.learned import LearnedPage
    from ui.night import NightPage
    from ui.settings_page import SettingsPage

AnyPage = TypeVar("AnyPage", bound=Page)


class Window(QMainWindow):
    """One profile, opened. `engine` and `library` are the two threads beside the window's own.

    What takes long to import or to build comes after the first picture: the rooms begin to work then, and a page beside the
    chat is made when it is first wanted.
    """

    def __init__(self, home: Path, keepsakes: Keepsakes) -> None:
        super().__init__()
        self.setWindowTitle("Dormouse")
        self._home, self._keepsakes = home, keepsakes
        self._drawn = False
        # A new profile's database is made by whoever opens it first; two at the same moment would wait for each other.
        self._opening = Lock()
        self.engine: Room[Assistant] = Room("engine", self._open_assistant)
        self.library: Room[Library] = Room("library", self._open_library)
        self.engine.failed.connect(self.show_error)
        self.library.failed.connect(self.show_error)
        self._build()
        self._connect()
        self.shortcuts = Shortcuts(self)
        self._restore_place()
        self.shelf.refresh()
        self.waking.begin()
        self.bookmark.go_back()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._drawn:
            self._drawn = True
            # Python's threads take turns: a room that imports while the window draws itself would hold it up.
            QTimer.singleShot(0, self, self._begin)

    def _begin(self) -> None:
        self.library.start()
        self.engine.start()

    def _open_assistant(self) -> Assistant:
        with self._opening:
            from app.compose import open_assistant

            assistant = open_assistant(self._home)
        assistant.events.subscribe(lambda event: self.engine.tell(self._on_event, event))
        return assistant

    def _open_library(self) -> Library:
        with self._opening:
            from app.compose import open_library

            return open_library(self._home)

    def _build(self) -> None:
        self.side = Sidebar()
        self.pages = QStackedWidget()
        self.toast = Toast(self.pages)
        self.deeds = Deeds(self, self.engine, self.library, self._keepsakes, self.toast)
        self.chat = ChatPage(self.engine, self.library, self.deeds)
        self.first_day = FirstDay(self.chat, self.engine, self._keepsakes)
        self.sleep = Sleep(self.engine, self)
        self.status = Status(self.chat.status)
        self.waking = Waking(self.engine, self.status, self)
        self.tray = Tray(self) if QSystemTrayIcon.isSystemTrayAvailable() else None
        self.pages.addWidget(self.chat)
        self._nav: dict[QWidget | None, NavButton] = {}
        self.splitter = QSplitter()
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.side)
        self.splitter.addWidget(self.pages)
        self.splitter.setStretchFactor(1, 1)
        scale = theme().scale
        self.splitter.setSizes([round(272 * scale), 900])
        self.side.setMinimumWidth(round(220 * scale))
        self.side.setMaximumWidth(round(420 * scale))
        self.pages.setMinimumWidth(360)
        self.setCentralWidget(self.splitter)
        self.shelf = Shelf(self.side, self.library, self._keepsakes, self.toast)
        self.bookmark = Bookmark(self.chat, self.shelf, self.library, self._keepsakes)
        self.chat.above.addWidget(Asleep(self.sleep, lambda: self.show_page(self.night)))

    def _connect(self) -> None:
        side, chat = self.side, self.chat
        side.new_wanted.connect(self.bookmark.begin)
        side.temporary_wanted.connect(self.bookmark.begin_temporary)
        side.opened.connect(self.bookmark.open)
        side.learned.clicked.connect(lambda: self.show_page(self.learned))
        side.night.clicked.connect(lambda: self.show_page(self.night))
        side.settings.clicked.connect(lambda: self.show_page(self.settings))
        chat.memory_wanted.connect(self.show_memory)
        chat.cost.connect(self.status.show_cost)
        chat.deleted.connect(self.shelf.refresh)
        chat.head.side_button.clicked.connect(self.toggle_side)
        chat.head.menu_button.clicked.connect(self._on_conversation_menu)
        self.bookmark.opened.connect(self.show_chat)
        self.first_day.passed.connect(self.bookmark.begin)
        self.first_day.models_wanted.connect(lambda: self.show_page(self.settings))
        self.shelf.refreshed.connect(self._on_shelf)
        self.waking.failed.connect(self.show_error)
        side.export_wanted.connect(lambda conversation, title: self.exchange.ask_export([conversation], title))
        self.deeds.erased.connect(self._on_erased)
        self.deeds.failed.connect(self.show_error)
        self.deeds.changed.connect(self.refresh_memories)
        self.deeds.source_wanted.connect(self.bookmark.open)
        self.sleep.ended.connect(self._on_night_ended)

    @cached_property
    def learned(self) -> LearnedPage:
        """The page "What I've learned"."""
        from ui.learned import LearnedPage

        return self._placed(LearnedPage(self.library, self.sleep, self.deeds), self.side.learned)

    @cached_property
    def night(self) -> NightPage:
        """The page about the nights."""
        from ui.night import NightPage

        return self._placed(NightPage(self.engine, self.library, self.sleep, self.deeds), self.side.night)

    @cached_property
    def settings(self) -> SettingsPage:
        """The page of what can be set."""
        from ui.settings_page import SettingsPage

        page = SettingsPage(
            self.engine, self.library, self._keepsakes, self._home, self.exchange, has_tray=self.tray is not None
        )
        page.model_changed.connect(self._on_model_changed)
        page.model_fetched.connect(self._on_model_fetched)
        page.shortcuts_wanted.connect(self.shortcuts.show)
        return self._placed(page, self.side.settings)

    @cached_property
    def exchange(self) -> Exchange:
        """What goes in and out as files."""
        from ui.exchange import Exchange

        exchange = Exchange(self, self.engine, self.library)
        exchange.changed.connect(self._on_exchanged)
        exchange.replaced.connect(self.anew.begin)
        exchange.wipe_wanted.connect(self.delete_everything)
        return exchange

    def _on_exchanged(self) -> None:
        self.shelf.refresh()
        self.refresh_memories()

    @cached_property
    def anew(self) -> Anew:
        """What is done when all of the profile is another."""
        from ui.anew import Anew

        anew = Anew(self.engine, self.library, self._keepsakes, self._opening, self)
        anew.begun.connect(self._on_begun_anew)
        anew.deleted.connect(lambda: self.toast.say(self.tr("Everything is deleted")))
        anew.failed.connect(self.show_error)
        return anew

    def delete_everything(self) -> None:
        """All that is known and was said; the window stays, as on the first day."""
        self.chat.stop_all()
        self.sleep.stop()
        self.bookmark.soon.stop()
        self.anew.delete_everything()

    def _on_begun_anew(self) -> None:
        self.waking.begin()
        self.bookmark.begin()
        self._on_exchanged()

    def _placed(self, page: AnyPage, nav: NavButton) -> AnyPage:
        self._nav[page] = nav
        self.pages.addWidget(page)
        page.left.connect(self.show_chat)
        return page

    # Where one is

    def show_page(self, page: Page) -> None:
        self.pages.setCurrentWidget(page)
        page.refresh()
        self._mark_nav()
        page.area.setFocus()

    def show_chat(self) -> None:
        self.pages.setCurrentWidget(self.chat)
        self._mark_nav()
        self.chat.composer.field.setFocus()

    def _mark_nav(self) -> None:
        here = self.pages.currentWidget()
        for nav in (self.side.learned, self.side.night, self.side.settings):
            nav.setChecked(nav is self._nav.get(here))
        self.shelf.choose(self.chat.conversation or 0 if here is self.chat else 0)

    # Conversations

    def _on_shelf(self) -> None:
        if self.shelf.conversations:
            self.first_day.end_where_much_was_said()

    def _on_conversation_menu(self) -> None:
        conversation = self.chat.conversation
        if conversation is None:
            self.chat.head.show_wishes()
            return
        pinned = self.shelf.is_pinned(conversation)
        menu = QMenu(self)
        menu.addAction(self.tr("Rename"), self.side.rename_current)
        menu.addAction(self.tr("Unpin") if pinned else self.tr("Pin"), partial(self.shelf.pin, conversation, not pinned))
        menu.addAction(self.tr("Replies in this conversation…"), self.chat.head.show_wishes)
        title = self.chat.head.title.whole
        menu.addAction(self.tr("Export…"), lambda: self.exchange.ask_export([conversation], title))
        menu.addSeparator()
        menu.addAction(self.tr("Delete"), partial(self.shelf.delete, conversation))
        menu.exec(self.chat.head.menu_button.mapToGlobal(self.chat.head.menu_button.rect().bottomLeft()))
        menu.deleteLater()

    # Memory

    def show_memory(self, id: int) -> None:
        self.pages.setCurrentWidget(self.learned)
        self._mark_nav()
        self.learned.refresh(id)

    def _on_erased(self) -> None:
        """Nothing that is gone from the disk stays in sight."""
        self.bookmark.reread()
        self.side.search.clear()
        self.shelf.refresh()

    def refresh_memories(self) -> None:
        """What is known has changed: wherever it is shown, show it as it is."""
        self.chat.refresh()
        here = self.pages.currentWidget()
        if isinstance(here, Page):
            here.memories_changed()

    # Nights, the engine and what it says

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Warned):
            self.show_error(event.text)
        elif isinstance(event, AdapterServed):
            self.status.show_adapter(event.adapter)
        changed = changes(event)
        if changed.conversations:
            self.shelf.refresh()
        if changed.memories and not isinstance(event, AdapterServed):
            self.refresh_memories()

    def _on_night_ended(self, outcome: object) -> None:
        if isinstance(outcome, Exception) and not isinstance(outcome, Cancelled):
            self.show_error(outcome)
        self.tell(self.sleep.in_words(outcome))  # pyright: ignore[reportArgumentType]
        self.refresh_memories()

    def tell(self, says: str, offers: str = "", does: Callable[[], object] | None = None) -> None:
        """A word that nobody waits for, with what can be done about it; from the tray too, for who is somewhere else."""
        self.toast.say(says, offers, does)
        if self.tray is not None and not self.isActiveWindow():
            self.tray.notify(says)

    def _on_model_fetched(self, name: str) -> None:
        says = self.tr("%1 is on this computer").replace("%1", name)
        self.tell(says, self.tr("Use it"), lambda: self.settings.models.use(name))

    def _on_model_changed(self, name: str) -> None:
        self.engine.renew()
        self.waking.begin()
        self.settings.refresh()
        self.toast.say(self.tr("%1 answers from now on").replace("%1", name))

    def show_error(self, error: Exception | str) -> None:
        """Plainly, where one is; a bug is called one, and can be copied whole."""
        page = self.pages.currentWidget()
        if isinstance(page, Page) and isinstance(error, (DormouseError, str)):
            page.show_error(error)
        else:
            self.chat.show_error(error)

    def notices(self) -> list[Notice]:
        return [notice for notice in self.findChildren(Notice) if not notice.isHidden()]

    # The window itself

    def toggle_side(self) -> None:
        self.side.setVisible(not self.side.isVisible())
        self._keepsakes.side_open = self.side.isVisible()
        self.bookmark.soon.start()

    def focus_search(self) -> None:
        self.side.show()
        self.side.search.setFocus()
        self.side.search.selectAll()

    def _restore_place(self) -> None:
        self.resize(1160, 780)
        if self._keepsakes.geometry:
            self.restoreGeometry(QByteArray.fromBase64(self._keepsakes.geometry.encode()))
        self.side.setVisible(self._keepsakes.side_open)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.toast.place()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._keep_place()
        if self.tray is not None and self._keepsakes.tray and not self.tray.leaving:
            event.ignore()
            self.hide()
            return
        # A night that is woken up takes a moment to end; the window is gone at once.
        self.hide()
        self.shut()
        super().closeEvent(event)

    def quit(self) -> None:
        """Leave altogether, also from the tray."""
        if self.tray is not None:
            self.tray.leaving = True
        self.close()
        QApplication.quit()

    def shut(self) -> None:
        """End what runs and keep what is to be kept; the window is of no further use."""
        self.toast.finish()
        self._keep_place()
        self.bookmark.soon.stop()
        self.sleep.stop()
        self.chat.stop_all()
        if "settings" in self.__dict__:
            self.settings.offers.close_room()
        self.engine.close()
        self.library.close()
        if self.tray is not None:
            self.tray.hide()

    def _keep_place(self) -> None:
        self._keepsakes.geometry = self.saveGeometry().toBase64().toStdString()
        self._keepsakes.save()
