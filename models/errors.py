"""The two kinds of error a person can do something about; everything else is a bug and is shown as one."""

from __future__ import annotations


class DormouseError(Exception):
    """Base of errors whose text is written for the person: what happened, to what, and the way out."""


class UserError(DormouseError):
    """Wrong usage or bad input: the person can do something differently. Exit code 2."""


class EnvironmentProblem(DormouseError):
    """Disk, GPU, file or network is not as it must be. Exit code 3."""


class Cancelled(DormouseError):
    """The person asked to stop; nothing was changed. Exit code 1."""
