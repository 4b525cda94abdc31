"""The system's timers: what is rendered is what each system reads, its command is one that runs, and on Linux it really fires."""

from __future__ import annotations

import json
import os
import plistlib
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.cli import main
from app.nights import system
from app.paths import profile_home
from models import child
from models.errors import EnvironmentProblem

ROOT = Path(__file__).resolve().parents[2]
ODD = "a profile %h \"quoted\" $HOME \\ <&> 'ß'"
"""A folder's name with everything that some file format takes for its own."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / ODD


def only(timer: system.Timer, suffix: str) -> str:
    (text,) = [text for file, text in timer.files.items() if file.suffix == suffix]
    return text


def test_systemd_reads_the_units_and_hears_the_command_as_it_was_meant(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    timer = system.timer("systemd", home)
    for file, text in timer.files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    units = [os.fspath(file) for file in timer.files]
    said = subprocess.run(["systemd-analyze", "verify", "--user", *units], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")
    spoilt = Path(units[0])
    spoilt.write_text(spoilt.read_text(encoding="utf-8").replace("ExecStart=", "ExecStart=no-such-program "), encoding="utf-8")
    assert subprocess.run(["systemd-analyze", "verify", "--user", *units], capture_output=True, check=False).returncode != 0


def test_launchd_reads_the_agent(home: Path) -> None:
    agent = plistlib.loads(only(system.timer("launchd", home), ".plist").encode())
    assert agent["ProgramArguments"] == system.night_command(home)
    assert agent["StartInterval"] == 60 * system.MINUTES
    assert agent["ProcessType"] == "Background"
    assert agent["Label"].startswith("org.dormouse.nights")


def test_the_task_scheduler_reads_the_task(home: Path) -> None:
    # As text, the declaration's UTF-16 is no matter; as a file it is written so.
    task = ElementTree.fromstring(only(system.timer("task", home), ".xml").split("?>", 1)[1])
    name = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    program, *words = system.night_command(home)
    assert task.findtext(f".//{name}Command") == program
    assert task.findtext(f".//{name}Arguments") == subprocess.list2cmdline(words)
    assert task.findtext(f".//{name}Interval") == f"PT{system.MINUTES}M"
    assert task.findtext(f".//{name}MultipleInstancesPolicy") == "IgnoreNew"


def test_each_profile_has_a_timer_of_its_own(tmp_path: Path) -> None:
    names = {system.name_of(home) for home in (profile_home(None, {}), tmp_path / "one", tmp_path / "two")}
    assert len(names) == 3
    assert "dormouse-nights" in names


def test_the_command_of_the_unit_runs_and_says_why_there_is_no_night(profile: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [*system.night_command(profile), "--json"],
        cwd=tmp_path, env=child.environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert (said["event"], said["outcome"], said["why"]) == ("finished", "not_now", "there is nothing new to learn")


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")
def test_where_the_system_refuses_nothing_is_left_and_it_is_said(
    profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "no-bus-here"))
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    with pytest.raises(EnvironmentProblem, match="Nights still begin by themselves while Dormouse is open"):
        system.switch_on(profile)
    assert not [path for path in (tmp_path / "config").rglob("*") if path.is_file()]
    assert main(["nights", "off"]) == 0
    assert main(["nights", "--json"]) == 0
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (said["nights"], said["timer"], said["why"]) == ("off", False, "nights are switched off")


INSTANCE = """
set -e
mount -t tmpfs none /run
mkdir -p /run/systemd/system
mount -t proc proc /proc
/usr/lib/systemd/systemd --user &
until [ -S "$XDG_RUNTIME_DIR/systemd/private" ]; do sleep 0.05; done
"$@" nights on --json
read -r fired < "$FIFO"
echo "$fired"
"$@" nights --json
"$@" nights off --json
systemctl --user list-timers --all --no-legend
"""


@pytest.mark.skipif(
    not (
        sys.platform == "linux" and os.geteuid() == 0 and Path("/usr/lib/systemd/systemd").exists() and shutil.which("unshare")
    ),
    reason="a systemd of one's own, in a name space of its own, wants Linux and the superuser",
)
def test_a_real_systemd_fires_the_timer_and_it_runs_the_night(profile: Path, tmp_path: Path) -> None:
    if subprocess.run(["unshare", "-m", "-p", "-f", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("name spaces are not allowed here")
    config, runtime, fifo = tmp_path / "config", tmp_path / "runtime", tmp_path / "fifo"
    runtime.mkdir(mode=0o700)
    os.mkfifo(fifo)
    # Now instead of in five minutes, and heard of when it is over.
    for kind, text in (
        ("timer", "[Timer]\nOnActiveSec=0\nAccuracySec=1ms\n"),
        ("service", f"[Service]\nExecStopPost=/bin/sh -c 'echo fired $$SERVICE_RESULT $$EXIT_STATUS > {fifo}'\n"),
    ):
        drop_in = config / "systemd" / "user" / f"{system.name_of(profile)}.{kind}.d"
        drop_in.mkdir(parents=True)
        (drop_in / "now.conf").write_text(text)
    place = {"XDG_CONFIG_HOME": str(config), "XDG_RUNTIME_DIR": str(runtime), "FIFO": str(fifo)}
    program = [sys.executable, "-m", "app", "--home", str(profile)]
    done = subprocess.run(
        ["unshare", "-m", "-p", "-f", "--kill-child", "sh", "-c", INSTANCE, "sh", *program],
        cwd=ROOT, env=child.environment() | place, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    switched_on, fired, then, switched_off, *timers = done.stdout.splitlines()
    assert json.loads(switched_on)["timer"]
    assert fired == "fired success 0"
    assert json.loads(then)["timer"]
    off = json.loads(switched_off)
    assert (off["nights"], off["timer"], off["files"]) == ("off", False, [])
    assert timers == []
