"""`dormouse models`: which models this profile can chat with, and which one does. No engine is loaded for it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app import as_text
from app.paths import Profile
from models.catalog import Catalog, KnownModel
from models.errors import UserError
from models.gguf_file import GgufSummary


def models(arguments: argparse.Namespace, home: Path) -> int:
    """Do what was asked and print the outcome."""
    if arguments.action is None:
        raise UserError("Say what to do: dormouse models list|add|use|remove|show")
    if arguments.action == "get":
        raise UserError("Downloading models comes in a later version. Add a GGUF file you have: dormouse models add FILE")
    catalog = Catalog(Profile(home).make().home)
    value, text = _outcome(catalog, arguments)
    print(json.dumps(value, ensure_ascii=False) if arguments.json else text)
    return 0


def _outcome(catalog: Catalog, arguments: argparse.Namespace) -> tuple[Any, str]:
    match arguments.action:
        case "list":
            known = catalog.list()
            return [_known(model) for model in known], _listed(known)
        case "add":
            model, summary = catalog.add(arguments.file, arguments.name or "")
            text = f"Added as {model.name}:\n{_shown(summary)}\nChat with it: dormouse models use {model.name}"
            return {**_known(model), **_summary(summary)}, text
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


def _known(model: KnownModel) -> dict[str, Any]:
    return {**asdict(model), "path": str(model.path)}


def _summary(summary: GgufSummary) -> dict[str, Any]:
    left_out = ("control_tokens", "chat_template")
    return {
        **{key: value for key, value in asdict(summary).items() if key not in left_out},
        "path": str(summary.path),
        "has_chat_template": bool(summary.chat_template),
    }


def _listed(known: tuple[KnownModel, ...]) -> str:
    rows = []
    for model in known:
        remark = " (built in: a small demonstration model)" if model.built_in else ""
        missing = "" if model.present else " (the file is gone)"
        rows.append(["*" if model.in_use else "", model.name, f"{model.path}{remark}{missing}"])
    return as_text.table(rows, ["", "name", "file"])


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
    ]
    return as_text.table(rows, ["", "what its file says"])
