"""The window: the conversations at the left, beside them the chat or one of the pages, and what passes between them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Lock

from PySide6.QtCore import QByteArray, QTimer
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QSplitter, QStackedWidget, QSystemTrayIcon

from app.assistant import Assistant
from app.compose import open_assistant, open_library
from app.events import AdapterServed, Event, Warned, changes
from app.library import Library
from learning.types import ConversationId
from models.errors import DormouseError
from ui.chat import ChatPage
from ui.deeds import Deeds
from ui.dialogs import ShortcutsSheet
from ui.keepsakes import Keepsakes
from ui.learned import LearnedPage
from ui.night import NightPage
from ui.page import Page
from ui.pieces import Notice, Toast, button, card, row
from ui.room import Room
from ui.settings_page import SettingsPage
from ui.shelf import Shelf
from ui.sidebar import Sidebar
from ui.status import Status
from ui.tray import Tray


class Window(QMainWindow):
    """One profile, opened. `engine` and `library` are the two threads beside the window's own."""

    def __init__(self, home: Path, keepsakes: Keepsakes) -> None:
        super().__init__()
        self.setWindowTitle("Dormouse")
        self._home, self._keepsakes = home, keepsakes
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
        # After the first paint: nobody waits for a model to see the window.
        QTimer.singleShot(0, self, self._wake)
        if keepsakes.conversation:
            self.open_conversation(keepsakes.conversation)
        else:
            self.new_conversation()

    def _open_assistant(self) -> Assistant:
        with self._opening:
            assistant = open_assistant(self._home)
        assistant.events.subscribe(lambda event: self.engine.tell(self._on_event, event))
        return assistant

    def _open_library(self) -> Library:
        with self._opening:
            return open_library(self._home)

    def _build(self) -> None:
        self.side = Sidebar()
        self.chat = ChatPage(self.engine, self.library)
        self.learned = LearnedPage(self.library)
        self.night = NightPage(self.engine, self.library)
        has_tray = QSystemTrayIcon.isSystemTrayAvailable()
        self.settings = SettingsPage(self.engine, self.library, self._keepsakes, self._home, has_tray=has_tray)
        self.status = Status(self.chat.status)
        self.tray = Tray(self) if has_tray else None
        self.pages = QStackedWidget()
        for page in (self.chat, self.learned, self.night, self.settings):
            self.pages.addWidget(page)
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
        self.deeds = Deeds(self, self.engine, self.library, self.toast)
        self._sleeping = card(
            row(self.status.sleeping, None, button(self.tr("Show"), lambda: self.show_page(self.night), "link"),
                button(self.tr("Wake up"), self.night.stop, "link"), space=2),
            look="sleep", inside=3,
        )  # fmt: skip
        self._sleeping.hide()
        self.chat.above.addWidget(self._sleeping)

    def _connect(self) -> None:
        side, chat = self.side, self.chat
        side.new_wanted.connect(self.new_conversation)
        side.temporary_wanted.connect(self.temporary_chat)
        side.opened.connect(self.open_conversation)
        for nav, page in ((side.learned, self.learned), (side.night, self.night), (side.settings, self.settings)):
            nav.clicked.connect(partial(self.show_page, page))
            page.left.connect(self.show_chat)
        chat.conversation_began.connect(self._on_began)
        chat.draft_changed.connect(self._on_draft)
        chat.sent.connect(self._on_sent)
        chat.memory_wanted.connect(self.show_memory)
        chat.remember_wanted.connect(self.deeds.remember)
        chat.knowledge_wanted.connect(self.deeds.show_knowledge)
        chat.cost.connect(self.status.show_cost)
        chat.noted.connect(self.deeds.on_noted)
        chat.side_wanted.connect(self._toggle_side)
        chat.menu_button.clicked.connect(self._on_conversation_menu)
        for page in (chat, self.learned):
            page.undo_wanted.connect(self.deeds.undo)
            page.restore_wanted.connect(self.deeds.restore)
            page.amend_wanted.connect(self.deeds.amend)
        self.learned.source_wanted.connect(self.open_conversation)
        self.learned.undo_everything_wanted.connect(self.deeds.undo_everything)
        self.deeds.changed.connect(self.refresh_memories)
        self.deeds.source_wanted.connect(self.open_conversation)
        self.shelf.refreshed.connect(self._on_shelf)
        self.shelf.left.connect(self._on_left)
        self.night.began.connect(self._on_night_began)
        self.night.progressed.connect(self.status.show_night)
        self.night.ended.connect(self._on_night_ended)
        self.night.undo_night_wanted.connect(self.deeds.undo_night)
        self.settings.model_changed.connect(self._on_model_changed)
        self.settings.shortcuts_wanted.connect(self.show_shortcuts)

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
        if isinstance(page, (LearnedPage, NightPage, SettingsPage)):
            page.refresh()
        self._mark_nav()
        page.area.setFocus()

    def show_chat(self) -> None:
        self.pages.setCurrentWidget(self.chat)
        self._mark_nav()
        self.chat.composer.field.setFocus()

    def _mark_nav(self) -> None:
        here = self.pages.currentWidget()
        for nav, page in (
            (self.side.learned, self.learned),
            (self.side.night, self.night),
            (self.side.settings, self.settings),
        ):
            nav.setChecked(page is here)
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
            return
        pinned = self.shelf.is_pinned(conversation)
        menu = QMenu(self)
        menu.addAction(self.tr("Rename"), self.side.rename_current)
        menu.addAction(self.tr("Unpin") if pinned else self.tr("Pin"), partial(self.shelf.pin, conversation, not pinned))
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

    def refresh_memories(self) -> None:
        """What is known has changed: wherever it is shown, show it as it is."""
        self.chat.refresh()
        if self.pages.currentWidget() is self.learned:
            self.learned.refresh()
        if self.pages.currentWidget() is self.night and not self.night.running:
            self.night.refresh()

    # Nights, the engine and what it says

    def _wake(self) -> None:
        def wake(assistant: Assistant) -> tuple[str, int | None]:
            name = assistant.wake().name or assistant.catalog.current().name
            adapter = assistant.serving.sync()
            # Loading is what takes long; it is done here, before the first word is said.
            _ = assistant.serving.engine.context_length
            return name, adapter.id if adapter else None

        self.status.show_waking()
        self.engine.ask(wake, lambda woken: self.status.show_model(*woken), self._on_not_awake)

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
        self.status.show_night(self.tr("Falling asleep"), 0.0)

    def _on_night_ended(self, said: str) -> None:
        self._sleeping.hide()
        self.toast.say(said)
        if self.tray is not None and not self.isActiveWindow():
            self.tray.notify(said)
        self.refresh_memories()

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
        self.night.stop()
        self.chat.stop_all()
        self.engine.close()
        self.library.close()
        if self.tray is not None:
            self.tray.hide()

    def _keep_place(self) -> None:
        self._keepsakes.geometry = self.saveGeometry().toBase64().toStdString()
        self._keepsakes.save()
