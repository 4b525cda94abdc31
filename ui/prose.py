"""One message as it is read: Markdown in one document, as high as it needs, with code set apart and nothing fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PySide6.QtCore import QMimeData, QRectF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrame,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser

from ui import formulas
from ui.pieces import IconButton
from ui.theme import SPACE, colours, theme

_FEATURES = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML


class Prose(QTextBrowser):
    """Markdown in one document. `markdown` is the text as it was written; signal `focused`: the keyboard has come here."""

    focused = Signal()

    def __init__(self, text: str = "", *, plain: bool = False) -> None:
        super().__init__()
        self._plain = plain
        self.markdown = text
        self.copies: list[IconButton] = []
        self._code: list[tuple[QTextBlock, QTextBlock]] = []
        self._quotes: list[QTextBlock] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenExternalLinks(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._colouring = None if plain else _Colouring(self.document())
        theme().changed.connect(self.show_now)
        self.show_now()

    @property
    def chosen(self) -> str:
        """The words that are selected, "" where none are."""
        return self.textCursor().selectedText().replace("\u2029", "\n")

    def set_text(self, text: str) -> None:
        self.markdown = text
        self.show_now()

    def show_now(self) -> None:
        """Lay out all of the text."""
        self._natural_width = 0
        self.setFont(theme().font(15))
        self.document().setDefaultFont(theme().font(15))
        if self._plain:
            self.document().setPlainText(self.markdown)
        else:
            self.document().setMarkdown(_readable(formulas.readable(self.markdown)), _FEATURES)
        # As one change: else everything below is laid out again for each line that is dressed.
        whole = QTextCursor(self.document())
        whole.beginEditBlock()
        self._dress()
        whole.endEditBlock()
        self._fit()

    def loadResource(self, type: int, name: QUrl | str) -> object:
        """No picture is ever loaded: the network would learn what was said, and the disk is none of a reply's business."""
        return None

    def createMimeDataFromSelection(self) -> QMimeData:
        data = QMimeData()
        data.setText(self.textCursor().selection().toPlainText())
        return data

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.height())

    def natural_width(self) -> int:
        """Pixels of the longest line when nothing wraps."""
        if not self._natural_width:
            document = self.document().clone()
            document.setTextWidth(-1)
            self._natural_width = round(document.idealWidth()) + 2
        return self._natural_width

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._code or self._quotes:
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours().chosen))
            for block in self._quotes:
                area = self.document().documentLayout().blockBoundingRect(block)
                painter.drawRoundedRect(QRectF(2, area.top(), 3, area.height()), 1.5, 1.5)
            painter.setPen(QColor(colours().line))
            painter.setBrush(QColor(colours().code))
            for rectangle in self._code_areas():
                painter.drawRoundedRect(rectangle, 8, 8)
            painter.end()
        super().paintEvent(event)

    def _fit(self) -> None:
        self.document().setTextWidth(self.viewport().width())
        # The last line's spacing stands below it, where nothing follows.
        spare = round(self.fontMetrics().height() * 0.4)
        self.setFixedHeight(max(round(self.document().size().height()) - spare, self.fontMetrics().height()))
        for copy, area in zip(self.copies, self._code_areas(), strict=False):
            copy.move(round(area.right()) - copy.width() - 4, round(area.top()) + 4)

    def _code_areas(self) -> Iterator[QRectF]:
        layout = self.document().documentLayout()
        for first, last in self._code:
            area = layout.blockBoundingRect(first).united(layout.blockBoundingRect(last))
            yield QRectF(0.5, area.top() - SPACE[2], self.viewport().width() - 1, area.height() + 2 * SPACE[2])

    def _dress(self) -> None:
        """Give what the Markdown reader made the theme's type and spacing."""
        document = self.document()
        self._spread(document)
        self._code = list(_code_blocks(document))
        self._quotes = list(_quotes(document))
        for frame in _tables(document.rootFrame()):
            layout = frame.format()
            layout.setBorder(1)
            layout.setBorderBrush(QColor(colours().line))
            layout.setBorderCollapse(True)
            layout.setCellPadding(8)
            layout.setCellSpacing(0)
            layout.setTopMargin(SPACE[3])
            layout.setBottomMargin(SPACE[4])
            layout.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
            layout.setWidth(QTextLength())
            frame.setFormat(layout)
            _mend_head(frame)
        for button in self.copies:
            button.deleteLater()
        self.copies = [self._copy_button(first, last) for first, last in self._code]

    def _spread(self, document: QTextDocument) -> None:
        block = document.begin()
        while block.isValid():
            cursor = QTextCursor(block)
            layout = block.blockFormat()
            code = layout.hasProperty(QTextFormat.Property.BlockCodeFence)
            layout.setLineHeight(135 if code else 145, 1)
            if code:
                layout.setNonBreakableLines(False)
                layout.setLeftMargin(SPACE[4])
                layout.setRightMargin(SPACE[4])
                layout.setTopMargin(0 if _is_code(block.previous()) else SPACE[4])
                layout.setBottomMargin(0 if _is_code(block.next()) else SPACE[5])
            elif layout.hasProperty(QTextFormat.Property.BlockQuoteLevel):
                layout.setLeftMargin(SPACE[4])
                layout.setBottomMargin(SPACE[3])
            elif block.textList() is not None:
                layout.setTopMargin(0)
                layout.setBottomMargin(SPACE[1])
            elif cursor.currentTable():
                # Room between lines stands below them, and would push the words up in their cells.
                layout.setLineHeight(115, 1)
                layout.setTopMargin(0)
                layout.setBottomMargin(0)
            else:
                layout.setTopMargin(SPACE[3] if layout.headingLevel() and block.position() else 0)
                layout.setBottomMargin(SPACE[3] if not self._plain and block.next().isValid() else 0)
            cursor.setBlockFormat(layout)
            if code or layout.headingLevel():
                cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
                look = QTextCharFormat()
                if code:
                    look.setFont(theme().monospace())
                else:
                    look.setFont(theme().font({1: 20, 2: 18}.get(layout.headingLevel(), 16), QFont.Weight.DemiBold))
                cursor.mergeCharFormat(look)
            else:
                _soften(block)
            block = block.next()

    def _copy_button(self, first: QTextBlock, last: QTextBlock) -> IconButton:
        lines, block = [], first
        while block.isValid():
            lines.append(block.text())
            if block == last:
                break
            block = block.next()
        code = "\n".join(lines)
        copy = IconButton("copy", self.tr("Copy this code"), lambda: QGuiApplication.clipboard().setText(code), size=15)
        copy.setParent(self.viewport())
        side = round(28 * theme().scale)
        copy.setFixedSize(side, side)
        copy.show()
        return copy


def _readable(markdown: str) -> str:
    """Single line breaks stay line breaks, as whoever wrote them meant; a reply's blank beginning is dropped."""
    parts = re.split(r"(```.*?(?:```|\Z))", markdown.lstrip(), flags=re.DOTALL)
    return "".join(
        part if part.startswith("```") else re.sub(r"(?<=[^\n|])\n(?=[^\n|#>*+\-\d\s`])", "  \n", part) for part in parts
    )


def _soften(block: QTextBlock) -> None:
    """Bold is the typeface's own semibold: there is no heavier one, and drawn twice it would look smudged."""
    parts = block.begin()
    while not parts.atEnd():
        fragment = parts.fragment()
        if fragment.charFormat().fontWeight() > QFont.Weight.DemiBold:
            cursor = QTextCursor(block)
            cursor.setPosition(fragment.position())
            cursor.setPosition(fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor)
            look = QTextCharFormat()
            look.setFontWeight(QFont.Weight.DemiBold)
            cursor.mergeCharFormat(look)
            # What was changed begins anew.
            parts = block.begin()
        else:
            parts += 1  # pyright: ignore[reportOperatorIssue]


def _is_code(block: QTextBlock) -> bool:
    return block.isValid() and block.blockFormat().hasProperty(QTextFormat.Property.BlockCodeFence)


def _quotes(document: QTextDocument) -> Iterator[QTextBlock]:
    block = document.begin()
    while block.isValid():
        if block.blockFormat().hasProperty(QTextFormat.Property.BlockQuoteLevel):
            yield block
        block = block.next()


def _code_blocks(document: QTextDocument) -> Iterator[tuple[QTextBlock, QTextBlock]]:
    """The first and last line of each piece of code."""
    block = document.begin()
    while block.isValid():
        if _is_code(block) and not _is_code(block.previous()):
            last = block
            while _is_code(last.next()):
                last = last.next()
            yield block, last
        block = block.next()


def _mend_head(table: QTextTable) -> None:
    """Qt puts an empty line before the first cell of a table that follows code; and every head is set as one."""
    first = table.cellAt(0, 0).firstCursorPosition()
    if not first.block().text() and first.block() != table.cellAt(0, 0).lastCursorPosition().block():
        first.deleteChar()
        layout = first.blockFormat()
        layout.setTopMargin(0)
        layout.setBottomMargin(0)
        first.setBlockFormat(layout)
    look = QTextCharFormat()
    look.setFontWeight(QFont.Weight.DemiBold)
    for place in range(table.columns()):
        cursor = table.cellAt(0, place).firstCursorPosition()
        cursor.setPosition(table.cellAt(0, place).lastPosition(), QTextCursor.MoveMode.KeepAnchor)
        cursor.mergeCharFormat(look)


def _tables(frame: QTextFrame) -> Iterator[QTextTable]:
    for child in frame.childFrames():
        if isinstance(child, QTextTable):
            yield child
        yield from _tables(child)


class _Colouring(QSyntaxHighlighter):
    """Strings, comments, numbers and the words that most languages share; only in code."""

    _WORDS = re.compile(
        r"\b(?:and|as|async|await|bool|break|case|catch|class|const|continue|def|del|do|elif|else|enum|except|export|extends|"
        r"final|finally|fn|for|from|func|function|if|impl|import|in|int|interface|is|lambda|let|match|mut|new|not|or|pass|"
        r"private|pub|public|raise|return|self|static|str|struct|switch|this|throw|try|type|use|var|void|while|with|yield|"
        r"None|True|False|null|true|false|SELECT|FROM|WHERE|INSERT|UPDATE|DELETE|JOIN)\b"
    )
    _NUMBERS = re.compile(r"\b\d[\d_.]*\b")
    _STRINGS = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
    _COMMENTS = re.compile(r"(?:(?<=\s)|^)(?:#|//|--).*$")

    def highlightBlock(self, text: str) -> None:
        if not _is_code(self.currentBlock()):
            return
        c = colours()
        for pattern, colour in (
            (self._WORDS, c.learned), (self._NUMBERS, c.note), (self._STRINGS, c.accent), (self._COMMENTS, c.faint)
        ):  # fmt: skip
            for match in pattern.finditer(text):
                self.setFormat(match.start(), len(match[0]), QColor(colour))
