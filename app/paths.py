"""Where a profile lives and what lies where in it. Nothing here reads or writes a file, but for making the folders private."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

from models.errors import EnvironmentProblem, UserError

HOME_VARIABLE = "DORMOUSE_HOME"


def profile_home(named: str | None, environ: Mapping[str, str] = os.environ) -> Path:
    """The profile to use: the one named on the command line, else DORMOUSE_HOME, else where the system keeps data."""
    if named is not None and not named.strip():
        raise UserError("--home names no folder. Give a path: dormouse --home ~/dormouse ...")
    chosen = named or environ.get(HOME_VARIABLE)
    return Path(chosen).expanduser().absolute() if chosen else user_data_path("dormouse", appauthor=False)


@dataclass(frozen=True, slots=True)
class Profile:
    """One person's folder: memories, adapters, nights, models and settings."""

    home: Path

    @property
    def database(self) -> Path:
        return self.home / "dormouse.sqlite3"

    @property
    def settings(self) -> Path:
        return self.home / "settings.json"

    @property
    def night_lock(self) -> Path:
        return self.home / "night.lock"

    @property
    def models(self) -> Path:
        """Where models from the hub are kept."""
        return self.home / "models"

    @property
    def night_logs(self) -> Path:
        return self.home / "nights"

    @property
    def input_history(self) -> Path:
        return self.home / "input_history"

    def make(self) -> Profile:
        """Create the folder, readable by its owner alone."""
        try:
            self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
            # A folder with other things in it may be shared on purpose, so only our own is closed to others.
            ours = self.database.exists() or not any(self.home.iterdir())
            if ours and os.name == "posix" and self.home.stat().st_mode & 0o077:
                self.home.chmod(0o700)
        except FileExistsError as error:
            raise EnvironmentProblem(f"{self.home} is a file, not a folder. Name another profile: --home DIR") from error
        except OSError as error:
            raise EnvironmentProblem(
                f"The profile {self.home} cannot be made, or made private: {error.strerror}. Name another one: --home DIR"
            ) from error
        return self
