"""The adapter that serves is taken along whole, with a README that names what it is for; nothing is overwritten."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.adapter_export import take_adapter_along
from app.cli import main
from app.compose import open_assistant
from learning.types import Measure, Sha256, Verdict
from models.adapter_gguf import check_adapter, export_adapter
from models.errors import UserError
from models.files import sha256_of


def test_what_was_learned_is_taken_along_as_gguf_and_as_peft(
    profile: Path, write_adapter: Callable[[Path, int], Path], acorn_path: Path, tmp_path: Path
) -> None:
    with open_assistant(profile) as dormouse:
        with pytest.raises(UserError, match="Nothing has been learned"):
            take_adapter_along(dormouse.serving, tmp_path / "early")
        assert not (tmp_path / "early").exists()

        memory = dormouse.remember("My kettle is called Vesuvius.").memory
        (profile / "adapters").mkdir()
        file = write_adapter(profile / "adapters" / "a.gguf", 1)
        store, known = dormouse.store, Measure(-0.1, 1.0, "Vesuvius")
        store.add_adapter(
            store.start_consolidation().id, dormouse.serving.base, {}, 0, [memory.id], Sha256(sha256_of(file)), "adapters/a.gguf",
            "promoted", [Verdict(memory.id, True, known, known, 1.0)],
        )  # fmt: skip
        taken = take_adapter_along(dormouse.serving, tmp_path / "mine")
        assert taken.gguf.read_bytes() == file.read_bytes()
        check_adapter(taken.gguf, acorn_path)
        again = export_adapter(taken.peft, acorn_path, tmp_path / "again.gguf")
        assert again.read_bytes() == file.read_bytes()
        written = (taken.folder / "README.md").read_text()
        for said in (
            acorn_path.name,
            dormouse.serving.base,
            "learned 1 memory",
            "llama-cli",
            "ollama create",
            "lms import",
            "PeftModel",
        ):
            assert said in written
        assert "Vesuvius" not in written
        assert (taken.folder / "Modelfile").read_text().startswith(f"FROM {acorn_path}\nADAPTER ./adapter.gguf\n")

        with pytest.raises(UserError, match="not empty"):
            take_adapter_along(dormouse.serving, tmp_path / "mine")

    assert main(["--home", str(profile), "export", str(tmp_path / "again"), "--adapter"]) == 0
    assert (tmp_path / "again" / "adapter.gguf").read_bytes() == file.read_bytes()
    with open_assistant(profile) as dormouse:
        assert [export.path for export in dormouse.store.exports_with([memory.id])] == [str(tmp_path / "again")]
