"""Takes everything that Dormouse knows and kept out of a profile. Model files stay: they know nothing of anyone."""

from __future__ import annotations

import shutil

from app.instance_lock import hold
from app.paths import Profile
from models.errors import EnvironmentProblem

FOLDERS = ("adapters", "jobs", "lessons", "nights")
FILES = ("dormouse.sqlite3", "dormouse.sqlite3-wal", "dormouse.sqlite3-shm", "settings.json", "window.json", "input_history",
         "errors.log")  # fmt: skip


def delete_everything(profile: Profile) -> None:
    """Delete conversations, memories, weights, settings and drafts. Nobody may have the profile open.

    Only what is Dormouse's by name: the folder may hold other things too.

    Raises:
        EnvironmentProblem: a night runs, or a file cannot be deleted; what could be is gone, and it can be asked for again.
    """
    busy = "A night is running (process {owner}). Wake Dormouse up first; then everything can be deleted."
    with hold(profile.night_lock, busy):
        left = []
        # The database first: without it the rest says little of anyone.
        for name in FILES:
            try:
                (profile.home / name).unlink(missing_ok=True)
            except OSError as error:
                left.append(f"{name} ({error.strerror})")
        for name in FOLDERS:
            try:
                shutil.rmtree(profile.home / name)
            except FileNotFoundError:
                continue
            except OSError as error:
                left.append(f"{name} ({error.strerror})")
    if left:
        raise EnvironmentProblem(
            f"Not everything in {profile.home} could be deleted: {', '.join(left)}. "
            "Close what else uses the folder, and delete it again."
        )
