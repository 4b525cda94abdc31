"""Which models a profile knows and which of them is in use. Files stay where the person keeps them; only their paths are noted."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from models.errors import EnvironmentProblem, UserError
from models.files import write_atomically
from models.gguf_file import GgufSummary, read_summary
from models.trial import try_model

BUILT_IN = "acorn"
BUILT_IN_FILE = Path(__file__).parent / "acorn" / "acorn.gguf"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """One line of `dormouse models list`. `present` is False where the file has been moved or deleted."""

    name: str
    path: Path
    built_in: bool
    in_use: bool
    present: bool


class Catalog:
    """The models of one profile; the built-in one, a small demonstration model, is always among them."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the profile; nothing is written before the first change."""
        self._file = folder / "models.json"
        self.hashes = folder / "hashes.json"
        """Where `read_summary` remembers the hashes of large files."""

    def list(self) -> tuple[KnownModel, ...]:
        """The built-in model, then the others by name."""
        paths, used = self._read()
        rows = [(BUILT_IN, BUILT_IN_FILE), *sorted(paths.items())]
        return tuple(KnownModel(name, path, name == BUILT_IN, name == used, path.is_file()) for name, path in rows)

    def current(self) -> KnownModel:
        """The model in use."""
        return next(model for model in self.list() if model.in_use)

    def find(self, name: str) -> KnownModel:
        """Raises UserError where the profile knows no model of that name."""
        for model in self.list():
            if model.name == name:
                return model
        known = ", ".join(model.name for model in self.list())
        raise UserError(f"There is no model called {name}; there are: {known}. Add one with: dormouse models add FILE")

    def add(self, file: Path, name: str = "") -> tuple[KnownModel, GgufSummary]:
        """Check and try a model file and note it under `name`, or under one made from its file name; also what it says of itself.

        Raises:
            EnvironmentProblem: the file is missing, cut short or damaged, or llama.cpp cannot load it.
            UserError: it is no chat model, or the name is taken.
        """
        path = Path(file).expanduser().resolve()
        summary = read_summary(path, hashes=self.hashes)
        if not summary.chat_template:
            raise UserError(
                f"{path.name} has no chat template: it goes on with a text instead of answering. "
                "Choose its variant made for chat, mostly called instruct, chat or it."
            )
        paths, used = self._read()
        for known, where in paths.items():
            if where == path and name in ("", known):
                return self.find(known), summary
        name = name or name_for(path)
        if not re.fullmatch(r"[\w.-]{1,64}", name):
            raise UserError(f"{name!r} cannot be a model's name; use letters, digits, '.', '_' and '-'.")
        if name == BUILT_IN or name in paths:
            raise UserError(f"There is already a model called {name}. Give this one another name: --name NAME")
        try_model(path)
        self._write({**paths, name: path}, used)
        return self.find(name), summary

    def use(self, name: str) -> KnownModel:
        """Serve with this model from now on. Raises where its file is gone or no longer a whole model."""
        model = self.find(name)
        read_summary(model.path, sha256=False)
        self._write(self._read()[0], name)
        return self.find(name)

    def remove(self, name: str) -> KnownModel:
        """Forget a model; its file stays. If it was in use, the built-in one is used again."""
        model = self.find(name)
        if model.built_in:
            raise UserError(f"{name} is built in and cannot be removed. Use another one with: dormouse models use NAME")
        paths, used = self._read()
        del paths[name]
        self._write(paths, BUILT_IN if used == name else used)
        return model

    def show(self, name: str) -> GgufSummary:
        """What the model's file says of itself."""
        return read_summary(self.find(name).path, hashes=self.hashes)

    def _read(self) -> tuple[dict[str, Path], str]:
        """The paths by name, without the built-in model, and the name in use."""
        try:
            content = json.loads(self._file.read_bytes())
            paths = {str(name): Path(path) for name, path in content["models"].items()}
            used = str(content["in_use"])
        except FileNotFoundError:
            return {}, BUILT_IN
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as problem:
            raise EnvironmentProblem(
                f"{self._file} cannot be read ({problem}). Delete it and add your models again; their files are untouched."
            ) from problem
        return paths, used if used in paths else BUILT_IN

    def _write(self, paths: dict[str, Path], used: str) -> None:
        content = {"in_use": used, "models": {name: str(path) for name, path in sorted(paths.items())}}
        write_atomically(self._file, json.dumps(content, indent=1).encode())


def name_for(path: Path) -> str:
    """What a model is called after its file, where nobody gave it a name."""
    return re.sub(r"[^\w.-]+", "-", path.stem.lower()).strip("-.")[:64] or "model"
