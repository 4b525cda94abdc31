"""`dormouse models`: which models this profile can chat with, which one does, and which can be had. No engine is loaded for it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app import as_text
from app.downloads import Offered, get_model, offered
from app.machine import this_machine
from app.paths import Profile
from app.progress import cancelled_by_interrupt
from models.catalog import Catalog, KnownModel
from models.download import Fetched
from models.gguf_file import GgufSummary
from models.offers import gigabytes, of_memory


def models(arguments: argparse.Namespace, home: Path) -> int:
    """Do what was asked and print the outcome; without an action, list."""
    catalog = Catalog(Profile(home).make().home)
    value, text = _outcome(catalog, home, arguments)
    print(json.dumps(value, ensure_ascii=False) if arguments.json else text)
    return 0


def _outcome(catalog: Catalog, home: Path, arguments: argparse.Namespace) -> tuple[Any, str]:
    match arguments.action:
        case None | "list":
            known, found = catalog.list(), offered(home)
            yours = [_known(model) for model in known]
            both = {"models": yours, "offers": [_offered(one) for one in found], "machine": asdict(this_machine(home))}
            return both if arguments.action is None else yours, _listed(known, found, home)
        case "get":
            model = _get(home, arguments.name, quiet=arguments.json)
            summary = catalog.show(model.name)
            return _told(model, summary), f"{model.name} is here:\n{_shown(summary)}\n{_next(model)}"
        case "add":
            model, summary = catalog.add(arguments.file, arguments.name or "")
            return _told(model, summary), f"Added as {model.name}:\n{_shown(summary)}\n{_next(model)}"
        case "use":
            model = catalog.use(arguments.name)
            text = f"{model.name} answers from now on. What another model learned is in the notes until this one has had its night."
            return _known(model), text
        case "remove":
            model = catalog.remove(arguments.name)
            return _known(model), f"{model.name} is off the list. Its file stays: {model.path}"
        case _:
            summary = catalog.show(arguments.name)
            return _summary(summary), _shown(summary)


def _get(home: Path, name: str, *, quiet: bool) -> KnownModel:
    """Download with a progress bar; Ctrl-C stops it, and the next time it goes on."""
    unfit = [one for one in offered(home) if one.offer.name == name and not one.fit.chats]
    for one in unfit:
        print(f"{name} {one.fit.why}; this machine has less.", file=sys.stderr)
    with cancelled_by_interrupt("Stopping ... what has arrived is kept.") as cancel, _bar(name, quiet) as on_progress:
        return get_model(home, name, on_progress=on_progress, cancel=cancel)


@contextmanager
def _bar(name: str, quiet: bool) -> Iterator[Callable[[Fetched], None] | None]:
    if quiet:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(name, total=None)

        def show(step: Fetched) -> None:
            bars.update(task, total=step.total, completed=step.done, description=f"{step.stage} {name}")

        yield show


def _next(model: KnownModel) -> str:
    return "It is in use." if model.in_use else f"Chat with it: dormouse models use {model.name}"


def _told(model: KnownModel, summary: GgufSummary) -> dict[str, Any]:
    # Both have a name: by the profile's the model is used.
    return {**_summary(summary), "title": summary.name, **_known(model)}


def _offered(one: Offered) -> dict[str, Any]:
    offer, wanted = one.offer, ("parameters", "chat_memory", "learn_memory", "learn_memory_cpu")
    about = {key: value for key, value in asdict(offer).items() if key != "shape"}
    state = {"fit": asdict(one.fit), "recommended": one.recommended, "present": one.present}
    return {**about, **{key: getattr(offer, key) for key in wanted}, **state}


def _known(model: KnownModel) -> dict[str, Any]:
    return {**asdict(model), "path": str(model.path)}


def _summary(summary: GgufSummary) -> dict[str, Any]:
    left_out = ("control_tokens", "chat_template")
    return {
        **{key: value for key, value in asdict(summary).items() if key not in left_out},
        "path": str(summary.path),
        "has_chat_template": bool(summary.chat_template),
    }


def _listed(known: tuple[KnownModel, ...], found: tuple[Offered, ...], home: Path) -> str:
    rows = []
    for model in known:
        remark = " (built in: a small demonstration model)" if model.built_in else ""
        missing = "" if model.present else " (the file is gone)"
        rows.append(["*" if model.in_use else "", model.name, f"{model.path}{remark}{missing}"])
    yours = as_text.table(rows, ["", "name", "file"])
    here = this_machine(Profile(home).models)
    graphics = f", {of_memory(here.gpu_memory)} of graphics memory" if here.gpu_memory else ", no graphics card"
    machine = f"{of_memory(here.memory)} of memory{graphics}, {gigabytes(here.disk_free)} free on the disk"
    return f"{yours}\n\nTo download with dormouse models get NAME (this machine: {machine}):\n{_offers(found, here.gpu_learns)}"


def _offers(found: tuple[Offered, ...], gpu_learns: bool) -> str:
    rows = []
    for one in found:
        offer = one.offer
        fits = "; ".join(filter(None, (one.fit.words, one.fit.why)))
        mark = "=" if one.present else ">" if one.recommended else ""
        to_learn = offer.learn_memory if gpu_learns else offer.learn_memory_cpu
        sizes = [gigabytes(offer.size), of_memory(offer.chat_memory), of_memory(to_learn)]
        rows.append([mark, offer.name, *sizes, offer.license, f"{fits}; {offer.about}"])
    table = as_text.table(rows, ["", "name", "file", "to chat", "to learn", "licence", "here"])
    return f"{table}\n> recommended here   = yours already   Memory to chat and to learn is computed from the model's shape."


def _shown(summary: GgufSummary) -> str:
    rows = [
        ["name", summary.name],
        ["file", f"{summary.path} ({summary.size / 1e6:.1f} MB)"],
        ["sha256", summary.sha256],
        ["architecture", f"{summary.architecture}, {summary.layers} layers, {summary.parameters / 1e6:.1f} M parameters"],
        ["weights", summary.quantization],
        ["context", f"{summary.context_length} tokens"],
        ["chat template", "yes" if summary.chat_template else "none"],
        ["licence", summary.license or "not said"],
        ["learning", f"chats, but cannot learn: {summary.cannot_learn}" if summary.cannot_learn else "yes"],
    ]
    return as_text.table(rows, ["", "what its file says"])
