"""Import, export, backup and the way back, and the end of everything: asked for in menus and settings, done in the library's thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget

from learning.types import ConversationId, MessageId
from models.engine import CancelToken
from models.errors import Cancelled
from ui.dialogs import AskSheet, Sheet
from ui.pieces import Check, button, label, row
from ui.room import Room
from ui.work_sheet import OnProgress, WorkSheet

if TYPE_CHECKING:
    from app.assistant import Assistant
    from app.exchange.backup import Contents
    from app.library import Library


class Exchange(QObject):
    """Signals: `changed` (there is more than before), `replaced` (all of it is another now), `wipe_wanted`."""

    changed = Signal()
    replaced = Signal()
    wipe_wanted = Signal()

    def __init__(self, window: QWidget, engine: Room[Assistant], library: Room[Library]) -> None:
        super().__init__(window)
        self._window, self._engine, self._library = window, engine, library

    # Import

    def ask_import(self) -> None:
        """Let the person choose files, and whether what they said there is to be noted."""
        kinds = self.tr("Chats and memories (*.json *.zip *.jsonl);;All files (*)")
        files, _ = QFileDialog.getOpenFileNames(self._window, self.tr("Import"), "", kinds)
        if files:
            ImportSheet(self._window, [Path(file) for file in files], self).open()

    def import_files(self, files: Sequence[Path], *, note: bool) -> WorkSheet:
        """Take conversations and memories in; with `note` what the person said there is read for memories afterwards."""

        def work(library: Library, on_progress: OnProgress, cancel: CancelToken) -> str:
            from app.as_text import of_imported
            from app.exchange.importing import import_files

            imported = import_files(library.store, files, reread=note, on_progress=on_progress, cancel=cancel)
            said = (*imported.reread, *imported.said)
            if note and said and not imported.stopped:
                self._library.tell(self._note, said)
            self._library.tell(self.changed.emit)
            return of_imported(imported, ())

        return self._work(self.tr("Importing"), work)

    def _note(self, said: Sequence[MessageId]) -> None:
        # With the engine, when it has nothing better to do: the person is not kept waiting for it.
        left = list(said)

        def note(assistant: Assistant, cancel: CancelToken) -> None:
            left.sort(key=lambda id: (assistant.store.turn(id).created_at, id))
            read = 0

            def follow(done: int, _: int) -> None:
                nonlocal read
                read = done

            assistant.note_imported(left, on_progress=follow, cancel=cancel)
            self._engine.tell(self.changed.emit)
            if cancel.cancelled:
                del left[:read]
                raise Cancelled("Reading what was imported goes on later.")

        self._engine.meanwhile(note)

    # Export and backup

    def ask_export(self, conversations: Sequence[int] = (), title: str = "") -> None:
        """Let the person choose the file that conversations are written to; without any, all of them."""
        name = _file_name(title) if title else self.tr("conversations")
        kinds = self.tr("Markdown (*.md);;JSON, which can be imported again (*.json)")
        file, kind = QFileDialog.getSaveFileName(self._window, self.tr("Export"), f"{name}.md", kinds)
        if file:
            chosen = Path(file)
            wanted = (
                chosen
                if chosen.suffix.lower() in (".md", ".json")
                else chosen.with_suffix(".json" if "json" in kind else ".md")
            )
            self.export(wanted, conversations)

    def export(self, file: Path, conversations: Sequence[int] = ()) -> WorkSheet:
        def work(library: Library, _: OnProgress, __: CancelToken) -> str:
            from app.as_text import of_exported
            from app.exchange.exporting import export_conversations

            return of_exported(
                export_conversations(library.store, file, [ConversationId(id) for id in conversations], force=True)
            )

        return self._work(self.tr("Exporting"), work)

    def ask_export_memories(self) -> None:
        kinds = self.tr("JSON Lines (*.jsonl)")
        file, _ = QFileDialog.getSaveFileName(self._window, self.tr("Export what I know"), "memories.jsonl", kinds)
        if file:
            self.export_memories(Path(file))

    def export_memories(self, file: Path) -> WorkSheet:
        def work(library: Library, _: OnProgress, __: CancelToken) -> str:
            from app.as_text import of_exported
            from app.exchange.exporting import export_memories

            return of_exported(export_memories(library.store, file, force=True))

        return self._work(self.tr("Exporting"), work)

    def ask_backup(self) -> None:
        def ask(now: datetime) -> None:
            name, kinds = f"dormouse-{now:%Y-%m-%d}.dormouse", self.tr("Dormouse backups (*.dormouse)")
            file, _ = QFileDialog.getSaveFileName(self._window, self.tr("Back up"), name, kinds)
            if file:
                self.back_up(Path(file))

        self._library.ask(lambda library: library.now(), ask)

    def back_up(self, file: Path) -> WorkSheet:
        """All of the profile but model files, in one file."""

        def work(library: Library, on_progress: OnProgress, cancel: CancelToken) -> str:
            from app.as_text import of_backup
            from app.exchange.backup import back_up

            made = back_up(library.store, library.profile.home, file, force=True, on_progress=on_progress, cancel=cancel)
            return of_backup(made)

        return self._work(self.tr("Backing up"), work)

    # Replacing all there is

    def ask_restore(self) -> None:
        """Let the person choose a backup, and ask once more with what is in it."""
        kinds = self.tr("Dormouse backups (*.dormouse);;All files (*)")
        file, _ = QFileDialog.getOpenFileName(self._window, self.tr("Restore a backup"), "", kinds)
        if file:
            self.offer_restore(Path(file))

    def offer_restore(self, file: Path) -> None:
        def look(_: Library) -> Contents:
            from app.exchange.backup import look_into

            return look_into(file)

        def ask(contents: Contents) -> None:
            says = self.tr(
                "In the backup of %1: %2 conversations, %3 memories. It takes the place of everything that is here now. "
                "What you undid or erased since stays so."
            )
            for place, value in (
                ("%1", f"{contents.created_at.astimezone():%d %B %Y, %H:%M}"),
                ("%2", str(contents.conversations)),
                ("%3", str(contents.memories)),
            ):
                says = says.replace(place, value)
            AskSheet(self._window, self.tr("Restore this backup?"), says, self.tr("Restore"), lambda: self.restore(file)).open()

        self._library.ask(look, ask)

    def restore(self, file: Path) -> WorkSheet:
        def work(library: Library, on_progress: OnProgress, cancel: CancelToken) -> str:
            from app.as_text import of_restored
            from app.exchange.restoring import restore

            restored = restore(
                library.store, library.profile.home, file, library.base, force=True, on_progress=on_progress, cancel=cancel
            )
            self._library.tell(self.replaced.emit)
            return of_restored(restored)

        return self._work(self.tr("Restoring"), work)

    def ask_delete_everything(self) -> None:
        """Only for who writes it out."""
        DeleteSheet(self._window, self.wipe_wanted.emit).open()

    def _work(self, title: str, work: Callable[[Library, OnProgress, CancelToken], str]) -> WorkSheet:
        sheet = WorkSheet(self._window, title, self._library, work)
        sheet.open()
        return sheet


class ImportSheet(Sheet):
    """What is about to be imported, and whether memories are to be made of it."""

    def __init__(self, parent: QWidget, files: Sequence[Path], exchange: Exchange) -> None:
        super().__init__(parent, 520)
        self.entitle(self.tr("Import"))
        self._files, self._exchange = files, exchange
        self.inner.addWidget(label("\n".join(file.name for file in files[:6]), wraps=True))
        says = self.tr(
            "ChatGPT's and Claude's exports (the JSON or the whole ZIP), and what Dormouse exported. "
            "What is here already is not added twice."
        )
        self.inner.addWidget(label(says, "muted", wraps=True))
        self.note = Check(self.tr("Also note what I said about myself there"))
        self.inner.addWidget(self.note)
        self.go = button(self.tr("Import"), self._on_go, "primary")
        self.inner.addLayout(row(None, button(self.tr("Cancel"), self.reject), self.go))

    def _on_go(self) -> None:
        self.accept()
        self._exchange.import_files(self._files, note=self.note.isChecked())


class DeleteSheet(Sheet):
    """Asks for a word before everything is deleted."""

    def __init__(self, parent: QWidget, on_yes: Callable[[], object]) -> None:
        super().__init__(parent, 520)
        self.entitle(self.tr("Delete everything?"))
        self._on_yes = on_yes
        self.word = self.tr("delete everything")
        says = self.tr(
            "All conversations, memories, weights, receipts and settings are deleted from this computer, and nothing brings them "
            "back but a backup of yours. Model files stay. Files that you exported stay where they are."
        )
        self.inner.addWidget(label(says, wraps=True))
        self.inner.addWidget(label(self.tr("To go on, write: %1").replace("%1", self.word), "muted", wraps=True))
        self.field = QLineEdit()
        self.field.setAccessibleName(self.tr("Write: %1").replace("%1", self.word))
        self.inner.addWidget(self.field)
        self.yes = button(self.tr("Delete everything"), self._accept, "danger")
        self.yes.setEnabled(False)
        self.field.textChanged.connect(lambda text: self.yes.setEnabled(text.strip().casefold() == self.word.casefold()))
        self.inner.addLayout(row(None, button(self.tr("Cancel"), self.reject), self.yes))

    def _accept(self) -> None:
        self.accept()
        self._on_yes()


def _file_name(title: str) -> str:
    """A title as every system takes it for the name of a file."""
    kept = "".join(character if character.isalnum() or character in " -_" else " " for character in title)
    return " ".join(kept.split())[:60] or "conversation"
