"""The values in a JSON file, one after the other, however large it is: alone, as JSON Lines, or within a zip.

Exports have hundreds of megabytes in one list. Only the entry at hand is in memory. Python's own scanner does the reading: a
streaming parser (ijson was tried) keeps a path for every level of nesting, and a small file of brackets then takes all memory.
"""

from __future__ import annotations

import codecs
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from json.decoder import JSONDecodeError
from pathlib import Path
from typing import IO, Any

from models.errors import EnvironmentProblem, UserError

CHUNK = 1 << 20
LONGEST_ENTRY = 1 << 28
"""Characters of one entry; the longest conversations have some ten million."""
_NEAR_THE_END = 32
"""Characters: an error so near the end of what was read may only mean that the rest is still to come."""

_DECODER = json.JSONDecoder()
_SPACES = re.compile(r"[ \t\r\n]*")

# What a Mac puts into a zip beside each file.
_BESIDE = re.compile(r"(?:^|/)(?:__MACOSX/|\._)")

OnRead = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, or one within a zip. `size` in bytes, unpacked."""

    file: Path
    member: str = ""
    size: int = 0

    @property
    def name(self) -> str:
        return f"{self.file.name}: {self.member}" if self.member else self.file.name

    def open(self) -> IO[bytes]:
        if not self.member:
            return self.file.open("rb")
        # The archive is closed with the last that reads from it.
        with zipfile.ZipFile(self.file) as archive:
            return archive.open(self.member)


def sources(file: Path) -> list[Source]:
    """What there is to read in `file`: itself, or the JSON files in it where it is a zip.

    Raises:
        UserError: there is no such file, or nothing in it that could be an export.
        EnvironmentProblem: it cannot be read.
    """
    try:
        if file.is_dir():
            raise UserError(f"{file} is a folder. Give the export itself: the zip, or the conversations.json in it.")
        if not file.exists():
            raise UserError(f"There is no file {file}.")
        if not zipfile.is_zipfile(file):
            return [Source(file, size=file.stat().st_size)]
        with zipfile.ZipFile(file) as archive:
            found = [
                Source(file, entry.filename, entry.file_size)
                for entry in archive.infolist()
                if re.search(r"\.jsonl?$", entry.filename, re.IGNORECASE) and not _BESIDE.search(entry.filename)
            ]
    except (OSError, zipfile.BadZipFile) as problem:
        raise _unreadable(file.name, problem) from problem
    if any(source.member == "backup.json" for source in found):
        raise UserError(f"{file.name} is a backup of a whole profile. To put it back: dormouse backup FILE --restore")
    if not found:
        raise UserError(f"There is no JSON in {file.name}. An export has its conversations in conversations.json.")
    return found


def values(source: Source, on_read: OnRead = lambda _: None) -> Iterator[Any]:
    """Each entry of the list that a file holds, or each value where it is no list; `on_read` hears how many bytes were read.

    Raises:
        UserError: the file is damaged, cut short, or no JSON.
        EnvironmentProblem: it cannot be read.
    """
    try:
        with source.open() as file:
            yield from _Scanner(source.name, file, on_read).values()
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as problem:
        raise _unreadable(source.name, problem) from problem


def _unreadable(name: str, problem: Exception) -> EnvironmentProblem | UserError:
    if isinstance(problem, OSError) and problem.errno is not None:
        return EnvironmentProblem(f"{name} cannot be read: {problem.strerror}.")
    return UserError(f"{name} is damaged ({problem}), so nothing of it was taken in. Download the export again.")


class _Scanner:
    """A window on the text of one file, which grows until a whole value is in it."""

    def __init__(self, name: str, file: IO[bytes], on_read: OnRead) -> None:
        self._name = name
        self._file = file
        self._on_read = on_read
        self._decoder: codecs.IncrementalDecoder | None = None
        self._text = ""
        self._at = 0
        self._ended = False

    def values(self) -> Iterator[Any]:
        first = self._next()
        if not first or first not in "[{":
            raise self._damaged("it does not begin as one does" if first else "it is empty")
        if first != "[":
            while self._next():
                yield self._value()
            return
        mark = self._after(first)
        while mark != "]":
            yield self._value()
            mark = self._next()
            if mark == ",":
                self._at += 1
            elif mark != "]":
                raise self._damaged(f"a comma is missing before {mark!r}" if mark else "it is cut short")
        if self._after(mark):
            raise self._damaged("something stands behind its end")

    def _after(self, mark: str) -> str:
        self._at += len(mark)
        return self._next()

    def _next(self) -> str:
        """The next character that is no space; "" at the end."""
        while True:
            found = _SPACES.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text) or self._ended:
                return self._text[self._at : self._at + 1]
            self._more(CHUNK)

    def _value(self) -> Any:
        if not self._next():
            raise self._damaged("it is cut short")
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
                # A number may go on behind what was read: "2.", "1e".
                if self._ended or not isinstance(value, (int, float)) or end < len(self._text) - _NEAR_THE_END:
                    self._at = end
                    return value
            except JSONDecodeError as error:
                unfinished = error.msg.startswith("Unterminated string") or error.pos > len(self._text) - _NEAR_THE_END
                if self._ended or not unfinished:
                    raise self._damaged("it is cut short" if unfinished else error.msg) from None
            except RecursionError:
                raise self._damaged("it is nested too deep") from None
            if len(self._text) - self._at > LONGEST_ENTRY:
                raise self._damaged("one entry in it never ends")
            # Twice as much each time, so that a long value is not read from its beginning over and over.
            self._more(max(CHUNK, len(self._text) - self._at))

    def _more(self, size: int) -> None:
        chunk = self._file.read(size)
        self._ended = not chunk
        self._on_read(len(chunk))
        if self._decoder is None:
            utf16 = chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            self._decoder = codecs.getincrementaldecoder("utf-16" if utf16 else "utf-8-sig")()
        try:
            self._text, self._at = self._text[self._at :] + self._decoder.decode(chunk, final=self._ended), 0
        except UnicodeDecodeError as error:
            raise self._damaged(f"it is not in UTF-8 ({error.reason})") from error

    def _damaged(self, why: str) -> UserError:
        return UserError(
            f"{self._name} is no whole JSON file ({why}), so nothing of it was taken in. "
            "Download the export again, and give the zip or the conversations.json as it came."
        )
