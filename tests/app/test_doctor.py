"""What the doctor finds on this machine and on one with a graphics card that only its driver knows of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app import doctor
from app.cli import main
from app.machine import Gpu
from models.offers import offers

GIB = 2**30


def test_this_machine_is_examined_and_a_model_recommended(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["healthy"]
    found = {finding["name"]: finding for finding in told["findings"]}
    assert {"python", "cpu", "memory", "gpu", "disk", "recommended", "database", "model"} <= set(found)
    fix = found["recommended"]["fix"]
    assert not fix or fix in {f"dormouse models get {offer.name}" for offer in offers()}


def test_a_card_that_what_is_installed_cannot_use_is_said_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver is a stand-in; what llama.cpp and torch say of it is theirs."""
    monkeypatch.setattr(doctor, "gpus", lambda: (Gpu("Card", 8 * GIB, 7 * GIB, "1.0"),))
    card, chat = doctor.graphics()
    assert (card.found, card.state) == ("Card, 8.0 GB, 7.0 GB free now, driver 1.0", "ok")
    from models.llama_runtime import offloads

    assert chat.state == ("ok" if offloads() else "missing")
    assert offloads() or "CMAKE_ARGS" in chat.fix


def test_a_driver_that_fails_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "gpus", lambda: ())
    monkeypatch.setattr(doctor, "hindered", lambda: "nvidia-smi is there but fails: no device")
    (finding,) = doctor.graphics()
    assert (finding.state, finding.fix) == ("missing", "reinstall the graphics driver")
