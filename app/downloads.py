"""Models from the hub in a profile: what is offered to this machine, and how one of them becomes a model of the person's."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from app.instance_lock import hold
from app.machine import this_machine
from app.paths import Profile
from models.catalog import Catalog, KnownModel, name_for
from models.download import Fetched, download
from models.engine import CancelToken
from models.errors import DormouseError, UserError
from models.offers import Fit, Machine, Offer, fit, offers, recommended


@dataclass(frozen=True, slots=True)
class Offered:
    """A model of the catalogue as it stands to this machine; `present` where the profile has it."""

    offer: Offer
    fit: Fit
    recommended: bool
    present: bool


def offered(home: Path, machine: Machine | None = None) -> tuple[Offered, ...]:
    """The catalogue, smallest model first, with what fits and the one to begin with; no network is asked."""
    profile = Profile(home)
    machine = machine or this_machine(profile.models)
    have = {model.name for model in Catalog(profile.home).list() if model.present}
    first = recommended(offers(), machine)
    return tuple(
        Offered(offer, fit(offer, machine, present=offer.name in have), offer == first, offer.name in have)
        for offer in offers()
    )


def get_model(
    home: Path,
    name: str,
    *,
    on_progress: Callable[[Fetched], None] | None = None,
    cancel: CancelToken | None = None,
) -> KnownModel:
    """Download a model and add it to the profile under its name; one that is there is not fetched again.

    `name` is one of the catalogue's, or OWNER/REPOSITORY/FILE.gguf on the hub. It takes minutes: give it a thread of its own.

    Raises:
        Cancelled: `cancel` was set; what had arrived is kept, and the next call goes on from there.
        EnvironmentProblem: network, disk, a checksum that is wrong, a file that llama.cpp cannot load, another download.
        UserError: there is no such model, or it cannot be chatted with.
    """
    profile = Profile(home).make()
    known, repo, file = _place(name)
    catalog, target = Catalog(profile.home), profile.models.resolve() / Path(file).name
    for model in catalog.list():
        if model.name == known and model.path != target:
            raise UserError(
                f"There is another model called {known} ({model.path}). Take it off the list first: dormouse models remove {known}"
            )
        if model.name == known and model.present:
            return model
    profile.models.mkdir(exist_ok=True, mode=0o700)
    with hold(profile.models / ".lock", "Another download is running (process {owner}). Wait until it is done."):
        path = download(repo, file, profile.models, on_progress=on_progress, cancel=cancel)
        try:
            return catalog.add(path, known)[0]
        except DormouseError as problem:
            raise type(problem)(f"{problem} (What was downloaded is kept: {path})") from problem


def _place(name: str) -> tuple[str, str, str]:
    """What the model will be called, and its repository and file on the hub."""
    for offer in offers():
        if offer.name == name:
            return offer.name, offer.repo, offer.file
    owner, _, rest = name.partition("/")
    repository, _, file = rest.partition("/")
    if not (owner and repository and file):
        names = ", ".join(offer.name for offer in offers())
        raise UserError(
            f"There is no model called {name} to download; there are: {names}. Any other: OWNER/REPOSITORY/FILE.gguf"
        )
    if not file.endswith(".gguf") or ".." in PurePosixPath(file).parts:
        raise UserError(f"{file} is no GGUF file. Name one: OWNER/REPOSITORY/FILE.gguf")
    if re.search(r"-\d{5}-of-\d{5}\.gguf$", file):
        raise UserError(f"{file} is a piece of a model in several files. Choose a smaller quantization that is one file.")
    return name_for(Path(file)), f"{owner}/{repository}", file
