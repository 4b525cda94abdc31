"""The window: the conversations at the left, beside them the chat or one of the pages, and what passes between them."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QByteArray, QTimer
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QSplitter, QStackedWidget, QSystemTrayIcon, QWidget

from app.events import AdapterServed, Event, Warned, changes
from learning.types import ConversationId
from models.errors import Cancelled, DormouseError
from ui.chat import ChatPage
from ui.deeds import Deeds
from ui.first_day import FirstDay
from ui.keepsakes import Keepsakes
from ui.page import Page
from ui.pieces import NavButton, Notice, Toast, button, card, row
from ui.room import Room
from ui.shelf import Shelf
from ui.sidebar import Sidebar
from ui.sleep import Sleep
from ui.status import Status
from ui.tray import Tray

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
        self._shortcuts()
        self._restore_place()
        self._save_soon = QTimer(self, singleShot=True, interval=800)
        self._save_soon.timeout.connect(keepsakes.save)
        self.shelf.refresh()
        self._wake()
        if keepsakes.conversation:
            self.open_conversation(keepsakes.conversation)
        else:
            self.new_conversation()

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
        self.chat = ChatPage(self.engine, self.library)
        self.first_day = FirstDay(self.chat, self.engine, self._keepsakes)
        self.sleep = Sleep(self.engine, self)
        self.status = Status(self.chat.status)
        self.tray = Tray(self) if QSystemTrayIcon.isSystemTrayAvailable() else None
        self.pages = QStackedWidget()
        self.pages.addWidget(self.chat)
        self._nav: dict[QWidget | None, NavButton] = {}
        self.splitter = QSplitter()
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.side)
        self.splitter.addWidget(self.pages)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([272, 900])
        self.side.setMinimumWidth(220)
        self.side.setMaximumWidth(420)
        self.pages.setMinimumWidth(360)
        self.setCentralWidget(self.splitter)
        self.toast = Toast(self.pages)
        self.shelf = Shelf(self.side, self.library, self._keepsakes, self.toast)
        self.deeds = Deeds(self, self.engine, self.library, self._keepsakes, self.toast)
        self._sleeping = card(
            row(self.status.sleeping, None, button(self.tr("Show"), lambda: self.show_page(self.night), "link"),
                button(self.tr("Wake up"), self.sleep.stop, "link"), space=2),
            look="sleep", inside=3,
        )  # fmt: skip
        self._sleeping.hide()
        self.chat.above.addWidget(self._sleeping)

    def _connect(self) -> None:
        side, chat = self.side, self.chat
        side.new_wanted.connect(self.new_conversation)
        side.temporary_wanted.connect(self.temporary_chat)
        side.opened.connect(self.open_conversation)
        side.learned.clicked.connect(lambda: self.show_page(self.learned))
        side.night.clicked.connect(lambda: self.show_page(self.night))
        side.settings.clicked.connect(lambda: self.show_page(self.settings))
        chat.conversation_began.connect(self._on_began)
        chat.draft_changed.connect(self._on_draft)
        chat.sent.connect(self._on_sent)
        chat.memory_wanted.connect(self.show_memory)
        chat.remember_wanted.connect(self.deeds.remember)
        chat.knowledge_wanted.connect(self.deeds.show_knowledge)
        chat.cost.connect(self.status.show_cost)
        chat.noted.connect(self.deeds.on_noted)
        chat.deleted.connect(self.shelf.refresh)
        chat.side_wanted.connect(self._toggle_side)
        chat.menu_button.clicked.connect(self._on_conversation_menu)
        chat.undo_wanted.connect(self.deeds.undo)
        chat.restore_wanted.connect(self.deeds.restore)
        chat.amend_wanted.connect(self.deeds.amend)
        self.first_day.passed.connect(self.new_conversation)
        self.first_day.models_wanted.connect(lambda: self.show_page(self.settings))
        self.deeds.erased.connect(self._on_erased)
        self.deeds.failed.connect(self.show_error)
        self.deeds.changed.connect(self.refresh_memories)
        self.deeds.source_wanted.connect(self.open_conversation)
        self.shelf.refreshed.connect(self._on_shelf)
        self.shelf.left.connect(self._on_left)
        self.sleep.began.connect(self._on_night_began)
        self.sleep.progressed.connect(self.status.show_night)
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
        page.shortcuts_wanted.connect(self.show_shortcuts)
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
        self._save_soon.stop()
        self.anew.delete_everything()

    def _on_begun_anew(self) -> None:
        self._wake()
        self.new_conversation()
        self._on_exchanged()

    def _placed(self, page: AnyPage, nav: NavButton) -> AnyPage:
        self._nav[page] = nav
        self.pages.addWidget(page)
        page.left.connect(self.show_chat)
        return page

    def _shortcuts(self) -> None:
        self._keys: list[tuple[str, str, Callable[[], object]]] = [
            ("Ctrl+N", self.tr("New conversation"), self.new_conversation),
            ("Ctrl+Shift+N", self.tr("Temporary chat"), self.temporary_chat),
            ("Ctrl+K", self.tr("Search"), self._focus_search),
            ("Ctrl+B", self.tr("Show or hide the conversations"), self._toggle_side),
            ("Ctrl+L", self.tr("Write a message"), self._focus_composer),
            ("Ctrl+1", self.tr("The chat"), self.show_chat),
            ("Ctrl+2", self.tr("What I've learned"), lambda: self.show_page(self.learned)),
            ("Ctrl+3", self.tr("Night"), lambda: self.show_page(self.night)),
            ("Ctrl+,", self.tr("Settings"), lambda: self.show_page(self.settings)),
            ("Ctrl+/", self.tr("These shortcuts"), self.show_shortcuts),
            ("Ctrl+Q", self.tr("Quit"), self.quit),
        ]
        for keys, _, does in self._keys:
            QShortcut(QKeySequence(keys), self).activated.connect(does)
        escape = QShortcut(QKeySequence("Escape"), self)
        escape.activated.connect(self._on_escape)

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

    def new_conversation(self) -> None:
        self.chat.show_conversation(None)
        self._opened(0)

    def temporary_chat(self) -> None:
        self.chat.show_temporary()
        self.chat.composer.set_text("")
        self.show_chat()

    def open_conversation(self, conversation: int, message: int = 0) -> None:
        known = self.shelf.named(conversation)
        self.chat.show_conversation(ConversationId(conversation), known.title if known else "", at=message)
        self._opened(conversation)

    def _opened(self, conversation: int) -> None:
        self._keepsakes.conversation = conversation
        self._save_soon.start()
        self.chat.composer.set_text(self._keepsakes.drafts.get(str(conversation), ""))
        self.chat.composer.set_history(self._keepsakes.sent)
        self.show_chat()

    # Conversations

    def _on_shelf(self) -> None:
        if self.shelf.conversations:
            self.first_day.end_where_much_was_said()
        here = self.chat.conversation
        known = self.shelf.named(here)
        if known is not None:
            self.chat.show_title(known.title)
        elif here is not None and not self.chat.talking and here == self._keepsakes.conversation:
            self._forget_missing(here)

    def _forget_missing(self, conversation: ConversationId) -> None:
        """It may have been deleted by another program on the same profile."""

        def check(found: bool) -> None:
            if not found and self.chat.conversation == conversation:
                self.new_conversation()

        self.library.ask(lambda library: any(e.id == conversation for e in library.store.conversations()), check)

    def _on_left(self, conversation: int) -> None:
        if self.chat.conversation == conversation:
            self.new_conversation()

    def _on_conversation_menu(self) -> None:
        conversation = self.chat.conversation
        if conversation is None:
            self.chat.show_wishes()
            return
        pinned = self.shelf.is_pinned(conversation)
        menu = QMenu(self)
        menu.addAction(self.tr("Rename"), self.side.rename_current)
        menu.addAction(self.tr("Unpin") if pinned else self.tr("Pin"), partial(self.shelf.pin, conversation, not pinned))
        menu.addAction(self.tr("Replies in this conversation…"), self.chat.show_wishes)
        title = self.chat.title.toolTip()
        menu.addAction(self.tr("Export…"), lambda: self.exchange.ask_export([conversation], title))
        menu.addSeparator()
        menu.addAction(self.tr("Delete"), partial(self.shelf.delete, conversation))
        menu.exec(self.chat.menu_button.mapToGlobal(self.chat.menu_button.rect().bottomLeft()))
        menu.deleteLater()

    def _on_began(self, conversation: int) -> None:
        if self.chat.conversation == conversation:
            self._keepsakes.keep_draft(0, "")
            self._keepsakes.conversation = conversation
            self.shelf.current = conversation
            self._save_soon.start()
        self.shelf.refresh()

    def _on_draft(self, text: str) -> None:
        self._keepsakes.keep_draft(self.chat.conversation or 0, text)
        self._save_soon.start()

    def _on_sent(self, text: str) -> None:
        if not self.chat.temporary:
            self._keepsakes.keep_sent(text)
            self.chat.composer.set_history(self._keepsakes.sent)
            self._save_soon.start()

    # Memory

    def show_memory(self, id: int) -> None:
        self.pages.setCurrentWidget(self.learned)
        self._mark_nav()
        self.learned.refresh(id)

    def _on_erased(self) -> None:
        """Nothing that is gone from the disk stays in sight."""
        here = self.chat.conversation
        if not self.chat.temporary:
            self.chat.composer.set_text(self._keepsakes.drafts.get(str(here or 0), ""))
        self.chat.composer.set_history(self._keepsakes.sent)
        if here is not None and not self.chat.talking:
            self.chat.show_conversation(here, self.chat.title.toolTip())
            self.chat.composer.set_text(self._keepsakes.drafts.get(str(here), ""))
        self.side.search.clear()
        self.shelf.refresh()

    def refresh_memories(self) -> None:
        """What is known has changed: wherever it is shown, show it as it is."""
        self.chat.refresh()
        here = self.pages.currentWidget()
        if isinstance(here, Page):
            here.memories_changed()

    # Nights, the engine and what it says

    def _wake(self) -> None:
        def wake(assistant: Assistant) -> tuple[str, int | None]:
            name = assistant.wake().name or assistant.catalog.current().name
            adapter = assistant.serving.sync()
            # Loading is what takes long; it is done here, before the first word is said.
            _ = assistant.serving.engine.context_length
            return name, adapter.id if adapter else None

        self.status.show_waking()
        self.engine.ask(wake, self._on_awake, self._on_not_awake)

    def _on_awake(self, woken: tuple[str, int | None]) -> None:
        self.status.show_model(*woken)
        # All that was imported by now stays. A collector that went through it again and again would stop every thread for as
        # long as 40 ms each time, the window's too.
        gc.freeze()

    def _on_not_awake(self, error: Exception) -> None:
        self.status.show_asleep()
        self.show_error(error)

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

    def _on_night_began(self) -> None:
        self._sleeping.show()
        self.status.show_falling_asleep()

    def _on_night_ended(self, outcome: object) -> None:
        said = self.sleep.in_words(outcome)  # pyright: ignore[reportArgumentType]
        self._sleeping.hide()
        if isinstance(outcome, Exception) and not isinstance(outcome, Cancelled):
            self.show_error(outcome)
        self.toast.say(said)
        if self.tray is not None and not self.isActiveWindow():
            self.tray.notify(said)
        self.refresh_memories()

    def _on_model_fetched(self, name: str) -> None:
        says = self.tr("%1 is on this computer").replace("%1", name)
        self.toast.say(says, self.tr("Use it"), lambda: self.settings.models.use(name))
        if self.tray is not None and not self.isActiveWindow():
            self.tray.notify(says)

    def _on_model_changed(self, name: str) -> None:
        self.engine.renew()
        self._wake()
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

    def show_shortcuts(self) -> None:
        from ui.dialogs import ShortcutsSheet

        more = [
            ("Return", self.tr("Send")), ("Shift+Return", self.tr("A new line")), ("Up", self.tr("What was sent last")),
            ("Escape", self.tr("Stop the reply; back to the chat")), ("F2", self.tr("Rename the chosen conversation")),
            ("Delete", self.tr("Delete the chosen conversation")),
        ]  # fmt: skip
        ShortcutsSheet(self, [*((keys, says) for keys, says, _ in self._keys), *more]).open()

    # The window itself

    def _toggle_side(self) -> None:
        self.side.setVisible(not self.side.isVisible())
        self._keepsakes.side_open = self.side.isVisible()
        self._save_soon.start()

    def _focus_search(self) -> None:
        self.side.show()
        self.side.search.setFocus()
        self.side.search.selectAll()

    def _focus_composer(self) -> None:
        self.show_chat()

    def _on_escape(self) -> None:
        if self.pages.currentWidget() is not self.chat:
            self.show_chat()
        elif self.side.search.hasFocus():
            self.side.search.clear()
            self.chat.composer.field.setFocus()

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
        self._save_soon.stop()
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
