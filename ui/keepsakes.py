"""What the window remembers about itself: its place, the pinned conversations, drafts, how it looks. JSON in the profile.

Nothing here is known to the assistant. A damaged file is no reason not to open: the window then begins as new.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Literal

from models.errors import EnvironmentProblem
from models.files import write_atomically


@dataclass(slots=True)
class Keepsakes:
    """Kept between two sittings.

    Attributes:
        geometry: of the window, as Qt writes it, base64.
        conversation: the one that was open last; 0 for a new one.
        pinned: conversations that stay at the top.
        drafts: words not sent yet, by conversation number ("0" is the new one).
        sent: what was sent last, newest last, for Up in the composer.
        text_scale: of all type, 1.0 is as designed.
        tray: whether closing the window leaves Dormouse in the tray, where there is one.
        introduced: whether the first steps were seen or passed over.
        held: nothing is written: what is on the disk is being erased.
    """

    geometry: str = ""
    side_open: bool = True
    conversation: int = 0
    pinned: list[int] = field(default_factory=list)
    drafts: dict[str, str] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    appearance: Literal["system", "light", "dark"] = "system"
    text_scale: float = 1.0
    tray: bool = False
    introduced: bool = False
    path: Path | None = None
    held: bool = False

    @classmethod
    def load(cls, path: Path) -> Keepsakes:
        """What is kept at `path`; each entry that is not what it should be is as new."""
        kept = cls(path=path)
        written: object = {}
        with suppress(OSError, ValueError):
            written = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(written, dict):
            for entry in fields(cls):
                value = written.get(entry.name)
                if entry.name not in ("path", "held") and type(value) is type(getattr(kept, entry.name)):
                    setattr(kept, entry.name, value)
        if kept.appearance not in ("system", "light", "dark"):
            kept.appearance = "system"
        kept.text_scale = min(2.0, max(0.8, kept.text_scale))
        return kept

    def save(self) -> None:
        """Write all of it; a crash leaves the old or the new, never half."""
        if self.path is None or self.held:
            return
        content = {key: value for key, value in asdict(self).items() if key not in ("path", "held")}
        # A full disk must not end a conversation; the store says so where something is really lost.
        with suppress(EnvironmentProblem):
            write_atomically(self.path, json.dumps(content, indent=1, ensure_ascii=False).encode())

    def reread(self) -> None:
        """Words as they are on the disk: some of them were erased there."""
        if self.path is not None:
            kept = Keepsakes.load(self.path)
            self.drafts, self.sent = kept.drafts, kept.sent

    def begin_anew(self) -> None:
        """Forget all but how the window looks."""
        new = Keepsakes(
            geometry=self.geometry, side_open=self.side_open, appearance=self.appearance, text_scale=self.text_scale
        )
        for entry in fields(self):
            if entry.name != "path":
                setattr(self, entry.name, getattr(new, entry.name))

    def keep_draft(self, conversation: int, text: str) -> None:
        if text.strip():
            self.drafts[str(conversation)] = text
        else:
            self.drafts.pop(str(conversation), None)

    def keep_sent(self, text: str) -> None:
        self.sent = [*(earlier for earlier in self.sent if earlier != text), text][-50:]
