"""What a person may set, with its defaults and bounds; kept as JSON in the profile. A missing file is all defaults."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

from models.errors import EnvironmentProblem, UserError
from models.files import write_atomically

Reading = Literal["on", "ask", "off"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set.

    Attributes:
        memory: "on" reads memories out of what is said; "ask" too, but notes none before the person agreed; "off" notes only
            what is explicitly told ("remember that ...").
        context_length: tokens of context asked of the model; a smaller model gives what it has.
        note_budget: tokens that notes may take in one turn.
        reply_tokens: tokens of the longest reply.
        threads: threads for chatting; 0 chooses the machine's physical cores.
        gpu_layers: layers to put on the GPU; -1 puts all there where llama.cpp was built for one.
        night_threads: threads for learning; part of "the same bytes", so that another count may give another adapter.
        patience_days: for how long something merely mentioned must stand unchallenged before it is learned.
        nights: "on" learns by itself when nobody is there; "ask" too, but serves nothing before the person agreed; "off" does not.
        night_begins, night_ends: the hours of such nights, as HH:MM by the person's clock, also over midnight.
        night_idle_minutes: for how long nobody may have touched the machine; 0 where that does not matter.
        night_minutes: of each such night; what does not fit is left for the next. 0 for no limit.
        night_power: "mains", or "any" where a well-charged battery is good enough.
        keep_adapters: how many of the newest adapters are kept beside those that an undo needs.
        temperature: 0 replies with the likeliest words.
        seed: of what is drawn by chance, in a night's training and in replies; part of every adapter's identity.
    """

    memory: Reading = "on"
    context_length: int = 2048
    note_budget: int = 512
    reply_tokens: int = 512
    threads: int = 0
    gpu_layers: int = -1
    night_threads: int = 2
    patience_days: float = 1.0
    nights: Literal["on", "ask", "off"] = "on"
    night_begins: str = "00:30"
    night_ends: str = "06:30"
    night_idle_minutes: float = 10.0
    night_minutes: float = 120.0
    night_power: Literal["mains", "any"] = "mains"
    keep_adapters: int = 3
    temperature: float = 0.0
    seed: int = 0


_BOUNDS: dict[str, tuple[float, float]] = {
    "context_length": (256, 1_048_576),
    "note_budget": (0, 65_536),
    "reply_tokens": (1, 65_536),
    "threads": (0, 1024),
    "gpu_layers": (-1, 10_000),
    "night_threads": (1, 1024),
    "patience_days": (0, 365),
    "night_idle_minutes": (0, 1440),
    "night_minutes": (0, 1440),
    "keep_adapters": (1, 1000),
    "temperature": (0, 2),
    "seed": (0, 2**31 - 1),
}
_CHOICES: dict[str, tuple[str, ...]] = {
    "memory": ("on", "ask", "off"),
    "nights": ("on", "ask", "off"),
    "night_power": ("mains", "any"),
}
_HOURS = ("night_begins", "night_ends")


def load(path: Path) -> Settings:
    """The settings in `path`; raises `UserError` that names the file, the setting and what may stand there."""
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise EnvironmentProblem(f"The settings {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UserError(f"The settings {path} are not valid JSON ({error}). Mend or delete the file.") from error
    if not isinstance(written, dict):
        raise UserError(f"The settings {path} must be one JSON object. Mend or delete the file.")
    return checked(written, path)


def save(settings: Settings, path: Path) -> None:
    """Write the settings so that a crash leaves the old or the new ones, never half."""
    write_atomically(path, json.dumps(asdict(settings), indent=2).encode())


def checked(written: Mapping[str, Any], path: Path | str) -> Settings:
    """The settings in `written`; raises `UserError` that names where they stand, the setting and what may stand there."""
    known = {field.name: field for field in fields(Settings)}
    for name, value in written.items():
        if name not in known:
            raise UserError(f"{path} sets '{name}', which is no setting. The settings are: {', '.join(known)}.")
        if name in _CHOICES:
            if value not in _CHOICES[name]:
                allowed = " or ".join(f'"{choice}"' for choice in _CHOICES[name])
                raise UserError(f"{path}: {name} must be {allowed}, not {value!r}.")
            continue
        if name in _HOURS:
            if not (isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value)):
                raise UserError(f"{path}: {name} must be a time like 23:30, not {value!r}.")
            continue
        whole = isinstance(known[name].default, int)
        low, high = _BOUNDS[name]
        # bool is an int to Python, but true is no number of threads.
        fits = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        if not fits or not low <= value <= high:
            kind = "a whole number" if whole else "a number"
            raise UserError(f"{path}: {name} must be {kind} from {low:g} to {high:g}, not {value!r}.")
    return Settings(**written)
