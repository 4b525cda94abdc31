"""`python -m ui.languages de`: collects all that the window says into a file to be translated, and compiles what is.

The sentences stand in `ui/translations/dormouse_de.ts`, which Qt Linguist opens; the window speaks the system's language where
there is a file of it, and English where there is none.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import PySide6
from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

UI = Path(__file__).resolve().parent
FOLDER = UI / "translations"


def speak(application: QApplication, locale: QLocale | None = None, folder: Path = FOLDER) -> list[QTranslator]:
    """Say things in the language of `locale`, the system's without one; the translators that were found."""
    locale = locale or QLocale()
    qt = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    found = []
    # Qt's own words too: the buttons of file dialogs.
    for name, where in (("qtbase", qt), ("dormouse", folder)):
        translator = QTranslator(application)
        if where.is_dir() and translator.load(locale, name, "_", str(where)):
            application.installTranslator(translator)
            found.append(translator)
    return found


def collect(language: str, folder: Path = FOLDER) -> Path:
    """Bring the file of a language up to date with what the window says; what is translated stays."""
    folder.mkdir(exist_ok=True)
    file = folder / f"dormouse_{language}.ts"
    sources = sorted(str(source) for source in UI.glob("*.py"))
    _run("lupdate", "-silent", *sources, "-ts", str(file))
    return file


def compile(file: Path) -> Path:
    """Make of a file of translations what the window reads."""
    made = file.with_suffix(".qm")
    _run("lrelease", "-silent", str(file), "-qm", str(made))
    return made


def _run(tool: str, *arguments: str) -> None:
    folder = Path(PySide6.__file__).parent
    program = next(iter(sorted(folder.glob(f"{tool}*"))), folder / tool)
    subprocess.run([str(program), *arguments], check=True)


def main(languages: list[str]) -> int:
    for language in languages:
        print(compile(collect(language)))
    return 0 if languages else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
